bats_require_minimum_version 1.5.0
# A night on three simulated hosts (namespaces of their own, with a name each), whose records are collected as docs/fleet.md
# has it, and reported: the report says what was done. Debian's packages; only under --long.

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

# night LOG: what was done is in $place/done. /dev/log is where $place/log.sock is.
night()
{
    local host
    for host in web-1 web-2 db-1; do
        REUSESHIM_LOG=$1 REUSESHIM_FORMAT=json REUSESHIM_HISTORY=off timeout 100 unshare -mnu bash -ec '
            mount -t tmpfs none "$2/dev"
            for name in null zero random urandom full; do
                : >"$2/dev/$name"
                mount --bind "/dev/$name" "$2/dev/$name"
            done
            ln -s "$2/log.sock" "$2/dev/log"
            mount --rbind "$2/dev" /dev
            hostname "$1"
            ip link set lo up
            LD_PRELOAD=$2/libreuseshim.so REUSESHIM_ONLY=shop,metrics,agent exec /usr/bin/python3 "$3" "$1" "$2"' \
            night "$host" "$place" "$BATS_TEST_DIRNAME/night.py" 3>&-
    done >"$place/done"
    [ "$(wc -l <"$place/done")" -eq 4 ]
}

# What a report of FILE... says, in the form of $place/done: once for each failure.
told()
{
    "$REUSESHIM_COMMAND" report --json "$@" 2>/dev/null | jq -r 'select(.kind == "entry") | . as $e | .reasons[] |
        "\($e.host) \($e.program) \($e.port // 0) \(.name) \(.failures)"' | sort
}
wanted() { sort "$place/done" | uniq -c | awk '{ print $2, $3, $4, $5, $1 }'; }

rsyslog() # CONFIGURATION
{
    need rsyslogd
    {
        printf 'global(workDirectory="%s")\nmodule(load="imuxsock" SysSock.Use="off")\n' "$place"
        printf 'input(type="imuxsock" Socket="%s/log.sock" CreatePath="on" RateLimit.Interval="0")\n' "$place"
        cat "$1"
        # Beside it to a file, as most machines have it.
        printf '*.* action(type="omfile" file="%s/syslog")\n' "$place"
    } >"$place/rsyslog.conf"
    start rsyslogd -n -f "$place/rsyslog.conf" -i "$place/rsyslog.pid"
    poll 100 test -S "$place/log.sock"
}

answers() # QUESTION-NUMBER FILE: the rows of that answer, in the output of all
{
    awk -v n="$1" '/^=/ { at++; next } at == n' "$2"
}

@test "a night: each host's file is reported as it was done" {
    mkdir "$place/dev" "$place/logs"
    night "$place/logs/%p.json"
    diff <(told "$place/logs") <(wanted)
    run "$REUSESHIM_COMMAND" report --json "$place/logs"
    # The shop on web-1 and metrics on web-2 came up again.
    [ "$(jq -r 'select(.kind == "entry" and .outages == 1) | .host + " " + .program' <<<"$output" | sort | xargs)" = 'web-1 shop web-2 metrics' ]
    "$REUSESHIM_COMMAND" report --html "$place/page.html" "$place/logs"
    python3 "$BATS_TEST_DIRNAME/../command/report_page.py" closed "$place/page.html"
}

@test "a night by rsyslog to ClickHouse: two shards, and the five questions" {
    need clickhouse-server
    need clickhouse-client
    mkdir "$place/dev"
    one=$(port)
    two=$(port)
    number=0
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
    printf '#!/bin/sh\nCLIENT_OPTIONS="--port %s" SECONDS_MAX=1 FOLDER=%s/spool exec %s/clickhouse-batch\n' \
        "$one" "$place" "$fleet" >"$place/batch"
    chmod 755 "$place/batch"
    sed "s#/usr/local/lib/reuseshim/clickhouse-batch#$place/batch#; /^    stop/d" "$fleet/rsyslog-clickhouse.conf" >"$place/to.conf"
    rsyslog "$place/to.conf"
    night syslog
    ask() { clickhouse-client --port "$two" -q "$1"; }
    all_in() { [ "$(ask "SELECT sum(weight) FROM reuseshim.records")" = 4 ]; }
    poll 300 all_in
    [ "$(ask "SELECT host, program, port, reason, sum(weight) FROM reuseshim.records WHERE weight > 0
              GROUP BY host, program, port, reason" | tr '\t' ' ' | sort)" = "$(wanted)" ]
    [ "$(ask "SELECT count() FROM reuseshim.records WHERE weight > 0 AND NOT startsWith(record, '{\"v\":1,')")" -eq 0 ]
    sed 's/^-- [1-5]:/SELECT '"'='"';\n&/' "$fleet/clickhouse-questions.sql" | clickhouse-client --port "$two" -n >"$place/answers"
    cat "$place/answers" >&2
    [ "$(answers 1 "$place/answers" | tr '\t' ' ' | sort | xargs)" = 'db-1 unix-stale 1 web-1 time-wait 2 web-2 listening 1' ]
    [ "$(answers 2 "$place/answers" | wc -l)" -eq 2 ]
    # Both may be of one unit, as all that a test runs: then no two services fight.
    answer=$(answers 4 "$place/answers" | tr '\t' ' ')
    [ -z "$answer" ] || [ "$answer" = "web-2 tcp 8080 ['metrics'] ['shop'] 1" ]
    [ "$(answers 5 "$place/answers" | wc -l)" -ge 1 ]
    # What rsyslog has in its file says the same.
    [ "$(told "$place/syslog")" = "$(wanted)" ]
}

