#!/bin/sh
# Backups of the database: made each day, each restored once before it counts, the newest kept.
#
#   backup run            the service: a backup whenever the newest is a day old
#   backup now [NAME]     makes one and prints its name; NAME is not pruned by it
#   backup safety NAME    the same before NAME is restored; where that fails, what can be read is saved. Prints
#                         the file's name, and then a line for each thing that isn't in it
#   backup hand-over      dumps all, as the file hand-over, for another PostgreSQL, where it is compared: no backup
#   backup list           name and size in bytes, the newest first; after a third word what doesn't count:
#                         `ahead` is dated in the future, `partial` lacks something, `foreign` has another name
#   backup restore NAME   replaces the data, in one transaction; by the file of that name, if it begins with /
#   backup script NAME    prints what does so, for another stack's database; its last line says `restored`
#   backup take           keeps a dump from standard input for `adopt`, and prints what is in it: a line an object, as
#                         pg_restore lists them, then an empty line, then a line a migration: name and checksum
#   backup adopt          replaces the data by what was taken, in one transaction, if it holds the rows that standard
#                         input says, as rows.sql tells them, a line a table; with none, whatever it holds. Prints
#                         the rows that it came to
#   backup take-changes   keeps from standard input what changes.sql told
#   backup catch-up       makes the data of `adopt` what those changes say, as `adopt` does with the rows that standard
#                         input says; indexes and connections stay
#   backup health         fails when the newest is over 26 hours old; with KEEP=0, when the database doesn't answer
#   backup facts          what is known of database, disk and backups, a line a fact, its name first: `time`;
#                         `backup` NAME, or `elsewhere` with KEEP=0; `disk` SIZE FREE; `before` TIME FREE, of a week ago at most;
#                         `database` SIZE CONNECTIONS LIMIT SECONDS, of the longest transaction; `standby` STATE
#                         BYTES SYNC, if there is to be one: how PostgreSQL calls it, `none` for none, how far it is
#                         behind, and whether commits wait for it, `sync`. What can't be told is left out. While it runs, the
#                         service writes them to /facts each minute, if there is such a volume
#
# Environment: PGHOST, PGUSER, PGDATABASE, and what TLS needs; KEEP, how many stay; 0: none is made but by hand, and all
# of those stay. The password is the secret db_owner_password.
set -eu
export LC_ALL=C

folder=${FOLDER:-/backups}
secrets=${SECRETS:-/run/secrets}
facts=${FACTS:-/facts}
# What comes from another deployment, and the record of it (commands/adopt.ts).
adoption=$folder/adoption
sql_files=${SQL_FILES:-/usr/local/share/timetracker}
# What was free each hour, of the last eight days.
history=$folder/.history
scratch=restore_check
day=1440 late=1560 # minutes
# The backends' own, so that none migrates while the data is replaced: LOCK in prepare.ts.
backends_lock=7239104

say() { echo "backup: $*" >&2; }
sql() { psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 "$@"; }

# Starts as root, since only root may read the secret and the volume may be of an image whose user
# postgres has another id; everything else is done as postgres.
step_down() {
  # In the environment of these processes alone, which docker inspect doesn't show.
  PGPASSWORD=$(cat "$secrets/db_owner_password")
  export PGPASSWORD HOME=/tmp
  for place in "$folder" "$facts"; do
    [ ! -d "$place" ] || find "$place" ! -user postgres -exec chown postgres {} +
  done
  if command -v gosu >/dev/null; then exec gosu postgres "$0" "$@"; fi
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
}

# The moment so many minutes ago, as names have it: they sort by time.
ago() { date -u -d "@$(($(date +%s) - $1 * 60))" +%Y-%m-%dT%H%M%SZ; }
files() { find "$folder" -maxdepth 1 -name "$1" | sed 's|.*/||' | sort -r; }
digits='[0-9][0-9]'
dated="timetracker-$digits$digits-$digits-${digits}T$digits$digits${digits}Z"
# Those that count, the newest first. Not those of the future: the clock was wrong when they were made,
# and they would hide the newest for as long.
counting() { files "$dated$1.dump" | awk -v now="timetracker-$(ago 0)$1.dump" '$0 <= now'; }
ahead() { files "$dated.dump" | awk -v now="timetracker-$(ago 0).dump" '$0 > now'; }
newest() { counting '' | head -n 1; }
# Whether the newest is at most so many minutes old.
newer_than() {
  limit="timetracker-$(ago "$1").dump" found=$(newest)
  [ -n "$found" ] && [ "$(printf '%s\n' "$limit" "$found" | sort | head -n 1)" = "$limit" ]
}

