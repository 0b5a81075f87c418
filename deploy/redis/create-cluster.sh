#!/bin/sh
# Makes the named Redis nodes one Cluster, half of them replicas, and waits until it serves; nothing happens when it does
# already.
#   PASSWORD_FILE  holds the password of `admin`   PORT  default 6379
set -eu
port=${PORT:-6379}
REDISCLI_AUTH=$(cat "${PASSWORD_FILE:-/run/secrets/redis_admin_password}")
export REDISCLI_AUTH
ask() { redis-cli -h "$1" -p "$port" --user admin cluster info; }
serves() { ask "$1" | grep -q '^cluster_state:ok'; }

if ! serves "$1"; then
  nodes=
  for name in "$@"; do
    # `redis-cli --cluster create` wants addresses.
    nodes="$nodes $(getent hosts "$name" | cut -d' ' -f1 | head -n 1):$port"
  done
  # shellcheck disable=SC2086 # one word a node
  redis-cli --user admin --cluster create $nodes --cluster-replicas 1 --cluster-yes
fi
until serves "$1"; do sleep 1; done
