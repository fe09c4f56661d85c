bats_require_minimum_version 1.5.0
load command

setup()
{
    open_place
}

teardown()
{
    close_place
}

# Runs "$command" as an ordinary user.
plain()
{
    setpriv --reuid $nobody --regid $nobody --clear-groups -- "$@"
}

# compile FLAG...: a program that sleeps for its argument's seconds, $place/program.
compile()
{
    command -v gcc >/dev/null || skip 'no gcc'
    printf '#include <unistd.h>\nint main(int n, char **a)\n{\n    return n > 5 ? sleep(*a[1]) : 0;\n}\n' >"$place/program.c"
    gcc -o "$place/program" "$place/program.c" "$@" 2>"$place/gcc.log"
}

@test "run: the exit code is the program's" {
    run "$command" run -- sh -c 'exit 7'
    exits 7
    run "$command" run -- sh -c 'kill -TERM $$'
    exits 143
    run "$command" run true
    exits 0
}

@test "run: what comes behind the program's name is the program's" {
    run "$command" run -p force echo -p log --help --json
    exits 0
    [ "$output" = '-p log --help --json' ]
}

@test "run: the library is loaded, with the settings" {
    run "$command" run -p 'tcp:80=force; log' -f json -l "$place/log" --only 'sh,b*' -- \
        sh -c 'grep -o "/.*libreuseshim.so" /proc/self/maps | sort -u; env | grep REUSESHIM | sort'
    exits 0
    has "$place/bin/libreuseshim.so"
    has 'REUSESHIM_POLICY=tcp:80=force; log'
    has 'REUSESHIM_FORMAT=json'
    has "REUSESHIM_LOG=$place/log"
    has 'REUSESHIM_ONLY=sh,b*'
}

@test "run: as an ordinary user" {
    run plain "$command" run -- sh -c 'grep -c libreuseshim.so /proc/self/maps'
    exits 0
    [ "$output" -gt 0 ]
}

@test "run: the library of an installation is in ../lib" {
    mkdir "$place/lib"
    mv "$place/bin/libreuseshim.so" "$place/lib/"
    run "$command" run -- sh -c 'echo "$LD_PRELOAD"'
    exits 0
    [ "$output" = "$place/lib/libreuseshim.so" ]
}

@test "run: or else where the loader looks, by its bare name" {
    mkdir "$place/elsewhere"
    mv "$place/bin/libreuseshim.so" "$place/elsewhere/"
    run "$command" run true
    exits 125
    has 'libreuseshim.so is neither beside this command nor where the loader looks'
    # A system where the loader finds it: in a mount namespace.
    unshare -m true 2>/dev/null || return 0
    run unshare -m sh -c '
        for folder in /lib/x86_64-linux-gnu /usr/lib64 /lib; do [ -d $folder ] && break; done
        mkdir "$1/lib.upper" "$1/lib.work" &&
            mount -t overlay -o "lowerdir=$1/elsewhere:$folder" overlay $folder || exit 77
        exec "$1/bin/reuseshim" run -- sh -c "echo \$LD_PRELOAD"' sh "$place"
    [ "$status" -eq 77 ] && return 0
    [[ $output == *'mount:'* ]] && return 0
    exits 0
    [ "$output" = libreuseshim.so ]
}

@test "run: an LD_PRELOAD that is there is extended, ours first, each once" {
    LD_PRELOAD='' run env LD_PRELOAD="$place/bin/libreuseshim.so" "$command" run -- \
        sh -c 'echo "$LD_PRELOAD"'
    [ "$output" = "$place/bin/libreuseshim.so" ]
    command -v gcc || skip 'no gcc'
    echo 'int nothing_at_all;' >"$place/other.c"
    gcc -shared -fPIC -o "$place/other.so" "$place/other.c"
    run env LD_PRELOAD="$place/other.so" "$command" run -- sh -c 'echo "$LD_PRELOAD"'
    [ "$output" = "$place/bin/libreuseshim.so:$place/other.so" ]
}

@test "run: a program of the address sanitizer gets its library first, and runs" {
    compile -fsanitize=address || skip 'no address sanitizer'
    run "$command" run -- "$place/program"
    exits 0
    [ -z "$output" ]
    # Without that order it would refuse to start.
    run env LD_PRELOAD="$place/bin/libreuseshim.so" "$place/program"
    [ "$status" -ne 0 ]
}

