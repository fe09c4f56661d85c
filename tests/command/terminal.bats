bats_require_minimum_version 1.5.0
load command

# A terminal of 80 by 24, as tmux has it.
setup()
{
    command -v tmux >/dev/null || skip 'no tmux'
    open_place
    open_namespace
    socket=$place/tmux
}

teardown()
{
    [ -z "${socket-}" ] || tmux -S "$socket" kill-server 2>/dev/null || :
    close_place
}

# show COMMAND...: in the terminal; what it shows is $screen, with colours $coloured.
show()
{
    LC_ALL=C.UTF-8 tmux -S "$socket" -f /dev/null new-session -d -x 80 -y 24 -s test \
        "nsenter --net=/proc/$keeper/ns/net -- $*; echo; echo exit \$?; touch $place/shown; sleep 60" 3>&-
    poll 100 test -e "$place/shown"
    capture
}

# The next terminal has a server of its own: this one takes a moment to end.
end_terminal()
{
    tmux -S "$socket" kill-server
    socket=$socket.next
    rm "$place/shown"
}

capture()
{
    screen=$(tmux -S "$socket" capture-pane -p -t test)
    coloured=$(tmux -S "$socket" capture-pane -p -e -t test)
    printf '%s\n' "$screen"
}

# No line was broken by the terminal: joined or not, it looks the same.
is_unbroken()
{
    [ "$(tmux -S "$socket" capture-pane -p -J -t test | sed 's/ *$//')" = "$(sed 's/ *$//' <<<"$screen")" ]
}

@test "terminal: why fits 80 columns and is coloured" {
    act wait 127.0.0.1 7000 3 0
    show "$command why 7000"
    [[ $screen == *'7000 is free in '* ]]
    is_unbroken
    [[ $coloured == *$'\e['* ]]
    [[ $screen != *$'\e['* ]]
}

@test "terminal: why of a listener fits, too, but for a command to be pasted" {
    act listen 127.0.0.1 8080 1
    show "$command why 8080"
    # All that it says, also what has gone beyond the upper edge.
    screen=$(tmux -S "$socket" capture-pane -p -t test -S -200)
    [[ $screen == *'[listening]'* ]]
    # A tag stands in front of what it belongs to, never alone.
    grep -qE '^  (fix|or)  *\[[a-z ]+\] [a-z]' <<<"$screen"
    run ! grep -qE '^ *\[[a-z ]+\]$' <<<"$screen"
    [ "$(tmux -S "$socket" capture-pane -p -J -t test -S -200 | sed 's/ *$//')" = "$(sed 's/ *$//' <<<"$screen")" ]
}

@test "terminal: what a preloaded server says fits, too, and a log of its has 80 columns on any terminal" {
    act wait 127.0.0.1 7000 1 0
    cat >"$place/server.py" <<'END'
import socket
try: socket.socket().bind(("127.0.0.1", 7000))
except OSError: pass
END
    show "env LD_PRELOAD=$place/bin/libreuseshim.so python3 $place/server.py"
    all=$(tmux -S "$socket" capture-pane -p -t test -S -200)
    [[ $all == *'[time-wait]'* ]]
    # Only a command, which is pasted as it stands, may be longer than a line.
    [ -z "$(tmux -S "$socket" capture-pane -p -J -t test -S -200 | sed 's/ *$//' | awk 'length > 80' |
        grep -vE '^ +(sudo )?reuseshim |; fix: ')" ]
    grep -q '^  fix      \[' <<<"$all"
    end_terminal
    show "env LD_PRELOAD=$place/bin/libreuseshim.so REUSESHIM_LOG=$place/log python3 $place/server.py"
    [ -z "$(awk 'length > 80' "$place/log" | grep -vE '^ +(sudo )?reuseshim |; fix: ')" ]
    [ "$(awk 'length > 60' "$place/log" | wc -l)" -ge 1 ]
}

# at WIDTH COMMAND...: what it shows on a terminal of that many columns, its own lines whole, is $shown; with
# colours $coloured.
at()
{
    local width=$1
    shift
    rm -f "$place/shown"
    LC_ALL=C.UTF-8 tmux -S "$socket" -f /dev/null new-session -d -x "$width" -y 50 -s test \
        "nsenter --net=/proc/$keeper/ns/net -- $*; touch $place/shown; sleep 60" 3>&-
    poll 100 test -e "$place/shown"
    shown=$(tmux -S "$socket" capture-pane -p -J -t test -S -200 | sed 's/ *$//')
    coloured=$(tmux -S "$socket" capture-pane -p -e -t test -S -200)
    tmux -S "$socket" kill-server
    socket=$socket.n
}

# fits WIDTH: no line of $shown is wider, but for a command to be pasted, and what ends with one; no tag is alone.
fits()
{
    [ -z "$(awk -v width="$1" 'length > width' <<<"$shown" |
        grep -vE '^ +(sudo )?(reuseshim|kill|rm) |; fix: |^ +[^ ]+$')" ] || return 1
    run ! grep -qE '^ *\[[a-z ]+\]$' <<<"$(sed '/^ *\[[a-z]*-[a-z]*\]$/d; /^ *\[listening\]$/d' <<<"$shown")"
}

