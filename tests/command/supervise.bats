bats_require_minimum_version 1.5.0
load command

setup()
{
    open_place
    gcc -static -O1 -g -pthread -o "$place/target" "$BATS_TEST_DIRNAME/targets/supervised.c" 2>"$place/gcc.log" ||
        skip 'no static C library'
}

teardown()
{
    close_place
}

plain()
{
    setpriv --reuid $nobody --regid $nobody --clear-groups -- "$@"
}

supervised()
{
    "$command" run --supervise -l "$place/log" "$@"
}

# The supervisor and the guardian of "$place/target", as long as there are any.
attendants()
{
    pgrep -f "^$command run --supervise -l $place/log " || :
}

nobody_attends()
{
    [ -z "$(attendants)" ]
}

@test "supervise: a static program's failure is explained, with its stack" {
    run supervised "$place/target" listen again
    exits 0
    has ' EADDRINUSE'
    grep -q 'cannot bind.*\[bound-twice\]\|\[bound-twice\]' "$place/log"
    tr -d '\n' <"$place/log" | grep -q 'bind_to.*do_listen'
    poll 50 nobody_attends
}

@test "supervise: the results are those of a start without it" {
    "$place/target" rounds:20 >"$place/native"
    supervised "$place/target" rounds:20 >"$place/seen"
    diff "$place/native" "$place/seen"
}

@test "supervise: threads, children and other programs are seen alike" {
    local way
    for way in thread fork exec; do
        rm -f "$place/log"
        run supervised "$place/target" $way listen again
        exits 0
        has ' EADDRINUSE'
        grep -q '\[bound-twice\]' "$place/log"
    done
}

@test "supervise: a daemon is seen after its parent's end" {
    supervised "$place/target" daemon listen again
    poll 50 grep -q '\[bound-twice\]' "$place/log"
    poll 50 nobody_attends
}

@test "supervise: as an ordinary user" {
    [ "$(id -u)" -eq 0 ] || skip 'needs root to be another'
    install -d -o $nobody "$place/user"
    run plain "$command" run --supervise -l "$place/user/log" "$place/target" listen again
    exits 0
    grep -q '\[bound-twice\]' "$place/user/log"
}

@test "supervise: a low port, a path, umask and peer are the caller's own" {
    [ "$(id -u)" -eq 0 ] || skip 'needs root to be another'
    install -d -o $nobody "$place/user"
    cd "$place/user"
    umask 027
    "$place/target" user:$nobody listen:81 path:socket peer >"$place/native"
    rm socket
    supervised "$place/target" user:$nobody listen:81 path:socket peer >"$place/seen"
    cat "$place/seen"
    diff "$place/native" "$place/seen"
    grep -qx "path 0 750 $nobody" "$place/seen"
    grep -qx "peer self $nobody" "$place/seen"
}

@test "supervise: log tells each call once, force sets the option" {
    run supervised -p log "$place/target" reuse
    exits 0
    [ "$(grep -c 'bind(.* = 0' "$place/log")" -eq 1 ]
    [ "$(grep -c 'listen(.* = 0' "$place/log")" -eq 1 ]
    [ "$(grep -c 'setsockopt(.* = 0' "$place/log")" -eq 1 ]
    [ "$(grep -c 'socket(.* = ' "$place/log")" -eq 1 ]
    rm "$place/log"
    run supervised -p force+log "$place/target" listen
    exits 0
    grep -q 'SO_REUSEADDR' "$place/log"
}

@test "supervise: wait makes the call again until it works" {
    mkfifo "$place/pipe"
    "$place/target" listen hold <"$place/pipe" >"$place/held" 3>&- &
    exec 9>"$place/pipe"
    poll 50 grep -q listen "$place/held"
    local port
    port=$(sed 's/listen \([0-9]*\) .*/\1/' "$place/held")
    "$command" run --supervise -l "$place/log" -p wait:30s "$place/target" "listen:$port" \
        >"$place/out" 3>&- 9>&- &
    local waiting=$!
    poll 50 grep -q '\[listening\]' "$place/log"
    [ ! -s "$place/out" ]
    exec 9>&-
    wait $waiting
    grep -qx "listen $port 0" "$place/out"
}

