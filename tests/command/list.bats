load command

setup()
{
    open_place
    open_namespace
    export REUSESHIM_HISTORY=$place/history
}

teardown()
{
    close_place
}

# serve PORT [REUSEADDR [SECONDS]]: a python server under the shim that listens, connects to itself,
# closes its side first, and stays for SECONDS; its pid is $server.
serve()
{
    cat >"$place/serve.py" <<'PYTHON'
import os, socket, sys, time
port, option, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, option)
s.bind(("127.0.0.1", port))
s.listen()
client = socket.create_connection(("127.0.0.1", port))
side, _ = s.accept()
side.close()
client.recv(1)
client.close()
open(sys.argv[4], "w").write("%d" % os.getpid())
if seconds:
    time.sleep(seconds)
PYTHON
    rm -f "$place/ready"
    nsenter --net="/proc/$keeper/ns/net" -- "$command" run -- "$(python_path)" "$place/serve.py" "$1" "${2-0}" "${3-0}" "$place/ready" \
        </dev/null >/dev/null 2>&1 3>&- &
    actors+=("$!")
    poll 100 test -s "$place/ready"
    server=$(cat "$place/ready")
    [ "${3-0}" != 0 ] || poll 50 is_gone "$server"
}

python_path()
{
    if [ -x /usr/bin/python3 ]; then echo /usr/bin/python3; else python -c 'import sys; print(sys.executable)'; fi
}

is_gone()
{
    ! kill -0 "$1" 2>/dev/null
}

@test "list: nothing yet is no error" {
    run reuseshim list
    exits 0
    has 'no history yet'
}

@test "list: what is bound and what was, the newest first" {
    serve 7001
    serve 7002 1 30
    run reuseshim list
    exits 0
    echo "$output"
    [[ ${lines[0]} == BOUND*PROCESS*SOCKET*STATE*REUSE* ]]
    [[ ${lines[1]} == *"127.0.0.1:7002"*listening*"addr 1"* ]]
    [[ ${lines[2]} == *"127.0.0.1:7001"*ended*"addr 0"* ]]
    kill -9 "$server"
    poll 50 is_gone "$server"
    run reuseshim list --port 7002
    has ended
    lacks 'ended just now'
    lacks 7001
    reuseshim list --port 7002 --json >"$place/out"
    jq -e '.ended and .ended_at == null and .ended_by > .bound_at' "$place/out"
    reuseshim list --port 7002 --json | cmp - "$place/out" # when it was noted, not when it is told
}

@test "list: JSON has the bind, the process and the stack" {
    serve 7001 1
    reuseshim list --json >"$place/out"
    jq -e '.port == 7001 and .address == "127.0.0.1" and .proto == "tcp" and .family == "inet"' "$place/out"
    jq -e '.flags == {"reuseaddr":true,"reuseaddr_by":"program","reuseport":false,"reuseport_by":null}' "$place/out"
    jq -e '.flags_at_listen == .flags and .cookie > 0 and .inode == null and .held_by == null' "$place/out"
    jq -e '.parent > 0 and .start_ticks > 0' "$place/out"
    jq -e '.state == "ended" and .ended and .ended_at != null and .listened_at != null' "$place/out"
    jq -e '.args | contains("serve.py 7001")' "$place/out"
    jq -e ".pid == $server and .policy == \"explain\" and .library != null" "$place/out"
    if jq -e '.stack != null' "$place/out"; then jq -e '.stack[0].offset != null' "$place/out"; fi
}

@test "list: filters by port, process, program and time" {
    serve 7001
    first=$server
    serve 7002 0 30
    count() { reuseshim list --json "$@" | wc -l; }
    [ "$(count)" -eq 2 ]
    [ "$(count --port 7001)" -eq 1 ]
    [ "$(count --port 7003)" -eq 0 ]
    [ "$(count --pid "$first")" -eq 1 ]
    [ "$(count --program 'python*')" -eq 2 ]
    [ "$(count --program 'nginx')" -eq 0 ]
    [ "$(count --since 1h)" -eq 2 ]
    [ "$(count --bound)" -eq 1 ]
    sleep 1.1
    [ "$(count --since 1s)" -eq 0 ]
    for wrong in '--port x' '--port 70000' '--pid -1' '--since 5' '--since 5y' 'word'; do
        run reuseshim list $wrong
        exits 3
    done
}

