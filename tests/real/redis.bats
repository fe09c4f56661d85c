load servers

setup()
{
    command -v redis-server || skip 'no redis-server'
    open_namespace
}

teardown()
{
    close_namespace
}

@test "redis-server: a second instance is told of the first" {
    second_instance_is_explained redis
}

@test "redis-server: a restart over TIME_WAIT does what it does without the shim, and is explained where it fails" {
    restart_is_as_native redis
}

@test "redis-server: a restart over TIME_WAIT works when both runs are under force" {
    restart_works_under_force redis
}