@test "supervise: unlink removes a stale socket, and nothing else" {
    cd "$place"
    "$place/target" path:stale
    run supervised -p unlink "$place/target" path:stale
    has 'path 0 '
    echo text >file
    run supervised -p unlink "$place/target" path:file
    has 'path EADDRINUSE '
    [ "$(cat file)" = text ]
}

@test "supervise: force, share, v6only and clear set what they say, and keep it" {
    cat >"$place/options.c" <<'END'
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
static int get(int fd, int level, int option)
{
    int value = -1;
    socklen_t length = sizeof value;
    getsockopt(fd, level, option, &value, &length);
    return value != 0;
}
int main(int argc, char **argv)
{
    int fd = socket(AF_INET6, SOCK_STREAM, 0), set = argc > 1;
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(39171)};
    (void)argv;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &set, sizeof set);
    int result = bind(fd, (struct sockaddr *)&address, sizeof address);
    printf("%d %d %d %d", result, get(fd, SOL_SOCKET, SO_REUSEADDR),
           get(fd, SOL_SOCKET, SO_REUSEPORT), get(fd, IPPROTO_IPV6, IPV6_V6ONLY));
    listen(fd, 5);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &set, sizeof set);
    printf(" %d\n", get(fd, SOL_SOCKET, SO_REUSEADDR));
}
END
    gcc -static -o "$place/options" "$place/options.c"
    [ "$(unshare -n "$command" run --supervise -p force+share+v6only "$place/options")" = '0 1 1 1 1' ]
    [ "$(unshare -n "$command" run --supervise -p clear "$place/options" set)" = '0 0 0 0 0' ]
    [ "$(unshare -n "$command" run --supervise "$place/options" set)" = '0 1 0 0 1' ]
}

@test "supervise: a program that a debugger traces runs on, and that is said" {
    command -v strace >/dev/null || skip 'no strace'
    run strace -f -o /dev/null "$command" run --supervise "$place/target" listen
    exits 0
    has 'listen '
    has 'traces it already'
}

@test "supervise: a filter that forbids seccomp is said, and the program runs on" {
    python3 -c 'import ctypes; ctypes.CDLL("libseccomp.so.2")' 2>/dev/null || skip 'no libseccomp'
    run python3 - "$command" run --supervise "$place/target" listen <<'END'
import ctypes, os, sys
lib = ctypes.CDLL("libseccomp.so.2")
lib.seccomp_init.restype = ctypes.c_void_p
lib.seccomp_syscall_resolve_name.argtypes = [ctypes.c_char_p]
lib.seccomp_rule_add.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint]
lib.seccomp_load.argtypes = [ctypes.c_void_p]
filter = lib.seccomp_init(0x7fff0000)
lib.seccomp_rule_add(filter, 0x80000000, lib.seccomp_syscall_resolve_name(b"seccomp"), 0)
lib.seccomp_load(filter)
os.execv(sys.argv[1], sys.argv[1:])
END
    exits 0
    has 'forbids seccomp'
    has 'listen '
}

@test "supervise: the exit code is the program's, and so is the process id" {
    run supervised sh -c 'exit 7'
    exits 7
    run supervised sh -c 'kill -TERM $$'
    exits 143
    "$command" run --supervise sh -c 'echo $$' >"$place/pid" &
    wait $!
    [ "$(cat "$place/pid")" -eq $! ]
}

