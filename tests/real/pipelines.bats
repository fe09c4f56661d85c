bats_require_minimum_version 1.5.0
# A night on three simulated hosts (namespaces of their own, with a name each), whose records are collected as docs/fleet.md
# has it, and reported: the report says what was done. Debian's packages; only under --long.

load fleet

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
    cat "$place/done" >&2
    failures=$(wc -l <"$place/done")
    [ "$failures" -eq 17 ] # all that were meant
}

# What a report of FILE... says, in the form of $place/done: once for each failure.
told()
{
    "$REUSESHIM_COMMAND" report --json "$@" 2>/dev/null | jq -r 'select(.kind == "entry") | . as $e | .reasons[] |
        "\($e.host) \($e.program) \($e.port // 0) \(.name) \(.failures)"' | sort
}
by_host_and_reason() { awk '{ n[$1 " " $4]++ } END { for (i in n) print i, n[i] }' "$place/done" | sort; }
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

# send FILE: each of its lines to /dev/log, as a program does.
send()
{
    /usr/bin/python3 -c '
import socket, sys
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.connect(sys.argv[1])
for line in open(sys.argv[2], "rb"):
    log.send(b"<27>reuseshim[1]: " + line.rstrip(b"\n"))' "$place/log.sock" "$1"
}

plain_answers() { tr '\t' ' ' <"$1" | sed "s/[][{}']//g; s/\.0 \([0-9]*\)$/ \1/"; }

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
    shards
    mkdir "$place/dev"
    printf '#!/bin/sh\nCLIENT_OPTIONS="--port %s" SECONDS_MAX=1 FOLDER=%s/spool exec %s/clickhouse-batch\n' \
        "$one" "$place" "$fleet" >"$place/batch"
    chmod 755 "$place/batch"
    sed "s#/usr/local/lib/reuseshim/clickhouse-batch#$place/batch#; /^    stop/d" "$fleet/rsyslog-clickhouse.conf" >"$place/to.conf"
    rsyslog "$place/to.conf"
    night syslog
    ask() { clickhouse-client --port "$two" -q "$1"; }
    all_in() { [ "$(ask "SELECT sum(weight) FROM reuseshim.records")" = "$failures" ]; }
    poll 300 all_in
    [ "$(ask "SELECT host, program, port, reason, sum(weight) FROM reuseshim.records WHERE weight > 0
              GROUP BY host, program, port, reason" | tr '\t' ' ' | sort)" = "$(wanted)" ]
    [ "$(ask "SELECT count() FROM reuseshim.records WHERE weight > 0 AND NOT startsWith(record, '{\"v\":1,')")" -eq 0 ]
    asked=$(sed 's/^-- [1-5]:/SELECT '"'='"';\n&/' "$fleet/clickhouse-questions.sql")
    clickhouse-client --port "$two" -n <<<"$asked" >"$place/answers"
    cat "$place/answers" >&2
    [ "$(answers 1 "$place/answers" | tr '\t' ' ' | sort)" = "$(by_host_and_reason)" ]
    [ "$(answers 2 "$place/answers" | wc -l)" -eq 2 ]
    # Both may be of one unit, as all that a test runs: then no two services fight.
    answer=$(answers 4 "$place/answers" | tr '\t' ' ')
    [ -z "$answer" ] || [[ $answer == *"web-2 tcp 8080 ['metrics'] ['shop'] 1"* ]]
    [ "$(answers 5 "$place/answers" | wc -l)" -ge 1 ]
    for shard in $one $two; do
        clickhouse-client --port "$shard" -n -q 'TRUNCATE TABLE reuseshim.records_here; TRUNCATE TABLE reuseshim.kinds_here'
    done
    for _ in 1 2; do # what came twice is one, once it is merged
        python3 "$BATS_TEST_DIRNAME/../command/made_records.py" night | jq -cR '{record: .}' |
            clickhouse-client --port "$one" --insert_distributed_sync=1 -q 'INSERT INTO reuseshim.inbox FORMAT JSONEachRow'
    done
    for shard in $one $two; do
        clickhouse-client --port "$shard" -q 'OPTIMIZE TABLE reuseshim.records_here PARTITION 202611 FINAL'
    done
    clickhouse-client --port "$two" -n <<<"$asked" >"$place/answers"
    diff <(plain_answers "$place/answers") "$BATS_TEST_DIRNAME/night.answers"
    # What rsyslog has in its file says the same.
    [ "$(told "$place/syslog")" = "$(wanted)" ]
    # Nothing that a record says is taken for SQL: every one is there as it was sent.
    python3 "$BATS_TEST_DIRNAME/../command/report_page.py" hostile 300 5 >"$place/hostile"
    send "$place/hostile"
    all_came() { [ "$(ask "SELECT count() FROM reuseshim.records WHERE port < 300")" -ge 300 ]; }
    poll 300 all_came
    diff <(ask 'SELECT record FROM reuseshim.records WHERE port < 300 FORMAT TSVRaw' | sort) <(sort "$place/hostile")
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
    all_in() { [ "$(ask -c 'SELECT sum(weight) FROM records')" = "$failures" ] && [ "$(ask -c 'SELECT count(*) FROM records_broken')" = 1 ]; }
    poll 300 all_in || { ask -c 'SELECT count(*) FROM records; SELECT * FROM records_broken' >&2; false; }
    [ "$(ask -c "SELECT host, record->>'comm', coalesce(port, 0), reason, sum(weight) FROM records WHERE weight > 0 GROUP BY 1, 2, 3, 4" | sort)" = \
        "$(wanted)" ]
    sed 's/^-- [1-5]:/SELECT '"'='"';\n&/' "$fleet/postgresql-questions.sql" | ask >"$place/answers"
    cat "$place/answers" >&2
    [ "$(answers 1 "$place/answers" | sort)" = "$(by_host_and_reason)" ]
    [ "$(answers 2 "$place/answers" | wc -l)" -eq 2 ]
    [ "$(answers 5 "$place/answers" | wc -l)" -ge 1 ]
    # The same record again is no second failure.
    ask -c "SELECT reuseshim_take(record::text) FROM records" >/dev/null
    [ "$(ask -c 'SELECT sum(weight) FROM records')" = "$failures" ]
    ask -c 'TRUNCATE records'
    for _ in 1 2; do
        python3 "$BATS_TEST_DIRNAME/../command/made_records.py" night | sed "s/'/''/g; s/.*/SELECT reuseshim_take('&');/" | ask >/dev/null
    done
    sed 's/^-- [1-5]:/SELECT '"'='"';\n&/' "$fleet/postgresql-questions.sql" | ask >"$place/answers"
    diff <(plain_answers "$place/answers") "$BATS_TEST_DIRNAME/night.answers"
    # Nothing that a record says is taken for SQL: each is there as it was sent, or aside, as PostgreSQL has no NUL in texts.
    ask -c 'TRUNCATE records; TRUNCATE records_broken'
    python3 "$BATS_TEST_DIRNAME/../command/report_page.py" hostile 300 5 >"$place/hostile"
    send "$place/hostile"
    all_came() { [ "$(ask -c 'SELECT (SELECT count(*) FROM records) + (SELECT count(*) FROM records_broken)')" = 300 ]; }
    poll 300 all_came
    diff <(ask -c 'SELECT record FROM records' | jq -cS . | sort) <(grep -v '\\u0000' "$place/hostile" | jq -cS . | sort)
    diff <(ask -c 'SELECT line FROM records_broken' | sort) <(grep '\\u0000' "$place/hostile" | sort)
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
    came() { [ "$(journalctl -D "$place/came" -o json --all | "$REUSESHIM_COMMAND" report --json - 2>/dev/null | jq 'select(.kind == "summary").failures')" = "$failures" ]; }
    poll 100 came
    journalctl -D "$place/came" -o json --all >"$place/all.json"
    [ "$(told "$place/all.json")" = "$(wanted)" ]
}
