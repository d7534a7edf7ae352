#!/bin/sh
# The gate for a shell that has nothing but curl. It exits with the gate's code (0 only for PASS), like penumbra gate:
#   PENUMBRA_URL=http://127.0.0.1:9090 ./gate.sh RUN [SECONDS-TO-WAIT] && promote
# A status alone is never believed: the first line must name this run and repeat a number that nobody else can know.
set -u
run=${1:-}
if [ -z "$run" ]; then
  echo 'usage: gate.sh RUN [SECONDS-TO-WAIT]' >&2
  exit 64
fi
left=${2:-0}
url=${PENUMBRA_URL:-http://127.0.0.1:9090}
while :; do
  nonce=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  [ ${#nonce} -eq 32 ] || exit 20
  code=20
  state=open
  if answer=$(curl -fsS --max-time 10 --max-filesize 1000000 -H "Authorization: Bearer ${PENUMBRA_TOKEN:-}" \
    --get --data-urlencode "run=$run" -d "nonce=$nonce" -d format=text "$url/v1/gate"); then
    first=$(printf '%s\n' "$answer" | head -n 1)
    for state in final open; do
      case $first in
        "PASS 0 $state $run $nonce") code=0 ;;
        "FAIL 10 $state $run $nonce") code=10 ;;
        "INCONCLUSIVE 11 $state $run $nonce") code=11 ;;
        "NO_DATA 12 $state $run $nonce") code=12 ;;
        "STALE 13 $state $run $nonce") code=13 ;;
        "ABORTED 15 $state $run $nonce") code=15 ;;
        "BIASED 16 $state $run $nonce") code=16 ;;
        *) continue ;;
      esac
      break
    done
    [ "$code" = 20 ] || printf '%s\n' "$answer"
  fi
  # A PASS that may still change is none.
  if [ "$state" = final ] && [ "$code" != 20 ]; then exit "$code"; fi
  if [ "$left" -le 0 ]; then
    [ "$code" != 0 ] || code=20
    exit "$code"
  fi
  sleep 1
  left=$((left - 1))
done
