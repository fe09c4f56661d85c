load command

setup()
{
    open_place
    open_namespace
}

teardown()
{
    close_place
}

# Columns of the longest line of the table: the lines between the first and the second empty one.
table_width()
{
    awk '/^$/ { n++ } n == 1 { if (length > w) w = length } END { print w + 0 }' <<<"$output"
}

@test "why: a free port is free, exit 0, and a bind works" {
    run reuseshim why 8080
    exits 0
    has 'tcp:8080 is free'
    try_bind 0.0.0.0 8080 0
}

@test "why: a listener is named, exit 1, within 80 columns" {
    act listen 127.0.0.1 8080 1
    run reuseshim why 8080
    exits 1
    has 'tcp:8080 is held [listening]'
    has "[$actor] fd "
    has 'LISTEN'
    has 'reuseaddr'
    [ "$(table_width)" -gt 20 ]
    [ "$(table_width)" -le 80 ]
}

@test "why: what a bind would meet is what it meets, with and without the option" {
    act wait 127.0.0.1 7000 1 0
    act wait 127.0.0.1 7001 1 1
    act listen 127.0.0.1 7002 1
    for port in 7000 7001 7002 7003; do
        for option in 0 1; do
            key=$([ $option = 1 ] && echo with_reuseaddr || echo without_reuseaddr)
            told=$(reuseshim why --json 127.0.0.1:$port | jq ".bind_now.$key")
            asked=$(try_bind 127.0.0.1 $port $option && echo true || echo false)
            echo "port $port option $option: told $told, the kernel says $asked"
            [ "$told" = "$asked" ]
        done
    done
}

@test "why: TIME_WAIT frees itself, exit 2, and the time is told" {
    act wait 127.0.0.1 7000 3 0
    run reuseshim why 7000
    exits 2
    has 'is held for another '
    has '[time-wait]'
    has '3 TIME_WAIT'
    has 'nobody, '
}

@test "why: a bare port means both families; one family can be meant alone" {
    act listen ::1 8080 0
    run reuseshim why 8080
    exits 1
    has '0.0.0.0:8080  works'
    has '[::]:8080     refused'
    run reuseshim why tcp4:8080
    exits 0
    run reuseshim why 'tcp:[::1]:8080'
    exits 1
    run reuseshim why 127.0.0.1:8080
    exits 0
}

@test "why: UDP by the rule, TCP on the same port is another matter" {
    act udp 127.0.0.1 5353
    run reuseshim why udp:5353
    exits 1
    has '[datagram-held]'
    run reuseshim why udp:127.0.0.2:5353
    exits 0
    run reuseshim why 5353
    exits 0
}

@test "why: a service's name is its port" {
    grep -qE '^http[[:space:]]+80/tcp' /etc/services || skip 'no /etc/services'
    act listen 0.0.0.0 80 0
    run reuseshim why http
    exits 1
    has 'tcp:80 is held'
}

@test "why: UNIX sockets: live, stale, no socket, free, abstract" {
    act unix "$place/live.sock"
    live=$actor
    act unix @reuseshim-test
    run reuseshim why "$place/live.sock"
    exits 1
    has '[unix-live]'
    has "[$live] fd "
    run reuseshim why @reuseshim-test
    exits 1
    has '[unix-abstract]'
    run reuseshim why "unix:$place/live.sock"
    exits 1
    kill "$live"
    wait "$live" || :
    run reuseshim why "$place/live.sock"
    exits 1
    has '[unix-stale]'
    : >"$place/file"
    run reuseshim why "$place/file"
    exits 1
    has '[unix-not-a-socket]'
    run reuseshim why "$place/no/folder"
    exits 0
    has 'no socket has it, but bind() fails: No such file or directory'
    run reuseshim why /etc/passwd/socket
    has 'no socket has it, but bind() fails: Not a directory'
    run reuseshim why "$place/nothing"
    exits 0
    run reuseshim why @nothing
    exits 0
}

@test "why: a connected socket's abstract name may be its own, or its listener's that is gone" {
    act visitor @reuseshim-test
    run reuseshim why @reuseshim-test
    exits 4
    has "can't be seen"
    lacks 'free now'
}

@test "why: an ordinary user is told what it cannot see" {
    act listen 127.0.0.1 8080 0
    run as_nobody why 8080
    exits 1
    has '[listening]'
    has 'not seen, uid 0'
    has '  unseen '
    has 'see whose it is: reuseshim why tcp:8080 '
    lacks "[$actor]"
    run as_nobody why 127.0.0.1:8080
    has 'see whose it is: reuseshim why 127.0.0.1:8080 '
    act udp 127.0.0.1 5353
    run as_nobody why udp:127.0.0.1:5353
    has ' reuseshim why udp:127.0.0.1:5353'
}

@test "why: a port that nobody has is free, also where a bind needs a right or an address" {
    run as_nobody why 80
    exits 0
    has 'Permission denied'
    run reuseshim why 192.0.2.1:8080
    exits 0
    has 'Cannot assign requested address'
}

@test "why: where nothing can be looked at, exit 4" {
    command -v strace || skip 'no strace'
    run in_namespace strace -qq -o /dev/null -e inject=socket:error=EAFNOSUPPORT "$command" why 8080
    exits 4
    has 'no such sockets'
}

@test "why: without netlink /proc/net tells, and it is said" {
    command -v strace || skip 'no strace'
    act udp 127.0.0.1 5353
    # The first two sockets are why's own question for the family and the netlink socket.
    run in_namespace strace -qq -o /dev/null -e inject=sendto:error=EPERM \
        "$command" why udp:127.0.0.1:5353
    exits 1
    has '[datagram-held]'
    has 'netlink'
}

@test "why: --json is one object for each address" {
    act listen 127.0.0.1 8080 0
    run reuseshim why --json 8080
    exits 1
    [ "${#lines[@]}" -eq 2 ]
    [ "$(jq -r '.event + " " + .reason + " " + (.exit | tostring)' <<<"${lines[0]}")" = 'why listening 1' ]
    [ "$(jq -r '.address' <<<"${lines[1]}")" = '::' ]
    [ "$(jq -r ".holders[0].pid" <<<"${lines[0]}")" = "$actor" ]
}

@test "why: wrong words are a usage error, exit 3, with what to write instead" {
    for where in '' 0 70000 nosuchservice 1.2.3:80 ::1:80 '[::1]' 'tcp6:127.0.0.1:80' 80x unix: \
        "/$(printf 'x%.0s' {1..120})"; do
        run reuseshim why "$where"
        echo "why '$where'"
        exits 3
        [ -n "$output" ]
    done
    run reuseshim why
    exits 3
    run reuseshim why 80 81
    exits 3
    run reuseshim why --nonsense 80
    exits 3
}

@test "why: colour only where it is asked for or a terminal reads" {
    act listen 127.0.0.1 8080 0
    run reuseshim why 8080
    lacks $'\e['
    FORCE_COLOR=1 run reuseshim why 8080
    has $'\e['
    NO_COLOR=1 FORCE_COLOR=1 run reuseshim why 8080
    lacks $'\e['
}

@test "why: a table of long addresses still fits 80 columns" {
    in_namespace ip address add fd00:1111:2222:3333:4444:5555:6666:7777/128 dev lo nodad
    act listen fd00:1111:2222:3333:4444:5555:6666:7777 50000 1
    run reuseshim why 50000
    exits 1
    [ "$(table_width)" -gt 40 ]
    [ "$(table_width)" -le 80 ]
}
