#!/bin/sh
# The database's standby on another server: PostgreSQL's own streaming, a moment behind, or none where commits wait for it.
# The tier that runs it has the database's own volume of its server: the database goes on with it where that server's
# task starts (docs/standby.md).
#
#   standby run      copies the database, then follows it. Data that was the database's own is wound back to where the
#                    other went on. Where its log is gone there, it is copied again
#   standby health   fails when it does not answer; while it waits or copies, it is well
#   standby facts    a line a fact, its name first: `state` waits, copies, winds-back, follows or alone; `change` TIME, of the last
#                    write that it has; `behind` BYTES, while it follows; `followed` TIME, when it last did; `synchronous`,
#                    where commits waited for it then
#
# Environment: PGHOST and PGPORT, where the database is, and what TLS needs; POSTGRES_USER, the superuser, which only this
# container's own socket lets in; MAX_CONNECTIONS as the database has it. Secret: db_standby_password.
set -eu
export LC_ALL=C

secrets=${SECRETS:-/run/secrets}
# In memory, and gone when the container stops.
run=/run/postgresql
slot=standby
export PGUSER=timetracker_standby PGDATABASE=postgres PGCONNECT_TIMEOUT=5

say() { echo "standby: $*" >&2; }
fail() { say "$*"; exit 1; }
state() { echo "$1" >"$run/state.new" && mv "$run/state.new" "$run/state"; }
# Of the database that it follows, and its own.
there() { psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 "$@"; }
here() { PGSSLMODE=disable PGHOST=$run PGUSER=$POSTGRES_USER there "$@"; }

# Starts as root, since only root may read the secrets and the volume may be of an image whose user postgres has
# another id; everything else is done as postgres.
step_down() {
  # By a file: the server shows what it is started with to every session.
  (umask 077 && printf '*:*:*:*:%s\n' "$(cat "$secrets/db_standby_password")" >"$run/password")
  echo 'local all all trust' >"$run/pg_hba.conf"
  chown postgres "$run" "$run/password" "$run/pg_hba.conf"
  chmod 700 "$PGDATA"
  find "$PGDATA" ! -user postgres -exec chown postgres {} +
  # Where libpq looks for more of itself.
  export HOME=/tmp
  if command -v gosu >/dev/null; then exec gosu postgres "$0" "$@"; fi
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
}

# Until the database answers, and is one that may be written to.
wait_for_database() {
  state waits
  tries=0
  until [ "$(there --command='SELECT pg_is_in_recovery()' 2>/dev/null)" = f ]; do
    [ $((tries % 60)) != 0 ] || say 'the database does not answer: it is waited for'
    tries=$((tries + 1))
    sleep 1
  done
}

# What holds its log until it is here.
ensure_slot() {
  there --command="SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
      WHERE slot_name = '$slot' AND wal_status = 'lost' AND NOT active" \
    --command="SELECT pg_create_physical_replication_slot('$slot', true)
      WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '$slot')" >/dev/null
}

known_here() { pg_controldata "$PGDATA" | sed -n "s/^$1: *//p"; }
is_same() { [ "$(there --command='SELECT system_identifier FROM pg_control_system()')" = "$(known_here 'Database system identifier')" ]; }
timeline_there() { there --command='SELECT timeline_id FROM pg_control_checkpoint()'; }
# Ends where the database is another one than this is of: what is here may be all that is left of that.
must_be_same() {
  is_same ||
    fail 'the data on this volume is of another database than the one that is to be followed, and stays as it is (docs/standby.md)'
}

# Which of the database's timelines it follows: each time that another server goes on, a new one begins.
note_timeline() { timeline_there >"$PGDATA/standby.timeline"; }

