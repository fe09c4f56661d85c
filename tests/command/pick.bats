#!/usr/bin/env bats
# reuseshim pick: a port that a bind of all addresses gets now. Oracle: the kernel's answer to such a bind.
load command

pick() { in_namespace "$command" pick "$@"; }

hold() # ADDRESS PORT: in the namespace, until the end of the test
{
    nsenter --net="/proc/$keeper/ns/net" -- python3 -c '
import socket, sys, time
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
s = socket.socket(family)
s.bind((sys.argv[1], int(sys.argv[2])))
s.listen()
print("ready", flush=True)
time.sleep(600)' "$1" "$2" >"$place/hold.$2" 3>&- &
    actors+=("$!")
    poll 100 grep -q ready "$place/hold.$2"
}

@test "pick: the port that is asked for if it is free, else the next that is, in whichever family it is held" {
    run pick 7000
    [ "$status" -eq 0 ] && [ "$output" = 7000 ]
    hold 127.0.0.1 7000
    hold ::1 7001
    run pick 7000
    [ "$status" -eq 0 ] && [ "$output" = 7002 ]
    run pick 7000-7001
    [ "$status" -eq 1 ]
    run pick --json 7000-7002
    [ "$output" = '{"port":7002}' ]
}

@test "pick: without a wish it is none that an outgoing connection gets" {
    run pick
    [ "$status" -eq 0 ]
    read -r first last < <(in_namespace cat /proc/sys/net/ipv4/ip_local_port_range)
    [ "$output" -ge 1024 ]
    [ "$output" -lt "$first" ] || [ "$output" -gt "$last" ]
}

@test "pick: without a wish it goes on until one is free, however many are taken" {
    nsenter --net="/proc/$keeper/ns/net" -- python3 -c '
import socket, time
held = []
for port in range(1024, 1400):
    held.append(socket.socket())
    held[-1].bind(("127.0.0.1", port))
print("ready", flush=True)
time.sleep(600)' >"$place/held" 3>&- &
    actors+=("$!")
    poll 100 grep -q ready "$place/held"
    run pick
    [ "$status" -eq 0 ] && [ "$output" = 1400 ]
}

@test "pick: what is no port is told, exit 3" {
    for word in x 0 70000 9-8 8000-x; do
        run pick "$word"
        [ "$status" -eq 3 ]
    done
}