# Fails, and says so, where the next backup would not fit: it is about as large as the last, or at most as the data.
need_room() {
  last=$(newest)
  if [ -n "$last" ]; then
    needed=$(wc -c <"$folder/$last")
  else
    needed=$(sql --command='SELECT pg_database_size(current_database())')
  fi
  free=$(($(df -Pk "$folder" | awk 'NR == 2 { print $4 }') * 1024))
  [ "$free" -gt $((needed + needed / 10)) ] ||
    { say "no room: $free bytes are free on the volume, and a backup takes about $needed; remove old ones, or keep fewer (backupsKept)"; exit 1; }
}

# From here on, whatever happens: no half file stays, nor the database of the proof.
begin() {
  part=$folder/$1.part proving=
  trap 'rm -f "$folder"/*.part; [ -z "$proving" ] || sql --dbname=postgres --command="DROP DATABASE IF EXISTS $scratch"' EXIT
  trap 'exit 1' HUP INT TERM
  rm -f "$folder"/*.part
}

# The newest $KEEP stay, and $2.
prune() {
  [ "$KEEP" != 0 ] || return 0
  counting "$1" | tail -n "+$((KEEP + 1))" | while read -r old; do
    [ "$old" = "$2" ] || rm "$folder/$old"
  done
}

warn_of_collations() {
  moved=$(sql --command="
    SELECT coalesce(datcollversion, 'none') || ' to ' || coalesce(pg_database_collation_actual_version(oid), 'none')
    FROM pg_database
    WHERE datname = current_database() AND datcollversion IS DISTINCT FROM pg_database_collation_actual_version(oid)")
  [ -z "$moved" ] ||
    say "the C library's collations went from version $moved, and indexes on text may be wrong: npm run reindex"
}

warn_of_ahead() {
  ahead | while read -r name; do
    say "$name is dated in the future: the clock was ahead when it was made. It stays, and doesn't count"
  done
}

# A name for one that is made now. Two in one second would be one, and the first, which may be about to be
# restored, be lost.
new_name() {
  while found=$(files "timetracker-$(ago 0)*") && [ -n "$found" ]; do sleep 1; done
  echo "timetracker-$(ago 0)$1.dump"
}

make() {
  name=$(new_name '')
  begin "$name"
  warn_of_ahead
  need_room
  warn_of_collations
  pg_dump --format=custom --file="$part"
  # What can't be restored is no backup. From template0: template1 may have collations of another version.
  proving=yes
  sql --dbname=postgres --command="DROP DATABASE IF EXISTS $scratch" \
    --command="CREATE DATABASE $scratch TEMPLATE template0"
  pg_restore --exit-on-error --no-owner --dbname="$scratch" "$part"
  entries=$(sql --dbname="$scratch" --command='SELECT count(*) FROM entries')
  sql --dbname=postgres --command="DROP DATABASE $scratch"
  proving=
  mv "$part" "$folder/$name"
  prune '' "$1"
  say "$name made, and restored once: $entries entries"
  echo "$name"
}

hand_over() {
  begin hand-over
  need_room
  pg_dump --format=custom --compress=1 --file="$part"
  mv "$part" "$folder/hand-over"
}

# Of a damaged database: each table that can be read.
salvage() {
  name=$(new_name -partial)
  begin "$name"
  need_room
  tables=$(sql --command="
    SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
    WHERE schemaname !~ '^pg_' AND schemaname <> 'information_schema' ORDER BY 1")
  lost='' missing=''
  set --
  while read -r table; do
    [ -n "$table" ] || continue
    sql --command="COPY $table TO STDOUT" >/dev/null </dev/null || {
      set -- "$@" "--exclude-table-data=$table"
      lost="$lost$table
"
    }
  done <<END
$tables
END
  [ "$(sql --command="SELECT to_regclass('entries') IS NULL")" = f ] || missing=entries
  pg_dump --format=custom --file="$part" "$@"
  mv "$part" "$folder/$name"
  prune -partial ''
  echo "$name"
  printf %s "$lost" | sed 's/.*/the data of table &, which can'"'"'t be read/'
  [ -z "$missing" ] || echo "table $missing, which is missing"
}

