bats_require_minimum_version 1.5.0
load command

setup()
{
    open_place
}

teardown()
{
    close_place
}

# failed|worked TIME HOST [KEYS]: a record of a bind to 0.0.0.0:80.
failed()
{
    printf '{"v":1,"time":"2026-11-27T%sZ","event":"bind_failed","pid":7,"tid":7,"comm":"server","host":"%s","call":"bind","fd":4,' "$1" "$2"
    printf '"proto":"tcp","address":"0.0.0.0","port":80,"reason":"listening","would_succeed":{"newcomer_reuseaddr":true}%s}\n' "${3-}"
}
worked()
{
    printf '{"v":1,"time":"2026-11-27T%sZ","event":"bind","pid":7,"tid":7,"comm":"server","host":"%s","call":"bind","fd":3,' "$1" "$2"
    printf '"result":0,"errno":null,"proto":"tcp","address":"0.0.0.0","port":80%s}\n' "${3-}"
}

# entries FILTER FILE...: of what `report --json` says, the entries' part.
entries()
{
    "$command" report --json "${@:2}" | jq -r "select(.kind == \"entry\") | $1"
}

@test "report: a bind that worked within the failure's tick of the clock ends no outage, in every order of files" {
    worked 22:00:00.004000 a >"$place/worked"
    failed 22:00:00.004000 a >"$place/failed"
    for files in 'worked failed' 'failed worked'; do
        # shellcheck disable=SC2086 # two files
        [ "$(cd "$place" && entries '"\(.worked) \(.outages) \(.fails_since)"' $files)" = '1 0 2026-11-27T22:00:00.004000Z' ]
    done
    worked 22:00:00.008000 a >"$place/later"
    [ "$(entries '"\(.outages) \(.longest_outage_ms)"' "$place/later" "$place/failed" "$place/worked")" = '1 4' ]
}

@test "report: a history of a boot whose records name two hosts counts for neither of them" {
    mkdir -m 700 "$place/history"
    REUSESHIM_HISTORY=$place/history "$command" run -- python3 -c 'import socket; socket.socket().bind(("127.0.0.1", 34568))'
    boot=$(cat /proc/sys/kernel/random/boot_id)
    unit=$("$command" list --json --history "$place/history" | jq -r '.unit // ""')
    keys=",\"boot\":\"$boot\",\"unit\":\"$unit\""
    for host in a b; do
        failed "22:00:00.0$(printf %05d "'$host")" $host "$keys" |
            sed 's/0\.0\.0\.0/127.0.0.1/; s/2026-11-27/2020-01-01/; s/"server"/"python3"/; s/"port":80/"port":34568/' >"$place/$host"
        [ "$(entries '"\(.worked) \(.outages)"' "$place/history" "$place/$host")" = '1 1' ]
    done
    for order in 'a b' 'b a'; do
        # shellcheck disable=SC2086 # two files
        [ "$(cd "$place" && entries '"\(.host) \(.worked) \(.outages)"' history $order | sort | xargs)" = 'a 0 0 b 0 0' ]
    done
}

@test "report: what the library did not look into, a repeat and a walk, is not told in full" {
    failed 22:00:00 a >"$place/log"
    failed 22:00:01 a ',"walk":4' >>"$place/log"
    failed 22:00:02 a ',"repeats":10' >>"$place/log"
    [ "$(entries '"\(.failures) \(.told_in_full) \(.would_have_helped.newcomer_reuseaddr)"' "$place/log")" = '11 1 1' ]
}

