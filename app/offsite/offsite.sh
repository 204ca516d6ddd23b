#!/bin/sh
# The copy of the database off the server, to the second: its log as it is written, and a base a day, encrypted here
# and kept by restic in two repositories below TARGET: `wal` is small and always free, `base` may be at work for hours.
#
#   offsite run            the service: sends the log, makes bases, proves the copy, bounds what waits
#   offsite base           makes a base now, and lets go of what is older than is kept
#   offsite prove          fetches the newest base and its log from the target, starts them, compares with the live data
#   offsite list           what can be restored, the oldest first, a line a base: NAME, its first and its last moment
#                          in seconds since 1970, and which database it is of
#   offsite restore WHEN   the data as it was then (seconds since 1970, or `latest`) as restored/data.dump on the
#                          volume; the live data is not touched. Prints a line each: `base`, `change`, `entries`, `last`
#   offsite clear          removes what a restore left on the volume
#   offsite adopt          says that the copy goes on with this database, though it is not the one that it is of
#   offsite kept           notes that what opens the copy was printed for a person to keep
#   offsite health         fails when the service hangs
#   offsite facts          a line a fact, its name first: `time`; `sent` TIME, up to which all is off the server;
#                          `waits` BYTES; `base` TIME; `proof` TIME ENTRIES; `error` TEXT; `foreign` where the target
#                          holds another database's; `kept` TIME, at which what opens the copy was printed as it is now
#
# Environment: PGHOST, PGUSER, PGDATABASE, and what TLS needs; SUPERUSER, that of the data; TARGET, as restic names it,
# and SSH, how it is reached by SFTP; KEEP, for how many days any second can be had, beside a base a week and a month;
# WAL_PERCENT, the share of the volume's disk that what waits may take. Secrets: db_offsite_password, backup_key, and
# what the target asks for.
set -eu
export LC_ALL=C TZ=UTC

work=${FOLDER:-/offsite}
secrets=${SECRETS:-/run/secrets}
facts=${FACTS:-/facts}
state=$work/state wal=$work/wal
# In memory: ssh takes a key that its own user owns.
keys=/tmp/keys
slot=offsite
send_every=${SEND_EVERY:-15} day=${DAY:-86400}
# A log in which nothing happens is said to have come so far all the same, so often.
quiet=300
weeks=8 months=12

say() { echo "offsite: $*" >&2; }
fail() { say "$*"; exit 1; }
sql() { psql --no-psqlrc --quiet --tuples-only --no-align --field-separator=' ' --set ON_ERROR_STOP=1 "$@"; }
now() { date +%s; }
at() { date -u -d "@$1" '+%Y-%m-%d %H:%M:%S UTC'; }
known() { cat "$state/$1" 2>/dev/null || :; }
# Whole or not at all, whenever this ends.
keep() { printf '%s\n' "$2" >"$state/$1.$$" && mv "$state/$1.$$" "$state/$1"; }

