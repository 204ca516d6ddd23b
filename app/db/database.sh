#!/bin/sh
# PostgreSQL, and what stands between it and the network: who owns the data, who may log in from where.
#
#   database run [OPTION…]  the server; options go to PostgreSQL. Each start makes roles and ownership right. With ROLE
#                           standby, that of another server's database: see standby.sh
#   database health         fails until that is done and the server answers over TCP
#   database readmit        gives the owner its first password again, where the state that knew the present one is lost
#   database reindex        makes indexes anew after the C library's collations changed; it goes on serving
#
# Environment: POSTGRES_USER, the superuser, which only this container's own socket lets in; POSTGRES_DB;
# DATABASE_OWNER, the role that owns the data and may do no more. Secrets, as files or (dev) as variables:
# db_owner_password_initial, the owner's first password; db_certificate and db_certificate_key, for TLS. Where a copy
# is kept off the server: db_offsite_password; where a standby follows: db_standby_password, and SYNCHRONOUS, whether
# commits wait for it. For both, as WAL_PERCENT, the share of the volume's disk that the log may take while it waits for
# them (WAL_MB, the same in MB).
set -eu

secrets=${SECRETS:-/run/secrets}
# In memory, and gone when the container stops.
run=/run/postgresql
sql_files=/usr/local/share/timetracker
done_file=$run/prepared

say() { echo "database: $*" >&2; }

# As the superuser, over the socket. Nothing that the owner may have made is looked up by name, and no
# statement is logged: a password is in one.
sql() {
  PGOPTIONS='-c search_path=pg_catalog -c role=none -c client_min_messages=warning -c log_statement=none -c log_min_error_statement=panic -c log_min_duration_statement=-1 -c log_min_duration_sample=-1 -c synchronous_commit=local' \
    psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 \
    --host "$run" --username "$POSTGRES_USER" "$@"
}

# Who may log in: $1 is host, or hostssl where only TLS will do; the others are roles that take the log.
access_rules() {
  cat <<END
local all all trust
host all $POSTGRES_USER all reject
$1 all all all scram-sha-256
END
  by=$1
  shift
  for role in "$@"; do echo "$by replication $role all scram-sha-256"; done
}

# In MB: what the log may take of the disk for who does not come for it.
log_bound() {
  [ -z "${WAL_MB-}" ] || { echo "$WAL_MB"; return; }
  df -Pk "$PGDATA" | awk -v percent="$WAL_PERCENT" 'NR == 2 { printf "%d\n", $2 / 1024 * percent / 100 }'
}

# The secret $1, as a file or a variable; fails where neither holds it.
secret() {
  if [ -f "$secrets/$1" ]; then
    cat "$secrets/$1"
  else
    variable=$(echo "$1" | tr '[:lower:]' '[:upper:]')
    eval "value=\${$variable-}"
    [ -n "$value" ] || { say "secret $1 is missing: neither $secrets/$1 nor $variable holds a value"; return 1; }
    echo "$value"
  fi
}

# Waits for the server. The one that makes a new cluster listens on no network, and isn't meant.
wait_for_server() {
  until pg_isready --quiet --host 127.0.0.1 --username "$DATABASE_OWNER"; do sleep 0.1; done
}

# Roles and ownership as they should be, whatever the volume holds.
prepare() {
  wait_for_server
  promote
  commit_alone
  # Again, if it met a deadlock with somebody who was in at once.
  for pause in 1 2 0; do
    if run_part postgres roles.sql && run_part "$POSTGRES_DB" objects.sql; then
      touch "$done_file"
      [ -z "${SYNCHRONOUS-}" ] || commit_together
      return
    fi
    sleep "$pause"
  done
  say 'roles and ownership could not be made right: the database stays unhealthy'
}

# What followed another server's database until now goes on as the database. The slot comes first: a checkpoint would let
# go of the log that the other server is wound back by.
promote() {
  follows || return 0
  touch "$run/promoting"
  [ -z "$STANDBY_PASSWORD" ] ||
    sql --dbname postgres --command "SELECT pg_create_physical_replication_slot('standby', true)
      WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = 'standby')" >/dev/null
  sql --dbname postgres --command 'SELECT pg_promote(true, 3600)' >/dev/null
  while follows; do sleep 1; done
  sql --dbname postgres --command CHECKPOINT
  touch "$run/promoted"
  rm -f "$run/promoting" "$PGDATA/standby.timeline"
  say 'this was the standby, and is the database now'
}

follows() { [ "$(sql --dbname postgres --command 'SELECT pg_is_in_recovery()')" = t ]; }

# Commits wait for nobody. On a plain start of a database whose commits wait for the standby, that stays: what comes
# meanwhile is acknowledged when the standby is back.
commit_alone() {
  following=$(sql --dbname postgres --command 'SHOW synchronous_standby_names')
  [ -n "$following" ] || return 0
  if [ -n "${SYNCHRONOUS-}" ] && [ ! -f "$run/promoted" ]; then return 0; fi
  sql --dbname postgres --command 'COMMENT ON ROLE timetracker_standby IS NULL' \
    --command 'ALTER SYSTEM RESET synchronous_standby_names' --command 'SELECT pg_reload_conf()' >/dev/null
}

# Not before it follows: until then no commit would end. By the role's comment the standby knows that it has everything.
commit_together() {
  followed="SELECT count(*) FROM pg_stat_replication WHERE application_name = 'standby' AND state = 'streaming'"
  until [ "$(sql --dbname postgres --command "$followed")" = 1 ]; do sleep 2; done
  timeline=$(sql --dbname postgres --command 'SELECT timeline_id FROM pg_control_checkpoint()')
  sql --dbname postgres --command "ALTER SYSTEM SET synchronous_standby_names = 'standby'" \
    --command 'SELECT pg_reload_conf()' \
    --command "COMMENT ON ROLE timetracker_standby IS 'synchronous on timeline $timeline'" >/dev/null
  say 'commits wait for the standby from here on'
}

