#!/bin/sh
# PgBouncer between backends and database: what many of them ask for shares few connections.
#
#   pool run     the server. Told to end, it serves on for DRAIN_SECONDS, takes no more connections, and ends with the
#                last one: backends make theirs anew each half minute (app/backend/src/database). Where the database MOVES,
#                as a task that starts anew does, it follows: its library keeps an address for as long as Docker says,
#                which is ten minutes
#   pool health  fails until it answers, and the database has answered it once
#
# Environment: DATABASE_HOST, DATABASE_PORT, DATABASE_NAME; MOVES, true or empty; GENERATION, of the secrets; SHORT, LONG and STREAM, how many
# connections the three kinds of work have. Secrets, as files: db_app_password and db_app_password_previous, of this
# generation and the one before; pool_certificate and pool_certificate_key, which it proves itself with. The database's
# certificate, or its root, is db_certificate; without one, it is of those that everybody knows.
set -eu

secrets=${SECRETS:-/run/secrets}
run=${RUN:-/tmp}
roots=$secrets/db_certificate
[ -f "$roots" ] || roots=/etc/ssl/certs/ca-certificates.crt

say() { echo "pool: $*" >&2; }

user() {
  [ ! -f "$secrets/$2" ] || printf '"app_g%s" "%s"\n' "$1" "$(cat "$secrets/$2")"
}

# A statement of a transaction is done in seconds. Who reads for minutes or has something of its own in a session has the
# connection for itself meanwhile, and says its limits by itself: what is reset between two of them is all of it.
settings() {
  at="host=$DATABASE_HOST port=$DATABASE_PORT dbname='$(printf %s "$DATABASE_NAME" | sed "s/'/''/g")'"
  cat <<END
[databases]
short = $at pool_mode=transaction pool_size=$SHORT max_db_connections=$SHORT connect_query='SET statement_timeout = 5000; SET idle_in_transaction_session_timeout = 60000; SET jit = off; SET max_parallel_workers_per_gather = 0; SET client_connection_check_interval = 2000'
long = $at pool_mode=session pool_size=$LONG max_db_connections=$LONG
stream = $at pool_mode=session pool_size=$STREAM max_db_connections=$STREAM
[pgbouncer]
listen_addr = *
listen_port = 5432
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $run/users
max_client_conn = 1000
; Who does not log in holds no place for long.
client_login_timeout = 5
log_connections = 0
log_disconnections = 0
stats_period = 3600
; Who waits longer is told so, before the backend gives up.
query_wait_timeout = 5
server_idle_timeout = 10
server_connect_timeout = 3
server_login_retry = 1
; Another server may be the database any moment.
dns_max_ttl = 1
dns_nxdomain_ttl = 1
tcp_keepidle = 10
tcp_keepintvl = 5
tcp_keepcnt = 3
tcp_user_timeout = 20000
client_tls_sslmode = require
client_tls_protocols = tlsv1.3
client_tls_cert_file = $secrets/pool_certificate
client_tls_key_file = $secrets/pool_certificate_key
server_tls_sslmode = verify-full
server_tls_protocols = secure
server_tls_ca_file = $roots
END
}

# That somebody answers by TLS, with a certificate that stands for it. Whether the roles are there yet is the backends' part.
ask_database() {
  export PGHOST="$DATABASE_HOST" PGPORT="$DATABASE_PORT" PGDATABASE="$DATABASE_NAME" PGUSER="app_g$GENERATION"
  export PGSSLMODE=verify-full PGSSLROOTCERT="$roots" PGCONNECT_TIMEOUT=3
  until pg_isready --quiet --timeout 3; do
    say "the database can't be reached: $(psql --no-password --command '' 2>&1 | sed -n '1s/^psql: error: //p')"
    sleep 2
  done
  touch "$run/reached"
}

# Nothing while it has none.
address() { getent hosts "$DATABASE_HOST" | awk '{ print $1 }' | sort; }

begin() {
  # Not quiet: what goes wrong is in the log.
  pgbouncer "$run/pool.ini" &
  server=$!
}

serve() {
  umask 077
  rm -f "$run/reached"
  {
    user "$GENERATION" db_app_password
    user "$((GENERATION - 1))" db_app_password_previous
  } >"$run/users"
  settings >"$run/pool.ini"
  known=$(address)
  begin
  (ask_database) &
  ending=''
  trap 'ending=yes' TERM INT
  while [ -z "$ending" ]; do
    kill -0 "$server" 2>/dev/null || { wait "$server"; exit; }
    # A signal ends the wait.
    sleep 1 &
    wait $! || true
    [ -n "${MOVES-}" ] || continue
    now=$(address)
    if [ -n "$now" ] && [ "$now" != "$known" ]; then
      [ -z "$known" ] || say "the database has another address"
      kill -QUIT "$server"
      wait "$server" || true
      known=$now
      begin
    fi
  done
  sleep "${DRAIN_SECONDS:-3}"
  kill -TERM "$server"
  wait "$server"
}

case ${1-} in
  run) serve ;;
  health) [ -f "$run/reached" ] && exec pg_isready --quiet --host 127.0.0.1 --username health --dbname short ;;
  *) sed -n 's/^#   //p' "$0" >&2; exit 2 ;;
esac