# Starts as root, since only root may read the secrets and the volume may be of an image whose user postgres has
# another id; everything else is done as postgres.
step_down() {
  # In the environment of these processes alone, which docker inspect doesn't show.
  PGPASSWORD=$(cat "$secrets/db_offsite_password")
  RESTIC_PASSWORD=$(cat "$secrets/backup_key")
  export PGPASSWORD RESTIC_PASSWORD HOME=/tmp
  if [ -f "$secrets/backup_access_key" ]; then
    AWS_ACCESS_KEY_ID=$(cat "$secrets/backup_access_key")
    AWS_SECRET_ACCESS_KEY=$(cat "$secrets/backup_secret_key")
    export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
  fi
  if [ -f "$secrets/backup_ssh_key" ] && [ ! -d "$keys" ]; then
    mkdir -m 700 "$keys"
    (umask 077 && cat "$secrets/backup_ssh_key" >"$keys/key")
    sed 's/^/* /' "$secrets/backup_host_key" >"$keys/known_hosts"
    chown -R postgres "$keys"
  fi
  places="$work $facts"
  # A folder of this server: of two repositories, and of nothing else that is in it.
  case $TARGET in
    /*)
      mkdir -p "$TARGET/wal" "$TARGET/base" || fail "the folder of backupTarget can't be written to: it must be one that root may write to"
      places="$places $TARGET/wal $TARGET/base"
      ;;
  esac
  # What works in them meanwhile would get in the way.
  for place in $places; do
    [ "${1-}" = run ] || break
    [ ! -d "$place" ] || find "$place" ! -user postgres -exec chown postgres {} +
  done
  if command -v gosu >/dev/null; then exec gosu postgres "$0" "$@"; fi
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
}

# restic on one of the two repositories. It tries for a quarter of an hour by itself, unless there is less patience.
patience=
copy() {
  repository=$1
  shift
  [ ! -f "$secrets/backup_root_certificate" ] || set -- --cacert "$secrets/backup_root_certificate" "$@"
  [ -z "${SSH-}" ] || set -- --option "sftp.command=$SSH" "$@"
  # Under one name, whatever the container's is: what came before is found by it.
  # shellcheck disable=SC2086 # two words, or none
  ${patience:+timeout $patience} restic --quiet --repo "$TARGET/$repository" --cache-dir "$work/cache" "$@"
}

# What a program said of its failure: ssh's own word, if there is one, else the last line.
reason() { { grep '^subprocess ssh: ' "$1" || grep -v '^$\|^Is there a repository\|^Stack' "$1"; } | tail -n 1 | sed 's/^.* retrying after [^:]*: //' | cut -c 1-300; }

# Whether the target answers with both repositories; makes them where it is new to us and has none. Fails with why not.
open_target() {
  mkdir -p "$state"
  log=/tmp/open.$$
  patience=60
  case $TARGET in
    /*) [ -x "$TARGET" ] || { say "the folder of backupTarget lets only its owner in: chmod a+x it"; return 1; } ;;
  esac
  for repository in wal base; do
    # One answer is enough, where both are known.
    [ "$repository $(known target-base)" != "wal $TARGET" ] || continue
    # An empty folder in place of a disk that isn't mounted is no reason to begin anew.
    if [ "$(known "target-$repository")" != "$TARGET" ]; then
      if copy "$repository" init >/dev/null 2>"$log"; then keep "target-$repository" "$TARGET"; continue; fi
      grep -q 'already' "$log" || { say "the target does not answer: $(reason "$log")"; return 1; }
    fi
    copy "$repository" cat --no-lock config >/dev/null 2>"$log" || {
      if grep -q 'wrong password\|no key found' "$log"; then
        say "backupKey does not open what is at the target: it is another's, or was made with another key"
      elif grep -q 'does not exist\|no such file' "$log"; then
        say "the copy is gone from the target: $(reason "$log"). Is the right disk mounted? To begin anew, name another folder of it"
      else
        say "the target does not answer: $(reason "$log")"
      fi
      return 1
    }
    [ "$(known "target-$repository")" = "$TARGET" ] || keep "target-$repository" "$TARGET"
  done
  patience=
}

# Fails without an answer: none is not nothing.
snapshots() {
  json=$(copy "$1" snapshots --no-lock --json --tag "$2") || return 1
  printf '%s\n' "$json" | jq -r '.[] | .id + " " + (.tags | join(" "))'
}

# The bases that have their log, the oldest first: NAME FIRST LAST SYSTEM BASE-SNAPSHOT WAL-SNAPSHOT BYTES
list() {
  bases=$(snapshots base base) || return 1
  logs=$(snapshots wal wal) || return 1
  { printf '%s\n' "$logs"; echo; printf '%s\n' "$bases"; } | awk '
    NF == 0 { second = 1; next }
    { split("", value); for (i = 2; i <= NF; i++) { n = index($i, "-"); value[substr($i, 1, n - 1)] = substr($i, n + 1) } }
    !second && value["to"] >= last[value["of"]] { last[value["of"]] = value["to"]; log_of[value["of"]] = $1 }
    second && (value["id"] in last) { print value["id"], value["end"], last[value["id"]], value["system"], $1, log_of[value["id"]], value["bytes"] }
  ' | sort -n -k 2
}

# What is there of the database, by its own number: a new cluster is another one.
system() { sql --command='SELECT system_identifier FROM pg_control_system()'; }

# Fails where the copy is of another database, and nobody said that it goes on with this one.
mine() {
  own=$(system)
  all=$(list) || { say 'the target does not answer'; return 1; }
  newest=$(echo "$all" | tail -n 1 | cut -d ' ' -f 4)
  [ -n "$newest" ] && [ "$newest" != "$own" ] && [ "$(known adopted)" != "$own" ] || { rm -f "$state/foreign"; return 0; }
  keep foreign "$newest"
  say "the copy at the target is of another database than this one, and stays as it is. To have its data here: npm run prod -- --recover. To go on with the data that is here: docker exec of this container, offsite adopt"
  return 1
}

# restic refuses who comes while it changes a repository; here one waits for the other. $1: -s to read, -x to change.
take_turn() { exec 7>/tmp/turn; flock "$1" 7; }
leave_turn() { exec 7>&-; }

## The log

# Receives the log as it is written, as long as it is wanted. Says once why it doesn't come.
keep_receiving() {
  said=
  while kill -0 $$ 2>/dev/null; do
    if [ -f "$state/receive" ]; then
      pg_receivewal --no-loop --no-password --synchronous --slot="$slot" --directory="$wal" 2>/tmp/receive &
      receiver=$!
      keep receiver "$receiver"
      wait "$receiver" || {
        why=$(reason /tmp/receive)
        [ ! -f "$state/receive" ] || [ "$why" = "$said" ] || say "the log does not come: $why"
        said=$why
      }
    fi
    sleep 1
  done
}

# An error of what is tried again and again is said once.
told() {
  [ "$1" = "$(known error)" ] || say "$1"
  keep error "$1"
}

# How far the log is written and received. All that was acknowledged before TIME is in what LSN ends.
position() { sql --command='SELECT pg_current_wal_flush_lsn(), extract(epoch FROM now())::bigint'; }
received() {
  [ "$(sql --command="SELECT count(*) FROM pg_stat_replication WHERE application_name = 'pg_receivewal' AND flush_lsn >= '$1'")" = 1 ]
}

# Sends the log of the base $1 up to now. A snapshot of it that says so reaches $2 at least, even where nothing is new.
send() {
  exec 8>/tmp/send
  flock 8
  [ -n "$1" ] || return 0
  lsn='' time=''
  if found=$(PGCONNECT_TIMEOUT=5 position 2>/dev/null); then
    tries=0
    while ! received "${found% *}"; do
      tries=$((tries + 1))
      [ "$tries" -lt 50 ] || { told 'the log comes later than it is written'; found=''; break; }
      sleep 0.1
    done
    [ -z "$found" ] || { lsn=${found% *} time=${found#* }; }
  fi
  # Nothing new is all there.
  last=$(known snapshot)
  if [ -n "$lsn" ] && [ "${last#* }" = "$1 $lsn" ] && [ "${last%% *}" -ge "${2:-0}" ] && [ "$time" -lt $((${last%% *} + quiet)) ]; then
    arrived "$1" "$time"
    return 0
  fi
  # Without an answer from the database, what came before it fell silent.
  if [ -z "$lsn" ] && [ -f "$state/linked" ] && [ -z "$(find "$wal" -type f -newer "$state/linked")" ]; then return 0; fi
  [ -n "$(find "$wal" -name '0*')" ] || return 0
  # Names that don't change while they are read.
  touch "$state/linking"
  rm -rf "$work/send" && mkdir "$work/send"
  ln "$wal"/0* "$work/send/" 2>/dev/null || { rm -rf "$work/send"; mkdir "$work/send"; ln "$wal"/0* "$work/send/"; }
  # It may have been let go meanwhile: then these may be of another log.
  [ "$1" = "$(known sending)" ] || return 0
  log=/tmp/send.log
  copy wal backup --host timetracker --ignore-ctime --tag wal --tag "of-$1" --tag "to-${time:-$(known sent)}" \
    "$work/send" >/dev/null 2>"$log" || {
    told "the log is not sent: $(reason "$log")"
    return 1
  }
  mv "$state/linking" "$state/linked"
  [ -z "$time" ] || { keep snapshot "$time $1 $lsn"; arrived "$1" "$time"; }
  # Each has all that the one before had.
  count=$(($(known sends) + 1))
  keep sends "$count"
  [ $((count % ${FORGET_EVERY:-20})) != 0 ] || forget_logs 2>/dev/null || :
}

# All of the log of the base $1 before $2 is at the target. Where that base isn't yet, it is of no use.
arrived() {
  [ "$1" != "$(known period)" ] || keep sent "$2"
  rm -f "$state/error"
}

# Snapshots of the log that nobody needs: of each base the newest has all; those of bases that are gone, $1 being those
# that stay. Without $1, of no base that is gone.
outdated_logs() {
  logs=$(snapshots wal wal) || return 1
  printf '%s\n' "$logs" | awk -v stay="$1" '
    NF == 0 { next }
    BEGIN { n = split(stay, names, " "); for (i = 1; i <= n; i++) stays[names[i]] = 1 }
    { split("", value); for (i = 2; i <= NF; i++) { k = index($i, "-"); value[substr($i, 1, k - 1)] = substr($i, k + 1) }
      of = value["of"]; to = value["to"]
      if (stay != "" && !(of in stays)) { print $1; next }
      if (!(of in newest)) { newest[of] = $1; reach[of] = to; next }
      if (to "" >= reach[of] "") { print newest[of]; newest[of] = $1; reach[of] = to } else print $1 }'
}
forget_logs() {
  gone=$(outdated_logs "${1-}") || return 1
  # shellcheck disable=SC2086 # one each
  [ -z "$gone" ] || copy wal forget $gone >/dev/null
}

waits() {
  set -- "$wal" -type f
  [ ! -f "$state/linked" ] || set -- "$@" -newer "$state/linked"
  find "$@" -exec ls -ln {} + | awk '{ sum += $5 } END { printf "%.0f\n", sum }'
}
limit() {
  [ -z "${WAL_LIMIT-}" ] || { echo "$WAL_LIMIT"; return; }
  df -Pk "$work" | awk -v percent="${WAL_PERCENT:-10}" 'NR == 2 { printf "%.0f\n", $2 * 1024 * percent / 100 }'
}

# What waits for a target that is away must not fill the disk: beyond a bound it is let go, and the next base begins anew.
# Beside it, what is known is told: all else may be at work for hours.
keep_bound() {
  while kill -0 $$ 2>/dev/null; do
    touch "$state/alive"
    if [ -d "$facts" ]; then
      tell_facts >"$facts/offsite.new" && chmod 644 "$facts/offsite.new" && mv "$facts/offsite.new" "$facts/offsite" || :
    fi
    sleep "${BOUND_EVERY:-10}"
    [ -f "$state/receive" ] || continue
    if [ "$(waits)" -gt "$(limit)" ]; then
      "$0" let-go "what waits for the target takes more than $(limit) bytes" || :
    elif [ "$(PGCONNECT_TIMEOUT=5 sql --command="SELECT wal_status FROM pg_replication_slots WHERE slot_name = '$slot'" 2>/dev/null)" = lost ]; then
      "$0" let-go 'the database has let go of the log, which took more of its disk than it may' || :
    fi
  done
}

stop_receiving() {
  rm -f "$state/receive"
  receiver=$(known receiver)
  [ -z "$receiver" ] || kill "$receiver" 2>/dev/null || :
  tries=0
  while [ -n "$receiver" ] && kill -0 "$receiver" 2>/dev/null && [ "$tries" -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
}

let_go() {
  say "THE COPY IS BROKEN OFF: $1. The log that waited is let go; what is at the target stays as it is, and ends at $(at "$(known sent)"). A new base begins when the target is back"
  keep broken "$1"
  stop_receiving
  begin_anew
}

has_slot() { [ "$(sql --command="SELECT count(*) FROM pg_replication_slots WHERE slot_name = '$slot'")" != 0 ]; }

# No slot, no log, no base: the next one begins anew. What is being sent is another folder, and goes on.
begin_anew() {
  rm -f "$state/sending" "$state/period" "$state/linked" "$state/snapshot"
  stop_receiving
  rm -rf "$wal"
  mkdir -p "$wal"
  for try in 1 2 3 4 5; do
    sql --command="SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '$slot' AND NOT active" >/dev/null || :
    has_slot || return 0
    sleep "$try"
  done
  return 1
}

## Bases

# The tar as PostgreSQL streams it, so that it takes no disk here. Until all of it is there, it has another name.
base() {
  old=$(known sending)
  if [ -z "$old" ] || [ ! -f "$state/receive" ]; then
    old=
    open_target && mine || return 1
    begin_anew
    # A slot holds the log from the last checkpoint on.
    sql --command=CHECKPOINT --command="SELECT pg_create_physical_replication_slot('$slot', true)" >/dev/null
    : >"$state/receive"
  fi
  begun=$(sql --command="SELECT extract(epoch FROM now())::bigint, pg_walfile_name(pg_current_wal_flush_lsn()),
    (SELECT sum(pg_database_size(oid)) FROM pg_database)")
  # shellcheck disable=SC2086 # three words
  set -- $begun
  id=$1 first=$2 bytes=$3
  # Of the first base the log is sent while it is made, so that it doesn't wait here meanwhile.
  [ -n "$old" ] || keep sending "$id"
  unfinished=$(snapshots base unfinished)
  unfinished=$(echo "$unfinished" | cut -d ' ' -f 1)
  if [ -n "$unfinished" ]; then
    take_turn -x
    # shellcheck disable=SC2086 # one each
    copy base forget $unfinished >/dev/null
    leave_turn
  fi
  say 'a base is made'
  rm -f /tmp/base.failed
  { pg_basebackup --no-password --pgdata=- --format=tar --wal-method=none --checkpoint=fast 2>/tmp/base.log || : >/tmp/base.failed; } |
    copy base backup --host timetracker --stdin --stdin-filename base.tar --tag unfinished --tag "id-$id" >/dev/null
  [ ! -f /tmp/base.failed ] || fail "no base: $(reason /tmp/base.log)"
  end=$(sql --command='SELECT extract(epoch FROM now())::bigint + 1')
  [ -z "$old" ] || send_up_to "$old" "$end"
  # The log of this base goes from here; that of the one before is complete up to its end.
  "$0" turn "${old:-$id}" "$id" "$first"
  send_up_to "$id" "$end"
  take_turn -x
  copy base tag --tag "unfinished,id-$id" --set base --set "id-$id" --set "end-$end" --set "bytes-$bytes" --set "system-$(system)" >/dev/null
  keep base "$end"
  keep period "$id"
  rm -f "$state/broken"
  say "a base is made, of $bytes bytes; any second from $(at "$end") on can be had"
  prune
  copy base check --read-data-subset="${CHECK:-5%}" >/dev/null
  leave_turn
}

# Sends the log of the base $1 until all before $2 is at the target, and can be asked for by its moment.
send_up_to() {
  tries=0
  until
    "$0" send "$1" "$2" || :
    last=$(known snapshot) of=${last#* }
    [ "${of% *}" = "$1" ] && [ "${last%% *}" -ge "$2" ]
  do
    tries=$((tries + 1))
    [ "$(known sending)" = "$1" ] || fail 'no base: its log was let go meanwhile'
    [ "$tries" -lt 300 ] || fail 'no base: its log is not sent'
    sleep 1
  done
}

# From the base $1 to $2, whose log begins with the segment $3.
turn() {
  exec 8>/tmp/send
  flock 8
  [ "$(known sending)" = "$1" ] || fail 'no base: its log was let go meanwhile'
  keep sending "$2"
  for file in "$wal"/0*; do
    name=${file##*/}
    # Of a timeline, segments sort by name.
    [ "$(printf '%s\n' "${name%.partial}" "$3" | sort | head -n 1)" = "$3" ] || rm -f "$file"
  done
}

