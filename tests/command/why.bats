load command

# Columns of the longest line of the table: the lines between the first and the second empty one.
table_width()
{
    awk '/^$/ { n++ } n == 1 { if (length > w) w = length } END { print w + 0 }' <<<"$output"
}

@test "why: a free port is free, exit 0, and a bind works" {
    run reuseshim why 8080
    exits 0
    has 'tcp:8080 is free'
    try_bind 0.0.0.0 8080 0
}

@test "why: a listener is named, exit 1, within 80 columns" {
    act listen 127.0.0.1 8080 1
    run reuseshim why 8080
    exits 1
    has "8080 is taken: python3[$actor] listens on 127.0.0.1:8080 [listening]"
    has "[$actor] fd "
    has 'LISTEN'
    has 'reuseaddr'
    [ "$(table_width)" -gt 20 ]
    [ "$(table_width)" -le 80 ]
}

@test "why: what a bind would meet is what it meets, with and without the option" {
    act wait 127.0.0.1 7000 1 0
    act wait 127.0.0.1 7001 1 1
    act listen 127.0.0.1 7002 1
    for port in 7000 7001 7002 7003; do
        for option in 0 1; do
            key=$([ $option = 1 ] && echo with_reuseaddr || echo without_reuseaddr)
            told=$(reuseshim why --json 127.0.0.1:$port | jq ".bind_now.$key")
            asked=$(try_bind 127.0.0.1 $port $option && echo true || echo false)
            echo "port $port option $option: told $told, the kernel says $asked"
            [ "$told" = "$asked" ]
        done
    done
}

# serve_as_nobody BINDER: a process of nobody's, $server, that listens on 127.0.0.1:8080. BINDER has
# bound that: 'root', who has it still, or 'nobody'. What a process shows is its user's only if it
# is dumpable, as it is no more once it has changed its user.
serve_as_nobody()
{
    cat >"$place/server.py" <<'PYTHON'
import ctypes, os, signal, socket, sys

def become_nobody():
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)

def listen():
    s = socket.socket()
    s.bind(("127.0.0.1", 8080))
    s.listen()
    return s

held = listen() if sys.argv[1] == "root" else None
ready = os.pipe()
server = os.fork()
if server == 0:
    become_nobody()
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0) # which a change of user takes back
    held = held or listen()
    os.write(ready[1], b"r")
    signal.pause()
os.read(ready[0], 1)
open(sys.argv[2] + ".new", "w").write("%d" % server)
os.rename(sys.argv[2] + ".new", sys.argv[2])
signal.pause()
PYTHON
    nsenter --net="/proc/$keeper/ns/net" -- python3 "$place/server.py" "$1" "$place/server" \
        </dev/null >/dev/null 2>&1 3>&- &
    master=$!
    actors+=("$master")
    poll 100 test -s "$place/server"
    server=$(cat "$place/server")
}

@test "why: a socket that root has too is not told to be one process's alone" {
    [ "$(id -u)" -eq 0 ] || skip "only root can give a socket to another user"
    serve_as_nobody root
    sockets_of() { readlink "/proc/$1/fd/"* | grep '^socket:'; }
    [ "$(sockets_of "$master")" = "$(sockets_of "$server")" ]
    as_nobody why 127.0.0.1:8080 | tr -s ' \n' ' ' >"$place/text"
    as_nobody why --json 127.0.0.1:8080 >"$place/json" || :
    reuseshim why --json 127.0.0.1:8080 >"$place/all" || :
    cat "$place/text" "$place/json"
    grep -q "127.0.0.1:8080 is taken: [^ ]*\[$server\]" "$place/text"
    grep -q ' unseen Processes of other users.' "$place/text"
    grep -q "end every process that has it: pid $server and all others that have it" "$place/text"
    grep -q 'see how to end it: sudo reuseshim why 127.0.0.1:8080 ' "$place/text"
    ! grep -qF "kill $server" "$place/text" || return 1
    jq -e '.holders[0] | .others == 0 and .others_complete == false' "$place/json"
    jq -e '.visibility == "unprivileged"' "$place/json"
    jq -e '.holders[0] | .others == 1' "$place/all"
}

