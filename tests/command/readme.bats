bats_require_minimum_version 1.5.0
load command

# README's recipes, word for word, as a new user types them: with a server of that kind as ./server,
# and reuseshim installed.
readme=$BATS_TEST_DIRNAME/../../README.md

setup()
{
    open_place
    open_namespace
    mkdir "$place/home"
    cd "$place/home"
    mv "$place/bin/libreuseshim.so" "$place" # not beside the command: where the loader looks
    ln -s ../libreuseshim.so "$place/bin/libreuseshim.so"
}

teardown()
{
    close_place
}

# recipe TITLE: the commands below that title.
recipe()
{
    awk -v title="**$1" 'index($0, title) == 1 { found = 1 }
        found && /^```/ { if (inside) exit; inside = 1; next }
        found && inside' "$readme"
}

# type_in COMMANDS: what a shell does with them.
type_in()
{
    in_namespace env PATH="$place/bin:$PATH" LD_LIBRARY_PATH="$place" \
        bash -c "$1" </dev/null
}

# A server of one client, which answers, closes first and ends; without SO_REUSEADDR.
write_server()
{
    cat >server <<'END'
#!/usr/bin/env python3
import socket
s = socket.socket()
s.bind(("0.0.0.0", 8080))
s.listen()
c, _ = s.accept()
c.close()
s.close()
END
    chmod +x server
}

listens() { in_namespace ss -tlnH 'sport = :8080' | grep -q LISTEN; }
has_time_wait() { in_namespace ss -tanH state time-wait 'sport = :8080' | grep -q .; }
one_client()
{
    in_namespace python3 -c 'import socket; s = socket.create_connection(("127.0.0.1", 8080)); s.recv(1)'
}

@test "readme: why does my server not restart" {
    write_server
    commands=$(recipe 'Why does my server not restart')
    [ "$(grep -c reuseshim <<<"$commands")" -eq 2 ]
    in_namespace ./server 3>&- &
    actors+=($!)
    poll 100 listens
    one_client
    poll 100 has_time_wait
    run type_in "$commands"
    exits 2 # of why: held, and frees itself
    has 'for 8080: closed connections'
    has '8080 is free in '
}

@test "readme: make it restart: the first may wait, from then on at once" {
    write_server
    commands=$(recipe 'Make it restart')
    in_namespace ./server 3>&- &
    actors+=($!)
    poll 100 listens
    one_client
    poll 100 has_time_wait
    type_in "$commands" 3>&- &
    first=$!
    actors+=($first)
    # It waits for what the run without the option has left; here that is ended.
    reuseshim free 8080 || skip 'this kernel cannot end sockets'
    poll 100 listens
    one_client
    wait $first
    poll 100 has_time_wait
    type_in "$commands" 3>&- &
    actors+=($!)
    poll 50 listens
    has_time_wait
    one_client
}

@test "readme: two places in one program claim one port" {
    command -v gcc >/dev/null || skip 'no gcc'
    cat >server.c <<'END'
#include <netinet/in.h>
#include <sys/socket.h>
static int open_listener(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(8080)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return bind(fd, (struct sockaddr *)&address, sizeof address); /* the place */
}
int first(void) { return open_listener(); } /* one */
int second(void) { return open_listener(); } /* two */
int main(void) { return first() + second() == 0; }
END
    gcc -g -O0 -o server server.c
    run type_in "$(recipe 'Two places in one program')"
    exits 0
    has '[bound-twice]'
    grep -q 'open_listener+' server.log || skip 'no stacks here (no libunwind)'
    has "server.c:$(grep -n 'the place' server.c | cut -d: -f1)"
    has "server.c:$(grep -n 'one \*/' server.c | cut -d: -f1)"
    has "server.c:$(grep -n 'two \*/' server.c | cut -d: -f1)"
}

@test "readme: a UNIX socket file that was left over" {
    mkdir app
    cat >server <<'END'
#!/usr/bin/env python3
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind("app/web.sock")
END
    sed -i "s|app/web.sock|$PWD/app/web.sock|" server
    chmod +x server
    commands=$(recipe 'A UNIX socket file was left over' | sed "s|/run/app|$PWD/app|")
    ./server
    [ -S app/web.sock ]
    run ./server
    exits 1
    run type_in "$commands"
    exits 0
    # One that is in use stays.
    act unix "$PWD/app/other.sock"
    sed -i 's/web.sock/other.sock/' server
    run type_in "$commands"
    exits 1
    has '[unix-live]'
}

@test "readme: in a systemd unit" {
    unshare -m true || skip 'no mount namespace'
    [ -d /etc/systemd/system ] || skip 'no systemd'
    printf '#!/bin/sh\necho "systemctl $*"\n' >"$place/bin/systemctl"
    chmod +x "$place/bin/systemctl"
    commands=$(recipe 'In a systemd unit')
    run unshare -m sh -c 'mount -t tmpfs tmpfs /etc/systemd/system
        printf "[Service]\nExecStart=/bin/true\n" >/etc/systemd/system/myapp.service
        PATH=$1/bin:$PATH bash -e -c "$2" && cat /etc/systemd/system/myapp.service.d/50-reuseshim.conf' \
        sh "$place" "$commands"
    exits 0
    has 'systemctl daemon-reload'
    has 'systemctl restart myapp.service'
    has 'Environment="REUSESHIM_POLICY=force"'
    [ ! -e /etc/systemd/system/myapp.service ]
}

@test "readme: there are five recipes, and each policy that it shows is one" {
    [ "$(sed -n '/^## Five recipes/,/^## Settings/p' "$readme" | grep -c '^\*\*')" -eq 5 ]
    count=0
    while read -r policy; do
        run "$command" policy "$policy"
        exits 0
        count=$((count + 1))
    done < <(sed -n '/^A policy is a list/,/^Actions/p' "$readme" | sed -n '/^```/,/^```/p' | grep -v '^```' |
        sed 's/   .*//')
    [ "$count" -ge 6 ]
}

@test "readme: the files that it points to are there" {
    while read -r file; do
        [ -e "$BATS_TEST_DIRNAME/../../$file" ] || { echo "no $file"; false; }
    done < <(grep -oE '\]\([a-z./-]+\)' "$readme" "$BATS_TEST_DIRNAME"/../../docs/*.md |
        sed 's/^[^:]*\/docs\/[^:]*:\](\(docs\/\)\{0,1\}/docs\//; s/^[^:]*README.md:\](//; s/)$//')
}
