#!/bin/sh
# Backs up both stores, while they run, into a new folder. Run it on the host of Redis, because it copies Redis's files.
#
#   deploy/backup/back-up.sh /backups/2027-10-01
#
# MYSQL_DEFAULTS   a file with [client] host, port, user and password, which only its owner can read
# MYSQL_DATABASE   firstcome
# REDIS_HOST, REDIS_PORT, REDISCLI_AUTH (its password)
# REDIS_DIR        the folder in which Redis keeps appendonlydir
#
# MySQL is copied first. Claims that reach MySQL after its copy are among the winners in Redis's copy, and after a restore
# `reconcile --repair` stores them in MySQL. In the other order, Redis's copy would be older than MySQL's, and after a restore
# every event that sold something in between would stop with `gate_lost`.
set -eu
umask 077
folder=${1:?usage: back-up.sh <new folder>}
dump=${MYSQLDUMP:-mysqldump}
mkdir "$folder"

# One snapshot of all tables, which blocks no sale.
"$dump" --defaults-extra-file="$MYSQL_DEFAULTS" --single-transaction --hex-blob --default-character-set=utf8mb4 \
  "${MYSQL_DATABASE:-firstcome}" >"$folder/mysql.sql"

# A rewrite of the append-only file would remove files while they are being copied. So keep Redis from starting one, and
# wait until a running one has ended.
redis() { redis-cli -e -h "${REDIS_HOST:-127.0.0.1}" -p "${REDIS_PORT:-6379}" --no-auth-warning "$@"; }
percentage=$(redis CONFIG GET auto-aof-rewrite-percentage | tail -n 1)
case $percentage in
'' | *[!0-9]*)
  echo "Redis does not say when it rewrites its file (CONFIG GET: '$percentage'), so it can't be backed up safely." >&2
  exit 1
  ;;
esac
# Without these, sh would not run the EXIT trap at a signal, and so would not restore the setting.
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'redis CONFIG SET auto-aof-rewrite-percentage "$percentage" >/dev/null' EXIT
redis CONFIG SET auto-aof-rewrite-percentage 0 >/dev/null
while redis INFO persistence | grep -q 'aof_rewrite_\(in_progress\|scheduled\):1'; do sleep 1; done
cp -R "$REDIS_DIR/appendonlydir" "$folder/appendonlydir"
sync
echo "Backed up into $folder"
