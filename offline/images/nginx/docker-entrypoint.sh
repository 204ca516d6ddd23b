#!/bin/sh
# Runs what an image put into /docker-entrypoint.d, in order, then the command.
set -eu
for script in /docker-entrypoint.d/*.sh; do
  if [ -x "$script" ]; then "$script"; fi
done
exec "$@"