run_part() {
  sql --dbname "$1" --single-transaction --set "superuser=$POSTGRES_USER" --set "owner=$DATABASE_OWNER" \
    --file "$sql_files/$2" >&2
}

# Says it in the log's last lines, where PostgreSQL would say more in other words.
need_its_version() {
  [ -s "$PGDATA/PG_VERSION" ] || return 0
  of=$(cat "$PGDATA/PG_VERSION")
  here=$(postgres --version | sed 's/.*) \([0-9]*\).*/\1/')
  [ "$of" = "$here" ] ||
    { say "the data on the volume is of PostgreSQL $of, and this is PostgreSQL $here: go back to an image of PostgreSQL $of (docs/postgres.md)"; exit 1; }
}

serve() {
  mkdir -p "$PGDATA"
  # Whoever has this volume ends first: a standby, when its server becomes the database's.
  exec 9<"$PGDATA"
  flock 9
  need_its_version
  rm -f "$done_file" "$run/server.key" "$run/pg_hba.conf" "$run/promoting" "$run/promoted"
  INITIAL_PASSWORD=$(secret db_owner_password_initial)
  unset DB_OWNER_PASSWORD_INITIAL
  access=host
  if [ -f "$secrets/db_certificate_key" ]; then
    access=hostssl
    # PostgreSQL takes a key that its own user owns; the secret's file is root's.
    (umask 077 && cp "$secrets/db_certificate_key" "$run/server.key")
    chown postgres "$run/server.key"
    set -- "$@" -c ssl=on -c ssl_min_protocol_version=TLSv1.3 \
      -c "ssl_cert_file=$secrets/db_certificate" -c "ssl_key_file=$run/server.key"
  fi
  OFFSITE_PASSWORD='' STANDBY_PASSWORD='' takers=''
  if [ -f "$secrets/db_offsite_password" ]; then
    OFFSITE_PASSWORD=$(cat "$secrets/db_offsite_password")
    takers=timetracker_offsite
  fi
  if [ -f "$secrets/db_standby_password" ]; then
    STANDBY_PASSWORD=$(cat "$secrets/db_standby_password")
    takers="$takers timetracker_standby"
    # What winding back needs.
    set -- "$@" -c wal_log_hints=on -c wal_sender_timeout=15s
  fi
  [ -z "$takers" ] || set -- "$@" -c "max_slot_wal_keep_size=$(log_bound)MB"
  connections=${MAX_CONNECTIONS-}
  # What follows takes no fewer than the log that it has read says.
  if [ -f "$PGDATA/standby.signal" ]; then
    said=$(pg_controldata "$PGDATA" | sed -n 's/^max_connections setting: *//p')
    [ "${connections:-100}" -ge "$said" ] || connections=$said
  fi
  [ -z "$connections" ] || set -- "$@" -c "max_connections=$connections"
  # shellcheck disable=SC2086 # roles, if any
  access_rules "$access" $takers >"$run/pg_hba.conf"
  # A new cluster's superuser needs a password; nobody learns it, and it is taken away again.
  POSTGRES_PASSWORD=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')
  export POSTGRES_PASSWORD
  # Forked twice: a child of PostgreSQL's that it doesn't know would disturb it.
  (export INITIAL_PASSWORD OFFSITE_PASSWORD STANDBY_PASSWORD && prepare &)
  exec docker-entrypoint.sh postgres -c "hba_file=$run/pg_hba.conf" "$@"
}

# Backends take it from there: their next start sets the present one.
readmit() {
  INITIAL_PASSWORD=$(secret db_owner_password_initial)
  export INITIAL_PASSWORD
  sql --dbname postgres --set "owner=$DATABASE_OWNER" <<'END'
\getenv initial INITIAL_PASSWORD
ALTER ROLE :"owner" PASSWORD :'initial';
END
  echo "$DATABASE_OWNER has its first password again."
}

# Every database whose collations are of another version than the C library's.
reindex() {
  moved=$(sql --dbname postgres --command "
    SELECT datname FROM pg_database
    WHERE datallowconn AND datcollversion IS DISTINCT FROM pg_database_collation_actual_version(oid)
    ORDER BY datname = 'template1', datname")
  [ -n "$moved" ] || { echo 'No collation has changed: nothing to do.'; return 0; }
  echo "$moved" | while read -r name; do
    sql --dbname "$name" --set "name=$name" <<'END'
REINDEX (CONCURRENTLY) DATABASE :"name";
-- ALTER DATABASE … REFRESH refuses to go from no version, which a volume of another C library has, to one.
UPDATE pg_database SET datcollversion = pg_database_collation_actual_version(oid) WHERE datname = :'name';
END
    echo "The indexes of $name are made anew."
  done
}

case ${1-} in
  run)
    [ "${ROLE-}" != standby ] || exec standby run
    shift && serve "$@"
    ;;
  health)
    # A long log takes a while.
    [ ! -f "$run/promoting" ] || exit 0
    [ -f "$done_file" ] && exec pg_isready --quiet --host 127.0.0.1 --username "$DATABASE_OWNER"
    ;;
  readmit) readmit ;;
  reindex) reindex ;;
  *) sed -n 's/^#   //p' "$0" >&2; exit 2 ;;
esac
