#!/bin/sh
# Backups of the database: made each day, each restored once before it counts, the newest kept.
#
#   backup run            the service: a backup whenever the newest is a day old
#   backup now            makes one and prints its name
#   backup list           name and size in bytes, the newest first
#   backup restore NAME   replaces the data, in one transaction
#   backup health         fails when the newest is over 26 hours old
#
# Environment: PGHOST, PGUSER, PGDATABASE; KEEP, how many stay. The password is the secret db_owner_password.
set -eu

folder=/backups
scratch=restore_check
day=1440 late=1560 # minutes

# Read on each run, so that it is in no environment that docker inspect shows.
PGPASSWORD=$(cat /run/secrets/db_owner_password)
export PGPASSWORD

say() { echo "backup: $*" >&2; }
sql() { psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 "$@"; }
names() { find "$folder" -name '*.dump' | sort -r; }
newer_than() { [ -n "$(find "$folder" -name '*.dump' -mmin "-$1")" ]; }

make() {
  rm -f "$folder"/*.part
  name=$(date -u +timetracker-%Y-%m-%dT%H%M%SZ.dump)
  pg_dump --format=custom --file="$folder/$name.part"
  # What can't be restored is no backup.
  sql --dbname=postgres --command="DROP DATABASE IF EXISTS $scratch" --command="CREATE DATABASE $scratch"
  pg_restore --exit-on-error --dbname="$scratch" "$folder/$name.part"
  entries=$(sql --dbname="$scratch" --command='SELECT count(*) FROM entries')
  sql --dbname=postgres --command="DROP DATABASE $scratch"
  mv "$folder/$name.part" "$folder/$name"
  names | tail -n "+$((KEEP + 1))" | while read -r old; do rm "$old"; done
  say "$name made, and restored once: $entries entries"
  echo "$name"
}

restore() {
  file="$folder/$1"
  [ -f "$file" ] || { say "there is no backup $1"; exit 1; }
  {
    # What came after the backup goes, tables and columns included.
    echo 'BEGIN; DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION pg_database_owner;'
    echo 'GRANT USAGE ON SCHEMA public TO PUBLIC;'
    pg_restore --file=- "$file" || echo 'pg_restore failed: nothing is changed;'
    echo 'COMMIT;'
  } | sql >/dev/null
  say "$1 restored"
}

case ${1-} in
  run)
    # No way in is an error of the deployment: it ends, so that `up` sees it.
    sql --command='SELECT' >/dev/null
    while :; do
      newer_than "$day" || "$0" now >/dev/null || say 'failed; again in a minute'
      sleep 60 &
      wait $!
    done
    ;;
  now | restore)
    # One at a time: by the service, and by hand.
    exec 9>/tmp/lock
    flock 9
    if [ "$1" = now ]; then make; else restore "${2-}"; fi
    ;;
  list) names | while read -r file; do echo "${file##*/} $(wc -c <"$file")"; done ;;
  health) newer_than "$late" ;;
  *) sed -n 's/^#   //p' "$0" >&2; exit 2 ;;
esac
