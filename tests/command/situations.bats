bats_require_minimum_version 1.5.0
load command

# README's five usual situations: the first line that README shows is what is said, and the first fix, pasted as it
# stands there, makes the next start work.
readme=$BATS_TEST_DIRNAME/../../README.md

setup()
{
    open_place
    open_namespace
    cd "$place"
    mkdir -m 700 history
    export REUSESHIM_HISTORY=$place/history
    # A server: ADDRESS PORT [c: answers one client and ends] [i: leaves its socket to a child and ends]
    cat >server <<'END'
#!/usr/bin/python3
import socket, subprocess, sys
address, port, how = sys.argv[1], int(sys.argv[2]), (sys.argv + [""])[3]
s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
s.bind((address, port))
s.listen()
if how == "i":
    s.set_inheritable(True)
    child = subprocess.Popen(["sleep", "100"], close_fds=False, stdout=2)
    print(child.pid, flush=True)
    sys.exit()
if how == "end":
    sys.exit()
c = s.accept()[0]
c.close()
END
    chmod +x server
}

teardown()
{
    [ -z "${child-}" ] || kill "$child" 2>/dev/null || :
    close_place
}

# start ADDRESS PORT: a server in the background, which listens when this returns.
start()
{
    nsenter --net="/proc/$keeper/ns/net" -- "$place/server" "$@" </dev/null >/dev/null 2>&1 3>&- &
    actors+=($!)
    where="sport = :$2"
    poll 100 listens
}
listens() { in_namespace ss -tlnH "$where" | grep -q LISTEN; }
is_silent() { ! listens; }

