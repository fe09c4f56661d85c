bats_require_minimum_version 1.5.0
load command

# What README and the manuals say in tables and in passing, and no other test looks at.
readme=$BATS_TEST_DIRNAME/../../README.md
docs=$BATS_TEST_DIRNAME/../../docs

setup()
{
    open_place
}

teardown()
{
    close_place
}

# table TITLE: the rows below that heading of README, without its first two.
table()
{
    awk -v title="## $1" '$0 == title { found = 1; next } found && /^## / { exit }
        found && /^\|/ && ++row > 2' "$readme"
}

@test "promises: wrong arguments are 3, or 125 where README's table has that as an exit code" {
    count=0
    while IFS='|' read -r _ name _ codes _; do
        word=$(sed 's/^ *`\([a-z]*\).*/\1/' <<<"$name")
        want=3
        [[ $codes == *125* ]] && want=125
        run "$command" "$word" --nonsense
        exits $want
        count=$((count + 1))
    done < <(table 'The command')
    [ $count -eq "$("$command" --help | grep -cE '^  [a-z]+ ')" ]
}

@test "promises: -h is --help, of reuseshim and of every subcommand" {
    for name in '' $("$command" --help | sed -nE 's/^  ([a-z]+) .*/\1/p'); do
        # shellcheck disable=SC2086 # none, or one word
        [ "$("$command" $name -h)" = "$("$command" $name --help)" ]
    done
}

# said ENVIRONMENT...: what a program that binds twice makes the library say, on both outputs.
said()
{
    env -u REUSESHIM_HISTORY "$@" LD_PRELOAD="$place/bin/libreuseshim.so" python3 -c '
import socket
a = socket.socket(); a.bind(("127.0.0.1", 0))
try: socket.socket().bind(a.getsockname())
except OSError: pass' 2>&1 | sed 's/[0-9]\{3,\}/N/g; s/0x[0-9a-f]*/0x/g'
}

@test "promises: each variable's default is what README says it is" {
    none=$(said)
    [[ $none == *'[bound-twice]'* ]]
    count=0
    while IFS='|' read -r _ variables _ default _; do
        case $variables$default in
        *REUSESHIM_POLICY*'`explain`'*) set REUSESHIM_POLICY=explain ;;
        *REUSESHIM_LOG*'`stderr`'*) set REUSESHIM_LOG=stderr ;;
        *REUSESHIM_FORMAT*'`text`'*) set REUSESHIM_FORMAT=text ;;
        *REUSESHIM_ONLY*'every program'*) set 'REUSESHIM_ONLY=*' ;;
        *REUSESHIM_HISTORY*'`off`; on under `reuseshim run`'*) set REUSESHIM_HISTORY=off ;;
        *REUSESHIM_VERBOSE*'`0`'*) set REUSESHIM_VERBOSE=0 ;;
        *REUSESHIM_HELPER*'`auto`'*) set REUSESHIM_HELPER=auto ;;
        *NO_COLOR*FORCE_COLOR*) set NO_COLOR=1 ;; # this is no terminal
        *) echo "no test of $variables"; false ;;
        esac
        [ "$(said "$1")" = "$none" ] || { echo "$1"; false; }
        count=$((count + 1))
    done < <(table Settings | head -n 7)
    [ $count -eq 7 ]
}