@test "why: one's own socket has a command that frees it, though others can't be looked into" {
    [ "$(id -u)" -eq 0 ] || skip "only root can look as somebody else"
    serve_as_nobody nobody
    as_nobody why 127.0.0.1:8080 | tr -s ' \n' ' ' >"$place/text"
    as_nobody why --json 127.0.0.1:8080 >"$place/json" || :
    cat "$place/text"
    grep -q ": kill $server " "$place/text"
    ! grep -q ' unseen ' "$place/text" || return 1
    jq -e '.visibility == "full" and .holders[0].others_complete == false' "$place/json"
    in_namespace setpriv --reuid $nobody --regid $nobody --clear-groups -- \
        sh -c "$(jq -r '.cures[] | select(.id == "stop").command' "$place/json")"
    poll 100 try_bind 127.0.0.1 8080 0
}

@test "why: TIME_WAIT frees itself, exit 2, and the time is told" {
    act wait 127.0.0.1 7000 3 0
    run reuseshim why 7000
    exits 2
    has ' is free in '
    has '[time-wait]'
    has '3 TIME_WAIT'
    has 'nobody, '
}

@test "why: a bare port means both families; one family can be meant alone" {
    act listen ::1 8080 0
    run reuseshim why 8080
    exits 1
    has '0.0.0.0:8080  works'
    has '[::]:8080     refused'
    run reuseshim why tcp4:8080
    exits 0
    run reuseshim why 'tcp:[::1]:8080'
    exits 1
    run reuseshim why 127.0.0.1:8080
    exits 0
}

@test "why: UDP by the rule, TCP on the same port is another matter" {
    act udp 127.0.0.1 5353
    run reuseshim why udp:5353
    exits 1
    has '[datagram-held]'
    run reuseshim why udp:127.0.0.2:5353
    exits 0
    run reuseshim why 5353
    exits 0
}

@test "why: a service's name is its port" {
    grep -qE '^http[[:space:]]+80/tcp' /etc/services || skip 'no /etc/services'
    act listen 0.0.0.0 80 0
    run reuseshim why http
    exits 1
    has '80 is taken: '
}

@test "why: UNIX sockets: live, stale, no socket, free, abstract" {
    act unix "$place/live.sock"
    live=$actor
    act unix @reuseshim-test
    run reuseshim why "$place/live.sock"
    exits 1
    has '[unix-live]'
    has "[$live] fd "
    run reuseshim why @reuseshim-test
    exits 1
    has '[unix-abstract]'
    run reuseshim why "unix:$place/live.sock"
    exits 1
    kill "$live"
    wait "$live" || :
    run reuseshim why "$place/live.sock"
    exits 1
    has '[unix-stale]'
    : >"$place/file"
    run reuseshim why "$place/file"
    exits 1
    has '[unix-not-a-socket]'
    run reuseshim why "$place/no/folder"
    exits 4
    has 'no socket has it, but bind() fails: No such file or directory'
    run reuseshim why /etc/passwd/socket
    has 'no socket has it, but bind() fails: Not a directory'
    run reuseshim why "$place/nothing"
    exits 0
    run reuseshim why @nothing
    exits 0
}

@test "why: a connected socket's abstract name may be its own, or its listener's that is gone" {
    act visitor @reuseshim-test
    run reuseshim why @reuseshim-test
    exits 4
    has "cannot be seen"
    lacks 'free now'
}

@test "why: an ordinary user is told what it cannot see" {
    act listen 127.0.0.1 8080 0
    run as_nobody why 8080
    exits 1
    has '[listening]'
    has 'not seen, uid 0'
    has '  unseen '
    has 'see how to end it: sudo reuseshim why 8080'
    lacks "[$actor]"
    run as_nobody why 127.0.0.1:8080
    has 'see how to end it: sudo reuseshim why 127.0.0.1:8080'
    act udp 127.0.0.1 5353
    run as_nobody why udp:127.0.0.1:5353
    has ' sudo reuseshim why udp:127.0.0.1:5353'
}