# The statements that put a dump in the place of the data. $2: further ones, before they count. More words: for pg_restore.
replace_by() {
  dump=$1 further=${2-}
  shift $(($# > 1 ? 2 : 1))
  # What came after the backup goes, tables and columns included.
  echo "BEGIN; SELECT pg_advisory_xact_lock($backends_lock);"
  echo 'DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION pg_database_owner;'
  echo 'GRANT USAGE ON SCHEMA public TO PUBLIC;'
  # Backups from before the owner had a role of its own name another.
  pg_restore --no-owner "$@" --file=- "$dump" || echo 'pg_restore failed: nothing is changed;'
  [ -z "$further" ] || cat "$further"
  echo 'COMMIT;'
}

find_file() {
  case $1 in /*) file=$1 ;; *) file="$folder/$1" ;; esac
  [ -n "$1" ] && [ -f "$file" ] || { say "there is no backup $1"; exit 1; }
}

# In one transaction: without its end, nothing is changed.
script() {
  find_file "$1"
  replace_by "$file"
  printf '%s\n' '\echo restored'
}

# Fails before anything is touched, where the file is of a later PostgreSQL than the database.
need_older() {
  here=$(sql --command="SELECT current_setting('server_version_num')::int / 10000")
  if contents=$(pg_restore --list "$1" 2>&1); then
    of=$(echo "$contents" | sed -n 's/^; *Dumped from database version: \([0-9]*\).*/\1/p')
    [ "${of:-0}" -gt "$here" ] || return 0
    of=" $of"
  else
    case $contents in *'unsupported version'*) of='' ;; *) return 0 ;; esac
  fi
  say "nothing is changed: $name is of a newer version, PostgreSQL$of, and the database is of PostgreSQL $here, which may not understand it (docs/postgres.md)"
  exit 1
}

restore() {
  name=$1
  find_file "$1"
  need_older "$file"
  warn_of_collations
  [ "$(script "$1" | sql | tail -n 1)" = restored ] || { say "$1 is not restored: nothing is changed"; exit 1; }
  say "$1 restored"
}

take() {
  # Open, so that root, who may do no more than others here, finds its way in: step_down.
  mkdir -p -m 755 "$adoption"
  dump=$adoption/data.dump
  rm -f "$dump" "$dump.part"
  cat >"$dump.part"
  listed=$(pg_restore --list "$dump.part") || { rm -f "$dump.part"; say 'this is no dump in the custom format of pg_dump'; exit 1; }
  mv "$dump.part" "$dump"
  echo "$listed" | grep -v '^;' || :
  echo
  pg_restore --data-only --schema=public --table=schema_migrations --file=- "$dump" |
    awk -F '\t' '/^\\\.$/ { inside = 0 } inside { print $1, $2 } /^COPY / { inside = 1 }'
}

# Statements that fail unless the tables hold $1, the lines of rows.sql, or nothing to compare with. They print what is held.
comparison() {
  # A dump's own settings go no further.
  echo 'RESET search_path;'
  echo 'CREATE TEMP TABLE expected (name text, rows bigint, sum numeric); CREATE TEMP TABLE found (LIKE expected);'
  echo "COPY pg_temp.expected FROM STDIN (DELIMITER '|');"
  [ -z "$1" ] || printf '%s\n' "$1"
  echo '\.'
  echo "\\set into 'INSERT INTO pg_temp.found'"
  cat "$sql_files/rows.sql"
  [ -z "$1" ] || cat <<'END'
DO $$
DECLARE differing text;
BEGIN
  SELECT string_agg(
    format('%s: %s of %s rows', name, coalesce(found.rows, 0), coalesce(expected.rows, 0)), ', ' ORDER BY name)
  INTO differing FROM pg_temp.expected FULL JOIN pg_temp.found USING (name)
  WHERE (expected.rows, expected.sum) IS DISTINCT FROM (found.rows, found.sum);
  IF differing IS NOT NULL THEN RAISE EXCEPTION 'the copy differs, and nothing is changed: %', differing; END IF;
END $$;
END
  echo '\o'
  echo 'SELECT name, rows, sum FROM pg_temp.found ORDER BY name;'
  echo '\o /dev/null'
}

adopt() {
  dump=$adoption/data.dump
  [ -f "$dump" ] || { say 'nothing was taken'; exit 1; }
  # shellcheck disable=SC2064 # now
  trap "rm -f /tmp/adopt.$$" EXIT
  { comparison "$(cat)"; echo 'SET client_min_messages = error; ANALYZE;'; } >"/tmp/adopt.$$"
  # Roles of the other deployment don't come along; the backends give theirs its rights. Indexes are made here, in this
  # C library's order.
  { echo "SET maintenance_work_mem = '128MB'; SET client_min_messages = warning;"; echo '\o /dev/null'
    replace_by "$dump" "/tmp/adopt.$$" --no-privileges --no-comments --no-tablespaces --no-security-labels
  } | sql
}

catch_up() {
  changes=$adoption/changes.sql
  [ -f "$changes" ] || { say 'no changes were taken'; exit 1; }
  expected=$(cat)
  [ -n "$expected" ] || { say 'there is nothing to compare with'; exit 1; }
  { echo '\o /dev/null'
    echo "SET client_min_messages = warning; BEGIN; SELECT pg_advisory_xact_lock($backends_lock);"
    cat "$changes" "$sql_files/catch-up.sql"
    comparison "$expected"
    echo 'COMMIT;'
  } | sql
}

