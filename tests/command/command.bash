# Helpers of the command's tests: a place that every user may look into, a network namespace, and
# sockets in it that stay as they are until the test ends.

nobody=65534

# The folder of the test, with the command and the library in it; removed by close_place.
open_place()
{
    place=$(mktemp -d)
    chmod 755 "$place"
    mkdir "$place/bin"
    cp "$REUSESHIM_COMMAND" "$REUSESHIM_LIB" "$place/bin/"
    command=$place/bin/reuseshim
    actors=()
    export REUSESHIM_HISTORY=off # nothing of the tests stays behind
}

close_place()
{
    local pid
    for pid in "${actors[@]}"; do
        # unshare --fork waits for its child whatever else it is sent.
        [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != unshare ] || kill -KILL "$pid"
        kill "$pid" 2>/dev/null || :
        wait "$pid" 2>/dev/null || :
    done
    [ -z "${keeper-}" ] || kill "$keeper" 2>/dev/null || :
    [ -z "${keeper-}" ] || wait "$keeper" 2>/dev/null || :
    rm -rf "$place"
}

# What most files want; others have their own.
setup()
{
    open_place
    open_namespace
}
teardown() { close_place; }

open_namespace()
{
    [ "$(id -u)" -eq 0 ] || skip 'a network namespace needs root'
    "$BATS_TEST_DIRNAME/../fixtures/own-network" sleep 600 3>&- &
    keeper=$!
    poll 100 namespace_is_own || skip 'no network namespace of our own'
    in_namespace ip link set lo up
}

namespace_is_own()
{
    [ "$(cat "/proc/$keeper/comm")" = sleep ] &&
        [ "$(readlink "/proc/$keeper/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

in_namespace()
{
    nsenter --net="/proc/$keeper/ns/net" -- "$@"
}

# poll TENTHS COMMAND...: until the command succeeds.
poll()
{
    local left=$(($1 * 5))
    shift
    while ! "$@"; do
        [ $left -gt 0 ] || return 1
        left=$((left - 1))
        sleep 0.02
    done
}

python=/usr/bin/python3
[ -x "$python" ] || python=python3
python()
{
    "$python" "$@"
}

# act ARGUMENT...: sockets made by actor.py, in the background; returns when they are ready. The
# process is $actor.
act()
{
    local ready=$place/ready.${#actors[@]}
    if [ -x /usr/bin/python3 ]; then set -- /usr/bin/python3 "$BATS_TEST_DIRNAME/actor.py" "$ready" "$@"
    else set -- python3 "$BATS_TEST_DIRNAME/actor.py" "$ready" "$@"; fi
    nsenter --net="/proc/$keeper/ns/net" -- "$@" </dev/null >/dev/null 2>"$place/actor.log" 3>&- &
    actor=$!
    actors+=("$actor")
    poll 100 test -e "$ready" || { cat "$place/actor.log" >&2; return 1; }
}

# reuseshim in the namespace; as_nobody: the same without any right.
reuseshim() { in_namespace "$command" "$@"; }
as_nobody()
{
    in_namespace setpriv --reuid $nobody --regid $nobody --clear-groups -- "$command" "$@"
}

# try_bind ADDRESS PORT REUSEADDR: what the kernel says to a real bind.
try_bind()
{
    in_namespace python3 -c '
import socket, sys
address, port, option = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, option)
s.bind((address, port))' "$@" 2>/dev/null
}

# has TEXT: the output of `run` contains it; lacks TEXT: it does not. Both say what was there.
has()
{
    [[ $output == *"$1"* ]] && return
    printf 'expected "%s" in:\n%s\n' "$1" "$output" >&2
    return 1
}
lacks()
{
    [[ $output != *"$1"* ]] && return
    printf 'did not expect "%s" in:\n%s\n' "$1" "$output" >&2
    return 1
}
exits()
{
    # Records are held against docs/record.schema.json when all tests have been run.
    [ -z "${REUSESHIM_TEST_RECORDS-}" ] || grep '^{"v":1,"time":' <<<"$output" >>"$REUSESHIM_TEST_RECORDS" || :
    [ "$status" -eq "$1" ] && return
    printf 'expected exit code %s, got %s with:\n%s\n' "$1" "$status" "$output" >&2
    return 1
}
