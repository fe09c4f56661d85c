setup()
{
    cd "$BATS_TEST_DIRNAME/../.."
    [ "$(id -u)" -eq 0 ] || skip 'hiding a program needs root'
    unshare -m true || skip 'no mount namespace of our own'
}

# bootstrap without NAME, as a plain user; it comes by stdin, for the folder may be closed to that user.
without() # NAME ARGUMENT...
{
    # shellcheck disable=SC2016 # for the inner shell
    unshare -m sh -c '
        mount --bind /dev/null "$(command -v "$1")" && shift &&
            exec setpriv --reuid 65534 --regid 65534 --clear-groups sh -s -- "$@"' \
        without "$@" <scripts/bootstrap
}

@test "bootstrap is silent and needs no network where everything is there" {
    run unshare -n scripts/bootstrap --tests
    echo "$output"
    [ "$status" -eq 0 ]
    # Silent but for one line where this system's archive lacks something.
    [ "${#lines[@]}" -le 1 ]
    [[ -z $output || $output == *' cannot be had here; what needs them is skipped: '* ]]
}

# A machine where PROBE's program is not there, and whose apt-get knows only the PACKAGEs. It answers at once.
poor_machine() # PACKAGE...
{
    mkdir -p "$BATS_TEST_TMPDIR/bin"
    # shellcheck disable=SC2016 # for that sh
    printf '#!/bin/sh\nfor name; do case " %s " in *" $name "*) echo "Package: $name" ;; esac; done\n' \
        "make $*" >"$BATS_TEST_TMPDIR/bin/apt-cache"
    # shellcheck disable=SC2016
    printf '#!/bin/sh\necho "$@" >>"%s/installed"\n' "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/bin/apt-get"
    chmod 755 "$BATS_TEST_TMPDIR"/bin/*
    sed '/^cmd:socat/s/.*/cmd:no-such-program never-there|also-there|there - - - -/' scripts/bootstrap >"$BATS_TEST_TMPDIR/bootstrap"
    PATH=$BATS_TEST_TMPDIR/bin:$PATH sh "$BATS_TEST_TMPDIR/bootstrap" --tests
}

@test "bootstrap takes the first package of several names that the archive has" {
    command -v apt-get || skip 'the table is for Debian here'
    run poor_machine there also-there
    echo "$output"
    [ "$status" -eq 0 ]
    grep -q 'install .* also-there' "$BATS_TEST_TMPDIR/installed"
    [ "$(grep -c 'install .* there' "$BATS_TEST_TMPDIR/installed")" -eq 0 ]
}

@test "bootstrap skips and counts what the archive lacks, and needs no network for it" {
    command -v apt-get || skip 'the table is for Debian here'
    run poor_machine
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *' packages cannot be had here; what needs them is skipped: '*never-there* ]]
    [ ! -e "$BATS_TEST_TMPDIR/installed" ]
}

@test "bootstrap tells a plain user the one command" {
    run without make
    echo "$output"
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 2 ]
    [[ ${lines[1]} == *' install '*' make' || ${lines[1]} == *' add make' || ${lines[1]} == *' -S '*' make' ]]
}

@test "bootstrap asks for what only the tests need only with --tests" {
    run without socat
    [ "$status" -eq 0 ]
    run without socat --tests
    [ "$status" -eq 1 ]
    [[ $output == *socat* ]]
}

@test "bootstrap asks for no header that nothing includes" {
    headers=$(sed -n 's/^header:\([^ ]*\) .*/\1/p' scripts/bootstrap)
    [ "$(wc -l <<<"$headers")" -ge 4 ]
    for header in $headers; do
        grep -rqE "(^|\")# *include *<$header>" shim tests || { echo "nothing includes $header"; false; }
    done
}

@test "bootstrap asks for libunwind as it is opened at run time, and for nothing else of it" {
    libunwind=$(ldconfig -p | sed -n 's/.*libunwind\.so\.8 .* => //p' | head -n 1)
    [ -n "$libunwind" ] || skip 'libunwind is not installed'
    # shellcheck disable=SC2016 # for the inner shell
    run unshare -m sh -c '
        mount -t tmpfs tmpfs "$1" && mkdir "$1/upper" "$1/work" &&
            mount -t overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" overlay "$2" || exit 77
        rm "$2"/libunwind*
        exec setpriv --reuid 65534 --regid 65534 --clear-groups sh -s' \
        without "$BATS_TEST_TMPDIR" "$(dirname "$(realpath "$libunwind")")" <scripts/bootstrap
    [ "$status" -ne 77 ] || skip 'no overlay here'
    [ "$status" -eq 1 ]
    [[ ${lines[1]} != *apt-get* || ${lines[1]} == *'install -y --no-install-recommends libunwind8' ]]
    [[ ${lines[1]} == *libunwind* ]]
}
