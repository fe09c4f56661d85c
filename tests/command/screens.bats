bats_require_minimum_version 1.5.0
load command

# On a terminal of 24 lines and 80 columns: an explanation has ten lines at most, usually six; and when the program
# has ended, and has printed what its own runtime prints, the last word is still on the screen.

setup()
{
    command -v tmux >/dev/null || skip 'no tmux'
    [ "$(id -u)" -eq 0 ] || skip 'a network namespace needs root'
    unshare -n true || skip 'no network namespace of our own'
    open_place
    chmod 755 "$place"
    socket=$place/tmux
    if [ -x /usr/bin/python3 ]; then python=/usr/bin/python3; else python=$(command -v python3); fi
    lines=$place/lines
    # Each binds ADDRESS PORT, without SO_REUSEADDR where its language leaves that open, and ends with its runtime's own
    # words.
    cat >"$place/newcomer.py" <<'END'
import socket, sys
def serve(address, port):
    s = socket.socket()
    s.bind((address, port))
    s.listen()
serve(sys.argv[1], int(sys.argv[2]))
END
    cat >"$place/newcomer.js" <<'END'
require('http').createServer(() => {}).listen(Number(process.argv[3]), process.argv[2]);
END
    cat >"$place/Newcomer.java" <<'END'
import java.net.*;
public class Newcomer {
    public static void main(String[] args) throws Exception {
        ServerSocket s = new ServerSocket();
        s.setReuseAddress(false);
        s.bind(new InetSocketAddress(args[0], Integer.parseInt(args[1])));
    }
}
END
    cat >"$place/newcomer.c" <<'END'
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[2]))};
    inet_aton(argv[1], &address.sin_addr);
    if (bind(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof address) == 0)
        return argc == 0;
    perror(argv[0]);
    return 1;
}
END
}

teardown()
{
    [ -z "${socket-}" ] || tmux -S "$socket" kill-server 2>/dev/null || :
    [ -z "${place-}" ] || close_place
}

# Reasons that a plain bind of TCP meets, with their address.
situations()
{
    printf '%s\n' 'listening 0.0.0.0 8080' 'bound-idle 0.0.0.0 8080' 'connections 127.0.0.1 8080' \
        'outgoing 0.0.0.0 33000' 'closing 127.0.0.1 8080' 'time-wait 127.0.0.1 8080'
}

# screen ID COMMAND...: what is on the screen when the command has met that situation.
screen()
{
    local id=$1
    shift
    rm -rf "$place/scene" "$place/shown"
    mkdir -m 755 "$place/scene"
    cp "$place"/*ewcomer* "$place/scene/" # as a user types it: in the program's folder
    printf '%q ' unshare -n bash -c 'ip link set lo up; exec "$@"' - "$python" "$BATS_TEST_DIRNAME/scenes.py" \
        "$place/bin/libreuseshim.so" "$place/scene" "$id" "$@" >"$place/line"
    LC_ALL=C.UTF-8 tmux -S "$socket" -f /dev/null new-session -d -x 80 -y 24 -s test \
        "sh $place/line; touch $place/shown; sleep 90" 3>&-
    poll 300 test -e "$place/shown"
    shown=$(tmux -S "$socket" capture-pane -p -t test)
    all=$(tmux -S "$socket" capture-pane -p -J -t test -S -400 | sed 's/ *$//')
    tmux -S "$socket" kill-server
    socket=$socket.n
}

# fits ID: what is claimed, of $shown and $all.
fits()
{
    local count
    # Other reasons are no failure of this test: a program may set an option that makes another one of it.
    grep -qE '^reuseshim: .*\[[a-z-]+\]$' <<<"$all"
    count=$(awk '/^reuseshim: .*\[[a-z-]+\]$/ && !on { on = 1; n = 1; next } on && /^  / { n++; next } on { exit }
        END { print n }' <<<"$all")
    echo "$count" >>"$lines"
    [ "$count" -le 10 ]
    # The last word, whole, behind all else.
    [[ $(grep -v '^ *$' <<<"$all" | tail -n 1) == 'reuseshim: '*'['*']; fix: '* ]]
    grep -q '^reuseshim: ' <<<"$shown"
    # The first line is one line of the terminal.
    [ -z "$(grep -E '^reuseshim: .*\]$' <<<"$all" | awk 'length > 80')" ]
    # Any other line of ours is one line, but for a command to be pasted, alone on its line.
    [ -z "$(awk 'length > 80 && /^  (fix|or|for good|holder|rule|this|held|frees|unseen) /' <<<"$all")" ]
}

measure() # COMMAND...
{
    local id address port
    : >"$lines"
    while read -r id address port <&4; do
        screen "$id" "$@" "$address" "$port"
        fits "$id" || { printf '%s by %s:\n%s\n' "$id" "$*" "$all" >&2; return 1; }
    done 4< <(situations)
    # Six are usual: the (lower) median.
    echo "lines: $(sort -n "$lines" | xargs)"
    [ "$(sort -n "$lines" | sed -n 3p)" -le 6 ]
}

@test "screens: a C program's explanations, and its last word" {
    gcc -o "$place/newcomer" "$place/newcomer.c" || skip 'no gcc'
    measure ./newcomer
}

@test "screens: those of Python" {
    [ -n "${REUSESHIM_LONG-}" ] || skip 'one language is enough here: --long runs all'
    measure "$python" newcomer.py
}

@test "screens: those of node, which prints 27 lines of its own" {
    command -v node >/dev/null || skip 'no node'
    if [ -n "${REUSESHIM_LONG-}" ]; then measure node newcomer.js; return; fi
    screen listening node newcomer.js 0.0.0.0 8080
    fits listening
}

@test "screens: those of Java" {
    [ -n "${REUSESHIM_LONG-}" ] || skip 'a virtual machine takes seconds to start: --long'
    command -v javac >/dev/null || skip 'no javac'
    (cd "$place" && javac Newcomer.java)
    measure java Newcomer
}

@test "screens: every other reason, by a program that meets it" {
    [ -n "${REUSESHIM_LONG-}" ] || skip 'all reasons: --long'
    count=0
    for id in $("$python" "$BATS_TEST_DIRNAME/scenes.py" - - --list); do
        rm -rf "$place/scene"
        mkdir -m 755 "$place/scene"
        unshare -n bash -c 'ip link set lo up; exec "$@"' - "$python" "$BATS_TEST_DIRNAME/scenes.py" \
            "$place/bin/libreuseshim.so" "$place/scene" "$id" >"$place/said"
        grep -qE '^reuseshim: .* cannot |^reuseshim: .* must ' "$place/said" || continue
        told=$(awk '/^reuseshim: /{ n++ } n == 1' "$place/said")
        [ "$(wc -l <<<"$told")" -le 10 ]
        [ "$(awk 'NR == 1 { print length }' <<<"$told")" -le 80 ]
        count=$((count + 1))
    done
    [ "$count" -ge 17 ]
}
