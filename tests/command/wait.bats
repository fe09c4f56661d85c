bats_require_minimum_version 1.5.0
load command

@test "wait: a free port at once, exit 0" {
    run reuseshim wait 8080
    exits 0
    has 'tcp:8080 is free'
}

@test "wait: until a listener has gone" {
    act listen 127.0.0.1 8080 0
    (sleep 0.5 && kill "$actor") 3>&- &
    run reuseshim wait --timeout 20s 127.0.0.1:8080
    wait $! || :
    exits 0
    has 'is free'
}

@test "wait: a timeout ends it with how it stands: 1 held, 2 frees itself" {
    act listen 127.0.0.1 8080 0
    run reuseshim wait --timeout 300ms 8080
    exits 1
    has '[listening]'
    act wait 127.0.0.1 7000 1 0
    run reuseshim wait -t 300ms 7000
    exits 2
    has '[time-wait]'
    run reuseshim wait -q -t 0 7000
    exits 2
    [ -z "$output" ]
}

@test "wait: that the time ran out is said on stderr, in one line" {
    act listen 127.0.0.1 8080 0
    run --separate-stderr reuseshim wait --timeout 300ms 127.0.0.1:8080
    exits 1
    [ "$stderr" = 'reuseshim: gave up after 300ms' ]
    has '127.0.0.1:8080 is taken: python3['
    run --separate-stderr reuseshim wait -t 300ms --json 127.0.0.1:8080
    exits 1
    [ "$stderr" = 'reuseshim: gave up after 300ms' ]
    # Not where nothing was waited for, or nobody is to be told.
    for words in '-t 0 127.0.0.1:8080' '-t 20s 127.0.0.1:8081' '-q -t 300ms 127.0.0.1:8080'; do
        # shellcheck disable=SC2086 # several words
        run --separate-stderr reuseshim wait $words
        [ -z "$stderr" ]
    done
}

@test "wait: asks once a second where a timer tells when" {
    command -v strace || skip 'no strace'
    # An orphan in FIN_WAIT2 ends by a timer that can be made short.
    in_namespace sysctl -q -w net.ipv4.tcp_fin_timeout=3
    act orphan 127.0.0.1 7000
    run in_namespace strace -qq -f -e trace=bind -o "$place/calls" "$command" wait -t 30s 7000
    exits 0
    has 'is free'
    calls=$(grep -c 'bind(' "$place/calls")
    echo "bind was called $calls times"
    [ "$calls" -le 24 ] # some of each whole look, and one a second for some six
}

@test "wait: what ends before its timer does is seen" {
    command -v strace || skip 'no strace'
    act wait 127.0.0.1 7000 0 1
    in_namespace strace -qq -f -e trace=bind -o "$place/calls" "$command" wait -t 40s 7000 \
        >"$place/told" 3>&- &
    waiting=$!
    poll 100 grep -q 'htons(7000)' "$place/calls" # it has looked, and now sleeps
    reuseshim free 7000
    wait $waiting
    grep -q 'is free' "$place/told"
}

@test "wait: for a program that sets the option, TIME_WAIT of a run that had it is no obstacle" {
    act wait 127.0.0.1 7000 1 1
    run reuseshim wait -t 300ms 7000
    exits 2
    run reuseshim wait --reuseaddr -t 300ms 7000
    exits 0
    has 'tcp:7000 is free for a program that sets SO_REUSEADDR'
    run reuseshim wait --reuseaddr 8080
    exits 0
    [ "$output" = 'tcp:8080 is free' ]
}

@test "wait: UDP and UNIX sockets" {
    act udp 127.0.0.1 5353
    udp=$actor
    run reuseshim wait -t 300ms udp:5353
    exits 1
    act unix "$place/x.sock"
    run reuseshim wait -t 300ms "$place/x.sock"
    exits 1
    (sleep 0.4 && kill "$udp" && sleep 0.4 && rm "$place/x.sock") 3>&- &
    run reuseshim wait -t 20s udp:5353
    exits 0
    run reuseshim wait -t 20s "$place/x.sock"
    exits 0
    wait $! || :
}

@test "wait: a terminal is shown the time left, a file is not" {
    command -v script || skip 'no script(1)'
    act wait 127.0.0.1 7000 1 0
    run in_namespace script -qec "$command wait -t 1500ms 7000" /dev/null
    exits 2
    has 'free in '
    has 'giving up in '
    run reuseshim wait -t 300ms 7000
    lacks 'giving up in '
}

@test "wait: an ordinary user can wait" {
    act listen 127.0.0.1 8080 0
    run as_nobody wait -t 300ms 8080
    exits 1
    kill "$actor"
    run as_nobody wait -t 20s 8080
    exits 0
}

@test "wait: with a timeout an address and a folder may come later" {
    (sleep 0.5 && in_namespace ip address add 192.0.2.1/32 dev lo && mkdir "$place/later") 3>&- &
    run reuseshim wait -t 20s 192.0.2.1:80
    exits 0
    [ "$output" = 'tcp:192.0.2.1:80 is free' ]
    try_bind 192.0.2.1 80 0
    run reuseshim wait -t 20s "$place/later/x.sock"
    exits 0
    wait $! || :
    run reuseshim wait -t 300ms udp:192.0.2.2:80
    exits 4
    run as_nobody wait -t 600s 80
    exits 4
}

@test "wait: usage errors are exit 3" {
    for words in '' '-t 1x 8080' '-t x 8080' '70000' '-t'; do
        # shellcheck disable=SC2086 # several words
        run reuseshim wait $words
        echo "wait $words"
        exits 3
    done
}
