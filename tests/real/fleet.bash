# What the tests of docs/fleet.md share: a place, programs that are started and ended, and databases.
# shellcheck shell=bash

setup()
{
    [ -n "${REUSESHIM_LONG-}" ] || skip 'runs under --long'
    [ "$(id -u)" -eq 0 ] || skip 'namespaces need root'
    place=$(mktemp -d)
    chmod 755 "$place"
    cp "$REUSESHIM_LIB" "$place/libreuseshim.so"
    fleet=$BATS_TEST_DIRNAME/../../docs/fleet
    started=()
}

teardown()
{
    local pid
    for pid in "${started[@]}"; do
        kill "$pid" 2>/dev/null || :
    done
    for pid in "${started[@]}"; do
        wait "$pid" 2>/dev/null || :
        poll 200 gone "$pid" || kill -9 "$pid"
    done
    rm -rf "$place"
}

gone() { ! kill -0 "$1" 2>/dev/null; }
poll() # TENTHS COMMAND...
{
    local left=$1
    shift
    while ! "$@" >/dev/null 2>&1; do
        left=$((left - 1))
        [ $left -gt 0 ] || return 1
        sleep 0.1
    done
}
need() { command -v "$1" >/dev/null || [ -e "$1" ] || skip "no $1"; }
start() { setsid "$@" >"$place/out.${#started[@]}" 2>&1 3>&- & started+=($!); }
port() # one that is free, and so are those 10,000 and 20,000 higher, as far as one look can tell
{
    /usr/bin/python3 -c '
import random, socket
while True:
    port = random.randint(20000, 29999)
    try:
        for more in 0, 10000, 20000:
            socket.socket().bind(("127.0.0.1", port + more))
        break
    except OSError:
        pass
print(port)'
}

# shards: ClickHouse as docs/fleet/ has it, on the ports $one and $two.
shards()
{
    local shard folder number=0
    need clickhouse-server
    need clickhouse-client
    one=$(port)
    two=$(port)
    for shard in $one $two; do
        number=$((number + 1))
        folder=$place/shard$number
        mkdir -p "$folder/data" "$folder/tmp" "$folder/schemas"
        sed "s#FOLDER#$folder#g; s/HTTP</$((shard + 10000))</; s/>PORT</>$shard</; s/INTERSERVER</$((shard + 20000))</
            s/SHARD1/$one/; s/SHARD2/$two/" "$fleet/clickhouse-server.xml" >"$folder/config.xml"
        cp "$fleet/clickhouse-users.xml" "$folder/users.xml"
        start clickhouse-server --config-file="$folder/config.xml"
    done
    for shard in $one $two; do
        poll 600 clickhouse-client --port "$shard" -q 'SELECT 1'
    done
    for shard in $one $two; do
        clickhouse-client --port "$shard" -n <"$fleet/clickhouse.sql"
    done
}