# fails_otherwise ERRNO WORDS WHERE: no socket has it, a real bind gives ERRNO, and 'why' and 'wait' say so and what
# helps, with exit 4. The bind, as the command, is made by $as_is.
fails_otherwise()
{
    local type=STREAM address=${3#udp:} python=/usr/bin/python3
    [ -x $python ] || python=python3
    [ "$address" = "$3" ] || type=DGRAM
    # shellcheck disable=SC2086 # several words
    run in_namespace $as_is $python -c '
import errno, socket, sys
type, where = sys.argv[1:]
if "/" in where:
    s, to = socket.socket(socket.AF_UNIX), where
else:
    host, port = where.rsplit(":", 1)
    host = host.strip("[]")
    s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, getattr(socket, "SOCK_" + type))
    to = (host, int(port))
try:
    s.bind(to)
except OSError as error:
    print(errno.errorcode[error.errno])' $type "$address"
    [ "$output" = "$1" ] || { echo "$3: bind gives $output" >&2; return 1; }
    for words in why wait "wait -t 0"; do
        # shellcheck disable=SC2086 # several words
        run in_namespace $as_is "$command" $words "$3"
        echo "$words $3"
        exits 4
        has ': no socket has it, but bind() fails: '
        has "  fix      $2"
    done
    # shellcheck disable=SC2086
    run in_namespace $as_is "$command" why --json "$3"
    exits 4
    [ "$(jq -r .errno,.exit <<<"$output" | tr '\n' ' ')" = "$1 4 " ]
}

@test "why, wait: where a bind fails though nobody has it, exit 4 and what helps" {
    as_is=
    fails_otherwise EADDRNOTAVAIL '192.0.2.1 is not an address of this machine' 192.0.2.1:8080
    fails_otherwise EADDRNOTAVAIL '192.0.2.1 is not an address of this machine' udp:192.0.2.1:53
    fails_otherwise EADDRNOTAVAIL '2001:db8::1 is not an address' '[2001:db8::1]:80'
    fails_otherwise EINVAL 'a link-local address needs its %interface, as in [fe80::1%eth0]:80' '[fe80::1]:80'
    fails_otherwise ENOENT "make the folder: $place/no" "$place/no/folder"
    fails_otherwise ENOTDIR 'not a folder: /etc/passwd' /etc/passwd/socket
    as_is="setpriv --reuid $nobody --regid $nobody --clear-groups --"
    fails_otherwise EACCES 'run it as root or with CAP_NET_BIND_SERVICE: ports below 1024 ' 0.0.0.0:80
    fails_otherwise EACCES 'run it as root or with CAP_NET_BIND_SERVICE: ports below 1024 ' udp:127.0.0.1:80
    fails_otherwise EACCES 'the program needs write permission for the folder /etc' /etc/socket
    in_namespace sysctl -q -w net.ipv4.ip_unprivileged_port_start=80
    run as_nobody why 80
    exits 0
}

@test "why: where nothing can be looked at, exit 4" {
    command -v strace || skip 'no strace'
    run in_namespace strace -qq -o /dev/null -e inject=socket:error=EAFNOSUPPORT "$command" why 8080
    exits 4
    has 'no such sockets'
}

@test "why: without netlink /proc/net tells, and it is said" {
    command -v strace || skip 'no strace'
    act udp 127.0.0.1 5353
    # The first two sockets are why's own question for the family and the netlink socket.
    run in_namespace strace -qq -o /dev/null -e inject=sendto:error=EPERM \
        "$command" why -v udp:127.0.0.1:5353
    exits 1
    has '[datagram-held]'
    has 'sock_diag'
}

@test "why: --json is one object for each address" {
    act listen 127.0.0.1 8080 0
    run reuseshim why --json 8080
    exits 1
    [ "${#lines[@]}" -eq 2 ]
    [ "$(jq -r '.event + " " + .reason + " " + (.exit | tostring)' <<<"${lines[0]}")" = 'why listening 1' ]
    [ "$(jq -r '.address' <<<"${lines[1]}")" = '::' ]
    [ "$(jq -r ".holders[0].pid" <<<"${lines[0]}")" = "$actor" ]
}

@test "why: wrong words are a usage error, exit 3, with what to write instead" {
    for where in '' 0 70000 nosuchservice 1.2.3:80 ::1:80 '[::1]' 'tcp6:127.0.0.1:80' 80x unix: \
        "/$(printf 'x%.0s' {1..120})"; do
        run reuseshim why "$where"
        echo "why '$where'"
        exits 3
        [ -n "$output" ]
    done
    for where in sctp:80 sctp:127.0.0.1:80 myhost:80 SCTP:80; do
        run reuseshim why "$where"
        exits 3
        has "'$where': neither a protocol (tcp, "
    done
    for where in 1.2.3.4 tcp:1.2.3.4 127.0.0.1: tcp: ''; do
        run reuseshim why "$where"
        exits 3
        has "'$where': a port is missing"
    done
    run reuseshim why '[fe80::1%nosuch0]:80'
    exits 3
    has 'no such interface'
    run reuseshim why fe80::1:80
    exits 3
    has 'needs brackets'
    run reuseshim why
    exits 3
    run reuseshim why 80 81
    exits 3
    run reuseshim why --nonsense 80
    exits 3
}

