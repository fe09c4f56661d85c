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

# What takes a browser more than once runs under --long.
long_only() { [ -n "${REUSESHIM_LONG-}" ] || skip 'runs under --long'; }

# look WIDTH FILE: the page as Chromium has it after its scripts ran; what it complains of is in $place/said.
look()
{
    command -v chromium >/dev/null || skip 'no chromium'
    timeout 100 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$place/profile" \
        --window-size="$1,1000" --virtual-time-budget=5000 --enable-logging=stderr --dump-dom "file://$2" \
        2>"$place/said" >"$place/dom" 3>&-
    [ -s "$place/dom" ]
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

@test "report: in a browser the page searches, explains a mark, fits a telephone, and complains of nothing" {
    python "$made" night >"$place/log"
    "$command" report --html "$place/page.html" "$place/log"
    python "$page" script "$place/page.html" "{
        document.querySelectorAll('.track a')[1].click();
        const b=document.body.dataset;b.told=document.getElementById('told').textContent;
        const input=document.querySelector('input');input.value='POSTGRES listening';input.dispatchEvent(new Event('input'));
        b.shown=[...document.querySelectorAll('section.port')].filter(s=>!s.hidden).length;
        input.value='';input.dispatchEvent(new Event('input'));
        b.wide=document.documentElement.scrollWidth;b.view=innerWidth;b.title=document.title}" >"$place/more.html"
    widths=1280
    [ -z "${REUSESHIM_LONG-}" ] || widths='500 1280' # a headless window has 500 at least
    for width in $widths; do
        look $width "$place/more.html"
        body=$(grep -oE '<body[^>]*>' "$place/dom")
        echo "$body" >&2
        [[ $body == *'shop.service['*'] could not have tcp 0.0.0.0:8080: TIME_WAIT [time-wait].'* ]]
        [[ $body == *'data-shown="1"'* ]]
        [ "$(sed 's/.*data-wide="\([0-9]*\)".*/\1/' <<<"$body")" -le "$(sed 's/.*data-view="\([0-9]*\)".*/\1/' <<<"$body")" ]
        ! grep CONSOLE "$place/said"
    done
}

@test "report: in a browser no hostile name runs" {
    long_only
    python "$page" hostile 200 7 >"$place/log"
    "$command" report --html "$place/page.html" "$place/log"
    look 1280 "$place/page.html"
    grep -q '<title>Addresses that were in use</title>' "$place/dom"
    ! grep CONSOLE "$place/said"
    [ "$(grep -c '<script' "$place/dom")" -eq 1 ]
    grep -q '<div id="search">' "$place/dom" # our own script has run
}

@test "report: a page of 5,000 failures is small, and of more the newest are told one by one" {
    python "$made" 6000 >"$place/log"
    "$command" report --html "$place/page.html" "$place/log"
    [ "$(grep -c '<li id=' "$place/page.html")" -eq 5000 ]
    grep -q '5400 failures' "$place/page.html"
    grep -q 'The newest 5000 records are told one by one' "$place/page.html"
    [ "$(stat -c %s "$place/page.html")" -lt 5000000 ]
    [ -n "${REUSESHIM_LONG-}" ] || return 0
    look 1280 "$place/page.html"
    ! grep CONSOLE "$place/said"
}
