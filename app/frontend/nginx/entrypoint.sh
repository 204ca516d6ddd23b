#!/bin/sh
# Starts nginx, and on SIGTERM keeps serving for STOP_DELAY_SECONDS before it quits gracefully:
# whoever found this container by name needs that long to look elsewhere.
#   STOP_DELAY_SECONDS  Default: 3.
#   TRUSTED_PROXIES     Addresses or CIDRs, separated by commas, whose X-Forwarded-For and
#                       X-Forwarded-Proto are believed. Default: none.
set -eu

delay=${STOP_DELAY_SECONDS:-3}
case $delay in
*[!0-9]*)
  echo "STOP_DELAY_SECONDS must be a whole number of seconds, not '$delay'" >&2
  exit 1
  ;;
esac

proxies=$(echo "${TRUSTED_PROXIES:-}" | tr ',' ' ')
for proxy in $proxies; do
  case $proxy in
  *[!0-9a-fA-F.:/]*)
    echo "TRUSTED_PROXIES must be addresses or CIDRs separated by commas; '$proxy' is neither" >&2
    exit 1
    ;;
  esac
done
{
  for proxy in $proxies; do echo "set_real_ip_from $proxy;"; done
  echo 'geo $realip_remote_addr $trusted { default 0;'
  for proxy in $proxies; do echo "$proxy 1;"; done
  echo '}'
} >/tmp/nginx-trusted.conf

nginx -g 'daemon off;' &
nginx=$!
trap 'sleep "$delay"; kill -QUIT $nginx' TERM
trap 'kill -QUIT $nginx' QUIT
trap 'kill -INT $nginx' INT

# A signal ends the wait, not nginx: wait again until it is really gone.
while status=0; wait $nginx || status=$?; kill -0 $nginx 2>/dev/null; do :; done
exit $status
