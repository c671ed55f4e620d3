# What the scripts share: finding and installing what they need, and a PostgreSQL that tests may make databases on.
# Sourced by the other scripts, from the root of the repository.

started=$(date +%s)

# say WORDS: with the seconds since the start, which show what takes long.
say() { printf '\033[1m== %s\033[0m (%d s)\n' "$*" "$(($(date +%s) - started))" >&2; }

# newer SOURCE, RESULT: also where the second is not there at all, which a plain -nt does not say in every shell.
newer() { [ ! -e "$2" ] || [ "$1" -nt "$2" ]; }

# at_exit COMMAND: run when the script ends, the newest first.
at_exit() {
    exit_commands="$1; ${exit_commands:-}"
    trap 'eval "$exit_commands"' EXIT
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else echo "not root and no sudo: please run \`$*\`" >&2; exit 1
    fi
}

# install_packages APT DNF PACMAN APK ZYPPER BREW: installs with the package manager that is there.
install_packages() {
    say "installing $1"
    if command -v apt-get >/dev/null; then
        as_root apt-get update -qq
        # shellcheck disable=SC2086
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $1
    elif command -v dnf >/dev/null; then as_root dnf install -y -q $2
    elif command -v pacman >/dev/null; then as_root pacman -S --noconfirm --needed $3
    elif command -v apk >/dev/null; then as_root apk add -q $4
    elif command -v zypper >/dev/null; then as_root zypper -n -q install $5
    elif command -v brew >/dev/null; then brew install -q $6
    else echo "no package manager that this script knows: please install $1" >&2; exit 1
    fi
}

# Folder of PostgreSQL's server binaries; empty where there is none. Distributions keep them off the PATH.
postgres_bin() {
    if [ -n "${POSTGRES_BIN_DIR:-}" ]; then echo "$POSTGRES_BIN_DIR"; return; fi
    if command -v initdb >/dev/null; then dirname "$(command -v initdb)"; return; fi
    for folder in $(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/opt/postgresql*/bin /opt/homebrew/opt/postgresql*/bin 2>/dev/null | sort -rV); do
        if [ -x "$folder/initdb" ]; then echo "$folder"; return; fi
    done
}

need_postgres() {
    [ -n "$(postgres_bin)" ] ||
        install_packages postgresql "postgresql-server postgresql-contrib" postgresql "postgresql postgresql-contrib" postgresql-server postgresql@17
    bin=$(postgres_bin)
    [ -n "$bin" ] || { echo "PostgreSQL was installed but its binaries were not found: set POSTGRES_BIN_DIR" >&2; exit 1; }
    PATH="$PATH:$bin"
}

# Sets TEST_DATABASE_URL: the given one, the machine's own cluster where it lets us in, or a private one that ends with the script.
need_cluster() {
    need_postgres
    if [ -z "${TEST_DATABASE_URL:-}" ]; then
        TEST_DATABASE_URL=postgres://postgres@127.0.0.1:5432/postgres
        psql -qtA -w "$TEST_DATABASE_URL" -c 'select 1' >/dev/null 2>&1 || start_cluster
    fi
    export TEST_DATABASE_URL
}

start_cluster() {
    # PostgreSQL refuses root, and its own user may not see into root's home
    if [ "$(id -u)" = 0 ]; then cluster=${TMPDIR:-/tmp}/switchboard-test-postgres; owner=postgres
    else cluster=$PWD/target/postgres; owner=$(id -un)
    fi
    as_owner() { if [ "$(id -un)" = "$owner" ]; then "$@"; else (cd / && su "$owner" -s /bin/sh -c '"$0" "$@"' -- "$@"); fi; }
    mkdir -p "$cluster"
    [ "$(id -u)" != 0 ] || chown "$owner" "$cluster"
    if [ ! -e "$cluster/data/PG_VERSION" ]; then
        say "making a PostgreSQL cluster for tests in $cluster"
        as_owner "$bin/initdb" -D "$cluster/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
    fi
    if as_owner "$bin/pg_ctl" -s -D "$cluster/data" status >/dev/null 2>&1; then
        # another run's, or one that a killed run left behind
        TEST_DATABASE_URL=postgres://postgres@127.0.0.1:$(as_owner sed -n 4p "$cluster/data/postmaster.pid")/postgres
        return
    fi
    port=54320
    while [ $port -lt 54330 ]; do
        if as_owner "$bin/pg_ctl" -w -s -D "$cluster/data" -l "$cluster/log" \
            -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200" start 2>/dev/null; then
            TEST_DATABASE_URL=postgres://postgres@127.0.0.1:$port/postgres
            at_exit "as_owner '$bin/pg_ctl' -w -s -m immediate -D '$cluster/data' stop"
            return
        fi
        port=$((port + 1))
    done
    echo "PostgreSQL does not start; its last words:" >&2
    tail -n 20 "$cluster/log" >&2
    exit 1
}