@test "promises: every policy, subcommand and option that README and the documents write is one" {
    cd "$BATS_TEST_DIRNAME/../.."
    # What is typed: in blocks, and between backquotes.
    typed=$(cat README.md docs/*.md | awk '/^```/ { inside = !inside; next } inside
        !inside { while (match($0, /`[^`]+`/)) {
            print substr($0, RSTART + 1, RLENGTH - 2); $0 = substr($0, RSTART + RLENGTH) } }')
    policies=$(grep -oE "REUSESHIM_POLICY=('[^']+'|[^ ']+)|-p [^ ]+" <<<"$typed" | sed "s/^[^ =]*[= ]//; s/'//g" | sort -u)
    [ "$(wc -l <<<"$policies")" -ge 6 ]
    while read -r policy; do
        "$command" policy "$policy" >/dev/null || { echo "$policy"; false; }
    done < <(grep -v '^/\|^-' <<<"$policies")
    calls=$(grep -oE '^(\$ )?(reuseshim|rs) [a-z]+.*' <<<"$typed" | sed 's/^\$ //; s/ *#.*//' | sort -u)
    [ "$(wc -l <<<"$calls")" -ge 12 ]
    while read -r _ word rest; do
        "$command" "$word" --help >"$place/help" || { echo "no subcommand $word"; false; }
        for option in $(sed 's/ -- .*//; s/ \.\/server.*//' <<<"$rest" | grep -oE '(^| )--?[a-z]+' || :); do
            [[ $word == run && $rest != *' ./server'* ]] && continue # of another command
            grep -qE -- "(^| )$option\b" "$place/help" || { echo "$word has no $option"; false; }
        done
    done <<<"$calls"
}

@test "promises: check-suite ends with how many passed and failed, and with 1 if any did" {
    mkdir -p "$place/tree/scripts" "$place/tree/tests/unit" "$place/tree/build/tests/unit"
    cp "$BATS_TEST_DIRNAME/../../scripts/check-suite" "$place/tree/scripts/"
    for name in good bad skipped; do
        : >"$place/tree/tests/unit/$name.c"
        case $name in good) code=0 ;; bad) code=1 ;; *) code=77 ;; esac
        printf '#!/bin/sh\necho %s; exit %s\n' $name $code >"$place/tree/build/tests/unit/$name"
        chmod +x "$place/tree/build/tests/unit/$name"
    done
    run env -u BUILD "$place/tree/scripts/check-suite" unit
    exits 1
    [ "${lines[-1]}" = '1 passed, 1 failed, 1 skipped' ]
    run env -u BUILD "$place/tree/scripts/check-suite" unit/good
    exits 0
    [ "${lines[-1]}" = '1 passed, 0 failed' ]
}

@test "promises: a UDP-Lite port, a service's name, and * are places to ask for" {
    open_namespace
    cat >"$place/lite.py" <<'END'
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 136)
s.bind(("127.0.0.1", 7001)); open("lite.ready", "w").close(); time.sleep(60)
END
    cd "$place"
    nsenter --net="/proc/$keeper/ns/net" -- python3 lite.py 2>/dev/null 3>&- &
    actors+=($!)
    is_there() { [ -e lite.ready ] || ! kill -0 "${actors[0]}"; }
    poll 50 is_there
    if [ -e lite.ready ]; then
        run reuseshim why udplite:7001
        exits 1
        has '[datagram-held]'
    fi
    act listen 0.0.0.0 80 0
    for where in http '*:80' 'tcp:*:http' tcp4:80; do
        run reuseshim why "$where"
        exits 1
        has '[listening]'
    done
}

# calls_of WORD...: the bind() calls of reuseshim WORD... to port 5353, one a line, each with its socket's protocol.
calls_of()
{
    in_namespace strace -qq -f -tt -yy -e trace=bind -o "$place/calls" "$command" "$@" >/dev/null 2>&1 || :
    grep 'htons(5353)' "$place/calls" || :
}

@test "promises: why binds to learn what TCP would meet, and never to a UDP port" {
    command -v strace >/dev/null || skip 'no strace'
    open_namespace
    [ "$(calls_of why 5353 | wc -l)" -ge 1 ]
    calls_of why 5353 | grep -q '<TCP'
    # Of an address and a right a TCP socket tells the same.
    [ "$(calls_of why udp:5353 | grep -vc '<TCP')" -eq 0 ]
    act udp 127.0.0.1 5353
    [ "$(calls_of why udp:5353 | grep -vc '<TCP')" -eq 0 ]
}

