#!/bin/bash
# Makes the cluster in PGDATA when there is none, then runs the server as user postgres.
# Settings, as in the official image; the first three also as <NAME>_FILE, the path of a file
# that holds the value:
#   POSTGRES_PASSWORD     needed for a new cluster
#   POSTGRES_USER         default postgres
#   POSTGRES_DB           default POSTGRES_USER
#   POSTGRES_INITDB_ARGS  further arguments of initdb
# /docker-entrypoint-initdb.d/*.sql and *.sh run once, in order, in a new cluster.
set -euo pipefail

fail() {
  echo "$1" >&2
  exit 1
}

# Sets variable $1 from the file that ${1}_FILE names, if it does.
read_setting() {
  local file_variable="$1_FILE"
  local file="${!file_variable:-}"
  [ -n "$file" ] || return 0
  [ -z "${!1:-}" ] || fail "Both $1 and $file_variable are set: set one of them."
  [ -r "$file" ] || fail "$file_variable names $file, which can't be read."
  export "$1=$(cat "$file")"
  unset "$file_variable"
}

# Runs psql, or the server's control program, on the cluster that is being made: no network.
init_psql() {
  psql --username "$POSTGRES_USER" --no-password --no-psqlrc --set ON_ERROR_STOP=1 "$@"
}

# Fills directory $1 with a cluster, its user and database, and what the init scripts add.
make_cluster() {
  [ -n "${POSTGRES_PASSWORD:-}" ] ||
    fail "A new cluster needs POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE."
  # Unquoted on purpose: several arguments.
  # shellcheck disable=SC2086
  initdb --pgdata "$1" --username "$POSTGRES_USER" --pwfile <(printf '%s\n' "$POSTGRES_PASSWORD") \
    --encoding UTF8 --locale C.UTF-8 --locale-provider builtin --builtin-locale C.UTF-8 \
    --data-checksums --auth-local trust --auth-host scram-sha-256 ${POSTGRES_INITDB_ARGS:-}
  echo 'host all all all scram-sha-256' >> "$1/pg_hba.conf"

  PGPASSWORD='' pg_ctl --pgdata "$1" --wait --silent --options "-c listen_addresses=''" start
  if [ "$POSTGRES_DB" != postgres ]; then
    init_psql --dbname postgres --set "db=$POSTGRES_DB" <<< 'CREATE DATABASE :"db";'
  fi
  local script
  for script in /docker-entrypoint-initdb.d/*; do
    case "$script" in
      *.sh) echo "running $script"; if [ -x "$script" ]; then "$script"; else . "$script"; fi ;;
      *.sql) echo "running $script"; init_psql --dbname "$POSTGRES_DB" --file "$script" ;;
    esac
  done
  pg_ctl --pgdata "$1" --wait --silent --mode fast stop
}

if [ "${1:-}" = "" ] || [ "${1#-}" != "$1" ]; then set -- postgres "$@"; fi
if [ "$1" != postgres ]; then exec "$@"; fi

# Read while still root: a secret's file may be for root only.
for name in POSTGRES_PASSWORD POSTGRES_USER POSTGRES_DB; do read_setting "$name"; done

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" /var/run/postgresql
  find "$PGDATA" /var/run/postgresql \! -user postgres -exec chown postgres {} +
  export HOME=/var/lib/postgresql
  exec setpriv --reuid postgres --regid postgres --init-groups "$0" "$@"
fi
mkdir -p "$PGDATA"
chmod 700 "$PGDATA"

# A cluster is made aside and moved up with PG_VERSION last, so that one that was interrupted is
# made again, not served half done.
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  : "${POSTGRES_USER:=postgres}" "${POSTGRES_DB:=${POSTGRES_USER:-postgres}}"
  export POSTGRES_USER POSTGRES_DB
  if [ ! -d "$PGDATA/new-cluster" ]; then
    rm -rf "$PGDATA/unfinished-cluster"
    make_cluster "$PGDATA/unfinished-cluster"
    mv "$PGDATA/unfinished-cluster" "$PGDATA/new-cluster"
  fi
  find "$PGDATA/new-cluster" -mindepth 1 -maxdepth 1 \! -name PG_VERSION -exec mv -t "$PGDATA" {} +
  mv "$PGDATA/new-cluster/PG_VERSION" "$PGDATA/"
  rmdir "$PGDATA/new-cluster"
fi
unset POSTGRES_PASSWORD
exec "$@"