# Sets TEST_REDIS_URL: the given one, the machine's own server, or a private one that ends with the script. Some tests start
# servers of their own besides, so the binary is needed in any case.
need_redis() {
    command -v redis-server >/dev/null && command -v redis-cli >/dev/null ||
        install_packages redis-server redis redis redis redis redis
    if [ -z "${TEST_REDIS_URL:-}" ]; then
        TEST_REDIS_URL=redis://127.0.0.1:6379
        redis-cli -u "$TEST_REDIS_URL" ping 2>/dev/null | grep -q PONG || start_redis
    fi
    export TEST_REDIS_URL
}

start_redis() {
    port=63790
    while [ $port -lt 63800 ]; do
        TEST_REDIS_URL=redis://127.0.0.1:$port
        # nothing is kept: what it holds is made anew by whoever is connected
        redis-server --port $port --bind 127.0.0.1 --save '' --appendonly no --daemonize yes >/dev/null
        tries=0
        while [ $tries -lt 50 ]; do
            if redis-cli -u "$TEST_REDIS_URL" ping 2>/dev/null | grep -q PONG; then
                at_exit "redis-cli -u $TEST_REDIS_URL shutdown nosave 2>/dev/null"
                return
            fi
            tries=$((tries + 1))
            sleep 0.1
        done
        port=$((port + 1))
    done
    echo "Redis does not start: try \`redis-server\` by hand" >&2
    exit 1
}

need_node() {
    command -v node >/dev/null && command -v npm >/dev/null || install_packages "nodejs npm" nodejs "nodejs npm" "nodejs npm" nodejs node
    [ "$(node -p 'parseInt(process.versions.node)')" -ge 20 ] || { echo "Node.js 20 or newer is needed: https://nodejs.org" >&2; exit 1; }
}

# Installs the packages of the benchmark's peers, where they have changed.
need_peer() (
    cd tests/load/peer
    if newer package-lock.json node_modules/.package-lock.json; then
        say "installing the benchmark's peers"
        npm ci --no-audit --no-fund --loglevel=error
        touch node_modules/.package-lock.json
    fi
)

# Installs what the web pages are built and tested with, where that has changed.
need_web() (
    cd web
    need_node
    if newer package-lock.json node_modules/.package-lock.json; then
        say "installing what the web pages are built with"
        npm ci --no-audit --no-fund --loglevel=error
        touch node_modules/.package-lock.json
    fi
)

# Builds the web pages into web/dist where their sources have changed since.
build_web() {
    ! web_is_built || return 0
    need_web
    say "building the web pages"
    (cd web && npm run --silent build)
}

web_is_built() (
    cd web
    sources="src visitor widget scripts index.html package-lock.json ../docs/openapi.json ../docs/asyncapi.json $(echo *.ts *.json)"
    # shellcheck disable=SC2086
    [ -e dist/index.html ] &&
        [ -z "$(find $sources -path src/api/generated -prune -o -type f -newer dist/index.html -print | head -n 1)" ]
)

# Sets CHROMIUM, the browser in which the web pages are tried; empty: the one that Playwright keeps.
need_chromium() {
    find_chromium || {
        install_packages "chromium fonts-noto-color-emoji" chromium chromium chromium chromium chromium && find_chromium
    } || {
        # where a distribution has it as a snap only
        say "no chromium in the packages: asking Playwright for one"
        (cd web && npx playwright install --with-deps chromium)
    }
    export CHROMIUM
}

find_chromium() {
    for name in "${CHROMIUM:-chromium}" chromium-browser google-chrome; do
        if CHROMIUM=$(command -v "$name"); then return; fi
    done
    return 1
}

# Installs what the WhatsApp bridge needs, where that has changed, and builds it.
build_bridge() (
    cd integrations/whatsapp_bridge/sidecar
    if newer package-lock.json node_modules/.package-lock.json; then
        say "installing the WhatsApp bridge"
        npm ci --no-audit --no-fund --loglevel=error
        touch node_modules/.package-lock.json
    fi
    npm run --silent build
)
