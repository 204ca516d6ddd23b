#!/bin/sh
# Starts Caddy as the edge; with ROLE=certifier, as who gets the certificates of several edges.
set -u
if [ "${ROLE:-edge}" = certifier ]; then
  certificates bundle &
  certificates await
  exec caddy run --config /etc/caddy/certifier/Caddyfile --adapter caddyfile
fi
# A connection costs memory even when it is silent: the limit makes those that are over it wait outside. An engine may
# allow fewer.
{ ulimit -n 12000 || ulimit -n "$(ulimit -H -n)"; } 2>/dev/null
if [ "${TLS:-off}" = shared ]; then
  # Before the first handshake.
  certificates fetch
  certificates keep &
fi
exec caddy run --config /etc/caddy/Caddyfile --adapter caddyfile