@test "run: settings that can't be understood stop it before anything starts, exit 125" {
    for words in '-p forc' '-p tcp:70000=force' '-l fd:x' '-f xml' '--only a/b' '-l /nonexistent/log' '-l fd:77'; do
        # shellcheck disable=SC2086 # several words
        run "$command" run $words -- touch "$place/started"
        echo "run $words"
        exits 125
        [ "${#lines[@]}" -eq 1 ]
        [ ! -e "$place/started" ]
    done
    run env REUSESHIM_POLICY=forc "$command" run -- touch "$place/started"
    exits 125
    has 'REUSESHIM_POLICY "forc": column 1'
    [ ! -e "$place/started" ]
}

@test "run: an option beats the environment" {
    run env REUSESHIM_POLICY=forc "$command" run -p force -- sh -c 'echo "$REUSESHIM_POLICY"'
    exits 0
    [ "$output" = force ]
}

@test "run: usage errors are exit 125, too" {
    run "$command" run
    exits 125
    run "$command" run --nonsense true
    exits 125
    run "$command" run -p
    exits 125
}

@test "run: no such program is 127" {
    run -127 "$command" run -- nosuchprogram
    run -127 "$command" run -- "$place/nosuchprogram"
    has 'there is no program'
}

@test "run: what can't be run is 126" {
    echo 'just text' >"$place/text"
    run "$command" run -- "$place/text"
    exits 126
    chmod +x "$place/text"
    run "$command" run -- "$place/text"
    exits 126
    run "$command" run -- "$place"
    exits 126
}

@test "run: what can't be shimmed is 126, with a sentence, before it starts" {
    compile -static || skip 'no static libc'
    run "$command" run -- "$place/program"
    exits 126
    has 'is linked statically'
    [ "${#lines[@]}" -eq 1 ]
}

@test "run: a relative log stays where it was meant" {
    cd "$place"
    run "$command" run -l here.%p.log -- sh -c 'cd / && echo "$REUSESHIM_LOG"'
    exits 0
    [ "$output" = "$place/here.%p.log" ]
}

@test "run: a failure is explained" {
    open_namespace
    act listen 127.0.0.1 8080 0
    run in_namespace "$command" run -- python3 -c '
import socket
s = socket.socket()
s.bind(("127.0.0.1", 8080))'
    exits 1
    has 'reuseshim: python3 cannot bind '
    has "python3[$actor]"
    has 'listens on it [listening]'
}

@test "run: who waits already is not told to wait, but for how long it is tried again" {
    open_namespace
    act wait 127.0.0.1 7000 1 0
    in_namespace "$command" run -l "$place/log" -p force+wait:90s -- python3 -c '
import os, socket, sys
open(sys.argv[1], "w").write(str(os.getpid()))
socket.socket().bind(("127.0.0.1", 7000))' "$place/pid" 3>&- &
    waiting=$!
    poll 100 grep -q . "$place/log"
    kill "$(cat "$place/pid")"
    wait "$waiting" || :
    run cat "$place/log"
    has '[time-wait]'
    has '] wait: the policy tries it again for 90 s'
    lacks 'REUSESHIM_POLICY'
    run in_namespace "$command" run -p force+wait:300ms -- python3 -c '
import socket
socket.socket().bind(("127.0.0.1", 7000))'
    exits 1
    has 'reuseshim wait 127.0.0.1:7000'
}

@test "run -v: JavaScript's own functions are named where node writes a map for perf" {
    command -v node >/dev/null || skip 'no node'
    open_namespace
    act listen 127.0.0.1 8080 0
    cat >"$place/shop.js" <<'END'
function openListener(port) { require('net').createServer().listen(port); }
function startUp() { openListener(8080); }
startUp();
END
    run in_namespace "$command" run -v -- node --perf-basic-prof --interpreted-frames-native-stack \
        --logfile="$place/v8.log" "$place/shop.js"
    grep -lsF "$place/shop.js" /tmp/perf-*.map | xargs -r rm --
    exits 1
    [[ $output == *'stacks are not'* ]] && skip 'no stacks here (no libunwind)'
    # In this order, and without what lies between them in node itself.
    flat=$(tr -s ' \n' ' ' <<<"$output")
    [[ $flat == *" at JS:~openListener $place/shop.js:1:22 < JS:~startUp $place/shop.js:2:17 < "* ]]
    [[ $flat != *"node:net:"*"held "* ]]
}
