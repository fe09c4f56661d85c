#!/usr/bin/env bats
# The options of docs/programs.md do what they say: each program is started with its own, Oracle: the option as
# it is read from the listener.
load world

setup()
{
    open_place
    open_namespace
}

teardown() { close_place; }

# sets PROGRAM...: the listener on $port that it makes has the option.
sets()
{
    nsenter --net="/proc/$keeper/ns/net" -- "$@" </dev/null >"$place/begun" 2>&1 3>&- &
    actors+=("$!")
    poll 150 is_held
    in_namespace "$command" why --json "127.0.0.1:$port" >"$place/json" || :
    jq -e '.holders[0].flags.reuseaddr == true' "$place/json"
}

@test "world: socat sets the option by ,reuseaddr" {
    needs socat jq
    sets socat "TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr" /dev/null
}

@test "world: git daemon sets the option by --reuseaddr" {
    needs git jq
    [ -x "$(git --exec-path)/git-daemon" ] || skip 'no git daemon'
    sets git daemon --reuseaddr --listen=127.0.0.1 --port=$port --base-path="$place"
}

@test "world: Python sets the option by setsockopt before bind" {
    needs jq
    sets python3 -c "
import socket, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('127.0.0.1', $port))
s.listen()
time.sleep(600)"
}

@test "world: Perl sets the option by ReuseAddr => 1" {
    needs perl jq
    sets perl -MIO::Socket::INET -e "
        my \$s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 5, ReuseAddr => 1) or die;
        sleep 600"
}
