# Python's own tests of sockets, servers and event loops go with the shim as they go without it: the
# result of each of their tests is compared. Those of asyncio, which take minutes, three quarters of
# test_socket, and those of HTTP only in a long run.

BATS_TEST_TIMEOUT=300

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

run_part() { # NAME MODULE PART PARTS [VARIABLE...]
    local name=$1 module=$2 part=$3 parts=$4
    mkdir -p "$name.$part"
    (cd "$name.$part" && env "${@:5}" "${alone[@]}" "$python" "$suite" "$module" results "$part" "$parts" \
        ../again) >"$name.$part.log" 2>&1 3>&-
}

# The first PARTS of the module's parts with and without the shim, side by side: most tests wait for most of their time.
play() { # MODULE PARTS OF
    local part
    local -a runs=()
    rm -rf plain.* shim.*
    for part in $(seq 0 $(($2 - 1))); do
        run_part plain "$1" "$part" "$3" &
        runs+=($!)
        run_part shim "$1" "$part" "$3" LD_PRELOAD="$lib" REUSESHIM_POLICY=log REUSESHIM_LOG="$PWD/log" &
        runs+=($!)
    done
    wait "${runs[@]}" || true # without names it would wait for the time limit's watch, too
    cat plain.*/results | sort >plain
    cat shim.*/results | sort >shim
    [ -s plain ] || { cat plain.*.log; return 1; }
}

# A few of Python's tests are about time, and fail now and then on a busy machine: those that differ
# are played again, and must differ three times.
compare() { # MODULE LEAST PARTS OF
    local try parts=$3 of=$4
    : >again
    for try in 1 2 3; do
        play "$1" "$parts" "$of"
        [ "$try" -gt 1 ] || [ "$(wc -l <plain)" -ge "$2" ]
        diff plain shim >differences && break
        sed -n 's/^[<>] \([^ ]*\) .*/\1/p' differences | sort -u >again
        parts=1 of=1
    done
    [ -s log ]
    [ ! -s differences ] || { cat differences; tail -n 20 shim.*.log; return 1; }
}

@test "test_socket" {
    if [ -n "${REUSESHIM_LONG-}" ]; then
        compare test.test_socket 500 8 8
    else
        compare test.test_socket 100 2 8
    fi
}

@test "test_socketserver" {
    compare test.test_socketserver 15 2 2
}

@test "test_httpservers" {
    [ -n "${REUSESHIM_LONG-}" ] || skip "only in a long run: scripts/check --long"
    compare test.test_httpservers 50 2 2
}

@test "test_ftplib" {
    compare test.test_ftplib 80 2 2
}

@test "test_asyncio" {
    [ -n "${REUSESHIM_LONG-}" ] || skip "takes minutes: scripts/check --long"
    compare test.test_asyncio 1000 8 8
}
