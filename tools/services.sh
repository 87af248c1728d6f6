#!/usr/bin/env bash
# Brings up what the tests use beside Node: PostgreSQL, Redis and a browser, from the distribution's own packages (Debian).
# Safe to run again: it installs what is missing, starts what does not answer, and leaves the rest alone.
set -euo pipefail

readonly PG_PORT=5432
readonly REDIS_PORT=6379
readonly ROLE=switchyard
readonly MAX_CONNECTIONS=300
readonly WAIT_SECONDS=60
readonly DATABASE_URL_LOCAL="postgres://${ROLE}:${ROLE}@127.0.0.1:${PG_PORT}/${ROLE}"
readonly REDIS_URL_LOCAL="redis://127.0.0.1:${REDIS_PORT}"

log="$(mktemp)"
trap 'rm -f "$log"' EXIT

fail() {
  echo "services: $1" >&2
  if [ -s "$log" ]; then tail -n 20 "$log" >&2; fi
  exit 1
}

# Runs a command as another user (root when none is named), whoever runs this script.
as_user() {
  local user="$1"
  shift
  if [ "$(id -un)" = "$user" ]; then
    "$@"
  elif [ "$(id -u)" = 0 ]; then
    runuser -u "$user" -- "$@"
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    sudo -n -u "$user" -- "$@"
  else
    fail "must become '$user' to run '$1': run as root, or with passwordless sudo"
  fi
}

postgres_cluster() {
  command -v pg_lsclusters >/dev/null || return 0
  pg_lsclusters --no-header | awk -v port="$PG_PORT" '$3 == port { print $1, $2; exit }'
}

postgres_answers() { pg_isready --quiet --host=127.0.0.1 --port="$PG_PORT"; }
redis_answers() { [ "$(redis-cli -h 127.0.0.1 -p "$REDIS_PORT" ping 2>/dev/null)" = PONG ]; }

wait_until() {
  local check="$1" name="$2" waited=0
  until "$check"; do
    if [ "$waited" -ge "$WAIT_SECONDS" ]; then fail "$name does not answer after ${WAIT_SECONDS} s"; fi
    sleep 1
    waited=$((waited + 1))
  done
}

install_missing() {
  local packages=()
  if ! command -v pg_ctlcluster >/dev/null || [ -z "$(postgres_cluster)" ]; then packages+=(postgresql); fi
  if ! command -v redis-server >/dev/null || ! command -v redis-cli >/dev/null; then packages+=(redis-server); fi
  if ! command -v chromium >/dev/null; then packages+=(chromium); fi
  if [ "${#packages[@]}" = 0 ]; then return; fi
  command -v apt-get >/dev/null || fail "missing: ${packages[*]}; install them by hand, there is no apt-get here"
  echo "services: installing ${packages[*]}"
  as_user root apt-get update >"$log" 2>&1 || fail 'apt-get update failed'
  as_user root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}" >"$log" 2>&1 ||
    fail "could not install ${packages[*]}"
  : >"$log"
}

start_postgres() {
  local version name
  read -r version name <<<"$(postgres_cluster)"
  if [ -z "${version:-}" ]; then fail "no PostgreSQL cluster is set up on port ${PG_PORT} (see pg_lsclusters)"; fi
  if [ "$version" -lt 15 ]; then fail "PostgreSQL ${version} is too old, 15 or newer is needed"; fi
  if ! postgres_answers; then
    as_user root pg_ctlcluster "$version" "$name" start >"$log" 2>&1 || true
    wait_until postgres_answers PostgreSQL
    : >"$log"
  fi
  if [ "$(postgres_sql postgres 'SHOW max_connections')" -lt "$MAX_CONNECTIONS" ]; then
    postgres_sql postgres "ALTER SYSTEM SET max_connections = ${MAX_CONNECTIONS}" >/dev/null
    as_user root pg_ctlcluster "$version" "$name" restart >"$log" 2>&1 || fail 'PostgreSQL did not restart'
    wait_until postgres_answers PostgreSQL
    : >"$log"
  fi
}

# As the superuser over the local socket, where Debian trusts the system user of the same name.
postgres_sql() {
  (cd / && as_user postgres psql --port="$PG_PORT" --dbname="$1" --no-psqlrc --quiet --tuples-only --no-align \
    --set=ON_ERROR_STOP=1 --command="$2") 2>"$log" || fail "PostgreSQL refused: $2"
}

create_role_and_database() {
  if [ "$(postgres_sql postgres "SELECT count(*) FROM pg_roles WHERE rolname = '${ROLE}'")" = 0 ]; then
    postgres_sql postgres "CREATE ROLE ${ROLE}"
  fi
  # CREATEROLE, because migrations create the role that row-level security applies to.
  postgres_sql postgres "ALTER ROLE ${ROLE} LOGIN CREATEDB CREATEROLE PASSWORD '${ROLE}'"
  if [ "$(postgres_sql postgres "SELECT count(*) FROM pg_database WHERE datname = '${ROLE}'")" = 0 ]; then
    postgres_sql postgres "CREATE DATABASE ${ROLE} OWNER ${ROLE}"
  fi
  psql "$DATABASE_URL_LOCAL" --no-psqlrc --quiet --command='SELECT 1' >"$log" 2>&1 ||
    fail "cannot sign in at ${DATABASE_URL_LOCAL}"
}

start_redis() {
  if redis_answers; then return; fi
  # Nothing is kept on disk: the tests own every key, and a restart is a clean start.
  redis-server --bind 127.0.0.1 --port "$REDIS_PORT" --daemonize yes --save '' --appendonly no \
    --dir "${TMPDIR:-/tmp}" >"$log" 2>&1 || fail 'Redis did not start'
  wait_until redis_answers Redis
  : >"$log"
}

install_missing
start_postgres
create_role_and_database
start_redis
echo "DATABASE_URL=${DATABASE_URL_LOCAL}"
echo "REDIS_URL=${REDIS_URL_LOCAL}"
