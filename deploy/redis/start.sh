#!/bin/sh
# Starts Redis as a home for state: append-only file, no eviction, and one user who may do all that the services do and
# nothing that is dangerous (FLUSHALL, KEYS, SHUTDOWN...). Further arguments are Redis's own.
#   PASSWORD_FILE        holds the password of `baton` and of `replica`
#   ADMIN_PASSWORD_FILE  holds that of `admin`, who may do everything
#   USERS_FILE           is written here
set -eu
password=$(cat "${PASSWORD_FILE:-/run/secrets/redis_password}")
admin=$(cat "${ADMIN_PASSWORD_FILE:-/run/secrets/redis_admin_password}")
users=${USERS_FILE:-/tmp/users.acl}
umask 077
cat > "$users" <<USERS
user default off
user baton on >$password ~* &* +@all -@dangerous +info +role +config|get
user admin on >$admin ~* &* +@all
user replica on >$password +ping +psync +replconf
USERS
exec redis-server --aclfile "$users" --masteruser replica --masterauth "$password" \
  --appendonly yes --appendfsync everysec --save '' --maxmemory-policy noeviction "$@"
