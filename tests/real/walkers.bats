# Programs and libraries that look for a free port by trying one after the other: they find the same
# one with the shim, and are told of no more than three times in full and once in a line; and of
# bindresvport(), which is known to do so, nothing is told unless no port is free. Most of npm
# takes a download, and runs in a long run only.

load servers

setup()
{
    open_namespace
}

teardown()
{
    close_namespace
}

# hold FIRST LAST [ADDRESS]: a process has each of these ports until the test ends.
hold()
{
    in_namespace "$python" -c '
import socket, sys, time
held = []
for port in range(int(sys.argv[1]), int(sys.argv[2]) + 1):
    family = socket.AF_INET6 if ":" in sys.argv[3] else socket.AF_INET
    held.append(socket.create_server((sys.argv[3], port), family=family, backlog=1))
print("held", flush=True)
time.sleep(600)' "$1" "$2" "${3:-0.0.0.0}" >"$folder/held" 3>&- &
    pids+=($!)
    poll 100 grep -q held "$folder/held"
}

# both COMMAND...: its output without and with the shim is the same, and not empty; what was told is
# in $folder/told.
both()
{
    in_namespace "$@" >"$folder/plain" 2>"$folder/errors" </dev/null || { cat "$folder/errors"; return 1; }
    in_namespace env LD_PRELOAD="$REUSESHIM_LIB" REUSESHIM_POLICY=explain REUSESHIM_LOG="$folder/told" \
        "$@" >"$folder/shimmed" 2>>"$folder/errors" </dev/null
    cmp "$folder/plain" "$folder/shimmed"
    [ -s "$folder/plain" ]
}

# told FULL: so many explanations at most, at least one of them; and one line.
told()
{
    cat "$folder/told"
    full=$(grep -c '^reuseshim: .* \[[a-z-]*\]' "$folder/told")
    [ "$full" -ge 1 ] && [ "$full" -le "$1" ]
    [ "$(grep -c 'tries one port after the other' "$folder/told")" -eq 1 ]
}

@test "a loop in Python finds the first free port" {
    hold 5000 5099
    both "$python" -c '
import socket
for port in range(5000, 5200):
    s = socket.socket()
    try:
        s.bind(("127.0.0.1", port))
    except OSError:
        continue
    print(port)
    break'
    [ "$(cat "$folder/shimmed")" = 5100 ]
    told 3
}

# reserves FAMILY TYPE: builds a program that has libtirpc take a reserved port, as mount.nfs and every
# client of an RPC service do.
reserves()
{
    [ "$(id -u)" -eq 0 ] || skip 'reserved ports are for root'
    cat >"$folder/reserved.c" <<END
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <tirpc/netconfig.h>
int bindresvport_sa(int, struct sockaddr *);
int main(void)
{
    struct sockaddr_in6 address = {.sin6_family = $1};
    socklen_t length = sizeof address;
    int fd = socket($1, $2, 0);
    if (bindresvport_sa(fd, (struct sockaddr *)&address) != 0) {
        perror("bindresvport");
        return 0;
    }
    getsockname(fd, (struct sockaddr *)&address, &length);
    printf("%d\n", ntohs(address.sin6_port));
    return 0;
}
END
    gcc -o "$folder/reserved" "$folder/reserved.c" -ltirpc || skip 'no libtirpc to build with'
}

@test "libtirpc's bindresvport finds the one reserved port that is free, and nothing is told" {
    reserves AF_INET SOCK_STREAM
    hold 512 676
    hold 678 1023
    both "$folder/reserved"
    [ "$(cat "$folder/shimmed")" = 677 ]
    [ ! -s "$folder/told" ]
    # A step is a call of bind, as it is without the shim.
    in_namespace strace -c -o "$folder/plain.calls" "$folder/reserved"
    in_namespace strace -c -o "$folder/shimmed.calls" -E LD_PRELOAD="$REUSESHIM_LIB" -E REUSESHIM_LOG=/dev/null \
        "$folder/reserved"
    # Where it begins is chance, so binds are not counted; a start of ours makes some 120 calls more
    # (libunwind), and an explanation would make 150.
    other='$NF == "bind" { binds = $4 } $NF == "total" { print $4 - binds }'
    plain=$(awk "$other" "$folder/plain.calls") shimmed=$(awk "$other" "$folder/shimmed.calls")
    printf '%s and %s system calls\n' "$plain" "$shimmed"
    [ "$plain" -gt 20 ] && [ "$shimmed" -le $((plain + 140)) ]
}

@test "NFS's way, a reserved port of IPv6, is no different" {
    reserves AF_INET6 SOCK_STREAM
    hold 512 676 ::
    hold 678 1023 ::
    both "$folder/reserved"
    [ "$(cat "$folder/shimmed")" = 677 ]
    [ ! -s "$folder/told" ]
}

@test "where no reserved port is free, bindresvport's last failure is told at exit" {
    reserves AF_INET SOCK_STREAM
    hold 512 1023
    in_namespace env LD_PRELOAD="$REUSESHIM_LIB" REUSESHIM_LOG="$folder/told" "$folder/reserved" 2>"$folder/errors"
    grep -q 'Address already in use' "$folder/errors"
    cat "$folder/told"
    [ "$(grep -c '^reuseshim: .* \[listening\]' "$folder/told")" -eq 1 ]
}

# npm PACKAGE@VERSION: into $folder/node_modules.
get()
{
    [ -n "${REUSESHIM_LONG-}" ] || skip 'takes a download: scripts/check --long'
    command -v npm >/dev/null || skip 'no npm'
    npm install --prefix "$folder" --no-audit --no-fund --loglevel=error "$@" >"$folder/npm" 2>&1 ||
        skip "npm does not get $*"
}

@test "npm portfinder finds a port behind 48 that are taken" {
    get portfinder@1.0.32
    hold 8000 8047
    cd "$folder"
    both node -e 'require("portfinder").getPort((error, port) => console.log(error || port))'
    [ "$(cat "$folder/shimmed")" = 8048 ]
    told 3
}

@test "npm get-port finds a port of a range" {
    get get-port@7.1.0
    hold 8000 8047
    cd "$folder"
    both node --input-type=module -e 'import getPort, {portNumbers} from "get-port";
console.log(await getPort({port: portNumbers(8000, 8100)}))'
    [ "$(cat "$folder/shimmed")" = 8048 ]
    told 3
}

@test "vite takes the next port that is free" {
    get vite@5.4.11
    hold 5173 5192
    hold 5173 5192 ::1
    cd "$folder"
    echo '<p>hello' >index.html
    both node --input-type=module -e 'import {createServer} from "vite";
const server = await createServer({logLevel: "silent"});
await server.listen();
console.log(server.httpServer.address().port);
process.exit(0)'
    [ "$(cat "$folder/shimmed")" = 5193 ]
    told 3
}
