bats_require_minimum_version 1.5.0
load command

# docs/tutorial.md, its blocks typed in as they stand there; and the examples of reuseshim(1).
tutorial=$BATS_TEST_DIRNAME/../../docs/tutorial.md

setup()
{
    open_place
    open_namespace
    cd "$place"
}

teardown()
{
    close_place
}

# block TITLE N: the Nth block below that title.
block()
{
    awk -v title="## $1" -v n="$2" '/^## / { found = $0 == title; count = 0 }
        found && /^```/ { inside = !inside; if (inside) count++; next }
        found && inside && count == n' "$tutorial"
}

# type_in COMMANDS: in a shell that finds the command as the tutorial's does; what it leaves running is ended.
type_in()
{
    in_namespace timeout -k 5 60 bash -c "PATH=$place/bin:\$PATH
$1
"'status=$?; kill $(jobs -p) 2>/dev/null; wait; exit $status' 3>&- </dev/null
}

@test "tutorial: a server that is still there" {
    blocks=$(block 'A server that is still there' 1)
    [ "$(wc -l <<<"$blocks")" -eq 2 ]
    run type_in "$(head -n 1 <<<"$blocks")
        until (: </dev/tcp/127.0.0.1/8080) 2>/dev/null; do sleep 0.1; done
        $(tail -n 1 <<<"$blocks")
        $(block 'A server that is still there' 2)"
    exits 1
    has '[listening]'
    has 'SO_REUSEADDR never helps'
    grep -qF "above Python's own complaint" "$tutorial"
    [[ $output == *' cannot bind 8080: '*'[listening]'*'  fix  '*'OSError: [Errno 98]'* ]]
    [[ $output =~ python3\[[0-9]+\]' listens on it' ]]
    has '8080 is taken: python3['
    run type_in "$(block 'A server that is still there' 2)"
    exits 0
}

@test "tutorial: what it needs is what README says" {
    for word in 'a C compiler' "the C library's headers" uthash cJSON elfutils libunwind scripts/bootstrap; do
        grep -qF "$word" "$BATS_TEST_DIRNAME/../../README.md"
        grep -qF "$word" "$tutorial"
    done
}

@test "tutorial: a server that has gone" {
    perl -MHTTP::Daemon -e1 || skip 'no HTTP::Daemon'
    blocks=$(block 'A server that has gone' 1)
    run type_in "$blocks"
    exits 2
    has 'TIME_WAIT'
    has 'BIND NOW'
    [[ $output =~ 0\.0\.0\.0:8081\ +refused\ +refused ]]
    [ "$(block 'A server that has gone' 2 | cut -d'#' -f1 | xargs)" = 'reuseshim wait 8081' ]
    run -2 reuseshim wait -t 100ms 8081
    grep -qF '`reuseshim free 8081`' "$tutorial"
    run type_in 'reuseshim free 8081 && reuseshim wait 8081'
    [[ $output == *CONFIG_INET_DIAG_DESTROY* ]] || exits 0
}

@test "tutorial: one program, two claims" {
    run type_in "$(block 'One program, two claims' 1)"
    exits 1
    has '[bound-twice]'
}

@test "tutorial: every command that it shows is one of ours" {
    # `reuseshim` and a subcommand, in blocks and within the text.
    words=$(grep -oE '(^|`)reuseshim [a-z]+' "$tutorial" | awk '{ print $2 }' | sort -u)
    [ "$(wc -l <<<"$words")" -ge 5 ]
    for word in $words; do "$command" "$word" --help >/dev/null; done
}

@test "manual: its examples are understood" {
    manual=$BATS_TEST_DIRNAME/../../docs/reuseshim.1
    printf '#!/bin/sh\necho started\n' >server
    chmod +x server
    count=0
    while read -r line; do
        run in_namespace env PATH="$place/bin:$PATH" bash -c "$line"
        exits 0
        count=$((count + 1))
    done < <(sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/s/^\.Dl [$] //p' "$manual" | sed 's/\\//g')
    [ "$count" -ge 4 ]
}

@test "manual: its examples for root are understood" {
    unshare -m true || skip 'no mount namespace'
    [ -d /etc/systemd/system ] || skip 'no systemd'
    manual=$BATS_TEST_DIRNAME/../../docs/reuseshim.1
    commands=$(sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/s/^\.Dl # //p' "$manual" | sed 's/\\//g')
    [ "$(wc -l <<<"$commands")" -eq 2 ]
    printf '#!/bin/sh\necho "systemctl $*"\n' >"$place/bin/systemctl"
    chmod +x "$place/bin/systemctl"
    # shellcheck disable=SC2016 # for the inner shell
    run unshare -m sh -c 'mount -t tmpfs tmpfs /etc/systemd/system
        printf "[Service]\nExecStart=/bin/true\n" >/etc/systemd/system/web.service
        PATH=$1/bin:$PATH bash -e -c "$2" && cat /etc/systemd/system/web.service.d/50-reuseshim.conf' \
        sh "$place" "$commands"
    exits 0
    has 'systemctl daemon-reload'
    has 'systemctl restart web'
    has 'Environment="REUSESHIM_POLICY=force"'
}