# Bases beyond what is kept, and the log of those that are gone.
prune() {
  copy base unlock >/dev/null || :
  copy base forget --tag base --group-by host --keep-daily "$KEEP" --keep-weekly "$weeks" --keep-monthly "$months" >/dev/null
  stay=$(snapshots base base)
  stay=$(echo "$stay" | tr ' ' '\n' | sed -n 's/^id-//p' | tr '\n' ' ')
  copy base prune --max-unused 5% >/dev/null
  exec 8>/tmp/send
  flock 8
  copy wal unlock >/dev/null || :
  forget_logs "$stay"
  copy wal prune --max-unused 5% >/dev/null
  exec 8>&-
}

# None yet, one that came to nothing, a day old, or with so much log after it that it is bound to be let go.
base_is_due() {
  period=$(known period)
  [ -n "$period" ] && [ "$period" = "$(known sending)" ] && [ -f "$state/receive" ] || return 0
  age=$(($(now) - period))
  [ "$age" -lt "$day" ] || return 0
  [ "$age" -ge 600 ] && [ "$(du -sk "$wal" | cut -f 1)" -gt $(($(limit) / 2048)) ]
}

## Back from the copy

# Puts a base and its log from the target into folder $1 and starts it, on a socket in there, as it was at $5: a time
# as PostgreSQL reads it, an LSN, or nothing for the last. $2, $3: snapshots, $4: bytes of the data.
bring_up() {
  place=$1
  bytes=$4
  free=$(df -Pk "$work" | awk 'NR == 2 { printf "%.0f\n", $4 * 1024 }')
  [ "$free" -gt $((bytes + bytes / 5)) ] ||
    fail "no room: $free bytes are free on the volume, and the data takes about $bytes"
  rm -rf "$place"
  (umask 077 && mkdir -p "$place/data" "$place/wal")
  rm -f "$place/failed"
  { copy base dump "$2" base.tar 2>"$place/log" || : >"$place/failed"; } | tar -xf - -C "$place/data" ||
    : >"$place/failed"
  [ ! -f "$place/failed" ] || fail "the base can't be read from the target: $(reason "$place/log")"
  of=$(cat "$place/data/PG_VERSION") here=$(pg_ctl --version | sed 's/.*) \([0-9]*\).*/\1/')
  [ "$of" = "$here" ] ||
    fail "that is from before an upgrade: the base is of PostgreSQL $of, which this PostgreSQL $here can't start (docs/postgres.md)"
  pg_verifybackup --no-parse-wal --quiet "$place/data" >"$place/log" 2>&1 ||
    fail "the base from the target is not what it was: $(reason "$place/log")"
  copy wal restore "$3" --target "$place/wal" >/dev/null 2>"$place/log" ||
    fail "the log can't be read from the target: $(reason "$place/log")"
  segments=$place/wal$work/send
  for file in "$segments"/*.partial; do
    [ ! -f "$file" ] || [ -f "${file%.partial}" ] || mv "$file" "${file%.partial}"
  done
  echo 'local all all trust' >"$place/hba"
  chmod 700 "$place/data"
  : >"$place/data/recovery.signal"
  cat >>"$place/data/postgresql.auto.conf" <<END
restore_command = 'cp "$segments/%f" "%p"'
recovery_target_action = promote
hba_file = '$place/hba'
listen_addresses = ''
unix_socket_directories = '$place'
ssl = off
fsync = off
full_page_writes = off
autovacuum = off
hot_standby = off
archive_mode = off
logging_collector = off
log_destination = stderr
shared_buffers = '64MB'
max_wal_size = '1GB'
END
  case $5 in
    '') ;;
    *-*) echo "recovery_target_time = '$5'" >>"$place/data/postgresql.auto.conf" ;;
    *) printf "recovery_target_lsn = '%s'\nrecovery_target_inclusive = off\n" "$5" >>"$place/data/postgresql.auto.conf" ;;
  esac
  start "$place" || {
    # Nothing happened between the last change and that time, which the log reaches: the last is what is meant.
    grep -q 'recovery ended before configured recovery target' "$place/log" ||
      fail "the copy does not start: $(grep -E 'FATAL|PANIC|ERROR' "$place/log" | tail -n 1)"
    sed -i '/^recovery_target_time/d; /^recovery_target_lsn/d; /^recovery_target_inclusive/d' "$place/data/postgresql.auto.conf"
    start "$place" || fail "the copy does not start: $(grep -E 'FATAL|PANIC|ERROR' "$place/log" | tail -n 1)"
  }
}

# Until it serves: pg_ctl's own wait ends with the recovery's beginning.
start() {
  pg_ctl --pgdata="$1/data" --no-wait --silent --log="$1/log" start >/dev/null 2>&1 7>&- 8>&- 9>&-
  sleep 0.2
  while [ -f "$1/data/postmaster.pid" ]; do
    case $(sed -n 8p "$1/data/postmaster.pid") in ready*) return 0 ;; esac
    sleep 0.2
  done
  return 1
}
brought() { PGSSLMODE=disable PGHOST=$place PGUSER=$SUPERUSER "$@"; }
bring_down() {
  [ ! -f "$1/data/postmaster.pid" ] || pg_ctl --pgdata="$1/data" --wait --silent --mode=immediate stop >/dev/null 2>&1 || :
  rm -rf "$1"
}

# What is counted, at one moment, of which the log's place is known.
moment="BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT pg_current_wal_insert_lsn(), extract(epoch FROM now())::bigint; SELECT count(*) FROM entries; COMMIT; SELECT pg_logical_emit_message(true, 'offsite', 'proof')"

prove() {
  [ -n "$(known period)" ] || fail 'there is no base yet'
  found=$(sql --command="$moment" | tr '\n' ' ')
  # shellcheck disable=SC2086 # its words
  set -- $found
  lsn=$1 time=$2 live=$3
  tries=0
  until [ "$(known sent)" -gt "$time" ]; do
    tries=$((tries + 1))
    { [ "$tries" -lt 120 ] && [ -n "$(known sending)" ]; } || fail 'not proven: the log is not sent'
    sleep 1
  done
  take_turn -s
  all=$(list)
  # shellcheck disable=SC2046 # its words
  set -- $(echo "$all" | tail -n 1)
  trap 'bring_down "$work/proof"' EXIT
  trap 'exit 1' HUP INT TERM
  bring_up "$work/proof" "$5" "$6" "$7" "$lsn"
  copied=$(brought sql --command='SELECT count(*) FROM entries')
  [ "$copied" = "$live" ] || fail "NOT PROVEN: the copy has $copied entries as of $(at "$time"), the live data had $live"
  keep proof "$time $copied"
  say "proven from the target: the copy as of $(at "$time") starts, and has the $copied entries that the live data had"
}

restore() {
  when=$1
  take_turn -s
  open_target || exit 1
  all=$(list)
  [ -n "$all" ] || fail 'the target holds nothing that could be restored yet'
  oldest=$(echo "$all" | head -n 1 | cut -d ' ' -f 2)
  reach=$(echo "$all" | tail -n 1 | cut -d ' ' -f 3)
  case $when in
    latest) chosen=$(echo "$all" | tail -n 1) target='' ;;
    *[!0-9]* | '') fail "$when is no moment" ;;
    *)
      [ "$when" -ge "$oldest" ] || fail "the copy begins at $(at "$oldest")"
      [ "$when" -le "$reach" ] || fail "the copy reaches to $(at "$reach")"
      chosen=$(echo "$all" | awk -v when="$when" '$2 <= when' | tail -n 1)
      last=$(echo "$chosen" | cut -d ' ' -f 3)
      [ "$when" -le "$last" ] ||
        fail "nothing is known of $(at "$when"): the copy was broken off at $(at "$last"), and went on later"
      target="$(date -u -d "@$when" '+%Y-%m-%d %H:%M:%S')+00"
      ;;
  esac
  # shellcheck disable=SC2086 # its words
  set -- $chosen
  trap 'bring_down "$work/scratch"' EXIT
  trap 'exit 1' HUP INT TERM
  rm -rf "$work/restored"
  say "fetching the base of $(at "$2") and its log"
  bring_up "$work/scratch" "$5" "$6" "$7" "$target"
  mkdir -m 700 "$work/restored"
  brought pg_dump --format=custom --file="$work/restored/data.part"
  mv "$work/restored/data.part" "$work/restored/data.dump"
  echo "base $2"
  echo "change $(brought sql --command='SELECT coalesce(extract(epoch FROM pg_last_xact_replay_timestamp())::bigint::text, '"'-')")"
  echo "entries $(brought sql --command='SELECT count(*) FROM entries')"
  brought sql --command="SELECT 'last', extract(epoch FROM start_at)::bigint, regexp_replace(left(description, 80), '[[:cntrl:]]', ' ', 'g') FROM entries ORDER BY start_at DESC, id DESC LIMIT 1"
}

# What opens the copy, as a word that says nothing of it: salted, and on this volume alone.
opens() {
  [ -f "$state/salt" ] || keep salt "$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')"
  { known salt; echo "$TARGET $RESTIC_PASSWORD ${AWS_ACCESS_KEY_ID-} ${AWS_SECRET_ACCESS_KEY-}"; cat "$keys/key" 2>/dev/null || :; } |
    sha256sum | cut -d ' ' -f 1
}

tell_facts() {
  echo "time $(now)"
  for name in sent base proof; do [ ! -f "$state/$name" ] || echo "$name $(known $name)"; done
  echo "waits $(waits)"
  [ ! -f "$state/foreign" ] || echo "foreign $(known foreign)"
  printed=$(known kept)
  [ -z "$printed" ] || [ "${printed#* }" != "$(opens)" ] || echo "kept ${printed% *}"
  for name in broken unproven error; do [ ! -f "$state/$name" ] || echo "error $(known $name)"; done
}

# Does a part of the work, and says what it says; fails where it does, with the reason in /tmp/chore.
chore() {
  rm -f /tmp/done
  { "$0" "$1" 2>&1 && : >/tmp/done; } | tee /tmp/chore >&2
  [ -f /tmp/done ]
}

# Bases and proofs, each when it is a day old; after a failure again in a minute, or an hour.
keep_chores() {
  tried=0
  while kill -0 $$ 2>/dev/null; do
    if base_is_due; then
      chore base || { keep error "no base: $(reason /tmp/chore)"; sleep "${RETRY:-45}"; }
    fi
    proven=$(known proof | cut -d ' ' -f 1)
    if [ -n "$(known period)" ] && [ $(($(now) - ${proven:-0})) -ge "$day" ] && [ $(($(now) - tried)) -ge 3600 ]; then
      tried=$(now)
      if chore prove; then rm -f "$state/unproven"; else keep unproven "$(reason /tmp/chore)"; fi
    fi
    sleep "${CHORE_EVERY:-5}"
  done
}

[ "$(id -u)" != 0 ] || step_down "$@"
umask 077

case ${1-} in
  run)
    trap 'exit 0' TERM INT
    mkdir -p "$state" "$wal"
    # No way in is an error of the deployment, and so is a target that never answered: it ends, so that `up` sees it.
    sql --command='SELECT' >/dev/null
    rm -f "$state/receiver" "$state"/*.[0-9]*
    touch "$state/alive"
    rm -rf "$work/scratch" "$work/proof"
    [ "$(known target-base)" = "$TARGET" ] || open_target
    # Locks of a container that is no more; there is one that writes.
    patience=30
    for repository in wal base; do copy "$repository" unlock --remove-all >/dev/null 2>&1 || :; done
    patience=
    # Another database, or another target, than the last time, or one that went on on another server and back: what is
    # here is not its log.
    place="$TARGET $(system)"
    if [ "$(known place)" != "$place" ] || [ ! -f "$state/linked" ] || ! has_slot; then
      begin_anew
      rm -f "$state/base" "$state/proof" "$state/sent"
      keep place "$place"
    else
      : >"$state/receive"
    fi
    keep_receiving &
    keep_bound &
    keep_chores &
    while :; do
      "$0" send "$(known sending)" || :
      sleep "$send_every" &
      wait $!
    done
    ;;
  send) send "${2-}" "${3-}" ;;
  turn) turn "$2" "$3" "$4" ;;
  let-go) let_go "$2" ;;
  base | prove | restore)
    # One at a time: by the service, and by hand.
    exec 9>"/tmp/lock-$1"
    flock 9
    case $1 in
      base) base ;;
      prove) prove ;;
      restore) restore "${2-}" ;;
    esac
    ;;
  list)
    open_target
    all=$(list)
    [ -z "$all" ] || echo "$all" | cut -d ' ' -f 1-4
    ;;
  clear) rm -rf "$work/restored" "$work/scratch" ;;
  adopt) own=$(system) && keep adopted "$own" && rm -f "$state/foreign" ;;
  kept) keep kept "$(now) $(opens)" ;;
  health) [ -n "$(find "$state/alive" -mmin -5)" ] && [ "$(known target-base)" = "$TARGET" ] ;;
  facts) tell_facts ;;
  *) sed -n 's/^#   //p' "$0" >&2; exit 2 ;;
esac
