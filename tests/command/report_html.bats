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
    grep -q 'The newest 5000 records are told one by one' "$place/page.html"
    [ "$(stat -c %s "$place/page.html")" -lt 5000000 ]
    [ -n "${REUSESHIM_LONG-}" ] || return 0
    looked_at "$place/page.html" large fits
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
