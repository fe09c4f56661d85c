load command

setup()
{
    open_place
}

teardown()
{
    close_place
}

@test "policy: the effective table, rule by rule, exit 0" {
    run "$command" policy ' tcp : 8080 , 8443 = force + wait : 90s ; udp = log '
    exits 0
    has '1. tcp:8080,8443=force+wait:90s'
    has '2. udp=log'
    has 'force    SO_REUSEADDR is 1 before bind'
    has 'Every other socket: explain.'
}

@test "policy: rules that can never apply are told" {
    run "$command" policy 'force; tcp:80=log'
    exits 0
    has 'Rule 1 matches every socket'
}

@test "policy: --json" {
    run "$command" policy --json 'tcp:80=force+wait:500ms'
    exits 0
    [ "$(jq -c '.rules' <<<"$output")" = '[{"rule":"tcp:80=force+wait:500ms","actions":["force","wait"],"wait_ms":500}]' ]
}

@test "policy: an error is exit 125, with a caret under its column" {
    run "$command" policy 'tcp:70000=force'
    exits 125
    [ "${lines[0]}" = 'reuseshim: policy: column 5: expected a port from 1 to 65535' ]
    [ "${lines[1]}" = '  tcp:70000=force' ]
    [ "${lines[2]}" = '      ^' ]
    long=$(printf 'tcp:%d=force;' {1..30})
    run "$command" policy "$long tcp:x=force"
    exits 125
    text=${lines[1]} caret=${lines[2]}
    [ "${text:$((${#caret} - 1)):1}" = x ]
    [ "${#text}" -le 80 ]
    run "$command" policy ''
    exits 125
    run "$command" policy off+force
    exits 125
}

@test "policy: control characters of the text do not reach the terminal" {
    run "$command" policy $'tcp:80=\e[31mforce'
    exits 125
    lacks $'\e'
}

@test "policy: usage errors are exit 125" {
    run "$command" policy
    exits 125
    run "$command" policy force log
    exits 125
}
