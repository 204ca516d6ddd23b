#!/bin/sh
# Certificates between the certifier and the edges, a file a name: chain and key.
#
#   certificates bundle   at the certifier: puts together what Caddy has got, as long as it runs
#   certificates fetch    at an edge: takes them from there once; ten seconds, where it has none yet
#   certificates keep     and again, as long as it runs
#   certificates await    at the certifier: until the authority's requests get through every edge, if they will be needed
#
# Environment: DOMAINS, the names, separated by spaces; EDGES, how many there are; CERTIFIER_HOST, EDGE_HOST.
set -u
umask 077
got=${GOT:-/var/lib/caddy/certificates}
offered=${OFFERED:-/tmp/certificates}
kept=${KEPT:-/var/lib/edge/certificates}
pause=${PAUSE:-10}

# The official image has wget, the offline one has curl.
get() { wget -q -T 5 -O "$2" "$1" 2>/dev/null || curl -fsS -m 5 -o "$2" "$1" 2>/dev/null; }

newest() { ls -t "$got"/*/"$1/$1.crt" 2>/dev/null | head -n 1; }

# Caddy writes the key and then the chain: what is the same twice is of one kind.
bundle() {
  chain=$(newest "$1")
  [ -n "$chain" ] || return 0
  cat "$chain" "${chain%.crt}.key" >"$offered/.$1" 2>/dev/null || return 0
  sleep 1
  cat "$chain" "${chain%.crt}.key" 2>/dev/null | cmp -s - "$offered/.$1" && mv "$offered/.$1" "$offered/$1.pem"
}

# What Caddy can't load never takes the place of what it can.
fetch() {
  url="http://${CERTIFIER_HOST:-certifier}:8090/$1.pem" new=/tmp/$1.new
  get "$url" "$new" || return 0
  cmp -s "$new" "$kept/$1.pem" && return 0
  printf '{\nadmin off\n}\nhttps://%s:9443 {\ntls %s %s\n}\n' "$1" "$new" "$new" >"/tmp/$1.check"
  if caddy validate --adapter caddyfile --config "/tmp/$1.check" >/dev/null 2>&1; then
    cp "$new" "$kept/$1.part" && mv "$kept/$1.part" "$kept/$1.pem" && echo "certificates: $1 has another one" >&2
  else
    echo "certificates: what the certifier has for $1 can't be loaded; the one before stays" >&2
  fi
}

# How many of the edges answer.
answering() {
  for address in $(getent ahosts "${EDGE_HOST:-edge}" | cut -d ' ' -f 1 | sort -u); do
    get "http://$address:8080/edge/shared" /dev/null && echo "$address"
  done | wc -l
}

# All of them: an authority asks from several places, each by whichever address it likes. Asked for in vain, it is asked
# again a minute later. For all names together less than the health check waits: then it is asked without those that are away.
await() {
  [ "$TLS" = acme ] && [ -z "$(newest "$1")" ] || return 0
  until [ "$(answering)" -ge "${EDGES:-1}" ] || [ "$(date +%s)" -ge "$end" ]; do sleep 1; done
}

each() { for name in $DOMAINS; do "$1" "$name"; done; }

case ${1-} in
  bundle) mkdir -p "$offered"; while :; do each bundle; sleep "$pause"; done ;;
  fetch)
    mkdir -p "$kept"
    for _ in $(seq 10); do
      each fetch
      ls "$kept"/*.pem >/dev/null 2>&1 && break
      sleep 1
    done
    ;;
  await) end=$(($(date +%s) + 40)); each await ;;
  keep) mkdir -p "$kept"; while :; do sleep "$pause"; each fetch; done ;;
  *) sed -n 's/^#   //p' "$0" >&2; exit 2 ;;
esac
