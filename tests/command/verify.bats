load command

setup()
{
    open_place
}

teardown()
{
    close_place
}

# In the background under the shim, with a policy or none; its process is $sleeper.
sleep_under() # POLICY OPTION...
{
    local policy=$1
    shift
    "$command" run ${policy:+-p "$policy"} "$@" -- sleep 60 3>&- &
    sleeper=$!
    actors+=("$sleeper")
    poll 50 became_sleep
}
became_sleep() { [ "$(cat "/proc/$sleeper/comm")" = sleep ]; }

@test "verify: the shim is at work, exit 0, with its policy" {
    sleep_under 'tcp:80 = force ; log'
    run "$command" verify "$sleeper"
    exits 0
    has "$place/bin/libreuseshim.so"
    has 'policy tcp:80=force; log'
    [ "$("$command" verify --json "$sleeper" | jq -r '.at_work, .policy' | tr '\n' ' ')" = 'true tcp:80=force; log ' ]
}

@test "verify: without a policy it is explain" {
    sleep_under ''
    run "$command" verify "$sleeper"
    exits 0
    has 'policy explain'
}

@test "verify: loaded is not at work: off, or another program's name" {
    sleep_under off
    run "$command" verify "$sleeper"
    exits 1
    has 'off'
    sleep_under '' --only 'nginx,s?'
    run "$command" verify "$sleeper"
    exits 1
    has 'REUSESHIM_ONLY'
}

@test "verify: a process without the library, exit 1" {
    sleep 60 3>&- &
    actors+=($!)
    run "$command" verify $!
    exits 1
    has 'not loaded'
    run "$command" verify 4194304
    exits 1
    has 'there is no process'
}

@test "verify: a process of somebody else, exit 1, and what would help" {
    [ "$(id -u)" -eq 0 ] || skip 'needs root'
    sleep_under force
    run setpriv --reuid $nobody --regid $nobody --clear-groups -- "$command" verify "$sleeper"
    exits 1
    has 'as root'
}

@test "verify: usage errors are exit 3" {
    for word in '' x -1 1x 99999999999; do
        run "$command" verify -- "$word"
        exits 3
    done
    run "$command" verify
    exits 3
}

@test "verify: a program that makes its system calls itself is not seen, whatever is loaded" {
    command -v gcc >/dev/null || skip 'no gcc'
    printf '#include <unistd.h>\n__attribute__((section(".fpcdata"))) int mark = 1;\nint main(void) { pause(); }\n' >"$place/raw.c"
    gcc -o "$place/raw" "$place/raw.c"
    LD_PRELOAD=$REUSESHIM_LIB "$place/raw" 3>&- &
    actors+=($!)
    poll 50 grep -q libreuseshim "/proc/$!/maps"
    run "$command" verify $!
    exits 1
    has 'without the C library'
}

@test "verify: names the listeners that no record explains, and no other" {
    open_namespace
    cat >"$place/two.py" <<'PYTHON'
import ctypes, socket, struct, sys
seen = socket.create_server(("127.0.0.1", 7001))
hidden = socket.socket()
if sys.argv[1] == "hidden":
    # Past the C library's bind: no library sees the system call.
    address = struct.pack("=HH4s8x", socket.AF_INET, socket.htons(7002), socket.inet_aton("127.0.0.1"))
    number = {"x86_64": 49, "aarch64": 200}[__import__("os").uname().machine]
    assert ctypes.CDLL(None).syscall(number, hidden.fileno(), address, 16) == 0
    hidden.listen()
print(flush=True)
sys.stdin.read()
PYTHON
    mkdir -m 700 "$place/history"
    for what in none hidden; do
        mkfifo "$place/in.$what"
        REUSESHIM_HISTORY=$place/history nsenter --net="/proc/$keeper/ns/net" "$command" run -- /usr/bin/python3 "$place/two.py" $what \
            <>"$place/in.$what" >"$place/out.$what" 3>&- &
        actors+=($!)
        poll 100 test -s "$place/out.$what"
        run in_namespace "$command" verify $!
        exits 0
        if [ $what = none ]; then
            lacks 'no record explains'
            [ "$(in_namespace "$command" verify --json $! | jq .has_unexplained)" = false ]
            kill $!
            wait $! || :
        else
            has 'no record explains what it listens on at tcp 127.0.0.1:7002: its bind was not seen'
        fi
    done
    REUSESHIM_HISTORY=off "$command" run -- sleep 60 3>&- &
    actors+=($!)
    sleeper=$!
    poll 50 became_sleep
    [ "$("$command" verify --json $sleeper | jq .has_unexplained)" = null ]
}
