# Real programs that no library can see, under reuseshim run --supervise: each is started twice on one
# port, as root and as a user, and the second one's failure is explained with the first as the holder.
bats_require_minimum_version 1.5.0
load servers

setup()
{
    open_namespace
    holder=()
    folder=$(mktemp -d) # bats keeps its own from users
    chmod 755 "$folder"
    mkdir -m 1777 "$folder/shared"
    mkfifo "$folder/stdin"
    exec 8<>"$folder/stdin" # stays open, and silent
    cp "$REUSESHIM_COMMAND" "$folder/shared/reuseshim" # where a user may read it
}

teardown()
{
    close_namespace
    exec 8>&-
    rm -rf "$folder"
}

# serve NAME COMMAND...: in the background, supervised, with its records in $folder/shared/NAME.
serve()
{
    local name=$1
    shift
    nsenter --net="/proc/$keeper/ns/net" -- "${as[@]}" env HOME="$folder/shared" "$folder/shared/reuseshim" run --supervise \
        -v -l "$folder/shared/$name" "$@" <&8 >"$folder/output.$name" 2>&1 3>&- 8>&- &
    server=$!
    pids+=("$server")
}

has_ended() { ! kill -0 "$1" 2>/dev/null; }

# twice COMMAND...: by whoever "as" says.
twice()
{
    local first
    serve first "${holder[@]:-$@}"
    first=$server
    poll 150 listens_or_ended "$first"
    kill -0 "$first" || { cat "$folder/output.first"; return 1; }
    serve second "$@"
    poll 150 test -s "$folder/shared/second"
    cat "$folder/shared/second"
    grep -q "\[${reason:-listening}\]" "$folder/shared/second"
    grep -q "\[$first\]" "$folder/shared/second"
    poll 100 has_ended "$server" || end "$server"
    end "$first"
    poll 100 nobody_supervises
    cp "$folder/shared/second" "$folder/told"
    rm "$folder/shared/first" "$folder/shared/second" 2>/dev/null || :
}

nobody_supervises() { ! pgrep -f "^$folder/shared/reuseshim run" >/dev/null; }

as_root_and_as_user() # COMMAND...
{
    as=()
    twice "$@"
    as=(setpriv --reuid 65534 --regid 65534 --clear-groups --)
    twice "$@"
}

needs()
{
    command -v "$1" >/dev/null || skip "no $1"
}

only_long()
{
    [ -n "${REUSESHIM_LONG-}" ] || skip 'only in a long run'
}

@test "supervised: nats-server" {
    needs nats-server
    as_root_and_as_user nats-server -a 127.0.0.1 -p "$port"
    tr -d '\n' <"$folder/told" | grep -q 'AcceptLoop.*main\.main'
}

@test "supervised: caddy" {
    only_long
    needs caddy
    needs busybox
    # Two of caddy would share the port, by SO_REUSEPORT.
    holder=(busybox httpd -f -p "127.0.0.1:$port" -h "$folder/shared")
    reason=reuseport-one-sided
    as_root_and_as_user caddy file-server --listen "127.0.0.1:$port" --root "$folder/shared"
}

@test "supervised: etcd" {
    only_long
    needs etcd
    as_root_and_as_user sh -c 'exec etcd --data-dir "$(mktemp -d "$0/etcd.XXXXXX")" \
        --listen-client-urls "http://127.0.0.1:$1" --advertise-client-urls "http://127.0.0.1:$1" \
        --listen-peer-urls "http://127.0.0.1:0"' "$folder/shared" "$port"
}

supervisors() { pgrep -f "^$folder/shared/reuseshim run" || :; }

