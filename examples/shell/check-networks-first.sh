#!/bin/sh
# Runs a command only when the networks Kubernetes is to have are free on this machine, and shows the report when not:
#
#   check-networks-first.sh nixos-rebuild switch
#   CHECK_NETWORKS='--network office=192.168.0.0/16 --ignore docker0' check-networks-first.sh ./install-cluster
#
# PODFRONT names the program when it is not on PATH.
set -eu

if [ $# -eq 0 ]; then
  echo "usage: ${0##*/} COMMAND [ARGUMENT...]" >&2
  exit 2
fi

status=0
# The options are words without spaces and are split on purpose.
# shellcheck disable=SC2086
report=$("${PODFRONT:-podfront}" check-networks ${CHECK_NETWORKS:-} 2>&1) || status=$?
if [ "$status" -ne 0 ]; then
  printf '%s\n' "$report" >&2
  echo "the networks of Kubernetes are not free: $1 was not run" >&2
  exit "$status"
fi
exec "$@"
