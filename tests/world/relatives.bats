#!/usr/bin/env bats
# The holder is a relative of the failing process: nobody of one's own tree is ended by a cure, and the place that both
# have the port from is named. Each with the real runtime.
load world

setup()
{
    open_place
    open_namespace
}

teardown()
{
    [ -z "${begun-}" ] || end_tree "$begun"
    pid=$(listener) && [ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || :
    close_place
}

end_tree()
{
    local child
    for child in $(pgrep -P "$1"); do end_tree "$child"; done
    kill -9 "$1" 2>/dev/null || :
}

has_said() { grep -q '^reuseshim: ' "$place/begun"; }
said() { tr -s ' \n' ' ' <"$place/begun" | grep -qF "$1" || { cat "$place/begun"; return 1; }; }
never_said() { ! grep -qE "$1" "$place/begun" || { cat "$place/begun"; return 1; }; }

# begin, under the library.
begin_shimmed() { begin env LD_PRELOAD="$place/bin/libreuseshim.so" "$@"; }

@test "world: npm run start with NODE_OPTIONS=--inspect: npm is not ended, the variable is named" {
    long_only
    needs node npm
    echo '{"name": "shop", "version": "1.0.0", "scripts": {"start": "node app.js"}}' >"$place/package.json"
    echo 'setTimeout(() => {}, 60000)' >"$place/app.js"
    cd "$place"
    begin_shimmed NODE_OPTIONS=--inspect=127.0.0.1:$port HOME="$place" npm run start
    poll 300 has_said
    said 'started this process; both were told the same address, here by NODE_OPTIONS'
    never_said 'kill +[0-9]'
    kill -0 "$begun"
}

@test "world: Flask's reloader: the parent that has the port is not ended" {
    long_only
    /usr/bin/python3 -c 'import flask' 2>/dev/null || skip 'flask is not installed'
    printf '%s\n' 'import socket, flask' "s = socket.socket(); s.bind(('127.0.0.1', $port)); s.listen()" \
        'app = flask.Flask("shop")' 'app.run(port=8124, debug=True)' >"$place/app.py"
    cd "$place"
    begin_shimmed PYTHONUNBUFFERED=1 /usr/bin/python3 app.py
    poll 200 has_said
    said 'started this process; both were told the same address'
    never_said 'kill +[0-9]'
}

@test "world: uvicorn's reloader: the parent that has the port is not ended" {
    long_only
    /usr/bin/python3 -c 'import uvicorn' 2>/dev/null || skip 'uvicorn is not installed'
    printf '%s\n' 'import socket, uvicorn' "s = socket.socket(); s.bind(('127.0.0.1', $port)); s.listen()" \
        'async def app(scope, receive, send): pass' 'if __name__ == "__main__":' \
        '    uvicorn.run("app:app", port=8124, reload=True)' >"$place/app.py"
    cd "$place"
    begin_shimmed /usr/bin/python3 app.py
    poll 200 has_said
    said 'started this process; both were told the same address'
    never_said 'kill +[0-9]'
    is_held
}

@test "world: gunicorn's workers with one metrics port: the sibling is not ended, their parent is named" {
    long_only
    needs gunicorn
    printf '%s\n' 'import socket' "s = socket.socket(); s.bind(('127.0.0.1', $port)); s.listen()" \
        'def app(environ, start):' '    start("200 OK", [])' '    return [b""]' >"$place/app.py"
    cd "$place"
    begin_shimmed gunicorn -w 2 -b 127.0.0.1:8124 app:app
    poll 200 has_said
    said "both are children of gunicorn[$begun]: bind before the fork, or give each its own"
    never_said 'kill +[0-9]'
    cp "$place/begun" "$place/said"
}

@test "world: a second xinetd: each record tells the protocol, and stopping the first is the cure" {
    long_only
    needs xinetd
    printf '%s\n' 'defaults' '{' '}' 'service shop' '{' ' type = UNLISTED' ' socket_type = stream' ' protocol = tcp' ' wait = no' \
        ' user = root' " port = $port" ' bind = 127.0.0.1' ' server = /bin/cat' '}' >"$place/x.conf"
    begin xinetd -f "$place/x.conf" -dontfork -pidfile "$place/x.pid" -filelog "$place/x.log"
    poll 100 is_held
    (in_namespace env LD_PRELOAD="$place/bin/libreuseshim.so" REUSESHIM_LOG="$place/x.json" REUSESHIM_FORMAT=json \
        timeout 5 xinetd -f "$place/x.conf" -dontfork -pidfile "$place/y.pid" -filelog "$place/y.log" >/dev/null 2>&1) || :
    jq -e 'select(.event == "bind_failed") | .proto == "tcp" and .port == '$port' and .reason == "listening"' "$place/x.json"
    refuse
    [ "$(cure fix)" = "kill $begun" ]
    paste "$(cure fix)"
    stays_free
}

@test "world: Perl's second address: each bind is told for what it is, once" {
    needs perl jq
    perl -MIO::Socket::IP -e 1 2>/dev/null || skip 'IO::Socket::IP is not installed'
    server_at "$place/server"
    sed -i 's/127.0.0.1/0.0.0.0/' "$place/server"
    begin "$place/server"
    poll 100 is_held
    (in_namespace env LD_PRELOAD="$place/bin/libreuseshim.so" REUSESHIM_LOG="$place/p.json" REUSESHIM_FORMAT=json \
        perl -MIO::Socket::IP -e "IO::Socket::IP->new(LocalPort => $port, Listen => 5) for 1 .. 5") || :
    [ "$(jq -r .address "$place/p.json" | sort -u | wc -l)" -eq "$(jq -s 'map(select(.repeats == null)) | length' "$place/p.json")" ]
    jq -e '.event == "bind_failed" and .reason == "listening" and .proto == "tcp"' "$place/p.json"
}

@test "world: php-fpm, stopped, has left a job behind that holds the port: the job is named, and its end frees the port" {
    long_only
    fpm=$(ls /usr/sbin/php-fpm[0-9]* 2>/dev/null | head -1) || :
    [ -x "$fpm" ] || skip 'php-fpm is not installed'
    printf '%s\n' '[global]' "pid = $place/f.pid" "error_log = $place/f.log" '[www]' 'user = nobody' 'group = nogroup' \
        "listen = 127.0.0.1:$port" 'pm = static' 'pm.max_children = 1' >"$place/f.conf"
    printf '%s\n' '<?php exec("sleep 300 >/dev/null 2>&1 &"); ?>' >"$place/job.php"
    chmod 755 "$place"
    begin "$fpm" -F -R -y "$place/f.conf"
    poll 150 is_held
    # One request in FastCGI's own words: begin, parameters, no input.
    in_namespace python3 -c "
import socket, struct
def record(kind, body): return struct.pack('>BBHHBB', 1, kind, 1, len(body), 0, 0) + body
def pair(name, value): return bytes([len(name), len(value)]) + name.encode() + value.encode()
s = socket.create_connection(('127.0.0.1', $port))
words = pair('SCRIPT_FILENAME', '$place/job.php') + pair('REQUEST_METHOD', 'GET')
s.sendall(record(1, struct.pack('>HB5x', 1, 0)) + record(4, words) + record(4, b'') + record(5, b''))
while s.recv(999): pass"
    job=$(pgrep -f '^sleep 300$' | while read -r one; do
        [ "$(readlink "/proc/$one/ns/net")" != "$(readlink "/proc/$keeper/ns/net")" ] || echo "$one"; done)
    [ -n "$job" ]
    kill "$begun"
    wait "$begun" || :
    is_held || skip 'this php-fpm does not hand its socket down'
    refuse
    grep -q "sleep\[$job\]" "$place/said"
    [[ $(cure fix) == "kill $job && reuseshim run "* ]]
    paste_and_go_on "$(cure fix)"
    poll 200 newcomer_listens
    sleep 1
    newcomer_listens
}

@test "world: Bun's second address: each bind is told for what it is, once" {
    long_only
    needs npm jq
    npm install --prefix "$place/npm" --no-audit --no-fund --loglevel=error bun >"$place/npm.log" 2>&1 || skip 'npm does not get Bun'
    echo "try { Bun.serve({port: $port, fetch() { }}); } catch (e) { process.exit(1); }" >"$place/app.js"
    server_at "$place/server"
    sed -i 's/127.0.0.1/0.0.0.0/' "$place/server"
    begin "$place/server"
    poll 100 is_held
    (in_namespace env LD_PRELOAD="$place/bin/libreuseshim.so" REUSESHIM_LOG="$place/b.json" REUSESHIM_FORMAT=json \
        "$(readlink -f "$place/npm/node_modules/.bin/bun")" "$place/app.js") || :
    [ "$(jq -c 'select(.event == "bind_failed") | [.address, .reason, .overlap, .repeats]' "$place/b.json")" = \
        "$(printf '%s\n' '["::","listening","dual-stack",null]' '["0.0.0.0","listening","same",null]')" ]
}
