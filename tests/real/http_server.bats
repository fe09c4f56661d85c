load servers

setup()
{
    command -v python3 || skip 'no python3'
    open_namespace
}

teardown()
{
    close_namespace
}

@test "python3 -m http.server: a second instance is told of the first" {
    second_instance_is_explained http_server
}

@test "python3 -m http.server: a restart over TIME_WAIT does what it does without the shim, and is explained where it fails" {
    restart_is_as_native http_server
}

@test "python3 -m http.server: a restart over TIME_WAIT works when both runs are under force" {
    restart_works_under_force http_server
}
