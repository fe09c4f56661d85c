load servers

setup()
{
    command -v nginx || skip 'no nginx'
    open_namespace
}

teardown()
{
    close_namespace
}

@test "nginx: a second instance is told of the first" {
    second_instance_is_explained nginx
}

@test "nginx: a restart over TIME_WAIT does what it does without the shim, and is explained where it fails" {
    restart_is_as_native nginx
}

@test "nginx: a restart over TIME_WAIT works when both runs are under force" {
    restart_works_under_force nginx
}