@test "list: a socket in other hands is bound still, and a connected one too" {
    cat >"$place/leave.py" <<'PYTHON'
import os, socket, subprocess, sys, time
s = socket.socket()
s.bind(("127.0.0.1", 7001))
s.listen()
child = subprocess.Popen(["sleep", "60"], stdin=s)
if os.fork() == 0:
    s.close()
    c = socket.socket()
    c.bind(("127.0.0.1", 7002))
    c.connect(("127.0.0.1", 7001))
    open(sys.argv[1], "w").write("%d %d\n" % (child.pid, os.getpid()))
    time.sleep(60)
os._exit(0)
PYTHON
    nsenter --net="/proc/$keeper/ns/net" -- "$command" run -- "$(python_path)" "$place/leave.py" "$place/ready" \
        </dev/null >/dev/null 2>&1 3>&-
    poll 100 test -s "$place/ready"
    read -r sleeper client <"$place/ready"
    in_namespace "$command" list --bound >"$place/out"
    in_namespace "$command" list --bound --json >"$place/json"
    kill -9 "$sleeper" "$client"
    cat "$place/out"
    grep -q "7001 *listening in sleep\[$sleeper\]" "$place/out"
    grep -q "7002 *connected" "$place/out"
    jq -es "map(select(.port == 7001))[0] | .held_by.pid == $sleeper and .ended and .inode > 0" "$place/json"
    poll 50 is_gone "$sleeper"
    run reuseshim list --port 7001
    has 'ended'
    lacks 'listening'
}

@test "list: what a daemon goes on with after the fork is not called ended" {
    cat >"$place/daemon.py" <<'PYTHON'
import os, socket, sys, time
held = []
for port in 7001, 7002, 7003:
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", port))
    s.listen()
    held.append(s)
if os.fork():
    os._exit(0)
open(sys.argv[1], "w").write("%d" % os.getpid())
time.sleep(60)
PYTHON
    states() { reuseshim list --json | jq -r '.state' | sort | uniq -c | tr -s ' \n' ' '; }
    serve 7002 1
    [ "$(states)" = ' 1 ended ' ]
    nsenter --net="/proc/$keeper/ns/net" -- "$command" run -- "$(python_path)" "$place/daemon.py" "$place/pid" \
        </dev/null >/dev/null 2>&1 3>&-
    poll 100 test -s "$place/pid"
    daemon=$(cat "$place/pid")
    in_namespace ss -tlnH >"$place/sockets"
    states >"$place/states"
    kill -9 "$daemon"
    poll 50 is_gone "$daemon"
    cat "$place/states"
    [ "$(wc -l <"$place/sockets")" -eq 3 ]
    [ "$(reuseshim list --json --port 7003 | jq '.cookie')" = null ]
    grep -q '2 null' "$place/states"
    grep -q '1 listening' "$place/states"
    [ "$(states)" = ' 4 ended ' ]

    # What is known to be another's is no reason for doubt.
    serve 7003 0 60
    run reuseshim list --port 7003
    exits 0
    has listening
    has ended
    lacks '?'
}

