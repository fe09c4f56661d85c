#!/usr/bin/env bats
# The options of docs/programs.md do what they say: each program is started with its own, Oracle: the option as
# it is read from the listener.
load world

setup()
{
    open_place
    open_namespace
}

teardown() { close_place; }

# sets PROGRAM...: the listener on $port that it makes has the option.
sets()
{
    nsenter --net="/proc/$keeper/ns/net" -- "$@" </dev/null >"$place/begun" 2>&1 3>&- &
    actors+=("$!")
    poll 150 is_held
    in_namespace "$command" why --json "127.0.0.1:$port" >"$place/json" || :
    jq -e '.holders[0].flags.reuseaddr == true' "$place/json"
}

@test "world: socat sets the option by ,reuseaddr" {
    needs socat jq
    sets socat "TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr" /dev/null
}

@test "world: git daemon sets the option by --reuseaddr" {
    needs git jq
    [ -x "$(git --exec-path)/git-daemon" ] || skip 'no git daemon'
    sets git daemon --reuseaddr --listen=127.0.0.1 --port=$port --base-path="$place"
}

@test "world: Python sets the option by setsockopt before bind" {
    needs jq
    sets python3 -c "
import socket, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('127.0.0.1', $port))
s.listen()
time.sleep(600)"
}

@test "world: Python sets the option by create_server" {
    needs jq
    sets python3 -c "import socket, time; s = socket.create_server(('127.0.0.1', $port)); time.sleep(600)"
}

perl_sets()
{
    needs perl jq
    perl "-M$1" -e 1 2>/dev/null || skip "$1 is not installed"
    sets perl "-M$1" -e "
        my \$s = $1->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 5, ReuseAddr => 1) or die;
        sleep 600"
}

@test "world: Perl's IO::Socket::INET sets the option by ReuseAddr => 1" {
    perl_sets IO::Socket::INET
}

@test "world: Perl's IO::Socket::IP sets the option by ReuseAddr => 1" {
    perl_sets IO::Socket::IP
}

@test "world: Perl's HTTP::Daemon sets the option by ReuseAddr => 1" {
    perl_sets HTTP::Daemon
}

@test "world: Python's socketserver sets the option by allow_reuse_address = True" {
    needs jq
    sets python3 -c "
import socketserver
socketserver.TCPServer.allow_reuse_address = True
socketserver.TCPServer(('127.0.0.1', $port), None).serve_forever()"
}

@test "world: PHP's sockets set the option by socket_set_option before socket_bind" {
    needs php jq
    php -r 'exit(function_exists("socket_create") ? 0 : 1);' || skip 'PHP has no sockets'
    sets php -r "\$s = socket_create(AF_INET, SOCK_STREAM, 0); socket_set_option(\$s, SOL_SOCKET, SO_REUSEADDR, 1);
        socket_bind(\$s, '127.0.0.1', $port); socket_listen(\$s); sleep(600);"
}

@test "world: Erlang sets the option by {reuseaddr,true}" {
    long_only
    needs erl jq
    sets erl -noshell -eval "{ok, _} = gen_tcp:listen($port, [{ip,{127,0,0,1}},{reuseaddr,true}]), timer:sleep(600000)."
}

@test "world: Elixir sets the option by reuseaddr: true" {
    long_only
    needs elixir jq
    sets elixir -e "{:ok, _} = :gen_tcp.listen($port, ip: {127,0,0,1}, reuseaddr: true); Process.sleep(600000)"
}

@test "world: gforth has no way of its own, and the policy force sets the option" {
    long_only
    needs gforth libtool jq # it compiles its binding with libtool
    printf '%s\n' 'require unix/socket.fs' "$port create-server constant s" 's 5 listen' '600000 ms' >"$place/g.fs"
    export HOME=$place # it keeps there what it compiles
    sets "$command" run -p force -- gforth "$place/g.fs"
}

