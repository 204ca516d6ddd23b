#!/bin/sh
# timetracker launcher: the Pulumi CLI that set-up built, with the passphrase of the stack at hand.
# A stack's passphrase is in <stack>.passphrase in ~/.config/timetracker. Stack dev needs none, nor
# does any other stack of containers: their state holds only credentials that the repository shows.
# One on Swarm is left to Pulumi.
cli='@toolchain@/pulumi'
# The updates that it would ask for can't be reached from here.
export PULUMI_SKIP_UPDATE_CHECK="${PULUMI_SKIP_UPDATE_CHECK:-true}"

# What it compiles of the program stays with this account, and not in a folder of /tmp that any other may
# have made first.
if [ -z "${TS_NODE_CACHE_DIRECTORY:-}" ]; then
  TS_NODE_CACHE_DIRECTORY="${XDG_CACHE_HOME:-$HOME/.cache}/timetracker/program"
  export TS_NODE_CACHE_DIRECTORY
fi
# So does Node's own form of every module: a fifth off each preview, from Node 22 on.
if [ -z "${NODE_COMPILE_CACHE:-}" ]; then
  NODE_COMPILE_CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/timetracker/modules"
  export NODE_COMPILE_CACHE
fi

# The official plugin sleeps 2 s before each read of a service, a network or a volume. By default four reads a CPU go
# on at once, which on two CPUs makes a plan of the prod stack wait twice.
export PULUMI_PARALLEL="${PULUMI_PARALLEL:-64}"

root=$PWD
while [ "$root" != / ] && [ ! -f "$root/Pulumi.yaml" ]; do root=$(dirname "$root"); done

if [ -z "${PULUMI_CONFIG_PASSPHRASE+set}${PULUMI_CONFIG_PASSPHRASE_FILE+set}" ]; then
  stack=${PULUMI_STACK:-}
  previous=
  for argument in "$@"; do
    case "$previous" in -s | --stack) stack=$argument ;; esac
    case "$argument" in
      --stack=*) stack=${argument#--stack=} ;;
      -s?*) stack=${argument#-s} stack=${stack#=} ;;
    esac
    previous=$argument
  done
  if [ -z "$stack" ]; then
    stack=$(PULUMI_CONFIG_PASSPHRASE='' "$cli" stack ls --json 2>/dev/null |
      grep -B1 '"current": true' | sed -n 's/.*"name": "\([^"]*\)".*/\1/p')
  fi
  stack=${stack##*/}
  file="${XDG_CONFIG_HOME:-$HOME/.config}/timetracker/$stack.passphrase"
  if [ -f "$file" ]; then
    export PULUMI_CONFIG_PASSPHRASE_FILE="$file"
  elif [ "$stack" = dev ] ||
    grep -Eqs "^[[:space:]]+[\"']?timetracker:orchestrator[\"']?:[[:space:]]*[\"']?container" \
      "$root/Pulumi.$stack.yaml"; then
    export PULUMI_CONFIG_PASSPHRASE=''
  fi
fi
# Pulumi.yaml names the state's folder, which the CLI looks for below the working folder.
if [ -z "${PULUMI_BACKEND_URL:-}" ] && [ ! -f Pulumi.yaml ] &&
  grep -qs '^name: timetracker$' "$root/Pulumi.yaml"; then
  export PULUMI_BACKEND_URL="file://$root/.state"
fi
exec "$cli" "$@"