@test "supervise: it holds none of the program's descriptors" {
    supervised "$place/target" daemon listen hold </dev/null | cat
    mkfifo "$place/pipe"
    "$command" run --supervise -l "$place/log" "$place/target" listen hold <"$place/pipe" \
        >"$place/out" 3>&- 9>&- &
    exec 9>"$place/pipe"
    poll 50 grep -q listen "$place/out"
    local pid
    for pid in $(attendants); do
        [ "$pid" = $! ] && continue
        ! ls -l "/proc/$pid/fd" | grep -e "$place/pipe" -e "$place/out"
    done
    exec 9>&-
    wait $!
    poll 50 nobody_attends
}

@test "supervise: what is no program is refused in one line" {
    run supervised "$place/nothing"
    exits 127
    [ ${#lines[@]} -eq 1 ]
    echo text >"$place/text"
    run supervised "$place/text"
    exits 126
    [ ${#lines[@]} -eq 1 ]
    nobody_attends
}

@test "supervise: a program that can't be started is one line and an exit code, by check and run as well" {
    [ "$(id -u)" -eq 0 ] || skip 'needs root to be another'
    local what how
    cp "$(command -v sleep)" "$place/unreadable"
    printf '#!/bin/sh\n' >"$place/script"
    chmod 711 "$place/unreadable" "$place/script"
    cp "$(command -v sleep)" "$place/plain"
    chmod 644 "$place/plain"
    cp "$(command -v sleep)" "$place/foreign"
    printf '\267\0' | dd of="$place/foreign" bs=1 seek=18 conv=notrunc 2>/dev/null # AArch64
    [ "$(uname -m)" != aarch64 ] || printf '\76\0' | dd of="$place/foreign" bs=1 seek=18 conv=notrunc 2>/dev/null
    for what in unreadable:126 script:126 plain:126 foreign:126 nothing:127; do
        for how in run 'run --supervise'; do
            # shellcheck disable=SC2086 # two words
            run plain "$command" $how "$place/${what%:*}" 0
            exits "${what#*:}"
            [ ${#lines[@]} -eq 1 ]
        done
        run plain "$command" check "$place/${what%:*}"
        exits 1
        [ ${#lines[@]} -eq 1 ]
    done
    [ -z "$(pgrep -f "^$command run")" ]
}

@test "supervise: under another supervisor the program runs, and that is said" {
    run supervised "$command" run --supervise "$place/target" listen
    exits 0
    has "can't be supervised"
    has 'listen '
}

# Ends the supervisor or its guardian, or stops the supervisor, at random moments until the program
# has ended; never both, for then nobody is left.
kill_attendants() # PID MOST
{
    local pids signal
    while kill -0 "$1" 2>/dev/null && [ "$kills" -lt "$2" ]; do
        mapfile -t pids < <(ps -o pid=,ppid= -p "1,$(attendants | grep -vx "$1" | paste -sd,)" 2>/dev/null |
            sort -k 2n | awk '$1 > 1 { print $1 }')
        if [ ${#pids[@]} -eq 2 ]; then
            signal=KILL
            [ $((RANDOM % 4)) -gt 0 ] || signal=STOP
            [ $signal = STOP ] || [ $((RANDOM % 2)) -eq 0 ] || pids[1]=${pids[0]}
            kill -$signal "${pids[1]}" 2>/dev/null && kills=$((kills + 1))
        fi
        sleep 0.0$((RANDOM % 4))
    done
}

@test "supervise: its death at any moment changes no result" {
    local kills=0 wanted=30 program
    [ -z "${REUSESHIM_LONG-}" ] || wanted=1000
    while [ "$kills" -lt "$wanted" ]; do
        "$command" run --supervise -l "$place/log" "$place/target" for:4000 >"$place/out" 3>&- &
        program=$!
        kill_attendants $program "$wanted"
        wait $program
        cat "$place/out"
        grep -qx 'wrong 0' "$place/out"
        poll 50 nobody_attends
    done
    echo "$kills kills"
}

@test "supervise: alarms that ask for restart interrupt no call" {
    run supervised "$place/target" storm rounds:500
    exits 0
    has 'wrong 0'
}