# All of it. Until it is whole it is no database: it has no PG_VERSION.
copy() {
  wait_for_database
  state copies
  say 'the database is copied'
  ensure_slot
  rm -f "$PGDATA/PG_VERSION"
  find "$PGDATA" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
  pg_basebackup --no-password --pgdata="$PGDATA/incoming" --wal-method=stream --slot="$slot" --checkpoint=fast ||
    fail 'the database could not be copied'
  touch "$PGDATA/incoming/standby.signal"
  find "$PGDATA/incoming" -mindepth 1 -maxdepth 1 ! -name PG_VERSION -exec mv {} "$PGDATA/" \;
  note_timeline
  mv "$PGDATA/incoming/PG_VERSION" "$PGDATA/"
  rmdir "$PGDATA/incoming"
  say 'the database is copied: it is followed from here'
}

# What was the database's own goes back to where the other went on; what was written here alone is let go.
wind_back() {
  wait_for_database
  must_be_same
  # Cut off in its middle, once: it is neither the one nor the other.
  [ ! -f "$PGDATA/backup_label" ] || return 1
  [ "$(known_here "Latest checkpoint's TimeLineID")" -lt "$(timeline_there)" ] ||
    fail 'the data on this volume is no older than that of the database which is to be followed, and stays as it is (docs/standby.md)'
  state winds-back
  ensure_slot
  # Its first checkpoint tells where it went on.
  there --command=CHECKPOINT
  # pg_rewind would recover it, too, but without the one setting that it asks for.
  case $(known_here 'Database cluster state') in
    'shut down' | 'shut down in recovery') ;;
    *) postgres --single -F -c wal_log_hints=on -D "$PGDATA" template1 </dev/null >"$run/recovery" 2>&1 ||
      { say "this was the database, and does not recover: $(tail -n 1 "$run/recovery")"; return 1; } ;;
  esac
  if pg_rewind --target-pgdata="$PGDATA" --source-server='' >"$run/rewind" 2>&1; then
    say "this was the database: wound back to where the other went on ($(grep -o 'diverged at WAL location [^ ]*' "$run/rewind" || echo 'nothing to wind back'))"
  else
    say "this was the database, and can't be wound back: $(tail -n 1 "$run/rewind")"
    return 1
  fi
  touch "$PGDATA/standby.signal"
  # Nobody takes the log from here.
  rm -rf "$PGDATA"/pg_replslot/*
  note_timeline
  settled=no
}

# Whether the database has no log any more from where this is. Not one that was made anew, nor one that was set back to
# before: then what is here is the better copy.
is_left_behind() {
  at=$(here --command='SELECT coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())') || return 1
  is_same 2>/dev/null || return 1
  [ "$(there --command="SELECT NOT pg_is_in_recovery() AND pg_current_wal_flush_lsn() >= '$at'
      AND (NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '$slot' AND wal_status <> 'lost')
        OR (pg_stat_file('pg_wal/' || pg_walfile_name('$at'), true)).size IS NULL)" 2>/dev/null)" = t ]
}
# The file of the log that it reads or waits for, as PostgreSQL says it in its title: until it is ready, nobody can ask it.
reads() {
  for one in /proc/[0-9]*/cmdline; do
    { tr '\0' ' ' <"$one" && echo; } 2>/dev/null || :
  done | sed -nE 's/^postgres: startup (waiting for|recovering) ([0-9A-F]{24}).*/\2/p' | head -n 1
}
# Wound back, and the database has let go of the file that it has been at since it was last asked.
is_let_go() {
  [ "$settled" = no ] || return 1
  last=${file-}
  file=$(reads)
  { [ -n "$file" ] && [ "$file" = "$last" ] && is_same 2>/dev/null; } || return 1
  [ "$(there --command="SELECT NOT pg_is_in_recovery() AND (pg_stat_file('pg_wal/$file', true)).size IS NULL
      AND right('$file', 16) <= right(pg_walfile_name(pg_current_wal_flush_lsn()), 16)" 2>/dev/null)" = t ]
}
# Wound back, and it never gets ready: it lacks what the database has let go of.
never_settles() { [ "$settled" = no ] && is_same 2>/dev/null; }
streams() { [ "$(here --command="SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'" 2>/dev/null)" = 1 ]; }

# The server, until it ends (returns its code) or is left behind (3).
follow() {
  state alone
  connections=${MAX_CONNECTIONS:-100}
  said=$(known_here 'max_connections setting')
  # No fewer than the log that it has read says.
  [ "$connections" -ge "$said" ] || connections=$said
  postgres -D "$PGDATA" -c "hba_file=$run/pg_hba.conf" -c listen_addresses= -c ssl=off -c wal_log_hints=on \
    -c "max_connections=$connections" -c "primary_slot_name=$slot" -c hot_standby=on -c wal_receiver_timeout=15s \
    -c "primary_conninfo=host=$PGHOST port=${PGPORT:-5432} user=$PGUSER passfile=$run/password application_name=standby sslmode=$PGSSLMODE sslrootcert=$PGSSLROOTCERT" &
  server=$!
  trap 'kill -INT $server 2>/dev/null || :; wait $server || :; exit 0' TERM INT
  missed=0
  while kill -0 $server 2>/dev/null; do
    if streams; then
      missed=0 settled=yes
      state follows
      date +%s >"$run/followed"
    else
      missed=$((missed + 1))
      state alone
    fi
    if { [ "$missed" -ge "${PATIENCE:-30}" ] && { is_left_behind || is_let_go; }; } ||
      { [ "$missed" -ge $((${PATIENCE:-30} * 10)) ] && never_settles; }; then
      kill -INT $server
      wait $server || :
      return 3
    fi
    sleep "${CHECK_EVERY:-2}" &
    wait $!
  done
  wait $server
}

settled=yes
serve() {
  export PGPASSFILE=$run/password
  # Whoever has this volume ends first.
  exec 9<"$PGDATA"
  flock 9
  while :; do
    # Of the container that is gone.
    rm -f "$PGDATA/postmaster.pid"
    if [ ! -s "$PGDATA/PG_VERSION" ]; then copy
    elif [ ! -f "$PGDATA/standby.signal" ]; then wind_back || copy
    # Without an answer, it serves what it has.
    elif there --command=SELECT >/dev/null 2>&1; then must_be_same
    fi
    code=0
    follow || code=$?
    [ "$code" = 3 ] || [ "$settled" = no ] || exit "$code"
    say 'the database has let go of the log that is needed here'
    settled=yes
    rm -f "$PGDATA/PG_VERSION"
  done
}

facts() {
  known=$(cat "$run/state" 2>/dev/null || echo waits)
  echo "state $known"
  case $known in follows | alone) ;; *) return 0 ;; esac
  [ ! -f "$run/followed" ] || echo "followed $(cat "$run/followed")"
  here --command="SELECT 'behind ' || pg_wal_lsn_diff(latest_end_lsn, pg_last_wal_replay_lsn())::bigint FROM pg_stat_wal_receiver WHERE status = 'streaming'" \
    --command="SELECT 'change ' || extract(epoch FROM pg_last_xact_replay_timestamp())::bigint" \
    --command="SELECT 'synchronous' FROM pg_roles WHERE rolname = 'timetracker_standby'
      AND shobj_description(oid, 'pg_authid') = 'synchronous on timeline $(cat "$PGDATA/standby.timeline")'"
}

case ${1-} in
  run)
    [ "$(id -u)" != 0 ] || step_down "$@"
    serve
    ;;
  health)
    case $(cat "$run/state" 2>/dev/null) in
      waits | copies | winds-back) ;;
      # 1: it is on its way through its log.
      *) pg_isready --quiet --host "$run" --username "$POSTGRES_USER" || [ $? = 1 ] ;;
    esac
    ;;
  facts) facts ;;
  *) sed -n 's/^#   //p' "$0" >&2; exit 2 ;;
esac
