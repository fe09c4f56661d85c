bats_require_minimum_version 1.5.0
load command

setup()
{
    open_place
    records=$BATS_TEST_DIRNAME/../fixtures/records/c991d42.json
}

teardown()
{
    close_place
}

# failed TIME HOST UNIT PORT [REASON [REPEATS]]: one record of a bind that failed; worked, of one that worked.
failed()
{
    printf '{"v":1,"time":"2026-11-27T%s.000000Z","event":"bind_failed","pid":%d,"tid":7,"comm":"server","exe":null,' "$1" $((pid += 1))
    printf '"host":"%s","unit":"%s","call":"bind","fd":3,"errno":"EADDRINUSE","proto":"tcp","family":"inet","address":"0.0.0.0",' "$2" "$3"
    printf '"port":%d,"reason":"%s","would_succeed":{"newcomer_reuseaddr":true,"both_reuseaddr":true},' "$4" "${5-time-wait}"
    printf '"holders":[{"state":"TIME_WAIT","pid":null,"comm":null}],"cures":[{"id":"wait","text":"wait","command":"kill 1","risk":"safe"}]%s}\n' \
        "${6+,\"repeats\":$6}"
}
worked()
{
    printf '{"v":1,"time":"2026-11-27T%s.000000Z","event":"%s","pid":%d,"tid":7,"comm":"server","host":"%s","unit":"%s",' "$1" "${5-bind}" $((pid += 1)) "$2" "$3"
    printf '"call":"bind","fd":3,"result":0,"errno":null,"proto":"tcp","address":"0.0.0.0","port":%d}\n' "$4"
}

# entries FILTER: of what `report --json` said, the entries' part.
entries() { jq -r "select(.kind == \"entry\") | $1" <<<"$output"; }
summary() { jq -r "select(.kind == \"summary\") | $1" <<<"$output"; }

