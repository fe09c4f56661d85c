load servers

setup()
{
    perl -MHTTP::Daemon -e1 || skip 'no HTTP::Daemon'
    open_namespace
}

teardown()
{
    close_namespace
}

@test "HTTP::Daemon: a second instance is told of the first" {
    second_instance_is_explained http_daemon
}

@test "HTTP::Daemon: a restart over TIME_WAIT does what it does without the shim, and is explained where it fails" {
    restart_is_as_native http_daemon
}

@test "HTTP::Daemon: a restart over TIME_WAIT works when both runs are under force" {
    restart_works_under_force http_daemon
}
