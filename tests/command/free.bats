load command

rows() { in_namespace ss -tanH "sport = :$1"; }

# SOCK_DESTROY is an option of the kernel.
need_destroy()
{
    act wait 127.0.0.1 6999 1 0
    run reuseshim free 127.0.0.1:6999
    [[ $output != *CONFIG_INET_DIAG_DESTROY* ]] || skip 'this kernel cannot end sockets'
}

@test "free: TIME_WAIT is ended, exit 0, and a bind works" {
    need_destroy
    act wait 127.0.0.1 7000 3 0
    run try_bind 127.0.0.1 7000 0
    [ "$status" -ne 0 ]
    run reuseshim free 7000
    exits 0
    has 'ended 3 TIME_WAIT on tcp:7000'
    try_bind 127.0.0.1 7000 0
}

@test "free: an orphan is ended, IPv6 too" {
    need_destroy
    act orphan ::1 7000
    run reuseshim free 'tcp:[::1]:7000'
    exits 0
    has 'FIN_WAIT2'
    try_bind ::1 7000 0
}

@test "free: ends only what is on the address" {
    need_destroy
    act wait 127.0.0.1 7000 1 0
    act wait 127.0.0.2 7000 1 0
    run reuseshim free 127.0.0.1:7000
    exits 0
    has 'ended 1 TIME_WAIT'
    [[ $(rows 7000) == *127.0.0.2:7000* ]]
}

# pasted: what the library advises to free ADDRESS:8090, done by a shell.
pasted()
{
    run in_namespace env LD_PRELOAD="$place/bin/libreuseshim.so" python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
s.bind((sys.argv[1], 8090))' "$1"
    advice=$(grep -o 'reuseshim free .*' <<<"$output" | head -n 1)
    [ -n "$advice" ] || { has 'free it now'; return 1; }
    eval "$advice"
}

@test "free: what an explanation advises frees the address although somebody lives on another" {
    need_destroy
    act wait 127.0.0.1 8090 1 0
    act listen 127.0.0.2 8090 0
    pasted 127.0.0.1
    try_bind 127.0.0.1 8090 0
    act wait ::1 8090 1 0
    pasted ::1
    try_bind ::1 8090 0
    [[ $(rows 8090) == *LISTEN*127.0.0.2:8090* ]]
}

@test "free: a listener is refused, exit 1, and lives on" {
    act listen 127.0.0.1 8080 0
    run reuseshim free 8080
    exits 1
    has "[$actor] is alive"
    has 'kill '
    [[ $(rows 8080) == *LISTEN* ]]
    run in_namespace bash -c ': </dev/tcp/127.0.0.1/8080'
    exits 0
}

@test "free: leftovers beside a live listener are left alone: it would not help" {
    act wait 127.0.0.1 7000 1 1
    act listen 127.0.0.1 7000 1
    run reuseshim free 7000
    exits 1
    [[ $(rows 7000) == *TIME-WAIT* ]]
}

@test "free: a connection in a listener's queue belongs to the living" {
    act queue 127.0.0.1 8080
    run reuseshim free 8080
    exits 1
    [[ $(rows 8080) == *ESTAB* ]]
}

@test "free: UDP and UNIX sockets are refused, exit 1" {
    act udp 127.0.0.1 5353
    run reuseshim free udp:5353
    exits 1
    act unix "$place/x.sock"
    run reuseshim free "$place/x.sock"
    exits 1
    has 'is alive and would keep it;'
    kill "$actor"
    wait "$actor" || :
    run reuseshim free "$place/x.sock"
    exits 1
    has 'rm -- '
    [ -e "$place/x.sock" ]
}

@test "free: a free port has nothing to end, exit 0" {
    run reuseshim free 8080
    exits 0
    has 'nothing to end'
}

@test "free: an ordinary user may not, exit 4, and is told what would" {
    act wait 127.0.0.1 7000 1 0
    run as_nobody free 7000
    exits 4
    has 'CAP_NET_ADMIN'
    has 'reuseshim free tcp:7000'
    [[ $(rows 7000) == *TIME-WAIT* ]]
}

@test "free: --json tells what was ended" {
    need_destroy
    act wait 127.0.0.1 7000 2 0
    run reuseshim free --json 7000
    exits 0
    [ "$(jq -c '[.where, .ended, .free]' <<<"$output")" = '["tcp:7000",{"TIME_WAIT":2},true]' ]
}

@test "free: usage errors are exit 3" {
    run reuseshim free
    exits 3
    run reuseshim free 99999
    exits 3
}