@test "world: Lisp sets the option by sockopt-reuse-address" {
    long_only
    needs sbcl jq
    sets sbcl --noinform --non-interactive --eval '(require :sb-bsd-sockets)' --eval "
(let ((s (make-instance 'sb-bsd-sockets:inet-socket :type :stream :protocol :tcp)))
  (setf (sb-bsd-sockets:sockopt-reuse-address s) t)
  (sb-bsd-sockets:socket-bind s #(127 0 0 1) $port) (sb-bsd-sockets:socket-listen s 5) (sleep 600))"
}

@test "world: Racket sets the option by the third argument of tcp-listen" {
    long_only
    needs racket jq
    sets racket -I racket/base -e '(require racket/tcp)' -e "(void (tcp-listen $port 4 #t \"127.0.0.1\"))" -e '(sleep 600)'
}

@test "world: usocket sets the option by :reuse-address t" {
    long_only
    needs sbcl jq
    [ -d /usr/share/common-lisp/source/usocket ] || skip 'cl-usocket is not installed'
    export HOME=$place # it keeps there what it compiles
    sets sbcl --noinform --non-interactive --eval '(require :asdf)' \
        --eval "(asdf:initialize-source-registry '(:source-registry (:tree \"/usr/share/common-lisp/source/\")
            :ignore-inherited-configuration))" --eval '(asdf:load-system :usocket)' \
        --eval "(usocket:socket-listen \"127.0.0.1\" $port :reuse-address t)" --eval '(sleep 600)'
}

@test "world: Octave sets the option by setsockopt" {
    long_only
    needs octave-cli jq
    printf '%s\n' 'pkg load sockets' 's = socket(AF_INET, SOCK_STREAM, 0);' 'setsockopt(s, SOL_SOCKET, SO_REUSEADDR, 1);' \
        "bind(s, $port);" 'listen(s, 5);' 'pause(600);' >"$place/o.m"
    octave-cli -qf --eval 'pkg load sockets' || skip 'octave-sockets is not installed'
    sets octave-cli -qf "$place/o.m"
}

# d_sets COMPILER FLAG: a program of D, which has one library, whichever made it.
d_sets()
{
    needs "$1" jq
    printf '%s\n' 'import std.socket, core.thread;' 'void main() {' '    auto s = new TcpSocket();' \
        '    s.setOption(SocketOptionLevel.SOCKET, SocketOption.REUSEADDR, true);' \
        "    s.bind(new InternetAddress(\"127.0.0.1\", $port)); s.listen(5); Thread.sleep(dur!\"seconds\"(600)); }" >"$place/d.d"
    (cd "$place" && "$1" "$2" d d.d)
    sets "$place/d"
}

@test "world: D by gdc sets the option by setOption with SocketOption.REUSEADDR" {
    long_only
    d_sets gdc -o
}

@test "world: D by ldc sets the option by setOption with SocketOption.REUSEADDR" {
    long_only
    d_sets ldc2 --of
}

@test "world: Ada sets the option by Set_Socket_Option with Reuse_Address" {
    long_only
    needs gnatmake jq
    printf '%s\n' 'with GNAT.Sockets; use GNAT.Sockets;' 'procedure A is' '   S : Socket_Type;' \
        "   Where : Sock_Addr_Type := (Family_Inet, Inet_Addr (\"127.0.0.1\"), $port);" 'begin' '   Create_Socket (S);' \
        '   Set_Socket_Option (S, Socket_Level, (Reuse_Address, True));' '   Bind_Socket (S, Where);' \
        '   Listen_Socket (S, 5);' '   delay 600.0;' 'end A;' >"$place/a.adb"
    (cd "$place" && gnatmake -q a.adb)
    sets "$place/a"
}

@test "world: Free Pascal's TInetServer sets the option by ReuseAddress" {
    needs fpc jq
    printf '%s\n' 'program p; uses ssockets, sysutils; var s: TInetServer;' \
        "begin s := TInetServer.Create('127.0.0.1', $port); s.ReuseAddress := true; s.Bind; s.Listen; sleep(600000); end." >"$place/p.pas"
    (cd "$place" && fpc -v0 p.pas) || skip 'fp-units-net and fp-units-fcl are not installed'
    sets "$place/p"
}

# compiled SOURCE FLAG...: a program of C in the place.
compiled()
{
    printf '%s\n' "$1" >"$place/program.c"
    ${CC:-cc} -o "$place/program" "$place/program.c" "${@:2}" 2>/dev/null
}

@test "world: libevent sets the option by LEV_OPT_REUSEABLE" {
    long_only
    needs jq
    compiled "#include <event2/listener.h>
#include <event2/event.h>
#include <arpa/inet.h>
static void take(struct evconnlistener *l, evutil_socket_t s, struct sockaddr *a, int n, void *x) {}
int main(void) { struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons($port), .sin_addr = {htonl(0x7f000001)}};
struct event_base *b = event_base_new();
return !evconnlistener_new_bind(b, take, 0, LEV_OPT_REUSEABLE, 5, (struct sockaddr *)&a, sizeof a) || event_base_dispatch(b); }" \
        -levent || skip 'libevent-dev is not installed'
    sets "$place/program"
}

@test "world: APR sets the option by APR_SO_REUSEADDR" {
    long_only
    needs jq apr-1-config
    # shellcheck disable=SC2046 # words
    compiled "#include <apr_general.h>
#include <apr_network_io.h>
#include <unistd.h>
int main(void) { apr_pool_t *p; apr_sockaddr_t *a; apr_socket_t *s; apr_initialize(); apr_pool_create(&p, NULL);
apr_sockaddr_info_get(&a, \"127.0.0.1\", APR_INET, $port, 0, p); apr_socket_create(&s, APR_INET, SOCK_STREAM, 0, p);
apr_socket_opt_set(s, APR_SO_REUSEADDR, 1); return apr_socket_bind(s, a) || apr_socket_listen(s, 5) || pause(); }" \
        $(apr-1-config --includes --cppflags --link-ld) || skip 'libapr1-dev is not installed'
    sets "$place/program"
}
