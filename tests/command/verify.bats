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