@test "promises: wait looks about five times a second where no timer tells when" {
    command -v strace >/dev/null || skip 'no strace'
    open_namespace
    act listen 127.0.0.1 5353 0
    calls_of wait -t 3s tcp:127.0.0.1:5353 >"$place/seen"
    # Fewer on a machine that is busy, but never many more: 15, and those of the first and the last look.
    [ "$(wc -l <"$place/seen")" -ge 5 ]
    [ "$(wc -l <"$place/seen")" -le 30 ]
}

@test "promises: the variables are read once: what a program changes in its own environment changes nothing" {
    bind='import os, socket
for policy in None, "force":
    if policy: os.environ["REUSESHIM_POLICY"] = policy
    s = socket.socket(); s.bind(("127.0.0.1", 0)); p = s.getsockname()[1]; s.close()
    s = socket.socket(); s.bind(("127.0.0.1", p)); print(s.getsockopt(1, 2), end=" ")'
    [ "$(LD_PRELOAD=$place/bin/libreuseshim.so python3 -c "$bind")" = '0 0 ' ]
    [ "$(REUSESHIM_POLICY=force LD_PRELOAD=$place/bin/libreuseshim.so python3 -c "$bind")" = '1 1 ' ]
}

# Of the table "Beside other tools": yes is what the tool shows, no what it does not.
beside() # TOOL COLUMN
{
    table 'Beside other tools' | grep -F "| $1 " | cut -d '|' -f $(($2 + 2)) | xargs
}

@test "promises: ss, lsof and strace show what README says, and no more" {
    open_namespace
    for tool in ss lsof strace; do command -v $tool >/dev/null || skip "no $tool"; done
    act listen 127.0.0.1 8080 1
    act wait 127.0.0.1 7000 1 1
    nsenter --net="/proc/$keeper/ns/net" -- python3 -c 'import socket, time
s = socket.socket(); s.setsockopt(1, 2, 1); s.bind(("127.0.0.1", 9000)); open("'"$place"'/bound", "w").close(); time.sleep(60)' 3>&- &
    actors+=($!)
    poll 50 test -e "$place/bound"
    in_namespace ss -tanp >"$place/ss"
    in_namespace lsof -nP -i >"$place/lsof"
    answer() { if grep -q "$2" "$place/$1"; then echo yes; else echo no; fi; }
    for tool in ss lsof; do
        name=$(sed 's/ss/`ss -tanp`/; s/lsof/`lsof -i`/' <<<$tool)
        [ "$(beside "$name" 1)" = "$(answer $tool '127.0.0.1:8080.*python3\|python3.*127.0.0.1:8080')" ]
        [ "$(beside "$name" 2)" = "$(answer $tool :7000)" ]
        said=$(beside "$name" 3)
        if [[ $said == 'since iproute2 '* ]]; then
            # ss(8) tells its version as "iproute2-6.1.0".
            oldest=$(printf '%s\n' "${said##* }" "$(ss -V | sed 's/.*iproute2-//')" | sort -V | head -n 1)
            if [ "$oldest" = "${said##* }" ]; then said=yes; else said=no; fi
        fi
        [ "$said" = "$(answer $tool :9000)" ]
        [ "$(beside "$name" 4)" = "$(answer $tool -i reuseaddr)" ]
    done
    # strace sees what the program does itself, and of the port only that it is refused.
    in_namespace strace -f -o "$place/strace" -e trace=setsockopt,bind python3 -c 'import socket
socket.socket().bind(("127.0.0.1", 8080))' 2>/dev/null || :
    grep -q 'bind(.*8080.*EADDRINUSE' "$place/strace"
    [ "$(beside '`strace`' 1)" = 'own calls only' ]
    run ! grep -q "$actor\|LISTEN" "$place/strace"
    # And reuseshim each of them.
    run reuseshim why 8080
    has "python3[${actors[0]}]"
    has 'LISTEN  127.0.0.1:8080  reuseaddr'
    run reuseshim why 7000
    has '7000 is free in '
    run reuseshim why 9000
    has "python3[${actors[2]}]"
    [ "$(table 'Beside other tools' | grep '^| reuseshim' | grep -o yes | wc -l)" -eq 6 ]
}
