load servers

setup()
{
    [ -x "$(git --exec-path)/git-daemon" ] || skip 'no git daemon'
    open_namespace
}

teardown()
{
    close_namespace
}

@test "git daemon: a second instance is told of the first" {
    second_instance_is_explained git_daemon
}

@test "git daemon: a restart over TIME_WAIT does what it does without the shim, and is explained where it fails" {
    restart_is_as_native git_daemon
}

@test "git daemon: a restart over TIME_WAIT works when both runs are under force" {
    restart_works_under_force git_daemon
}
