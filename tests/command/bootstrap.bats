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
    [ "$status" -eq 0 ]
    [ -z "$output" ]
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
