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
    [ "$(jq -c '.rules | map(del(.meanings))' <<<"$output")" = '[{"rule":"tcp:80=force+wait:500ms","actions":["force","wait"],"wait_ms":500,"limits":{}}]' ]
    run "$command" policy --json 'unix=force; v6only'
    [ "$(jq -c '.rules[].limits | keys' <<<"$output" | xargs)" = '[force] []' ]
    [ "$(jq -c '.rules[].meanings | keys' <<<"$output" | xargs)" = '[] [v6only]' ]
}

# Binds one socket of each kind, and tells of which the option that is named is on afterwards. Port 1 stands for
# one that is free.
bind_each()
{
    cat >"$place/each.py" <<'END'
import os, socket, sys
option = getattr(socket, sys.argv[1])
free = socket.socket(); free.bind(("127.0.0.1", 0)); port = free.getsockname()[1]; free.close()
for name, domain, kind, local in (
        ("tcp", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", port)),
        ("tcp:0", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
        ("udp", socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", port)),
        ("udp:0", socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
        ("unix", socket.AF_UNIX, socket.SOCK_STREAM, "%s/%d" % (sys.argv[2], os.getpid()))):
    s = socket.socket(domain, kind)
    s.bind(local)
    if s.getsockopt(socket.SOL_SOCKET, option): print(name, end=" ")
END
    env REUSESHIM_POLICY="$2" LD_PRELOAD="$place/bin/libreuseshim.so" \
        python3 "$place/each.py" "$1" "$place"
}

@test "policy: what an action leaves alone is said, and is left alone" {
    while IFS='|' read -r policy option on limit; do
        echo "$policy"
        [ "$(bind_each "$option" "$policy")" = "${on:+$on }" ]
        run "$command" policy "$policy"
        exits 0
        output=$(tr -s ' \n' '  ' <<<"$output")
        if [ -n "$limit" ]; then has "$limit"; else lacks 'Left alone'; lacks 'No effect'; fi
    done <<'END'
force|SO_REUSEADDR|tcp|TCP only. Left alone: port 0, UNIX sockets, and UDP
any:1-65535=share|SO_REUSEPORT|tcp|TCP only. Left alone: UDP
any@127.0.0.1=force|SO_REUSEADDR|tcp|TCP only. Left alone: port 0, and UDP
tcp=force|SO_REUSEADDR|tcp|Left alone: port 0, where
tcp:1-65535=force|SO_REUSEADDR|tcp|
udp=force|SO_REUSEADDR|udp|Left alone: port 0, where
udp:1-65535=share|SO_REUSEPORT|udp|
unix=force|SO_REUSEADDR||No effect: the option means nothing to UNIX sockets
END
}

@test "policy: v6only, unlink and log tell what they do not reach under their rule" {
    run "$command" policy 'tcp@[::1]=v6only; tcp@[::/8]=v6only; unix@@x=unlink; unix=unlink; tcp:80=log; udp=log'
    exits 0
    [ "$(grep -c 'No effect' <<<"$output")" -eq 2 ]
    [ "$(grep -c 'Here of bind and listen only' <<<"$output")" -eq 1 ]
    [ "$(awk 'length > 80' <<<"$output")" = '' ]
    # It is so: of the socket that a rule with a port means, bind is told, and socket is not.
    for policy in tcp tcp:1-65535; do
        run env REUSESHIM_POLICY=$policy=log REUSESHIM_FORMAT=json LD_PRELOAD="$place/bin/libreuseshim.so" python3 -c \
            'import socket; s = socket.socket(); s.setsockopt(1, 2, 1); s.bind(("127.0.0.1", 0)); p = s.getsockname()[1]
s.close(); s = socket.socket(); s.bind(("127.0.0.1", p))'
        [ "$(jq -r .event <<<"$output" | sort -u | xargs)" = "$([ $policy = tcp ] && echo 'bind setsockopt socket' || echo bind)" ]
    done
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