@test "terminal: from 40 to 200 columns an explanation has the same words, and no line breaks" {
    act listen 127.0.0.1 8080 1
    act wait 127.0.0.1 7000 1 0
    act unix "$place/x.sock"
    kill "$actor"
    wait "$actor" || :
    cat >"$place/server.py" <<'END'
import socket, sys
s = socket.socket(socket.AF_UNIX if "/" in sys.argv[1] else socket.AF_INET)
try: s.bind(sys.argv[1] if "/" in sys.argv[1] else ("127.0.0.1", int(sys.argv[1])))
except OSError: pass
END
    for where in 8080 7000 "$place/x.sock"; do
        words=
        for width in 40 60 80 120 200; do
            at $width env "PATH=$place/bin:$PATH" REUSESHIM_HISTORY=off reuseshim run -- /usr/bin/python3 "$place/server.py" "$where"
            fits $width
            # Name and command stand out, and no label is dimmer than what it is for.
            grep -qF $'\e[1m' <<<"$coloured"
            run ! grep -qF $'\e[2m' <<<"$coloured"
            # What is left out to keep within ten lines is another way than the fix.
            said=$(awk '/^  (or|for good) /{ off = 1; next } /^  ?[a-z:]/{ off = 0 } !off' <<<"$shown" | tr -s ' \n' ' ' | sed -E 's/[0-9]+ s\b/N s/g; s/just now/N s ago/; s/\[[0-9]+\]/[N]/g; s/wait:[0-9]+s/wait:N/g')
            [ -z "$words" ] || [ "$said" = "$words" ] || { printf '%s:\n%s\n' "$width" "$shown" "$words" >&2; return 1; }
            words=$said
        done
        at 80 env NO_COLOR=1 "PATH=$place/bin:$PATH" REUSESHIM_HISTORY=off reuseshim run -- /usr/bin/python3 "$place/server.py" "$where"
        [[ $coloured != *$'\e['* ]]
        [ "$(grep -c . <<<"$shown")" -ge 3 ]
    done
}

@test "terminal: why fits 40 to 200 columns, with its tables" {
    in_namespace ip address add fd00:1111:2222:3333:4444:5555:6666:7777/128 dev lo nodad
    act listen 127.0.0.1 8080 1
    for width in 40 60 80 200; do
        at $width env REUSESHIM_HISTORY=off "$command" why 8080
        fits $width
        run ! grep -qF $'\e[2m' <<<"$coloured"
        for word in STATE LOCAL 'HELD BY' LISTEN 'BIND NOW' 'WITHOUT SO_REUSEADDR' 'WITH IT' refused; do
            grep -qF -- "$word" <<<"$shown"
        done
    done
}

@test "terminal: list is folded between its columns, from 40 columns on" {
    mkdir -m 700 "$place/history"
    cat >"$place/server.py" <<'END'
import socket
s = socket.socket()
s.bind(("127.0.0.1", 8080))
END
    in_namespace env REUSESHIM_HISTORY="$place/history" LD_PRELOAD="$place/bin/libreuseshim.so" python3 "$place/server.py"
    for columns in 40 60 80 200; do
        rm -f "$place/shown"
        LC_ALL=C.UTF-8 tmux -S "$socket" -f /dev/null new-session -d -x $columns -y 24 -s test \
            "REUSESHIM_HISTORY=$place/history $command list; touch $place/shown; sleep 60" 3>&-
        poll 100 test -e "$place/shown"
        capture
        is_unbroken
        for word in BOUND PROCESS SOCKET STATE REUSE python3 tcp 127.0.0.1:8080 ended; do
            grep -qwF -- "$word" <<<"$screen"
        done
        tmux -S "$socket" kill-server
        socket=$socket.n
    done
}

@test "terminal: wait shows one line with the time left, and takes it away" {
    act wait 127.0.0.1 7000 1 0
    show "$command wait -t 100ms 7000 >/dev/null"
    [[ $screen != *'free in'* ]]
    end_terminal
    (LC_ALL=C.UTF-8 tmux -S "$socket" -f /dev/null new-session -d -x 80 -y 24 -s test \
        "nsenter --net=/proc/$keeper/ns/net -- $command wait -t 20s 7000" 3>&-)
    poll 100 shows_time_left
    [ "$(grep -c 'free in' <<<"$screen")" -eq 1 ]
}
shows_time_left()
{
    capture >/dev/null
    [[ $screen == *'tcp:7000 is held: free in '*', giving up in '* ]]
}

@test "terminal: the demo is coloured, leaves the terminal as it was, and ends well" {
    LC_ALL=C.UTF-8 tmux -S "$socket" -f /dev/null new-session -d -x 80 -y 24 -s test \
        "cd $BATS_TEST_DIRNAME/../..; TMPDIR=$place scripts/demo; echo exit \$?; touch $place/shown; sleep 90" 3>&-
    poll 900 test -e "$place/shown"
    screen=$(tmux -S "$socket" capture-pane -p -t test -S -2000)
    coloured=$(tmux -S "$socket" capture-pane -p -e -t test -S -2000)
    printf '%s\n' "$screen"
    grep -qx 'exit 0' <<<"$screen"
    for colour in 1 31 32; do grep -qF $'\e['$colour'm' <<<"$coloured"; done
    grep 'it listens on' <<<"$coloured" | grep -qF $'\e[32m'
    grep 'it has ended' <<<"$coloured" | grep -qF $'\e[31m'
    # What comes after it is not coloured any more.
    [[ $(grep 'exit 0' <<<"$coloured") != *$'\e[3'[12]m* ]]
    [[ $screen != *'[1m'* && $screen != *'[32m'* ]]
    # Nor was a line too long for it, but for a command, which is pasted as it stands.
    [ -z "$(tmux -S "$socket" capture-pane -p -J -t test -S -2000 | sed 's/ *$//' | awk 'length > 80' |
        grep -vE '^ +(sudo )?reuseshim |; fix: ')" ]
}
