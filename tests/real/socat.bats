load servers

setup()
{
    command -v socat || skip 'no socat'
    open_namespace
}

teardown()
{
    close_namespace
}

@test "socat TCP-LISTEN: a second instance is told of the first" {
    second_instance_is_explained socat
}

@test "socat TCP-LISTEN: a restart over TIME_WAIT does what it does without the shim, and is explained where it fails" {
    restart_is_as_native socat
}

@test "socat TCP-LISTEN: a restart over TIME_WAIT works when both runs are under force" {
    restart_works_under_force socat
}
