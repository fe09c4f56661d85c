bats_require_minimum_version 1.5.0
load command

# --json: whatever the result is, and whatever the options are, standard output is JSON, one object a
# line, and the exit code is the one without --json.

# result CODE WORD...: reuseshim WORD... and the same with --json both exit with CODE; what the second
# prints are objects of version 1, one a line, at least one. They are $objects.
result()
{
    local code=$1
    shift
    run in_namespace "${as[@]}" "$command" "$@"
    exits "$code"
    run --separate-stderr in_namespace "${as[@]}" "$command" "$1" --json "${@:2}"
    exits "$code"
    objects=$output
    [ -n "$objects" ]
    [ "$(jq -c . <<<"$objects" | wc -l)" -eq "$(wc -l <<<"$objects")" ]
    jq -e '.v == 1' <<<"$objects" >/dev/null
    # Results are printed, but nothing else: a message is on standard error.
    [ "$(jq -cs 'map(type) | unique' <<<"$objects")" = '["object"]' ]
}

field() { jq -r "$1" <<<"$objects"; }

@test "json: every subcommand that prints a result has it, and no other" {
    for name in $("$command" --help | sed -nE 's/^  ([a-z]+) .*/\1/p'); do
        case $name in
        run | symbolize) want=1 ;; # a program's result; a log, in the format that it came in
        *) want=0 ;;
        esac
        if "$command" "$name" --help | grep -q -- --json; then have=0; else have=1; fi
        [ $have -eq $want ] || { echo "$name"; false; }
    done
}

@test "json: why and wait, in each of their exit codes" {
    act listen 127.0.0.1 8080 1
    act wait 127.0.0.1 7000 1 0
    act unix "$place/x.sock"
    for words in 'why' 'wait -t 0'; do
        # shellcheck disable=SC2086 # words
        {
            result 0 $words 9000
            result 1 $words 8080
            [ "$(field .reason | sort -u)" = listening ]
            result 1 $words udp:8080 || result 0 $words udp:8080
            result 2 $words 7000
            [ "$(field .exit | sort -u)" = 2 ]
            result 1 $words "$place/x.sock"
        }
    done
    result 0 why --connect localhost:8080
    [ "$(field .port_left | sort -u)" = true ]
    command -v strace >/dev/null || skip 'no strace'
    # A machine without IPv6, as far as the command can tell.
    as=(strace -qq -o /dev/null -e trace=socket -e inject=socket:error=EAFNOSUPPORT)
    result 4 why tcp6:9000
    [ "$(field .exit)" = 4 ]
}

@test "json: free, in each of its exit codes" {
    result 0 free 9000
    [ "$(field .free)" = true ]
    act listen 127.0.0.1 8080 1
    result 1 free 8080
    [ "$(field .free)" = false ]
    act wait 127.0.0.1 7000 1 0
    as=(setpriv --reuid $nobody --regid $nobody --clear-groups --)
    run in_namespace "${as[@]}" "$command" free 7000
    result 4 free 7000
    [ "$(field .free)" = false ]
}

@test "json: verify, of processes under the shim, beside it, gone, and not to be seen" {
    "$command" run -- sleep 60 3>&- &
    actors+=($!)
    result 1 verify $$
    [ "$(field .at_work)" = false ]
    is_at_work() { "$command" verify "${actors[0]}" >/dev/null; }
    poll 50 is_at_work
    result 0 verify "${actors[0]}"
    [ "$(field .at_work)" = true ]
    result 1 verify 4194304
    [ "$(field '"\(.at_work) \(.text)"')" = 'false there is no such process' ]
    as=(setpriv --reuid $nobody --regid $nobody --clear-groups --)
    result 1 verify $$
    [ "$(field .at_work)" = null ]
}

@test "json: check, of what can be seen, what can't, and what is not there" {
    result 0 check sh
    [ "$(field '"\(.can_be_seen) \(.obstacle)"')" = 'true null' ]
    result 1 check /etc/passwd
    [ "$(field .obstacle)" = not-executable ]
    result 1 check nosuchprogram
    [ "$(field '"\(.can_be_seen) \(.obstacle)"')" = 'false not-found' ]
}

@test "json: systemd, which prints, writes, removes, and finds nothing to remove" {
    mkdir -p "$place/root/etc/systemd/system"
    printf '[Service]\nExecStart=/bin/true\n' >"$place/root/etc/systemd/system/web.service"
    drop_in=$place/root/etc/systemd/system/web.service.d/50-reuseshim.conf
    result 0 systemd --root "$place/root" --print -p force web
    [ "$(field .done)" = null ]
    [ ! -e "$drop_in" ]
    [ "$(field .drop_in)" = "$("$command" systemd --root "$place/root" --print -p force web)" ]
    result 0 systemd --root "$place/root" -p force web
    [ "$(field .done)" = written ]
    [ "$(field .path)" = "$drop_in" ]
    [ "$(field .drop_in)" = "$(cat "$drop_in")" ]
    run "$command" systemd --json --root "$place/root" --remove web
    objects=$output
    [ "$(field .done)" = removed ]
    [ ! -e "$drop_in" ]
    result 0 systemd --root "$place/root" --remove web
    [ "$(field .done)" = null ]
}

