#!/usr/bin/env bats
# What /proc shows may be little, much or strange: the holder is told as far as it can be seen, nothing is invented, and
# what is pasted is safe.
load world

setup()
{
    open_place
    open_namespace
    server_at "$place/server"
}

teardown()
{
    pid=$(listener) && [ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || :
    close_place
}

lacks_control() { ! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]' "$place/said"; }

@test "world: a command line of 2 MiB is told by its beginning, and its holder is stopped" {
    begin python3 -c "
import os, resource, sys
resource.setrlimit(resource.RLIMIT_STACK, (64 << 20, resource.getrlimit(resource.RLIMIT_STACK)[1]))
os.execv(sys.argv[1], [sys.argv[1]] + ['x' * 100000] * 20)" "$place/server"
    poll 100 is_held
    [ "$(wc -c <"/proc/$begun/cmdline")" -gt 2000000 ]
    refuse
    [ "$(wc -c <"$place/said")" -lt 4000 ]
    [ "$(cure fix)" = "kill $begun" ]
    paste "$(cure fix)"
    stays_free
}

@test "world: control characters and marks that turn the direction are shown safely, in arguments, name and folder" {
    mkdir "$place/$(printf 'fol\033[31mder\342\200\256x')"
    cd "$place"/fol*
    begin python3 -c "
import ctypes, sys
ctypes.CDLL(None).prctl(15, b'ev\x1b]0;il\xe2\x80\xae', 0, 0, 0)
exec(open(sys.argv[1]).read())" "$place/server" "$(printf 'a\033[2Jb\342\200\256c\nd')"
    poll 100 is_held
    refuse
    lacks_control
    [ "$(cure fix)" = "kill $begun" ]
}

@test "world: under hidepid another user's holder is told as unseen, and the text says what hid it" {
    begin "$place/server"
    poll 100 is_held
    run in_namespace unshare -m sh -c "mount -t proc -o hidepid=2 proc /proc || exit 77
        exec setpriv --reuid $nobody --regid $nobody --clear-groups $command why 127.0.0.1:$port"
    [ "$status" -ne 77 ] || skip 'no /proc with hidepid'
    has 'unseen'
    lacks "kill $begun"
    lacks 'server['
}

@test "world: without any cgroup in sight the holder is told and stopped as ever" {
    begin "$place/server"
    poll 100 is_held
    in_namespace unshare -mC sh -c "umount -R /sys/fs/cgroup; umount /sys; LD_PRELOAD=$place/bin/libreuseshim.so python3 -c '
import socket
socket.socket().bind((\"127.0.0.1\", $port))'" >/dev/null 2>"$place/said" || :
    [ "$(cure fix)" = "kill $begun" ]
}

@test "world: within a pid namespace of its own, a holder outside is told as unseen, and no number of another's is named" {
    begin "$place/server"
    poll 100 is_held
    in_namespace unshare --pid --fork --mount-proc --kill-child sh -c "LD_PRELOAD=$place/bin/libreuseshim.so python3 -c '
import socket
socket.socket().bind((\"127.0.0.1\", $port))'; :" >/dev/null 2>"$place/said" || :
    cat "$place/said"
    grep -q '\[listening\]' "$place/said"
    run grep -E 'kill +[0-9]' "$place/said"
    [ "$status" -ne 0 ]
}

@test "world: a holder that ends while it is looked at costs nothing but its name" {
    for _ in 1 2 3 4 5 6 7 8; do
        "$place/server" 2>/dev/null &
        one=$!
        kill -9 "$one"
        wait "$one" 2>/dev/null || :
    done
    begin sh -c "while :; do timeout -s KILL 0.05 $place/server; done" 2>/dev/null
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        run in_namespace "$command" why --json "127.0.0.1:$port"
        [[ $status =~ ^[0124]$ ]]
        jq -e . <<<"$output" >/dev/null
    done
}