# shows TITLE: the first line of README's paragraph, with what differs left out, is that of $output.
shows()
{
    local told said
    told=$(grep -F "**$1**" -A3 "$readme" | tr '\n' ' ' | grep -oE '`[^`]*\[[a-z-]+\]`' | head -n 1 | tr -d '`')
    said=$(sed -n 's/^reuseshim: \(.* \[[a-z-]*\]\)$/\1/p' <<<"$output" | head -n 1)
    [ -n "$told" ] && [ "$(plain "$told")" = "$(plain "$said")" ] || {
        printf 'README: %s\nsaid:   %s\n' "$(plain "$told")" "$(plain "$said")" >&2
        return 1
    }
}
plain()
{
    sed -E 's/^(node|server|python3)(\[[0-9]+\])? /A /; s/(node|server|python3)\[[0-9]+\]/B[N]/g; s/\[[0-9]+\]/[N]/g
        s/8[0-9]{3}/P/g; s/\b[0-9]+ s\b/N s/; s/(listens on it|has it) (\[listening)/has it \2/' <<<"$1"
}

# fix: the command of the line 'fix' (or of KEY).
fix()
{
    local key=${1-fix}
    awk -v key="$key" 'substr($0, 3, length(key) + 1) == key " " { on = 1; line = substr($0, 12); next }
        on && /^           / { line = line "\n" substr($0, 12); next }
        on { exit } END { print line }' <<<"$output" | tail -n 1 | sed 's/^\[.*: \([a-z]\)/\1/; s/^.*: \(kill\|sudo\|reuseshim\) /\1 /'
}
paste() { in_namespace env PATH="$place/bin:$PATH" bash -c "$1" </dev/null; }

@test "situations: an old process still runs" {
    start 0.0.0.0 8080
    run reuseshim run "$place/server" 0.0.0.0 8080 end
    exits 1
    shows 'An old process still runs.'
    [[ $(fix) == 'kill '* ]]
    paste "$(fix)"
    poll 100 is_silent
    run reuseshim run "$place/server" 0.0.0.0 8080 end
    exits 0
}

@test "situations: TIME_WAIT" {
    start 0.0.0.0 8081
    in_namespace python3 -c 'import socket; s = socket.create_connection(("127.0.0.1", 8081)); s.recv(1)'
    poll 100 is_silent
    run reuseshim run "$place/server" 0.0.0.0 8081 end
    exits 1
    shows 'TIME_WAIT.'
    [[ $(fix) == "reuseshim free 8081 || reuseshim wait 8081 && "*"server 0.0.0.0 8081 end" ]]
    # Root frees it at once. Who may not do that waits for what is left; here that is ended meanwhile.
    fix=$(fix)
    run without_right "$fix"
    has 'ending sockets needs CAP_NET_ADMIN'
    exits 124
    paste "$fix" || skip 'this kernel cannot end sockets'
}
without_right()
{
    in_namespace setpriv --bounding-set=-net_admin --inh-caps=-net_admin -- env PATH="$place/bin:$PATH" \
        timeout 2 bash -c "$1" </dev/null
}

@test "situations: TIME_WAIT, for who is not root" {
    start 0.0.0.0 8081
    in_namespace python3 -c 'import socket; s = socket.create_connection(("127.0.0.1", 8081)); s.recv(1)'
    poll 100 is_silent
    run in_namespace setpriv --reuid $nobody --regid $nobody --clear-groups -- env REUSESHIM_HISTORY=off \
        "$command" run "$place/server" 0.0.0.0 8081 end
    exits 1
    [[ $(fix) == "reuseshim wait 8081 && "*"server 0.0.0.0 8081 end" ]]
    [[ $(fix or) == "sudo reuseshim free 8081" ]]
    # It waits for what is left; here that is ended meanwhile.
    paste "$(fix)" 3>&- >"$place/waited" 2>&1 &
    waiting=$!
    reuseshim free 8081 || { kill $waiting; skip 'this kernel cannot end sockets'; }
    wait $waiting
}

@test "situations: a script has gone to another folder; what it starts is started from there" {
    mkdir "$place/app folder"
    ln -s "$place/server" "$place/app folder/srv"
    printf '%s\n' "cd '$place/app folder'" 'exec ./srv 0.0.0.0 8087 end' >"$place/start"
    start 0.0.0.0 8087
    in_namespace python3 -c 'import socket; s = socket.create_connection(("127.0.0.1", 8087)); s.recv(1)'
    poll 100 is_silent
    cd "$place"
    run reuseshim run sh "$place/start"
    exits 1
    started="python3 ./srv 0.0.0.0 8087 end"
    [[ $(fix) == "reuseshim free 8087 || reuseshim wait 8087 && cd '$place/app folder' && "*"$started" ]]
    [[ $(fix 'for good') == "cd '$place/app folder' && reuseshim run -p force -- "*"$started" ]]
    paste "$(fix)" || skip 'this kernel cannot end sockets'
    paste "$(fix 'for good')"
}

@test "situations: IPv6 against IPv4" {
    start :: 8083
    run reuseshim run "$place/server" 127.0.0.1 8083 end
    exits 1
    shows 'IPv6 against IPv4.'
    [[ $output == *'IPV6_V6ONLY'* ]]
    paste "$(fix)"
    poll 100 is_silent
    run reuseshim run "$place/server" 127.0.0.1 8083 end
    exits 0
}

@test "situations: inherited by a child" {
    child=$(reuseshim run "$place/server" 0.0.0.0 8084 i </dev/null 2>/dev/null 3>&-)
    where='sport = :8084'
    run reuseshim run "$place/server" 0.0.0.0 8084 end
    exits 1
    shows 'Inherited by a child.'
    [ "$(fix)" = "kill $child" ]
    paste "$(fix)"
    poll 100 is_silent
    run reuseshim run "$place/server" 0.0.0.0 8084 end
    exits 0
}

@test "situations: another user's process" {
    start 0.0.0.0 8085
    run as_nobody 8085
    exits 1
    has '8085 is taken: a process of root listens on it [listening]'
    [ "$(fix)" = 'sudo reuseshim why 8085' ]
    run in_namespace setpriv --reuid $nobody --regid $nobody --clear-groups -- env REUSESHIM_HISTORY=off \
        "$command" run "$place/server" 0.0.0.0 8085 end
    exits 1
    shows "Another user's process."
    # What it shows root has the command that ends it; and another port is free for the user.
    [[ $output == *'use another port: '* ]]
    run paste "$(fix | sed 's/^sudo //')"
    exits 1
    paste "$(fix)"
    poll 100 is_silent
}