@test "report: counts failures by service and address, the newest first, and tells how long each outage took" {
    {
        failed 22:00:00 a web.service 80
        failed 22:00:10 a web.service 80
        worked 22:00:53 a web.service 80
        failed 23:00:00 a web.service 80 listening
        worked 23:00:05 a web.service 80
        failed 23:30:00 b db.service 5432
        failed 23:40:00 a other.service 80
        worked 23:50:00 a web.service 80
    } >"$place/log"
    run "$command" report --json "$place/log"
    exits 0
    [ "$(summary '.failures, .entries' | xargs)" = '5 3' ]
    [ "$(entries .unit | xargs)" = 'other.service db.service web.service' ]
    [ "$(entries '[.failures, .worked, .outages, .last_outage_ms, .longest_outage_ms, .fails_since] | join(" ")')" = \
        "1 0 0   2026-11-27T23:40:00.000000Z
1 0 0   2026-11-27T23:30:00.000000Z
3 3 2 5000 53000 " ]
    [ "$(entries 'select(.unit == "web.service") | .reasons | map("\(.name)=\(.failures)") | join(" ")')" = 'time-wait=2 listening=1' ]
    [ "$(entries 'select(.unit == "web.service") | .would_have_helped.newcomer_reuseaddr')" -eq 3 ]
    run "$command" report "$place/log"
    exits 0
    has '5 failures of 3 services on 2 hosts, 2026-11-27 22:00:00 to 2026-11-27 23:40:00 UTC'
    has 'tcp 0.0.0.0:80 on a: web.service failed 3 times, the last 2026-11-27 23:00:00'
    has '5 s after it failed; 2 such outages, the longest 53 s'
    has 'none recorded' || has 'not recorded when it worked again'
    lacks 'kill 1' # a number of then is another process now
}

@test "report: a failed listen is over when a listen works, not a bind" {
    {
        failed 22:00:00 a web.service 80 lost-listen | sed 's/bind_failed/listen_failed/'
        worked 22:00:01 a web.service 80
        worked 22:00:09 a web.service 80 listen
    } >"$place/log"
    run "$command" report --json "$place/log"
    [ "$(entries .longest_outage_ms)" -eq 9000 ]
}

@test "report: the order of files and lines is no matter, and what is read twice counts once" {
    {
        failed 22:00:00 a web.service 80
        failed 22:00:10 a web.service 80
        worked 22:00:53 a web.service 80
    } >"$place/log"
    "$command" report --json "$place/log" >"$place/once"
    tac "$place/log" >"$place/backwards"
    run "$command" report --json "$place/backwards" "$place/log"
    [ "$(summary .read_twice)" -eq 3 ]
    [ "$(entries .)" = "$(jq -r 'select(.kind == "entry")' "$place/once")" ]
}

@test "report: a repeat stands for the failures that were not told" {
    {
        failed 22:00:00 a web.service 80
        failed 22:00:01 a web.service 80 time-wait 10
        failed 22:00:02 a web.service 80 time-wait 100
    } >"$place/log"
    run "$command" report --json "$place/log"
    [ "$(entries .failures)" -eq 100 ]
    [ "$(entries .records)" -eq 3 ]
}

@test "report: filters by host, unit, port, program, reason and time" {
    {
        failed 22:00:00 a web.service 80
        failed 22:10:00 b web.service 81 listening
        failed 22:20:00 b db.service 82
    } >"$place/log"
    filtered()
    {
        "$command" report --json "$@" "$place/log" | jq -r 'select(.kind == "entry") | .port' | xargs
    }
    [ "$(filtered)" = '82 81 80' ]
    [ "$(filtered --host 'b*')" = '82 81' ]
    [ "$(filtered --unit web.service)" = '81 80' ]
    [ "$(filtered --port 81)" = 81 ]
    [ "$(filtered --program 'serv?r')" = '82 81 80' ]
    [ "$(filtered --program other)" = '' ]
    [ "$(filtered --reason listening)" = 81 ]
    [ "$(filtered --since 2026-11-27T22:05 --until 2026-11-27T22:20)" = 81 ]
    [ "$(filtered --since 1s)" = '' ]
    for words in '--port x' '--since then' '--port 4294967296' '--since 2026-02-31' '--until 2023-02-29' \
        '--since 2026-11-28 --until 2026-11-28' '--json --html -'; do
        # shellcheck disable=SC2086 # two words
        run --separate-stderr "$command" report $words "$place/log"
        exits 3
        [ "$(grep -vc ': see: ' <<<"$stderr")" -eq 1 ]
    done
    [ "$(filtered --until 2024-02-29)" = '' ]
    [ "$(filtered --since 2026-11-28T00:05+02:00 --until 2026-11-27T18:20-0400)" = 81 ]
    [ "$(filtered --until 1970-01-01)" = '' ]
}

@test "report: a filter chooses the failures that are told, and outages are told whole" {
    {
        failed 22:00:00 a web.service 80
        failed 22:10:00 a web.service 80 listening
        worked 22:30:00 a web.service 80
        failed 23:00:00 a web.service 80
        worked 23:00:05 a web.service 80
    } >"$place/log"
    told()
    {
        "$command" report --json "$@" "$place/log" |
            jq -r 'select(.kind == "entry") | [.failures, .outages, .longest_outage_ms, .worked, .fails_since] | map(. // "-") | join(" ")'
    }
    [ "$(told)" = '3 2 1800000 2 -' ]
    [ "$(told --since 2026-11-27T22:05 --until 2026-11-27T22:20)" = '1 1 1800000 0 -' ]
    [ "$(told --reason listening)" = '1 1 1800000 2 -' ]
    [ "$(told --since 2026-11-27T22:45)" = '1 1 5000 1 -' ]
    "$command" report --html "$place/page.html" --reason listening "$place/log"
    grep -q '<p>1 failure of 1 service' "$place/page.html"
    grep -q '30 min after it failed; 1 such outage' "$place/page.html"
    sed -i '/bind_failed/s/"comm":"server"/"comm":"helper"/' "$place/log" # the bind that works is another program's
    [ "$(told --program helper | cut -d ' ' -f 1-3)" = '3 2 1800000' ]
}

@test "report: a name that no library writes is cut and says so; the rest of its entry is told" {
    long=$(printf '%05000d' 0)
    failed 22:00:00 a web.service 80 | sed "s/0\.0\.0\.0/$long/; s/\"text\":\"wait\"/\"text\":\"$long\"/" >"$place/log"
    run "$command" report --json "$place/log"
    [ "$(entries '.address | length')" -lt 1100 ]
    [[ $(entries .address) == *'0... (5000 bytes)' ]]
    run "$command" report "$place/log"
    exits 0
    has 'on a: web.service failed once, 2026-11-27 22:00:00'
    has 'not recorded when it worked again'
    "$command" report --html "$place/page.html" "$place/log"
    grep -q ' on a: web.service</h3>' "$place/page.html"
}

@test "report: of more reasons, cures and hosts than an object has room for the others are counted" {
    for i in $(seq 1 2000); do
        printf '{"v":1,"time":"2026-11-27T22:00:%02d.%06dZ","event":"bind_failed","pid":1,"host":"h%d","comm":"%s","proto":"tcp","address":"::","port":80,"reason":"r%d%0900d","cures":[{"id":"c%d","risk":"safe","text":"x"}]}\n' \
            $((i % 60)) "$i" $((i % 1100)) "$([ "$i" -le 100 ] && echo one || echo other)" "$i" 0 "$i"
    done >"$place/log"
    sed 's/"host":"h[0-9]*"/"host":"h"/' "$place/log" >"$place/one-host"
    run "$command" report --json "$place/one-host"
    exits 0
    jq -es 'length == 3' <<<"$output"
    [ "$(summary '[.failures, (.reasons | map(.failures) | add)] | join(" ")')" = '2000 2000' ]
    [ "$(entries 'select(.program == "one") | [(.reasons | length), (.reasons | map(.failures) | add), (.cures | length), .cures_left_out] | join(" ")')" = '33 100 64 36' ]
    [ "$(entries 'select(.program == "one") | .reasons[0] | "\(.name) \(.failures)"')" = 'further reasons 68' ]
    run "$command" report --json "$place/log"
    exits 0
    jq -es 'map(.kind) | unique == ["entry", "summary"]' <<<"$output"
    [ "$(summary '[(.hosts | length), .hosts_left_out, (.reasons | length), .reasons_left_out > 0] | join(" ")')" = '1000 100 1000 true' ]
}

@test "report: a repeat counts as what the library writes: 10, 100, 1000...; any other number is one failure" {
    {
        failed 22:00:00 a web.service 80 time-wait 9007199254740992
        failed 22:00:01 a web.service 80 time-wait 77
        failed 22:00:02 a web.service 80 time-wait 10000000000
        failed 22:00:03 a web.service 80 time-wait 1000
    } >"$place/log"
    run "$command" report --json "$place/log"
    [ "$(entries .failures)" -eq 903 ]
}

@test "report: syslog's newer form names the host, and keys may come in another order behind any header" {
    failed 22:00:00 a web.service 80 | sed 's/"host":"a",//' >"$place/plain"
    sed 's/^/<134>1 2026-11-27T22:00:00.000000Z b reuseshim 12 - - /' "$place/plain" >"$place/new"
    jq -cS . "$place/plain" | sed 's/^/Nov 27 22:00:00 b reuseshim[12]: /' >"$place/sorted"
    jq -c . "$place/plain" | sed 's/,/, /g; s/":/" : /g; s/^{/{ /; s/^/2026-11-27T22:00:00+00:00 b reuseshim[12]: /' >"$place/spaced"
    jq -cSR '{"_HOSTNAME": "b", MESSAGE: (fromjson | tojson)}' "$place/plain" >"$place/journal"
    for file in new sorted spaced journal; do
        run "$command" report --json "$place/$file"
        exits 0
        [ "$(entries '.host, .program' | xargs)" = 'b server' ] || { echo $file; false; }
    done
    sed 's/ b reuseshim/ - reuseshim/' "$place/new" >"$place/nil"
    run "$command" report --json "$place/nil"
    [ "$(entries .host)" = null ]
    head -c 300 "$place/sorted" >"$place/cut"
    run --separate-stderr "$command" report --json "$place/cut"
    [ "$(summary .lines.cut)" -eq 1 ]
}

@test "report: a history that can't be understood is counted; one that is compressed or piped is read" {
    mkdir -m 700 "$place/history"
    REUSESHIM_HISTORY=$place/history "$command" run -- python3 -c 'import socket; socket.socket().bind(("127.0.0.1", 34567))'
    file=$(find "$place/history" -type f | head -n 1)
    run "$command" report "$file"
    has 'no failure: only binds that worked'
    gzip -c "$file" >"$place/packed.gz"
    run "$command" report "$place/packed.gz"
    has 'no failure: only binds that worked'
    run "$command" report - < <(cat "$file")
    has 'no failure: only binds that worked'
    head -c 200 "$file" >"$place/cut"
    run "$command" report "$place/cut"
    exits 3
    has 'no history that can be understood: skipped'
    failed 22:00:00 a web.service 80 >"$place/log"
    run --separate-stderr "$command" report --json "$place/cut" "$place/log"
    [ "$(summary .files_in_trouble)" -eq 1 ]
}

@test "report: reads what syslog, the journal and engines wrap records in" {
    failed 22:00:00 a web.service 80 | sed 's/"host":"a","unit":"web.service",//' >"$place/plain"
    sed 's/^/Nov 27 22:00:00 b reuseshim[12]: /' "$place/plain" >"$place/syslog"
    jq -cR '{"__REALTIME_TIMESTAMP": "1", "_HOSTNAME": "b", "_SYSTEMD_UNIT": "web.service", MESSAGE: .}' "$place/plain" >"$place/journal"
    jq -cR '{"_HOSTNAME": "b", "_SYSTEMD_UNIT": "web.service", MESSAGE: explode}' "$place/plain" >"$place/bytes"
    jq -cR '{log: ., stream: "stderr"}' "$place/plain" >"$place/docker"
    for file in syslog journal bytes docker; do
        run "$command" report --json "$place/$file"
        exits 0
        [ "$(summary .failures)" -eq 1 ]
        [ "$(entries .program)" = server ]
        [ $file = docker ] || [ "$(entries .host)" = b ]
        [ $file != journal ] || [ "$(entries .unit)" = web.service ]
    done
    # The same record by way of all of them is one failure.
    run "$command" report --json "$place"/{plain,syslog,journal,bytes,docker}
    [ "$(summary '.failures, .read_twice' | xargs)" = '1 4' ]
}

@test "report: of an explanation in text, the journal's fields tell" {
    echo '{"__REALTIME_TIMESTAMP":"1795816800000000","_HOSTNAME":"b","_SYSTEMD_UNIT":"web.service","_PID":"12","MESSAGE":"reuseshim: bind failed","REUSESHIM_EVENT":"bind_failed","REUSESHIM_REASON":"time-wait","REUSESHIM_PROGRAM":"nginx","REUSESHIM_PROTOCOL":"tcp","REUSESHIM_ADDRESS":"[::1]:80"}' >"$place/journal"
    run "$command" report --json "$place/journal"
    [ "$(entries '[.host, .unit, .program, .proto, .address, .port, .reasons[0].name] | join(" ")')" = \
        'b web.service nginx tcp ::1 80 time-wait' ]
    jq -c '.MESSAGE = null | del(.REUSESHIM_EVENT)' "$place/journal" >"$place/left"
    run --separate-stderr "$command" report "$place/left"
    [[ $stderr == *'--all'* ]]
}

@test "report: what is broken, cut, foreign or binary is counted, skipped and said" {
    {
        failed 22:00:00 a web.service 80
        echo 'Nov 27 22:00:00 b sshd[12]: hello'
        echo '{"some":"other"}'
        echo '{"v":1,"time":"never","event":"bind_failed"}'
        echo '{"v":1,"time":}'
        echo '{"v":2,"time":"2026-11-27T22:00:00.000000Z","event":"bind_failed"}'
        echo 'reuseshim: server[1] cannot bind 80'
        printf 'a\0b\n'
        failed 22:00:00 a web.service 80 | head -c 200
    } >"$place/log"
    run --separate-stderr "$command" report --json "$place/log"
    exits 0
    [ "$(summary '.lines | [.failed, .foreign, .broken, .newer, .text, .binary, .cut] | join(" ")')" = '1 2 2 1 1 1 1' ]
    [[ $stderr == *"$place/log: skipped lines: 1 cut off before their end, or not one plain record a line, 2 that are broken JSON"* ]]
    head -c 100000 /dev/urandom >"$place/noise"
    run --separate-stderr "$command" report --json "$place/noise" "$place/log"
    [ "$(summary .failures)" -eq 1 ]
    head -c 5000000 /dev/zero | tr '\0' 'x' >"$place/long"
    run --separate-stderr "$command" report --json "$place/long" "$place/log"
    [ "$(summary '.failures, .lines.too_long' | xargs)" = '1 1' ]
    run "$command" report "$place/none"
    exits 3
    run "$command" report "$place/none" "$place/log"
    exits 0
}

@test "report: reads a folder, the standard input, and what is compressed by the tools that are there" {
    mkdir -p "$place/logs/more"
    failed 22:00:00 a web.service 80 >"$place/logs/one"
    failed 22:00:01 a web.service 80 | gzip >"$place/logs/two.gz"
    failed 22:00:02 a web.service 80 >"$place/logs/more/three"
    mkfifo "$place/logs/pipe"
    ln -s / "$place/logs/link"
    want=3
    if command -v zstd >/dev/null; then
        failed 22:00:03 a web.service 80 | zstd -q >"$place/logs/four"
        want=4
    fi
    failed 22:00:04 a web.service 80 >"$place/elsewhere"
    ln -s "$place/elsewhere" "$place/logs/to-a-file"
    run --separate-stderr "$command" report --json "$place/logs"
    [ "$(summary .failures)" -eq $((want + 1)) ]
    [[ $stderr == *'/pipe: no file: a pipe or a device is read where it is named'* ]]
    [[ $stderr == *'/link: a link to a folder is not followed: name the folder'* ]]
    run "$command" report --json - <"$place/logs/one"
    [ "$(summary .failures)" -eq 1 ]
    run "$command" report --json <"$place/logs/one"
    [ "$(summary .failures)" -eq 1 ]
    run "$command" report - < <(cat "$place/logs/two.gz")
    has 'it is compressed and comes by a pipe'
    for second in $(seq 10 59); do failed 22:00:$second a web.service 80; done | gzip | head -c 600 >"$place/cut.gz"
    run --separate-stderr "$command" report --json "$place/cut.gz"
    exits 0
    [ "$(summary .failures)" -ge 5 ]
    [ "$(summary .files_in_trouble)" -eq 1 ]
    [[ $stderr == *'gzip could not read it to its end: what it gave is counted'* ]]
    head -c 12 "$place/logs/two.gz" >"$place/cut.gz"
    run "$command" report "$place/cut.gz"
    exits 3
    has 'gzip could not read it to its end'
    gzip <"$place/logs/two.gz" >"$place/twice.gz"
    run "$command" report "$place/twice.gz"
    exits 3
    has 'it is compressed twice: unpack it once'
    mkdir -p "$place/empty/more"
    touch "$place/empty/.hidden"
    run "$command" report "$place/empty"
    exits 3
    has 'empty: no file is in it, but for those whose names begin with a dot'
    PATH=$place/nothing run "$place/bin/reuseshim" report "$place/logs/two.gz"
    has 'there is no gzip here'
}

@test "report: a history tells when it worked, of the host that the records of its boot name" {
    mkdir -m 700 "$place/history"
    REUSESHIM_HISTORY=$place/history "$command" run -- python3 -c 'import socket; socket.socket().bind(("127.0.0.1", 34567))'
    boot=$(cat /proc/sys/kernel/random/boot_id)
    unit=$("$command" list --json --history "$place/history" | jq -r '.unit // ""')
    failed 22:00:00 a "$unit" 34567 | sed "s/0\.0\.0\.0/127.0.0.1/; s/2026-11-27/2020-01-01/; s/\"server\"/\"python3\"/; s/\"v\":1,/&\"boot\":\"$boot\",/" >"$place/log"
    run "$command" report --json "$place/history" "$place/log"
    exits 0
    [ "$(entries '.host, .worked, .outages' | xargs)" = 'a 1 1' ]
}

@test "report: reads the records of the first format, of every reason" {
    run "$command" report --json "$records"
    exits 0
    [ "$(summary .failures)" -eq "$(grep -c '"event":"\(bind\|listen\)_failed"' "$records")" ]
    [ "$(summary '.reasons | map(.name) | sort | join(" ")')" = \
        "$(jq -r 'select(.event | endswith("_failed")) | .reason' "$records" | sort -u | xargs)" ]
    [ "$(summary '.lines | .cut + .broken + .foreign')" -eq 0 ]
}

@test "report: counts as a script does, of many failures" {
    python "$BATS_TEST_DIRNAME/made_records.py" 5000 >"$place/log"
    run "$command" report --json "$place/log"
    [ "$(summary .failures)" -eq 4500 ]
    [ "$(entries '"\(.host) \(.unit) \(.port) \(.failures) \(.last_at)"' | sort)" = "$(
        jq -rs 'map(select(.event == "bind_failed")) | group_by([.host, .unit, .port])[] |
            "\(.[0].host) \(.[0].unit) \(.[0].port) \(length) \(map(.time) | max)"' "$place/log" | sort)" ]
    [ "$(summary '.reasons | map("\(.name) \(.failures)") | sort[]')" = "$(
        jq -r 'select(.event == "bind_failed") | .reason' "$place/log" | sort | uniq -c | awk '{ print $2, $1 }' | sort)" ]
}

@test "report: no name of a record reaches a terminal as it is" {
    failed 22:00:00 "$(printf 'a\\u001b[31m')" "$(printf 'x\\n\\u0007.service')" 80 >"$place/log"
    run "$command" report "$place/log"
    exits 0
    [ -z "$(tr -d '\n' <<<"$output" | grep -aP '[\x00-\x08\x0b-\x1f]')" ]
    has '\x1b[31m'
}

@test "report: a record of the first format is still valid, and one of a later version with more keys" {
    run python "$BATS_TEST_DIRNAME/../../scripts/run-schema" --any "$records"
    [ "$status" -ne 77 ] || skip "$output"
    exits 0
    jq -c '.added = {"any": [1]} | if .holders then .holders[].added = "x" else . end' "$records" >"$place/later"
    run python "$BATS_TEST_DIRNAME/../../scripts/run-schema" --any "$place/later"
    exits 0
    run python "$BATS_TEST_DIRNAME/../../scripts/run-schema" "$place/later"
    exits 1
    jq -c 'del(.time)' "$records" >"$place/less"
    run python "$BATS_TEST_DIRNAME/../../scripts/run-schema" --any "$place/less"
    exits 1
}

@test "report: a port of vsock and netlink has 32 bits" {
    { failed 22:00:00 a web.service 70000; failed 22:00:01 a web.service 80000; } |
        sed 's/"proto":"tcp","family":"inet","address":"0.0.0.0"/"proto":"vsock","family":"vsock","address":"-1"/' >"$place/log"
    run "$command" report --json "$place/log"
    exits 0
    [ "$(entries .port | sort -n | xargs)" = '70000 80000' ]
    run "$command" report --json --port 80000 "$place/log"
    [ "$(entries .port)" = 80000 ]
}

@test "report: a page is not written over a log" {
    failed 22:00:00 a web.service 80 >"$place/log"
    cp "$place/log" "$place/before"
    run "$command" report --html "$place/log" </dev/null
    exits 3
    has 'is there, and is no page of a report'
    cmp "$place/log" "$place/before"
    "$command" report --html "$place/page.html" "$place/log"
    "$command" report --html "$place/page.html" "$place/log" # over the last page
}