@test "list: what was bound in another network namespace than before is not called closed" {
    cat >"$place/leave.py" <<'PYTHON'
import ctypes, socket, sys, time
def listen(port):
    s = socket.socket()
    s.bind(("127.0.0.1", port))
    s.listen()
    return s
held = [listen(7001), listen(7003)]
held.pop().close()
assert ctypes.CDLL(None).unshare(0x40000000) == 0
held.append(listen(7002))
open(sys.argv[1], "w").write("ready")
time.sleep(60)
PYTHON
    nsenter --net="/proc/$keeper/ns/net" -- "$command" run -- "$(python_path)" "$place/leave.py" "$place/ready" \
        </dev/null >/dev/null 2>&1 3>&- &
    actors+=("$!")
    poll 100 test -s "$place/ready"
    reuseshim list
    state() { reuseshim list --json --port "$1" | jq -c '[.state, .ended]'; }
    [ "$(state 7001)" = '["listening",false]' ]
    [ "$(state 7002)" = '[null,false]' ]
    [ "$(state 7003)" = '[null,false]' ] # nor is it known where this was bound
}

@test "list, why: a number of another pid namespace is not taken for one of ours" {
    cat >"$place/serve.py" <<'PYTHON'
import socket, sys, time
s = socket.socket()
s.bind(("127.0.0.1", 7001))
s.listen()
open(sys.argv[1], "w").write("ready")
time.sleep(60)
PYTHON
    nsenter --net="/proc/$keeper/ns/net" -- unshare --pid --fork --kill-child --mount-proc -- \
        "$command" run -- "$(python_path)" "$place/serve.py" "$place/ready" </dev/null >/dev/null 2>&1 3>&- &
    actors+=("$!")
    poll 100 test -s "$place/ready" || skip 'no pid namespace'
    run reuseshim list
    echo "$output"
    [[ ${lines[1]} == *' python'*'[1 inside] '*127.0.0.1:7001* ]]
    [ "$(reuseshim list --json | jq -c '[.pid, .other_pid_namespace]')" = '[1,true]' ]
    [ -z "$(reuseshim list --json --pid 1)" ]
    run reuseshim why --json 127.0.0.1:7001
    echo "$output" >"$place/why"
    jq -e '.holders[0] | .pid > 1 and .bound_at != null and .bound_by.pid == null' "$place/why"
    run reuseshim why 127.0.0.1:7001
    lacks '[1]'
    has "python3[$(jq '.holders[0].pid' "$place/why")] listens on it"
    has ', bound '
}

@test "list --follow tells binds as they are made" {
    serve 7001
    nsenter --net="/proc/$keeper/ns/net" -- "$command" list --json --follow >"$place/followed" 2>&1 3>&- &
    actors+=("$!")
    poll 50 test -s "$place/followed"
    serve 7002 1
    has_second() { [ "$(wc -l <"$place/followed")" -eq 2 ]; }
    poll 50 has_second
    [ "$(jq -c .port "$place/followed" | tr '\n' ' ')" = "7001 7002 " ]
}

@test "list: what is no history is skipped, with one counted note" {
    serve 7001
    head -c 100000 /dev/urandom >"$place/history/1-1-1.binds"
    head -c 5000 "$(ls "$place"/history/*.binds | tail -n 1)" >"$place/history/2-2-2.binds"
    ln -s /dev/zero "$place/history/3-3-3.binds"
    run reuseshim list
    exits 0
    has '3 files of the folder are no history'
    has 7001
}

@test "list: a place in the code whose record is spoilt is not known" {
    serve 7001
    reuseshim list --json >"$place/out"
    jq -e '.stack != null' "$place/out" || skip 'no stacks here'
    yes | head -c 8192 | dd of="$(ls "$place"/history/*.binds)" bs=1024 seek=10 conv=notrunc status=none
    run reuseshim list
    echo "$output"
    [[ ${lines[1]} == *' ?' ]]
    reuseshim list --json | jq -e '.stack[0] | .pc == null and .module == null and .offset == null'
}