# killed MOST: kills the supervisor or its guardian, one of the two, MOST times; the other makes itself a new one.
killed()
{
    local pids one kills=0
    while [ $kills -lt "$1" ]; do
        mapfile -t pids < <(supervisors)
        [ ${#pids[@]} -eq 2 ] || { sleep 0.01; continue; }
        one=${pids[RANDOM % 2]}
        kill -KILL "$one" 2>/dev/null || continue
        kills=$((kills + 1))
        while supervisors | grep -qx "$one"; do :; done # before the other may be killed
    done
}

# What was done, in one log that is kept, by default in the folder of the build.
@test "supervised: etcd, caddy and nats-server under load, as a user, with 1,000 kills of the supervisor" {
    only_long
    local kept=${REUSESHIM_KEPT:-$BUILD/supervised-under-load.log} name path
    as=(setpriv --reuid 65534 --regid 65534 --clear-groups --)
    echo "hello" >"$folder/shared/index.html"
    uname -sr | cut -d - -f 1 >"$kept"
    for name in nats-server caddy etcd; do
        needs $name
        case $name in
        nats-server) set -- nats nats-server -a 127.0.0.1 -p "$port" ;;
        caddy) set -- /index.html caddy file-server --listen "127.0.0.1:$port" --root "$folder/shared" ;;
        etcd) set -- /version etcd --data-dir "$folder/shared/etcd" --listen-client-urls "http://127.0.0.1:$port" \
            --advertise-client-urls "http://127.0.0.1:$port" --listen-peer-urls http://127.0.0.1:0 ;;
        esac
        path=$1
        shift
        serve first "$@"
        first=$server
        poll 300 listens_or_ended "$first"
        kill -0 "$first"
        coproc clients { exec nsenter --net="/proc/$keeper/ns/net" -- /usr/bin/python3 "$BATS_TEST_DIRNAME/under_load.py" "$port" "$path" 3>&-; }
        killed 334
        eval "exec ${clients[1]}>&-"
        read -r answered failed <&"${clients[0]}"
        threads=$(find "/proc/$first/task" -mindepth 1 -maxdepth 1 | wc -l)
        echo "$name: user 65534, $threads threads, 334 kills of a supervisor, $answered requests answered, $failed not" >>"$kept"
        [ "$answered" -gt 100 ]
        [ "$failed" -eq 0 ]
        # What is left of them still explains a failure of the server's own program. Two of caddy would share the port.
        [ "$(supervisors | wc -l)" -ge 1 ]
        serve second nats-server -a 127.0.0.1 -p "$port"
        poll 150 test -s "$folder/shared/second"
        grep -q "\[$first\]" "$folder/shared/second"
        grep -m 1 'cannot bind' "$folder/shared/second" | sed 's/\[[0-9]*\]/[PID]/g; s/^/    /' >>"$kept"
        poll 100 has_ended "$server" || end "$server"
        end "$first"
        poll 100 nobody_supervises
        rm -f "$folder/shared/first" "$folder/shared/second"
    done
    cat "$kept"
}

@test "supervised: busybox httpd, which is static" {
    only_long
    needs busybox
    file -L "$(command -v busybox)" | grep -q static || skip 'busybox is not static'
    as_root_and_as_user busybox httpd -f -p "127.0.0.1:$port" -h "$folder/shared"
}

@test "supervised: Go, static, stripped and with cgo" {
    only_long
    needs go
    mkdir "$folder/go"
    cat >"$folder/go/main.go" <<'END'
package main

import (
	"log"
	"net"
	"os"
)

func main() {
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	for {
		listener.Accept()
	}
}
END
    cd "$folder/go"
    export GO111MODULE=off GOCACHE="$folder/cache"
    CGO_ENABLED=0 go build -o "$folder/shared/plain" main.go
    CGO_ENABLED=0 go build -ldflags '-s -w' -o "$folder/shared/stripped" main.go
    CGO_ENABLED=1 go build -ldflags '-linkmode external' -o "$folder/shared/cgo" main.go
    for program in plain stripped cgo; do
        as_root_and_as_user "$folder/shared/$program" "127.0.0.1:$port"
        grep -q 'main\.main' "$folder/told"
    done
}

@test "supervised: Free Pascal" {
    only_long
    needs fpc
    cat >"$folder/server.pas" <<'END'
program server;
uses sockets, baseunix;
var
  address: TInetSockAddr;
  fd: longint;
begin
  fd := fpSocket(AF_INET, SOCK_STREAM, 0);
  address.sin_family := AF_INET;
  address.sin_port := htons(8080);
  address.sin_addr := StrToNetAddr('127.0.0.1');
  if fpBind(fd, @address, sizeof(address)) <> 0 then halt(1);
  if fpListen(fd, 5) <> 0 then halt(2);
  fpPause;
end.
END
    fpc -v0 -o"$folder/shared/server" "$folder/server.pas" >/dev/null
    as_root_and_as_user "$folder/shared/server"
}

@test "supervised: esbuild, from npm" {
    only_long
    needs npm
    (cd "$folder/shared" && timeout 120 npm install --no-audit --no-fund esbuild@0.25.0) || skip 'no npm package'
    as_root_and_as_user "$folder/shared/node_modules/@esbuild/linux-x64/bin/esbuild" \
        --serve="127.0.0.1:$port" --servedir="$folder/shared"
}
