#!/usr/bin/env bats
# Servers with a master and workers, servers that a signal does not end, and relatives of the failing process: the
# first cure frees the port for good, and ends nothing that was not named.
load world

setup()
{
    open_place
    open_namespace
}

teardown()
{
    pid=$(listener) && [ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || :
    close_place
}

@test "world: gunicorn: its master is stopped, and its workers with it" {
    long_only
    needs gunicorn
    printf 'def app(environ, start):\n    start("200 OK", [])\n    return [b""]\n' >"$place/app.py"
    cd "$place"
    begin gunicorn -w 2 -b "127.0.0.1:$port" app:app
    poll 200 is_held
    poll 100 test -n "$(pgrep -P "$begun")"
    refuse
    [ "$(cure fix)" = "kill $begun" ]
    paste "$(cure fix)"
    stays_free
}

@test "world: nginx: its master is stopped, not a worker" {
    needs nginx
    printf '%s\n' "pid $place/n.pid; error_log $place/n.log;" "events {}" \
        "http { access_log off; server { listen 127.0.0.1:$port; } }" >"$place/n.conf"
    begin nginx -c "$place/n.conf" -g 'daemon off; master_process on;'
    poll 150 is_held
    refuse
    [ "$(cure fix)" = "kill $(cat "$place/n.pid")" ]
    paste "$(cure fix)"
    stays_free
}

@test "world: nginx: workers whose master was killed are ended all, and none is called a master" {
    needs nginx
    printf '%s\n' "pid $place/n.pid; error_log $place/n.log; worker_processes 2;" "events {}" \
        "http { access_log off; server { listen 127.0.0.1:$port; } }" >"$place/n.conf"
    begin nginx -c "$place/n.conf" -g 'daemon off; master_process on;'
    poll 150 is_held
    poll 100 has_children 2
    workers=$(pgrep -P "$begun")
    kill -9 "$begun"
    poll 100 has_ended "$begun"
    refuse
    ! grep -q master "$place/said"
    [ "$(cure fix | tr ' ' '\n' | sort)" = "$(printf '%s\n' kill $workers | sort)" ]
    paste "$(cure fix)"
    stays_free
}

# It ends its process group, which is that of the tests, too, unless it has one of its own.
@test "world: Apache: its master is stopped, and its workers with it, of which there are more than are named" {
    long_only
    needs apache2
    modules=/usr/lib/apache2/modules
    [ -e $modules/mod_mpm_prefork.so ] || skip 'this Apache has no modules of the kind'
    printf '%s\n' "PidFile $place/a.pid" "ErrorLog $place/a.log" "LoadModule mpm_prefork_module $modules/mod_mpm_prefork.so" \
        "LoadModule authz_core_module $modules/mod_authz_core.so" "ServerName x" "Listen 127.0.0.1:$port" 'StartServers 7' >"$place/a.conf"
    begin setsid apache2 -f "$place/a.conf" -DFOREGROUND
    poll 150 is_held
    poll 100 has_children 7
    refuse
    [ "$(cure fix)" = "kill $begun" ]
    paste "$(cure fix)"
    stays_free
}

has_children() { [ "$(pgrep -P "$begun" | wc -l)" -ge "$1" ]; }

@test "world: many forks of a server that nobody knows are ended with the one that started them" {
    server_at "$place/server"
    sed -i "s|^time.sleep|import os\nfor _ in range(7): os.fork() or (time.sleep(600), os._exit(0))\ntime.sleep|" "$place/server"
    begin "$place/server"
    poll 100 is_held
    poll 100 has_children 7
    refuse
    [ "$(cure fix)" = "kill $begun \$(pgrep -P $begun)" ]
    paste "$(cure fix)"
    stays_free
}

@test "world: PostgreSQL: SIGINT, as SIGTERM waits for a client that stays" {
    long_only
    bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1) && [ -x "$bin/initdb" ] || skip 'PostgreSQL is not installed'
    chmod 755 "$place"
    mkdir "$place/data"
    chown nobody "$place/data"
    as_nobody=(setpriv --reuid $nobody --regid $nobody --clear-groups --)
    "${as_nobody[@]}" "$bin/initdb" -D "$place/data" -A trust >/dev/null
    begin "${as_nobody[@]}" "$bin/postgres" -D "$place/data" -p $port -h 127.0.0.1 -k "$place/data"
    poll 150 is_held
    in_namespace "${as_nobody[@]}" "$bin/psql" -h 127.0.0.1 -p $port -U "$(id -un $nobody)" postgres -c 'select pg_sleep(600)' \
        >/dev/null 2>&1 </dev/null 3>&- &
    actors+=("$!")
    poll 100 has_client
    refuse
    [ "$(cure fix)" = "kill -INT $begun" ]
    paste "$(cure fix)"
    stays_free
}

has_client() { [ -n "$(in_namespace ss -Htn state established "sport = :$port")" ]; }

@test "world: php-fpm: its master is stopped, not a worker" {
    long_only
    fpm=$(ls /usr/sbin/php-fpm[0-9]* 2>/dev/null | head -1) || :
    [ -x "$fpm" ] || skip 'php-fpm is not installed'
    printf '%s\n' '[global]' "pid = $place/f.pid" "error_log = $place/f.log" '[www]' 'user = nobody' 'group = nogroup' \
        "listen = 127.0.0.1:$port" 'pm = static' 'pm.max_children = 2' >"$place/f.conf"
    begin "$fpm" -F -R -y "$place/f.conf"
    poll 150 is_held
    refuse
    [ "$(cure fix)" = "kill $begun" ]
    paste "$(cure fix)"
    stays_free
}