@test "report: a bind that worked counts once where a record of policy log and a history both tell of it" {
    mkdir -m 700 "$place/history"
    printf '%s\n' 'import socket' 'a, b = socket.socket(), socket.socket()' 'a.bind(("127.0.0.1", 0))' \
        'a.listen()' 'port = a.getsockname()[1]' 'try: b.bind(("127.0.0.1", port))' 'except OSError: pass' \
        'a.close(); b.close()' 'c, d = socket.socket(), socket.socket()' \
        'for s in c, d: s.setsockopt(1, 15, 1); s.bind(("127.0.0.1", port))' 'c.listen()' >"$place/binds.py"
    REUSESHIM_HISTORY=$place/history REUSESHIM_POLICY=log REUSESHIM_FORMAT=json REUSESHIM_LOG=$place/log \
        "$command" run -- python3 "$place/binds.py"
    alone=$(entries .worked "$place/log")
    [ "$alone" -ge 3 ]
    [ "$(entries .worked "$place/log" "$place/history")" -eq "$alone" ]
    grep -v '"event":"\(bind\|listen\)"' "$place/log" >"$place/failures"
    [ "$(entries .worked "$place/failures" "$place/history")" -ge 2 ] # the history by itself tells of them
}

@test "report: the filter finds failures without a reason as they are told, and says what it leaves out" {
    failed 22:00:00 a | sed 's/"reason":"listening"/"reason":null/' >"$place/log"
    failed 22:00:01 a >>"$place/log"
    worked 22:00:02 a >>"$place/log"
    [ "$(entries .failures --reason unknown "$place/log")" -eq 1 ]
    for filter in '--reason other' '--port 81' '--host b' '--until 2020-01-01'; do
        # shellcheck disable=SC2086 # two words
        run "$command" report $filter "$place/log"
        [ "$output" = 'no failure that the filters let through; they leave out 2' ]
    done
}

@test "report: a record whose time is none is not called broken JSON alone, and what lies too deep is not read" {
    failed 22:00:00 a >"$place/log"
    failed 25:00:00 a >>"$place/log"
    run --separate-stderr "$command" report "$place/log"
    [[ $stderr == *'1 that are broken JSON or have no time that there is'* ]]
    deep=$place/deep$(printf '/d%.0s' $(seq 1 20))
    mkdir -p "$deep"
    cp "$place/log" "$deep/log"
    run "$command" report "$place/deep"
    exits 3
    has 'too many folders in folders: not read; name the folder'
}

@test "report: a service that failed at several addresses is one service" {
    for port in 80 81 82; do
        failed "22:00:$port" a
        failed "22:00:$port" a
    done | sed 's/22:00:\(8.\)\(.*\)"port":80/22:00:00.0000\1\2"port":\1/' >"$place/log"
    failed 22:00:00 b >>"$place/log"
    run "$command" report "$place/log"
    has '4 failures of 2 services at 4 addresses on 2 hosts'
}

@test "report: an outage is not told as longer than it was" {
    failed 10:00:00 a >"$place/failed"
    while read -r time words; do
        worked "$time" a >"$place/worked"
        run "$command" report "$place/failed" "$place/worked"
        has "$words after it failed; 1 such outage, the longest $words" || { echo "$time: $words"; false; }
    done <<'END'
10:00:00.999999 999 ms
10:00:01.001 1 s
10:01:59.999 119 s
10:02:00 2 min
11:00:01 60 min
11:59:59.9 119 min
12:00:00 2 h
13:59:59 3 h
END
}

@test "report: a number that stands on repeats is told as the least that it can be" {
    failed 22:00:00 a >"$place/log"
    failed 22:00:01 a >>"$place/log"
    run "$command" report "$place/log"
    has 'server failed 2 times, the last'
    failed 22:00:02 a ',"repeats":10' >>"$place/log"
    run "$command" report "$place/log"
    has 'server failed at least 11 times, the last'
}

@test "report: of records in a list, in colour or over several lines, stderr says that they are no plain lines" {
    failed 22:00:00 a >"$place/log"
    jq -sc . "$place/log" >"$place/list"
    printf '\033[31m%s\033[0m\n' "$(cat "$place/log")" >"$place/colour"
    jq . "$place/log" >"$place/lines"
    for file in list colour lines; do
        run --separate-stderr "$command" report "$place/$file"
        [[ $stderr == *'1 cut off before their end, or not one plain record a line'* ]] || { echo "$file: $stderr"; false; }
    done
}