@test "list: another user's history is refused, unless root reads it" {
    serve 7001
    serve 7002 0 30
    kill -9 "$server"
    poll 50 is_gone "$server"
    chmod 755 "$place"
    run as_nobody list --history "$place/history"
    exits 4
    has "can't be used"
    chown -R $nobody "$place/history"
    sum=$(cat "$place"/history/* | sha256sum)
    run reuseshim list
    exits 0
    has 7002
    [ "$(cat "$place"/history/* | sha256sum)" = "$sum" ] # root reads, and notes no deaths there
    run as_nobody list --history "$place/history"
    exits 0
    has 7001
    [ "$(cat "$place"/history/* | sha256sum)" != "$sum" ]
    run reuseshim list
    exits 0
    has 7001
    chmod 755 "$place/history"
    run reuseshim list
    exits 4
    has 'mode 0700'
    lacks BOUND
    run reuseshim list --follow
    exits 4
    lacks BOUND
}

@test "list: --history takes the folders that REUSESHIM_HISTORY takes" {
    serve 7001
    cd "$place"
    run reuseshim list --history history
    exits 3
    has '--history "history": expected the absolute path of a folder'
    lacks BOUND
    REUSESHIM_HISTORY=history run reuseshim list
    exits 4
    run reuseshim list --history "$place/history"
    exits 0
    has 7001
}

@test "run: a folder that cannot be used is told before anything starts" {
    mkdir "$place/history"
    chmod 755 "$place/history"
    run reuseshim run true
    exits 125
    has 'mode 0700'
    REUSESHIM_HISTORY=off run reuseshim run true
    exits 0
}

@test "run: remembers by default, where the user's own files belong" {
    unset REUSESHIM_HISTORY
    export XDG_RUNTIME_DIR=$place/runtime
    mkdir -m 700 "$XDG_RUNTIME_DIR"
    serve 7001
    [ "$(stat -c %a "$XDG_RUNTIME_DIR/reuseshim")" = 700 ]
    run reuseshim list
    has 7001
}

@test "run: remembers by default, for root without a runtime folder under /run" {
    unset REUSESHIM_HISTORY XDG_RUNTIME_DIR
    in_namespace unshare -m sh -c "mount -t tmpfs none /run && '$command' run true &&
        '$command' run env && stat -c %a /run/reuseshim && HOME=/nowhere '$command' list" >"$place/out" 2>&1
    cat "$place/out"
    grep -qx 'REUSESHIM_HISTORY=/run/reuseshim' "$place/out"
    grep -qx 700 "$place/out"
    grep -q 'nothing is remembered' "$place/out"
}

@test "run: remembers by default, for a user without a home in a folder of its own" {
    user=64999
    unset REUSESHIM_HISTORY XDG_RUNTIME_DIR
    [ ! -e /tmp/reuseshim-$user ] || skip "/tmp/reuseshim-$user is somebody's"
    as_user() { in_namespace setpriv --reuid $user --regid $user --clear-groups -- env "$@"; }
    as_user HOME=/root "$command" run env >"$place/out"
    mode=$(stat -c '%a %u' /tmp/reuseshim-$user)
    as_user HOME=/root "$command" list >"$place/list" 2>&1
    as_user HOME=/root "$command" list --port 80 >"$place/filtered" 2>&1
    chmod 755 /tmp/reuseshim-$user # now it is open to others: not used, and nothing else is there
    as_user HOME=/root "$command" run env >"$place/none"
    rmdir /tmp/reuseshim-$user
    cat "$place/out" "$place/list"
    grep -qx "REUSESHIM_HISTORY=/tmp/reuseshim-$user" "$place/out"
    [ "$mode" = "700 $user" ]
    grep -q 'nothing that ran under reuseshim run has bound yet' "$place/list"
    grep -q 'no bind in the history fits these options' "$place/filtered"
    ! grep REUSESHIM_HISTORY "$place/none"
    mkdir -m 755 "$place/home"
    chown $user "$place/home"
    as_user HOME="$place/home" "$command" run env >"$place/out"
    grep -qx "REUSESHIM_HISTORY=$place/home/.cache/reuseshim" "$place/out"
    [ "$(stat -c %a "$place/home/.cache/reuseshim")" = 700 ]
}

@test "why: names the dead who left it" {
    serve 7001
    run reuseshim why 127.0.0.1:7001
    exits 2
    has "[$server], ended "
}
