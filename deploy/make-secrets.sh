#!/usr/bin/env bash
# Makes the passwords of docker-compose.yml, each in files of a folder (./secrets, or the argument). What is there already stays as it is.
set -euo pipefail

folder=${1:-"$(cd "$(dirname "$0")/.." && pwd)/secrets"}
mkdir -p "$folder"
# The folder is for its owner alone; the files are read by the users of the containers, which are others.
chmod 700 "$folder"
umask 022

# Letters and digits only: the words stand in connection strings.
password() { head -c 24 /dev/urandom | base64 | tr -dc 'A-Za-z0-9'; }
write() { [ -e "$folder/$1" ] || printf '%s\n' "$2" >"$folder/$1"; }

write postgres-password "$(password)"
write storage-connection "Host=postgres;Database=gristmill;Username=gristmill;Password=$(cat "$folder/postgres-password")"
write redis-password "$(password)"
write redis.conf "requirepass $(cat "$folder/redis-password")"
write cluster-redis "redis:6379,password=$(cat "$folder/redis-password")"
write grafana-password "$(password)"
echo "The secrets are in $folder."
