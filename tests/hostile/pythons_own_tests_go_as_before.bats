# Python's own tests of sockets, servers and event loops go with the shim as they go without it: the
# result of each of their tests is compared. Those that take minutes only in a long run.

parts=10
BATS_TEST_TIMEOUT=240

setup() {
    lib=${REUSESHIM_LIB:-$BATS_TEST_DIRNAME/../../build/libreuseshim.so}
    [ -e "$lib" ] || skip "libreuseshim.so is not built"
    for python in python3 /usr/bin/python3 none; do
        "$python" -c 'import importlib.util, sys
sys.exit(importlib.util.find_spec("test.test_socket") is None)' 2>/dev/null && break
    done
    [ "$python" != none ] || skip "Python's own tests are not installed"
    cd "$BATS_TEST_TMPDIR"
    suite=$BATS_TEST_DIRNAME/../fixtures/python_suite.py
    alone=()
    unshare -n true 2>/dev/null && alone=(unshare -n sh -c 'ip link set lo up; exec "$@"' sh)
}

run_part() { # NAME MODULE PART [VARIABLE...]
    local name=$1 module=$2 part=$3
    mkdir -p "$name.$part"
    (cd "$name.$part" && env "${@:4}" "${alone[@]}" "$python" "$suite" "$module" results "$part" "$parts") \
        >"$name.$part.log" 2>&1 3>&-
}

# All parts with and without the shim, side by side.
play() { # MODULE
    local part
    local -a runs=()
    rm -rf plain.* shim.*
    for part in $(seq 0 $((parts - 1))); do
        run_part plain "$1" "$part" &
        runs+=($!)
        run_part shim "$1" "$part" LD_PRELOAD="$lib" REUSESHIM_POLICY=log REUSESHIM_LOG="$PWD/log" &
        runs+=($!)
    done
    wait "${runs[@]}" || true # without names it would wait for the time limit's watch, too
    cat plain.*/results | sort >plain
    cat shim.*/results | sort >shim
    [ -s plain ] || { cat plain.*.log; return 1; }
}

# A few of Python's tests are about time, and fail now and then on a busy machine: what differs must
# differ three times.
compare() { # MODULE LEAST
    local try
    for try in 1 2 3; do
        play "$1"
        diff plain shim >differences && break
    done
    [ "$(wc -l <plain)" -ge "$2" ]
    [ -s log ]
    [ ! -s differences ] || { cat differences; tail -n 20 shim.*.log; return 1; }
}

@test "test_socket" {
    compare test.test_socket 500
}

@test "test_socketserver" {
    compare test.test_socketserver 15
}

@test "test_httpservers" {
    compare test.test_httpservers 50
}

@test "test_ftplib" {
    [ -n "${REUSESHIM_LONG-}" ] || skip "takes long: scripts/check --long"
    compare test.test_ftplib 80
}

@test "test_asyncio" {
    [ -n "${REUSESHIM_LONG-}" ] || skip "takes minutes: scripts/check --long"
    compare test.test_asyncio 1000
}