@test "json: policy, explain and list" {
    result 0 policy 'tcp:80=force+wait:3s; log'
    result 0 explain
    [ "$(field .id | wc -l)" -ge 26 ]
    result 0 explain time-wait
    export REUSESHIM_HISTORY=$place/history
    mkdir -m 700 "$place/history"
    "$command" run -- python3 -c 'import socket; socket.socket().bind(("127.0.0.1", 0))'
    result 0 list
    [ "$(field .comm)" = python3 ]
}

# documented NAME FILTER: the keys that FILTER finds in $objects are, in that order, those which docs/records.md has.
documented()
{
    local row
    row=$(grep "^| \`$1\` | \`" "$BATS_TEST_DIRNAME/../../docs/records.md" | cut -d '|' -f 3)
    # Keys, not values that are told behind a colon.
    [ "$(sed 's/:[^;|]*//g' <<<"$row" | grep -oE '`[a-z_]+`' | tr -d '`' | xargs)" = \
        "$(jq -r "$2" <<<"$objects" | head -n 40 | xargs)" ]
}

@test "json: docs/records.md has the keys of every result" {
    result 0 free 9000
    documented free 'keys_unsorted[1:][]'
    result 1 verify 4194304
    documented verify 'keys_unsorted[1:][]'
    result 0 check sh
    documented check 'keys_unsorted[1:][]'
    result 0 policy force
    documented policy '(keys_unsorted[1:] + (.rules[0] | keys_unsorted))[]'
    result 0 explain gone
    documented explain 'keys_unsorted[1:][]'
    mkdir -p "$place/root/etc/systemd/system"
    result 0 systemd --root "$place/root" --print web
    documented systemd 'keys_unsorted[1:][]'
    export REUSESHIM_HISTORY=$place/history
    mkdir -m 700 "$place/history"
    "$command" run -- python3 -c 'import socket; socket.socket().bind(("127.0.0.1", 0))'
    result 0 list
    documented list 'keys_unsorted[1:][]'
    result 0 report "$place/history"
    [ "$(field .kind)" = summary ]
    for key in $(jq -r 'keys_unsorted[]' <("$command" report --json "$BATS_TEST_DIRNAME/../fixtures/records/c991d42.json")); do
        [ "$key" = v ] || grep -q "\`$key\`" "$BATS_TEST_DIRNAME/../../docs/records.md" || { echo "$key"; false; }
    done
    as=(strace -qq -o /dev/null -e trace=socket -e inject=socket:error=EAFNOSUPPORT)
    command -v strace >/dev/null || skip 'no strace'
    result 4 why tcp6:9000
    [ "$(field 'keys_unsorted | join(" ")')" = 'v where text exit' ]
}

@test "json: arguments that are wrong are messages, not results" {
    for words in 'why x:y:z' 'wait -t x 80' 'free -x 80' 'verify x' 'check -x sh' 'policy forc' 'explain nonsense' 'list -x' \
        'systemd a/b'; do
        # shellcheck disable=SC2086 # words
        run --separate-stderr "$command" ${words%% *} --json ${words#* }
        [ -z "$output" ]
        [[ $stderr == 'reuseshim: '* ]]
        [ "$status" -eq 3 ] || [ "$status" -eq 125 ]
    done
}

# The kernel lets in what is like the last socket with SO_REUSEPORT, whatever connections are there.
@test "json: beside a server that has given up root, what SO_REUSEPORT would do is not denied" {
    cat >"$place/drop.py" <<'PYTHON'
import os, socket, sys, time
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
server.bind(("0.0.0.0", 8080))
server.listen()
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
client = socket.create_connection(("127.0.0.1", 8080))
accepted, _ = server.accept()
open(sys.argv[1], "w").write("x")
time.sleep(600)
PYTHON
    touch "$place/ready"
    chmod 666 "$place/ready"
    nsenter --net="/proc/$keeper/ns/net" -- /usr/bin/python3 "$place/drop.py" "$place/ready" 3>&- &
    actors+=($!)
    poll 100 test -s "$place/ready"
    in_namespace /usr/bin/python3 -c '
import socket
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
s.bind(("0.0.0.0", 8080))'
    run -1 --separate-stderr in_namespace "$command" why --json 8080
    jq -e '.would_succeed.newcomer_reuseport != false' <<<"${lines[0]}"
}