@test "world: uWSGI: SIGINT to its master, as SIGTERM reloads it" {
    long_only
    uwsgi=$(command -v uwsgi-core || command -v uwsgi) || skip 'uwsgi is not installed'
    begin "$uwsgi" --plugin python3 --http-socket "127.0.0.1:$port" --master --processes 2
    poll 150 is_held || skip 'this uwsgi does not start'
    refuse
    [ "$(cure fix)" = "kill -INT $begun" ]
    paste "$(cure fix)"
    stays_free
}

@test "world: a server that ignores SIGTERM is ended by SIGKILL, and the text says why" {
    server_at "$place/server" 'signal.signal(signal.SIGTERM, signal.SIG_IGN)'
    begin "$place/server"
    poll 100 is_held
    refuse
    grep -q 'it ignores SIGTERM' "$place/said"
    [ "$(cure fix)" = "kill -9 $begun" ]
    paste "$(cure fix)"
    stays_free
}

@test "world: pid 1 of a namespace of its own is ended from outside" {
    server_at "$place/server"
    begin unshare --pid --fork --mount-proc --kill-child "$place/server"
    poll 100 is_held
    refuse
    [ "$(cure fix)" = "kill -9 $(listener)" ]
    paste "$(cure fix)"
    stays_free
}

@test "world: a stopped server ends, though it was stopped" {
    server_at "$place/server"
    begin "$place/server"
    poll 100 is_held
    kill -STOP "$begun"
    refuse
    [ "$(cure fix)" = "kill $begun && kill -CONT $begun" ]
    paste "$(cure fix)"
    stays_free
}

@test "world: the process that started this one, by a shell, is not ended: both were told one port" {
    needs node
    cat >"$place/parent.js" <<END
const { spawnSync } = require('child_process')
require('net').createServer().listen($port, '127.0.0.1', () => {
    spawnSync('sh', ['-c', 'LD_PRELOAD=$place/bin/libreuseshim.so node $place/child.js; :'],
              { stdio: 'inherit', env: { ...process.env, SHOP_PORT: '$port' } })
    console.log('lives')
    process.exit(0)
})
END
    echo "require('net').createServer().listen(process.env.SHOP_PORT, '127.0.0.1')" >"$place/child.js"
    run in_namespace node "$place/parent.js"
    output=$(tr -s ' \n' ' ' <<<"$output")
    has 'started this process; both were told the same address, here by SHOP_PORT'
    has 'lives'
    lacks 'kill '
}

@test "world: another user's server is stopped by sudo, one's own without" {
    [ "$(id -u)" -eq 0 ] || skip 'needs root to be another'
    server_at "$place/server"
    begin "$place/server"
    poll 100 is_held
    in_namespace setpriv --reuid 65534 --regid 65534 --clear-groups -- "$command" why "127.0.0.1:$port" >"$place/said" || :
    lacks_kill() { ! grep -q ' kill [0-9]' "$place/said"; }
    lacks_kill
    as_nobody why "127.0.0.1:$port" | grep -q 'sudo reuseshim why'
}

# One request is answered for seconds, and the listener stays as long.
@test "world: gunicorn that ends when it has answered its last request: waiting for it is among the cures, and works" {
    long_only
    needs gunicorn
    printf 'import time\ndef app(environ, start):\n    time.sleep(8)\n    start("200 OK", [])\n    return [b""]\n' >"$place/app.py"
    cd "$place"
    begin gunicorn -w 1 -b "127.0.0.1:$port" app:app
    poll 200 is_held
    poll 100 test -n "$(pgrep -P "$begun")"
    in_namespace /usr/bin/python3 -c "
import urllib.request
open('$place/answer', 'w').write(str(urllib.request.urlopen('http://127.0.0.1:$port').status))" 3>&- &
    actors+=("$!")
    poll 100 has_client
    kill "$begun"
    export REUSESHIM_VERBOSE=1
    refuse
    [ "$(cure or 2)" = "reuseshim wait 127.0.0.1:$port && /usr/bin/python3 $place/newcomer" ]
    paste_and_go_on "$(cure or 2)"
    poll 200 newcomer_listens
    [ "$(cat "$place/answer")" = 200 ] # and no client was harmed
    sleep 5
    newcomer_listens
}

@test "world: a program that no library sees is started again under --supervise by its cures" {
    printf '%s\n' '#include <arpa/inet.h>' '#include <unistd.h>' 'int main(void) {' \
        "struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons($port), .sin_addr = {htonl(0x7f000001)}};" \
        'int s = socket(AF_INET, SOCK_STREAM, 0);' \
        'return bind(s, (struct sockaddr *)&a, sizeof a) || listen(s, 5) || pause(); }' >"$place/plain.c"
    ${CC:-cc} -static -o "$place/plain" "$place/plain.c" 2>/dev/null || skip 'no static C library'
    in_namespace /usr/bin/python3 -c "
import socket
s = socket.create_server(('127.0.0.1', $port)); c = socket.create_connection(('127.0.0.1', $port))
a, _ = s.accept(); a.close(); c.close()"
    in_namespace "$command" run --supervise "$place/plain" >/dev/null 2>"$place/said" || :
    cat "$place/said"
    [ "$(cure fix)" = "reuseshim run --supervise -p force -- $place/plain" ]
    paste_and_go_on "$(cure fix)"
    poll 100 is_held
    in_namespace "$command" why --json "127.0.0.1:$port" >"$place/json" || :
    jq -e '.holders[0].flags.reuseaddr == true' "$place/json"
}
