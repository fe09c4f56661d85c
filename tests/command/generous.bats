bats_require_minimum_version 1.5.0
load command

# Claim: what people type and paste is understood, and what is mistyped is answered with the nearest word.

# reads WHERE PROTO ADDRESS:PORT...: these are the addresses that WHERE means.
reads()
{
    local where=$1
    shift
    run reuseshim why --json "$where"
    exits 0
    [ "$(jq -r '"\(.proto):\(.address):\(.port)"' <<<"$output" | xargs)" = "$*" ] || {
        echo "'$where' is read as $(jq -r '"\(.proto):\(.address):\(.port)"' <<<"$output" | xargs), not as $*" >&2
        return 1
    }
}

both() { echo "tcp:0.0.0.0:$1 tcp::::$1"; }

@test "generous: an address is read in the forms that programs and people use" {
    for where in 8080 :8080 '*:8080' tcp:8080 TCP:8080 8080/tcp 8080/TCP http://:8080/; do
        reads "$where" "$(both 8080)"
    done
    for where in :::8080 '[::]:8080' tcp6:8080; do reads "$where" tcp::::8080; done
    for where in 0.0.0.0:8080 tcp4:8080; do reads "$where" tcp:0.0.0.0:8080; done
    for where in localhost:8080 http://localhost:8080/path?x=1 ws://me@localhost:8080; do
        reads "$where" tcp:127.0.0.1:8080 tcp:::1:8080
    done
    reads 53/udp udp:0.0.0.0:53 udp::::53
    reads udp://127.0.0.1:53 udp:127.0.0.1:53
    reads http://127.0.0.1/ tcp:127.0.0.1:80
    reads 'https://[::1]' tcp:::1:443
}

@test "generous: a pasted message is read for the address in it" {
    reads 'Error: listen EADDRINUSE: address already in use :::3000' tcp::::3000
    reads "ERROR: [Errno 98] error while attempting to bind on address ('127.0.0.1', 8000): address already in use" \
        tcp:127.0.0.1:8000
    reads 'listen tcp :8080: bind: address already in use' "$(both 8080)"
    reads 'nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)' tcp:0.0.0.0:80
    reads 'Could not create server TCP listening socket *:6379: bind: Address already in use' "$(both 6379)"
    reads 'Web server failed to start. Port 8080 was already in use.' "$(both 8080)"
    reads 'Address already in use - bind(2) for "127.0.0.1" port 3000 (Errno::EADDRINUSE)' tcp:127.0.0.1:3000
    reads '(98)Address already in use: AH00072: make_sock: could not bind to address [::]:80' tcp::::80
    reads 'reuseshim: node[29709] cannot bind 8080: node[29640] listens on it [listening]' "$(both 8080)"
    reads 'reuseshim: server[4711] must wait 53 s for 8080: closed connections [time-wait]' "$(both 8080)"
    run reuseshim why "OSError: [Errno 98] Address already in use"
    exits 3
    has 'no address with a port is found in it'
    # Not in quotes, as a shell divides it.
    run reuseshim listen tcp :8080: bind: address already in use
    exits 0
    has 'tcp:8080 is free'
}

@test "generous: what is ambiguous, or no address, is refused with what to write instead" {
    for where in ::1:80 myhost:80 127.0.0.1 70000 server.js:12:3 '[::1]' tcp:; do
        run reuseshim why "$where"
        exits 3
        [[ $output == *' as in '* || $output == *'expected a port'* ]] || { echo "$where: $output" >&2; return 1; }
    done
}

@test "generous: without a subcommand it is 'why'; a subcommand's name wins" {
    act listen 127.0.0.1 8080 0
    run reuseshim 127.0.0.1:8080
    exits 1
    has "127.0.0.1:8080 is taken: python3[$actor] listens on it [listening]"
    run reuseshim --json 127.0.0.1:8080
    exits 1
    [ "$(jq -r .reason <<<"$output")" = listening ]
    run reuseshim explain time-wait
    exits 0
}

@test "generous: a mistyped word is answered with the nearest" {
    run reuseshim wiat 8080
    exits 3
    [ "$output" = "reuseshim: there is no subcommand 'wiat'; did you mean 'wait'?" ]
    run reuseshim explain time-wiat
    exits 3
    [ "$output" = "reuseshim: there is no reason 'time-wiat'; did you mean 'time-wait'?" ]
    run reuseshim policy 'tcp:80=forec'
    exits 125
    has "did you mean 'force'?"
    run reuseshim run -p tpc:80=force true
    exits 125
    has "did you mean 'tcp'?"
    run reuseshim xyzzy
    exits 3
    lacks 'did you mean'
    run reuseshim policy nginx=force
    exits 125
    has 'to name programs, set REUSESHIM_ONLY'
}

@test "generous: a reason is read as messages and tools write it" {
    for id in time-wait '[time-wait]' TIME_WAIT Time-Wait; do
        run reuseshim explain "$id"
        exits 0
        [ "${lines[0]}" = time-wait ]
    done
}

@test "generous: times are read with and without a unit, up to hours" {
    for time in 5 500ms 30s 2m 1h; do
        run reuseshim wait -t $time 9
        exits 0
        run reuseshim policy "wait:$time"
        exits 0
    done
    run reuseshim wait -t 5x 9
    exits 3
}

@test "generous: a log that is no place and no file's name is refused, instead of made into a file" {
    cd "$place"
    for log in stdout Stderr json syslogs; do
        run reuseshim run -l $log true
        exits 125
        has "--log \"$log\": column 1: expected stderr, syslog, journal, fd:N, or a file's name"
        [ ! -e $log ]
    done
    run reuseshim run -l ./json true
    exits 0
}

@test "generous: a usage error says what is missing, and names the program once" {
    for words in 'why WHERE' 'wait WHERE' 'free WHERE' 'run COMMAND' 'policy TEXT' 'verify PID' 'check PROGRAM...' \
        'systemd UNIT'; do
        run reuseshim "${words% *}"
        [ "${lines[0]}" = "reuseshim: ${words% *}: ${words#* } is missing" ]
        [ "${lines[1]}" = "reuseshim: see: reuseshim ${words% *} --help" ]
    done
}

@test "generous: systemd refuses a unit that is not there, and names the nearest" {
    [ -d /usr/lib/systemd/system ] || skip 'no systemd here'
    run reuseshim systemd no-such-unit-at-all -p force
    exits 125
    has 'there is no unit no-such-unit-at-all.service'
    [ -e /usr/lib/systemd/system/systemd-journald.service ] || skip 'no unit to be near to'
    run reuseshim systemd systemd-jornald -p force
    exits 125
    has 'did you mean systemd-journald.service?'
}
