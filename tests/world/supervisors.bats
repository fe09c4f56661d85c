#!/usr/bin/env bats
# Who starts a server again is stopped by the first cure, in its own words, and nothing else is: each with the
# real supervisor.
load world

setup()
{
    open_place
    open_namespace
    server_at "$place/server"
}

teardown()
{
    [ ! -e "$place/pids" ] || while read -r pid; do kill "$pid" 2>/dev/null || :; done <"$place/pids"
    pid=$(listener) && [ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || :
    close_place
}

@test "world: supervisord: its program is stopped, itself and its other program live" {
    long_only
    needs supervisord supervisorctl
    cat >"$place/s.conf" <<END
[unix_http_server]
file=$place/s.sock
[supervisord]
nodaemon=true
logfile=$place/s.log
pidfile=$place/s.pid
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://$place/s.sock
[group:shop]
programs=web
[program:web]
command=$place/server
[program:other]
command=sleep 600
END
    begin supervisord -c "$place/s.conf"
    poll 150 is_held
    refuse
    [ "$(cure fix)" = "supervisorctl -c $place/s.conf stop shop:web" ]
    paste "$(cure fix)"
    stays_free
    kill -0 "$begun"
    in_namespace supervisorctl -c "$place/s.conf" status other | grep -q RUNNING
}

@test "world: runit: sv down, and runsv lives" {
    needs runsv sv
    mkdir "$place/web"
    printf '#!/bin/sh\nexec %s\n' "$place/server" >"$place/web/run"
    chmod 755 "$place/web/run"
    begin runsv "$place/web"
    poll 150 is_held
    refuse
    [ "$(cure fix)" = "sv down $place/web" ]
    paste "$(cure fix)"
    stays_free
    kill -0 "$begun"
}

@test "world: s6: s6-svc -d, and s6-supervise lives" {
    needs s6-supervise s6-svc
    mkdir "$place/web"
    printf '#!/bin/sh\nexec %s\n' "$place/server" >"$place/web/run"
    chmod 755 "$place/web/run"
    begin s6-supervise "$place/web"
    poll 150 is_held
    refuse
    [ "$(cure fix)" = "s6-svc -wD -d $place/web" ]
    paste "$(cure fix)"
    stays_free
    kill -0 "$begun"
}

@test "world: a shell's loop: the shell is ended with its server, whatever number that has by then" {
    printf '%s\n' "while :; do" "  $place/server" "done" >"$place/loop"
    begin sh "$place/loop"
    poll 150 is_held
    refuse
    [ "$(cure fix)" = "kill $begun \$(pgrep -P $begun -x server)" ]
    first=$(listener)
    kill "$first"
    poll 100 is_another "$first"
    paste "$(cure fix)"
    stays_free
}

@test "world: a shell's loop, and a program between that runs the server and ends with it" {
    long_only
    printf '%s\n' "while :; do" "  timeout 600 $place/server" "done" >"$place/loop"
    begin sh "$place/loop"
    poll 150 is_held
    refuse
    [ "$(cure fix)" = "kill $begun $(listener)" ]
    paste "$(cure fix)"
    stays_free
}

@test "world: a shell that has inherited the socket, and whose children come and go with it, is ended with those" {
    printf '%s\n' "while :; do sleep 1; done" >"$place/job"
    server_at "$place/server" 'import os
if os.fork(): time.sleep(1); os._exit(0)'
    sed -i "s|^s.listen()|s.listen(); os.set_inheritable(s.fileno(), True); os.execv('/bin/sh', ['sh', '$place/job'])|" "$place/server"
    begin "$place/server"
    poll 150 is_job
    refuse
    [ "$(cure fix)" = "kill $job \$(pgrep -P $job)" ]
    first=$(pgrep -P "$job")
    poll 100 is_other_child "$first"
    paste "$(cure fix)"
    stays_free
}

is_job()
{
    job=$(pgrep -f "^sh $place/job") && pgrep -P "$job" && is_held
}

is_other_child() { ! pgrep -P "$job" | grep -qx "$1"; }

# keeper_at PATH: a supervisor that nobody knows. CODE runs with `start`, which starts its server.
keeper_at()
{
    printf '%s\n' '#!/usr/bin/python3' 'import subprocess, time' "def start(): return subprocess.Popen(['$place/server'])" \
        "$2" >"$1"
    chmod 755 "$1"
}

# Its server is a child that it looks after now and then: nothing tells what it does when that has ended.
looks_now_and_then='child = start()
while True:
    if child.poll() is not None: child = start()
    time.sleep(0.1)'

@test "world: any other parent, which has started the same program again by the history, is ended with it" {
    mkdir -m 700 "$place/history"
    keeper_at "$place/keeps-it" "$looks_now_and_then"
    begin env LD_PRELOAD="$place/bin/libreuseshim.so" REUSESHIM_HISTORY="$place/history" "$place/keeps-it"
    poll 100 is_held
    refuse # by one run alone nothing is concluded
    first=$(listener)
    [ "$(cure fix)" = "kill $first" ]
    tr -s ' \n' ' ' <"$place/said" | grep -qF "should keeps-it[$begun] start it again, end that too"
    paste "$(cure fix)"
    poll 100 is_another "$first"
    REUSESHIM_HISTORY=$place/history refuse
    [ "$(cure fix)" = "kill $begun $(listener)" ]
    tr -s ' \n' ' ' <"$place/said" | grep -qF "which has started it again before"
    paste "$(cure fix)"
    stays_free
}

@test "world: any other parent that waits for its only child may start it again, without a history, and is ended with it" {
    keeper_at "$place/keeps-it" 'while True: start().wait()'
    begin "$place/keeps-it"
    poll 100 is_held
    refuse
    [ "$(cure fix)" = "kill $begun $(listener)" ]
    tr -s ' \n' ' ' <"$place/said" | grep -qF "which may start it again"
    paste "$(cure fix)"
    stays_free
}

@test "world: any other parent whose child of before has ended may start it again, and is ended with it" {
    long_only
    keeper_at "$place/keeps-it" "$looks_now_and_then"
    begin "$place/keeps-it"
    poll 100 is_held
    sleep 2.1 # so much younger is the second
    first=$(listener)
    kill "$first"
    poll 100 is_another "$first"
    refuse
    [ "$(cure fix)" = "kill $begun $(listener)" ]
    paste "$(cure fix)"
    stays_free
}

@test "world: a parent that has another child, too, is not ended for the sake of one" {
    long_only
    keeper_at "$place/keeps-them" "other = subprocess.Popen(['sleep', '600'])
start().wait()
other.wait()"
    begin "$place/keeps-them"
    poll 100 is_held
    refuse
    [ "$(cure fix)" = "kill $(listener)" ]
    pkill -P "$begun"
}

is_another()
{
    pid=$(listener)
    [ -n "$pid" ] && [ "$pid" != "$1" ]
}

# from_npm NAME: where its program is; got from npm once for all tests of this file.
from_npm()
{
    local folder=$BATS_FILE_TMPDIR/npm
    if [ ! -e "$folder/node_modules/.bin/$1" ]; then
        npm install --prefix "$folder" --no-audit --no-fund --loglevel=error "$1" >"$place/npm" 2>&1 || return 1
    fi
    readlink -f "$folder/node_modules/.bin/$1"
}

@test "world: nodemon: nodemon itself is ended" {
    long_only
    needs node npm
    nodemon=$(from_npm nodemon) || skip 'npm does not get nodemon'
    echo "require('http').createServer().listen($port, '127.0.0.1')" >"$place/app.js"
    cd "$place"
    begin node "$nodemon" -w "$place/none" "$place/app.js"
    poll 200 is_held
    refuse
    [ "$(cure fix)" = "kill $begun" ]
    paste "$(cure fix)"
    stays_free
}

# pm2 WORDS...: that of the test, with a home of its own.
pm2()
{
    PM2_HOME=$place/pm2 in_namespace node "$pm2_file" "$@" </dev/null 3>&-
}

pm2_or_skip()
{
    long_only
    needs node npm
    pm2_file=$(from_npm pm2) || skip 'npm does not get pm2'
    printf '#!/bin/sh\nexec node %s "$@"\n' "$pm2_file" >"$place/bin/pm2"
    chmod 755 "$place/bin/pm2"
    echo "require('http').createServer().listen($port, '127.0.0.1')" >"$place/app.js"
    echo "setInterval(() => {}, 1000)" >"$place/other.js"
}

@test "world: pm2, fork mode: the app is stopped, pm2 and its other app live" {
    pm2_or_skip
    pm2 start "$place/app.js" --name shop
    pm2 start "$place/other.js" --name other
    poll 200 is_held
    refuse
    [ "$(cure fix)" = "PM2_HOME=$place/pm2 pm2 stop shop" ]
    paste "$(cure fix)"
    stays_free
    pm2 pid other | grep -q '[1-9]'
    kill -0 "$(cat "$place/pm2/pm2.pid")"
    pm2 kill
}

@test "world: pm2, cluster mode: the app is stopped, and pm2, which has its port, lives" {
    pm2_or_skip
    pm2 start "$place/app.js" --name shop -i 2
    pm2 start "$place/other.js" --name other
    poll 200 is_held
    refuse
    [ "$(cure fix)" = "PM2_HOME=$place/pm2 pm2 stop shop" ]
    paste "$(cure fix)"
    stays_free
    pm2 pid other | grep -q '[1-9]'
    kill -0 "$(cat "$place/pm2/pm2.pid")"
    pm2 kill
}
