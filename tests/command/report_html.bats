bats_require_minimum_version 1.5.0
load command

setup()
{
    open_place
    made=$BATS_TEST_DIRNAME/made_records.py
    page=$BATS_TEST_DIRNAME/report_page.py
}

teardown()
{
    close_place
}

# looked_at FILE CHECK...: tests/command/browser.py finds nothing wrong with that page in Chromium.
looked_at()
{
    local file=$1
    shift
    run timeout 110 "$python" "$BATS_TEST_DIRNAME/browser.py" "$file" "$place" "$@"
    [ "$status" -ne 77 ] || skip "$output"
    echo "$output" >&2
    exits 0
    [ "$(grep -c ': looked at$' <<<"$output")" -eq $# ]
}

@test "report: the page has nothing from outside, figures without a script, and readable colours" {
    python "$made" night >"$place/log"
    run "$command" report --html "$place/page.html" "$place/log"
    exits 0
    [ -z "$output" ]
    python "$page" closed "$place/page.html"
    run python "$page" contrast "$place/page.html"
    exits 0
    text=$(<"$place/page.html")
    for words in '66 failures of 3 services' '<td>time-wait</td><td class="n">24</td>' 'tcp 0.0.0.0:8080 on web-1: shop.service' \
        '63 s after it failed; 4 such outages' 'Closed connections still have the port' 'shop.service: 3 binds that worked'; do
        [[ $text == *"$words"* ]] || { echo "$words"; false; }
    done
    # Each mark leads to a failure that is there.
    for id in $(grep -oE 'href="#f[0-9]+' <<<"$text" | cut -d '#' -f 2); do
        grep -q "<li id=\"$id\">" <<<"$text"
    done
    "$command" report --html - "$place/log" >"$place/out"
    [ "$(grep -c '<h3>' "$place/out")" -eq 3 ]
    run "$command" report --html /nonexistent/page "$place/log"
    exits 3
}

@test "report: no name changes the page's structure, whatever is in it" {
    for seed in 1 2 3; do
        python "$page" hostile 300 $seed >"$place/log"
        "$command" report --html "$place/page.html" "$place/log"
        python "$page" closed "$place/page.html"
        # The same with names of letters alone has the same elements with the same attributes.
        jq -c 'walk(if type == "string" and (test("^2026-|^bind_failed$") | not) then gsub("[^0-9a-z]"; "x") else . end)' \
            "$place/log" >"$place/plain"
        "$command" report --html "$place/plain.html" "$place/plain"
        [ "$(python "$page" structure "$place/page.html" | grep -v '^d[td] ' | sort)" = \
            "$(python "$page" structure "$place/plain.html" | grep -v '^d[td] ' | sort)" ]
    done
    LC_ALL=C run grep -c $'\033' "$place/page.html"
    [ "$output" -eq 0 ]
}

@test "report: in a browser the page serves the keyboard, a screen reader, and one without scripts; it asks for nothing" {
    python "$made" night >"$place/log"
    "$command" report --html "$place/page.html" "$place/log"
    looked_at "$place/page.html" keys tree plain
}

@test "report: in a browser the page fits 360 and 1,280 pixels, light and dark, and paper" {
    python "$made" night >"$place/log"
    "$command" report --html "$place/page.html" "$place/log"
    looked_at "$place/page.html" fits prints
}

@test "report: in a browser no hostile name runs" {
    python "$page" hostile 200 7 >"$place/log"
    "$command" report --html "$place/page.html" "$place/log"
    looked_at "$place/page.html" hostile
    [ -z "${REUSESHIM_LONG-}" ] || looked_at "$place/page.html" fits tree prints
}

@test "report: a page of 5,000 failures is small, and of more the newest are told one by one" {
    python "$made" 6000 >"$place/log"
    "$command" report --html "$place/page.html" "$place/log"
    [ "$(grep -c '<li id=' "$place/page.html")" -eq 5000 ]
    grep -q '5400 failures' "$place/page.html"
    # All at one and the same time: no more.
    sed -E 's/"time":"[^"]*"/"time":"2026-11-27T22:00:00.000000Z"/' "$place/log" >"$place/same"
    "$command" report --html "$place/same.html" "$place/same"
    [ "$(grep -c '<li id=' "$place/same.html")" -eq 5000 ]
    grep -q 'The newest 5000 records are told one by one' "$place/page.html"
    [ "$(stat -c %s "$place/page.html")" -lt 5000000 ]
    [ -n "${REUSESHIM_LONG-}" ] || return 0
    looked_at "$place/page.html" large fits
}

@test "report: each failure on the page has its own cures, and those of older ones take no memory" {
    python "$made" 30000 | jq -c 'select(.event == "bind_failed") | .cures = [{id: "stop", risk: "disrupts", text: ("stop " + .time + " " * 250)}]' |
        tac >"$place/log"
    "$command" report --html "$place/page.html" "$place/log"
    [ "$(grep -oE 'would have helped: \[disrupts\] stop [^ ]*' "$place/page.html" | cut -d ' ' -f 6 | sort)" = \
        "$(jq -r .time "$place/log" | sort | tail -n 5000)" ]
    python - "$command" "$place" <<'PYTHON'
import resource, subprocess, sys
def memory(*words):
    done = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    return __import__("os").wait4(done.pid, 0)[2].ru_maxrss
command, place = sys.argv[1:]
alone = memory(command, "report", "--json", place + "/log")
page = memory(command, "report", "--html", place + "/page.html", place + "/log")
print(alone, page)
assert page - alone < 10000 * 500 / 1024 + 4096
PYTHON
}

@test "report: a page has at most 500 timelines, and says how many services are in the figures alone" {
    python "$made" 3000 | jq -c --slurp 'to_entries[] | .key as $n | .value | .port = 1000 + ($n % 700) | .unit = "u\($n % 1400).service" | .host = "h"' >"$place/log"
    "$command" report --html "$place/page.html" "$place/log"
    tracks=$(grep -c 'class="track"' "$place/page.html")
    [ "$tracks" -eq 500 ]
    all=$("$command" report --json "$place/log" | jq -s 'map(select(.kind == "entry")) | length')
    left=$(grep -oE '[0-9]+ further services' "$place/page.html" | cut -d ' ' -f 1)
    [ $((left + $(grep -c '<h3>' "$place/page.html"))) -eq "$all" ]
}

@test "report: a clock that was wrong does not spoil the timelines, and is told of" {
    python "$made" night >"$place/log"
    "$command" report --html "$place/right.html" "$place/log"
    head -n 1 "$place/log" | sed -E 's/"time":"[^"]*"/"time":"1970-01-01T00:00:07.000000Z"/; s/"pid":[0-9]+/"pid":77/' >"$place/wrong"
    echo '{"__REALTIME_TIMESTAMP":"9223372036854775807","_HOSTNAME":"b","MESSAGE":"reuseshim: x","REUSESHIM_EVENT":"bind_failed","REUSESHIM_REASON":"time-wait","REUSESHIM_ADDRESS":"[::1]:80"}' >>"$place/wrong"
    run --separate-stderr "$command" report --html "$place/page.html" "$place/log" "$place/wrong"
    exits 0
    [[ $stderr == *'1 that are broken JSON'* ]]
    [ "$(grep -o '<div class="scale">.*</div>' "$place/page.html" | sort -u)" = "$(grep -o '<div class="scale">.*</div>' "$place/right.html" | sort -u)" ]
    grep -q '1 record is more than a year from the others' "$place/page.html"
    run ! grep -q 'more than a year' "$place/right.html"
}

@test "report: on the page, too, a failed listen is over when a listen works" {
    record() { printf '{"v":1,"time":"2026-11-27T22:%s.000000Z","event":"%s","pid":7,"comm":"server","host":"a","proto":"tcp","address":"0.0.0.0","port":80,%s}\n' "$@"; }
    {
        record 00:00 listen_failed '"reason":"lost-listen"'
        record 00:01 bind '"result":0'
        record 50:00 listen '"result":0'
    } >"$place/log"
    "$command" report --html "$place/page.html" "$place/log"
    [ "$(grep -oE 'class="gap" style="left:[0-9.]+%;width:[0-9]+' "$place/page.html" | cut -d : -f 3)" -ge 90 ]
}

@test "report: the page and the summary for programs come from one run" {
    python "$made" night >"$place/log"
    "$command" report --json --html "$place/page.html" "$place/log" >"$place/json"
    [ "$(jq -r 'select(.kind == "summary") | .failures' "$place/json")" -eq 66 ]
    grep -q '66 failures' "$place/page.html"
}

@test "report: the picture in README is of the page as it is now" {
    scripts=$BATS_TEST_DIRNAME/../../scripts
    "$scripts/report-picture" --check
    head -c 1000 /dev/zero >"$place/other.png"
    run "$scripts/report-picture" --check "$place/other.png"
    exits 1
    [ -n "${REUSESHIM_LONG-}" ] && command -v chromium >/dev/null || return 0
    "$scripts/report-picture" "$place/now.png"
    "$scripts/report-picture" --check "$place/now.png"
}