@test "why: colour only where it is asked for or a terminal reads" {
    act listen 127.0.0.1 8080 0
    run reuseshim why 8080
    lacks $'\e['
    FORCE_COLOR=1 run reuseshim why 8080
    has $'\e['
    NO_COLOR=1 FORCE_COLOR=1 run reuseshim why 8080
    lacks $'\e['
}

@test "why: a table of long addresses still fits 80 columns" {
    in_namespace ip address add fd00:1111:2222:3333:4444:5555:6666:7777/128 dev lo nodad
    act listen fd00:1111:2222:3333:4444:5555:6666:7777 50000 1
    run reuseshim why 50000
    exits 1
    [ "$(table_width)" -gt 40 ]
    [ "$(table_width)" -le 80 ]
}

# connected COUNT: so many connections to 127.0.0.1:8080, which last until the test ends.
connected()
{
    nsenter --net="/proc/$keeper/ns/net" -- python3 -c 'import signal, socket, sys
server = socket.create_server(("127.0.0.1", 8080))
held = [socket.create_connection(("127.0.0.1", 8080)) for _ in range(int(sys.argv[1]))]
print("ready", flush=True)
signal.pause()' "$1" >"$place/ready" 3>&- &
    actors+=($!)
    poll 100 grep -q ready "$place/ready"
}

@test "why --connect: what connect() gets is what it is told to get" {
    in_namespace sysctl -qw net.ipv4.ip_local_port_range='40000 40003'
    run reuseshim why --connect 127.0.0.1:8080
    exits 0
    has 'a connection to 127.0.0.1:8080 gets a port: 4000'
    connected 3
    run reuseshim why --connect --json 127.0.0.1:8080
    exits 0
    [ "$(jq -c '[.port_left, .connections, .time_wait, .bound, .last]' <<<"$output")" = '[true,3,0,0,40003]' ]
    left=$(jq .local_port <<<"$output")
    act listen 127.0.0.9 "$left" 1
    run reuseshim why --connect 127.0.0.1:8080
    exits 1
    has 'no port is left for a connection to 127.0.0.1:8080'
    has '3 by connections to that address, 1 by sockets that are bound'
    has 'sysctl -w net.ipv4.ip_local_port_range="1024 65535"'
    run in_namespace python3 -c 'import socket; socket.create_connection(("127.0.0.1", 8080))'
    has 'Cannot assign requested address'
    # Not to this address, but to another one.
    run reuseshim why --connect 127.0.0.2:8081
    exits 0
    in_namespace sysctl -qw net.ipv4.ip_local_port_range='1024 65535' # the cure
    run reuseshim why --connect 127.0.0.1:8080
    exits 0
}

@test "why --connect: a TIME_WAIT ends by itself, exit 2; who is not asked is told so, exit 4" {
    in_namespace sysctl -qw net.ipv4.ip_local_port_range='40000 40000' net.ipv4.tcp_tw_reuse=0
    in_namespace python3 -c 'import socket
server = socket.create_server(("127.0.0.1", 8080))
client = socket.create_connection(("127.0.0.1", 8080))
client.close()
server.accept()[0].close()'
    run reuseshim why --connect 127.0.0.1:8080
    exits 2
    has '1 by connections to that address (1 in TIME_WAIT)'
    has 'wait: the first of them ends in'
    run reuseshim why --connect --json 127.0.0.1:8080
    exits 2
    [ "$(jq '.frees_in_ms > 0 and .frees_in_ms <= 60000 and .port_left == false' <<<"$output")" = true ]
    run reuseshim why --connect 192.0.2.1:80
    exits 4
    has 'a connection to 192.0.2.1:80 fails: Network is unreachable'
    in_namespace sysctl -qw net.ipv4.tcp_fastopen=0
    run reuseshim why --connect 127.0.0.1:8080
    exits 4
    has 'whether a port is left cannot be asked (net.ipv4.tcp_fastopen)'
    for word in udp:127.0.0.1:53 /run/x.sock @name; do
        run reuseshim why --connect $word
        exits 3
    done
}