@test "a night by rsyslog to PostgreSQL, and the five questions; a broken line stays aside" {
    bin=$(echo /usr/lib/postgresql/*/bin)
    need "$bin/initdb"
    [ -e /usr/lib/x86_64-linux-gnu/rsyslog/ompgsql.so ] || skip 'no rsyslog-pgsql'
    mkdir "$place/dev" "$place/pg"
    chown postgres "$place/pg"
    chmod 700 "$place/pg"
    as() { (cd / && runuser -u postgres -- "$@"); }
    as "$bin/initdb" -A trust -D "$place/pg" >/dev/null
    number=$(port)
    start runuser -u postgres -- "$bin/postgres" -D "$place/pg" -p "$number" -k "$place/pg" -c listen_addresses=127.0.0.1
    ask() { as "$bin/psql" -qAt -F ' ' -h 127.0.0.1 -p "$number" -U reuseshim reuseshim "$@"; }
    poll 600 as "$bin/psql" -h 127.0.0.1 -p "$number" -c 'SELECT 1' postgres
    as "$bin/psql" -q -h 127.0.0.1 -p "$number" -c 'CREATE ROLE reuseshim LOGIN' postgres
    as "$bin/createdb" -h 127.0.0.1 -p "$number" -O reuseshim reuseshim
    ask <"$fleet/postgresql.sql"
    sed "s/db=\"reuseshim\"/port=\"$number\" &/; /^    stop/d" "$fleet/rsyslog-postgresql.conf" >"$place/to.conf"
    rsyslog "$place/to.conf"
    night syslog
    printf '<27>reuseshim[1]: {"v":1,"broken' | socat -u - "UNIX-SENDTO:$place/log.sock"
    all_in() { [ "$(ask -c 'SELECT sum(weight) FROM records')" = 4 ] && [ "$(ask -c 'SELECT count(*) FROM records_broken')" = 1 ]; }
    poll 300 all_in || { ask -c 'SELECT count(*) FROM records; SELECT * FROM records_broken' >&2; false; }
    [ "$(ask -c "SELECT host, record->>'comm', coalesce(port, 0), reason, sum(weight) FROM records WHERE weight > 0 GROUP BY 1, 2, 3, 4" | sort)" = \
        "$(wanted)" ]
    sed 's/^-- [1-5]:/SELECT '"'='"';\n&/' "$fleet/postgresql-questions.sql" | ask >"$place/answers"
    cat "$place/answers" >&2
    [ "$(answers 1 "$place/answers" | sort | xargs)" = 'db-1 unix-stale 1 web-1 time-wait 2 web-2 listening 1' ]
    [ "$(answers 2 "$place/answers" | wc -l)" -eq 2 ]
    [ "$(answers 5 "$place/answers" | wc -l)" -ge 1 ]
    # The same record again is no second failure.
    ask -c "SELECT reuseshim_take(record::text) FROM records" >/dev/null
    [ "$(ask -c 'SELECT sum(weight) FROM records')" = 4 ]
}

@test "a night by systemd-journal-upload to systemd-journal-remote" {
    remote=/lib/systemd/systemd-journal-remote upload=/lib/systemd/systemd-journal-upload
    need $remote
    need $upload
    mkdir "$place/dev" "$place/logs" "$place/sent" "$place/came"
    night "$place/logs/%p.json"
    # Each host's journal, as journald writes it: its export, with a boot and a machine of its own.
    for host in web-1 web-2 db-1; do
        cat "$place"/logs/*.json | jq -r --arg host $host --arg boot "$(printf '%032x' $((${#host} + RANDOM)))" '
            select(.host == $host) | "__REALTIME_TIMESTAMP=\(now * 1000000 | floor)\n__MONOTONIC_TIMESTAMP=\(input_line_number + 1)\n" +
            "_BOOT_ID=\($boot)\n_HOSTNAME=\($host)\nSYSLOG_IDENTIFIER=reuseshim\nREUSESHIM_EVENT=\(.event)\nMESSAGE=\(tojson)\n"' \
            >"$place/$host.export"
        mkdir "$place/sent/$host"
        "$remote" -o "$place/sent/$host/$host.journal" "$place/$host.export" 2>/dev/null
    done
    number=$(port)
    start "$remote" --listen-http="127.0.0.1:$number" -o "$place/came"
    poll 200 bash -c "exec 9<>/dev/tcp/127.0.0.1/$number"
    for host in web-1 web-2 db-1; do
        timeout 60 "$upload" --follow=no --url="http://127.0.0.1:$number" -D "$place/sent/$host" --save-state="$place/$host.state" 3>&-
    done
    came() { [ "$(journalctl -D "$place/came" -o json --all | "$REUSESHIM_COMMAND" report --json - 2>/dev/null | jq 'select(.kind == "summary").failures')" = 4 ]; }
    poll 100 came
    journalctl -D "$place/came" -o json --all >"$place/all.json"
    [ "$(told "$place/all.json")" = "$(wanted)" ]
}
