#!/usr/bin/env bats
# Two programs on one multicast port: both get every datagram by the cure, whoever the holder belongs to, and who is
# no member of a group is not taken for one. Oracle: the datagrams that arrive.
load world

port=5353

setup()
{
    open_place
    open_namespace
    in_namespace ip link add name wire type veth peer name wire2 2>/dev/null || skip "no pair of interfaces"
    in_namespace ip address add 192.0.2.1/24 dev wire
    in_namespace ip link set wire2 up
    in_namespace ip link set wire up multicast on
    in_namespace ip route add 224.0.0.0/4 dev wire
}

teardown()
{
    close_place
}

# said_of COMMAND...: lets it be refused; what was said is in $place/said.
said_of()
{
    (cd "$place" && in_namespace env LD_PRELOAD="$place/bin/libreuseshim.so" "$@" >/dev/null 2>"$place/said" </dev/null) || :
    cat "$place/said"
    grep -q '^reuseshim: ' "$place/said"
}

# A receiver in Python: PATH PORT [OPTION]; it writes down what it gets.
receiver_at()
{
    printf '%s\n' '#!/usr/bin/python3' 'import socket, struct' \
        's = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)' "${3:+s.setsockopt(socket.SOL_SOCKET, socket.$3, 1)}" \
        "s.bind(('', $2))" 'both = struct.pack("4s4s", socket.inet_aton("224.0.0.251"), socket.inet_aton("192.0.2.1"))' \
        's.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, both)' \
        "open('$1.up', 'w').close()" 'while True:' "    data = s.recv(99); open('$1.got', 'ab').write(data + b'\n')" >"$1"
    chmod 755 "$1"
}

# Sends to the group until FILE has got something.
send_until() { poll 50 sends_and_has "$1"; }

sends_and_has()
{
    in_namespace /usr/bin/python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton('192.0.2.1'))
s.sendto(b'news', ('224.0.0.251', $port))"
    [ -s "$1" ]
}

is_bound() { [ -n "$(in_namespace ss -Hlun "sport = :$port")" ]; }

@test "world: avahi, of another user, beside a node program: both receive, by the first cure" {
    needs avahi-daemon node
    printf '%s\n' '[server]' 'enable-dbus=no' 'allow-interfaces=wire' '[publish]' '[reflector]' '[rlimits]' >"$place/avahi.conf"
    begin unshare -m sh -c "mount -t tmpfs tmpfs /run && exec avahi-daemon -f $place/avahi.conf --no-chroot --no-rlimits"
    poll 100 is_bound || { cat "$place/begun"; false; }
    printf '%s\n' "const s = require('dgram').createSocket('udp4')" \
        "s.bind($port, () => s.addMembership('224.0.0.251', '192.0.2.1'))" \
        "s.on('message', m => require('fs').appendFileSync('$place/node.got', m + '\n'))" >"$place/app.js"
    said_of node app.js
    grep -q "^  fix      \[splits clients\]" "$place/said"
    [ "$(cure fix)" = "reuseshim run -p udp:$port=force -- node app.js" ]
    paste_and_go_on "$(cure fix)"
    send_until "$place/node.got"
    in_namespace ss -Hlunp "sport = :$port" | grep avahi
}

@test "world: a member of a group on a port of its own, with SO_REUSEPORT alone: both receive by it" {
    port=7353
    receiver_at "$place/one" $port SO_REUSEPORT
    receiver_at "$place/two" $port
    begin "$place/one"
    poll 50 test -e "$place/one.up"
    said_of ./two
    [ "$(cure fix)" = "reuseshim run -p udp:$port=share -- /usr/bin/python3 ./two" ]
    paste_and_go_on "$(cure fix)"
    poll 50 test -e "$place/two.up"
    send_until "$place/two.got"
    send_until "$place/one.got"
}

@test "world: neither has an option: both are to be run so, and then both receive" {
    port=7353
    receiver_at "$place/one" $port
    receiver_at "$place/two" $port
    begin "$place/one"
    poll 50 test -e "$place/one.up"
    said_of ./two
    [ "$(cure fix)" = "reuseshim run -p udp:$port=force -- /usr/bin/python3 ./two" ]
    kill "$begun"
    wait "$begun" || :
    rm "$place/one.up"
    begin env REUSESHIM_POLICY=udp:$port=force LD_PRELOAD="$place/bin/libreuseshim.so" "$place/one"
    poll 50 test -e "$place/one.up"
    paste_and_go_on "$(cure fix)"
    poll 50 test -e "$place/two.up"
    send_until "$place/two.got"
    send_until "$place/one.got"
}

@test "world: who is no member of a group is not told as a receiver of multicast, even on the port of mDNS" {
    printf '%s\n' '#!/usr/bin/python3' 'import socket, time' 's = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)' \
        "s.bind(('', $port))" "open('$place/up', 'w').close()" 'time.sleep(600)' >"$place/one"
    chmod 755 "$place/one"
    receiver_at "$place/two" $port
    begin "$place/one"
    poll 50 test -e "$place/up"
    said_of ./two
    run cat "$place/said"
    lacks 'each gets'
    [ "$(cure fix)" = "kill $begun" ]
}

@test "world: who may not look at the holder's descriptor goes by the port alone" {
    receiver_at "$place/one" $port SO_REUSEADDR
    receiver_at "$place/two" $port
    begin "$place/one"
    poll 50 test -e "$place/one.up"
    (cd "$place" && in_namespace setpriv --reuid $nobody --regid $nobody --clear-groups env \
        LD_PRELOAD="$place/bin/libreuseshim.so" ./two 2>"$place/said") || :
    run tr -s ' \n' ' ' <"$place/said"
    has 'each gets every multicast datagram'
}