# Size and free of the volume's file system, in bytes.
disk() { df -Pk "$folder" | awk 'NR == 2 { printf "%.0f %.0f\n", $2 * 1024, $4 * 1024 }'; }

tell_facts() {
  now=$(date +%s) last=$(newest)
  echo "time $now"
  if [ "${KEEP:-}" = 0 ]; then echo 'backup elsewhere'; else [ -z "$last" ] || echo "backup $last"; fi
  echo "disk $(disk)"
  [ ! -f "$history" ] || awk -v week=$((now - 604800)) '$1 >= week { print "before", $1, $2; exit }' "$history"
  # It mustn't wait for a database that hangs.
  export PGCONNECT_TIMEOUT=5 PGOPTIONS='-c statement_timeout=5s'
  found=$(sql --field-separator=' ' --command="
    SELECT pg_database_size(current_database()), count(*) FILTER (WHERE backend_type = 'client backend'),
           current_setting('max_connections'),
           coalesce(extract(epoch FROM max(now() - xact_start) FILTER (WHERE backend_type = 'client backend')), 0)::int
    FROM pg_stat_activity" 2>/dev/null) || return 0
  echo "database $found"
  # Who follows may log in; without a standby nobody may (app/db/roles.sql).
  sql --field-separator=' ' --command="
    SELECT 'standby', coalesce(state, 'none'), coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0), coalesce(sync_state, 'none')
    FROM pg_roles LEFT JOIN pg_stat_replication ON usesysid = pg_roles.oid AND application_name = 'standby'
    WHERE rolname = 'timetracker_standby' AND rolcanlogin" 2>/dev/null || :
}

keep_history() {
  now=$(date +%s)
  { [ ! -f "$history" ] || awk -v oldest=$((now - 691200)) '$1 >= oldest' "$history"; } >"$history.new"
  last=$(tail -n 1 "$history.new" | cut -d ' ' -f 1)
  if [ -z "$last" ] || [ $((now - last)) -ge 3600 ]; then
    disk | sed "s/^[0-9]*/$now/" >>"$history.new"
    mv "$history.new" "$history"
  else
    rm "$history.new"
  fi
}

# Beside the backups, which may take hours; as long as the service is there.
keep_facts() {
  while kill -0 $$ 2>/dev/null; do
    keep_history || :
    if [ -d "$facts" ]; then
      "$0" facts >"$facts/facts.new" && chmod 644 "$facts/facts.new" && mv "$facts/facts.new" "$facts/facts" || :
    fi
    sleep 60
  done
}

[ "$(id -u)" != 0 ] || step_down "$@"
umask 077

case ${1-} in
  run)
    # No way in is an error of the deployment: it ends, so that `up` sees it.
    sql --command='SELECT' >/dev/null
    # What a kill left.
    rm -f "$folder"/*.part
    [ ! -d "$facts" ] || chmod 755 "$facts"
    keep_facts &
    while :; do
      [ "$KEEP" = 0 ] || newer_than "$day" || "$0" now >/dev/null || say 'failed; again in a minute'
      sleep 60 &
      wait $!
    done
    ;;
  script) script "${2-}" ;;
  now | restore | salvage | hand-over | take | adopt | take-changes | catch-up)
    # One at a time: by the service, and by hand.
    exec 9>"${LOCK:-/tmp/lock}"
    flock 9
    case $1 in
      now) make "${2-}" ;;
      restore) restore "${2-}" ;;
      salvage) salvage ;;
      hand-over) hand_over ;;
      take) take ;;
      adopt) adopt ;;
      take-changes) cat >"$adoption/changes.part" && mv "$adoption/changes.part" "$adoption/changes.sql" ;;
      catch-up) catch_up ;;
    esac
    ;;
  safety)
    # By `now` as it is, so that its failure is seen; only then less will do.
    "$0" now "${2-}" || { say 'not all can be backed up: saving what can be read'; "$0" salvage; }
    ;;
  list)
    { counting ''; ahead | sed 's/$/ ahead/'; files "$dated-partial.dump" | sed 's/$/ partial/'
      files '*.dump' | grep -Ev '^timetracker-[0-9]{4}(-[0-9]{2}){2}T[0-9]{6}Z(-partial)?\.dump$' | sed 's/$/ foreign/'
    } | while read -r file note; do echo "$file $(wc -c <"$folder/$file")${note:+ $note}"; done
    ;;
  health) if [ "$KEEP" = 0 ]; then PGCONNECT_TIMEOUT=3 sql --command='SELECT' >/dev/null; else newer_than "$late"; fi ;;
  facts) tell_facts ;;
  *) sed -n 's/^#   //p' "$0" >&2; exit 2 ;;
esac
