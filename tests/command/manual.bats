load command

setup()
{
    open_place
    manual=$BATS_TEST_DIRNAME/../../docs/reuseshim.1
}

teardown()
{
    close_place
}

@test "manual: mandoc finds nothing to complain about" {
    command -v mandoc >/dev/null || skip 'no mandoc'
    # Which manuals are installed here is another matter.
    run sh -c 'mandoc -Tlint "$1" 2>/dev/null | grep -v "referenced manual not found"' lint "$manual"
    [ -z "$output" ]
}

@test "manual: it names every subcommand and every option that the help names" {
    for name in $("$command" --help | sed -nE 's/^  ([a-z]+) .*/\1/p'); do
        grep -qE "^\.It Cm $name( |\$)" "$manual" || { echo "the manual lacks $name"; false; }
        [ "$name" = list ] && continue # the manual points to its help
        for option in $("$command" "$name" --help | grep -oE '^  .{4}--[a-z]+' | grep -oE '[a-z]{2,}$'); do
            sed -E 's/\\//g' "$manual" | grep -qE -- "(-$option|$option)( |\$)" ||
                { echo "the manual lacks $name --$option"; false; }
        done
    done
}

@test "manual: its folders of the history are those of docs/history.md" {
    folders=$(grep -F '`REUSESHIM_HISTORY` unset' "${manual%/*}/history.md" | grep -oE '`[^`]*/[^`]*`' | tr -d '`')
    [ "$(wc -l <<<"$folders")" -eq 4 ]
    for folder in $folders; do
        sed -n '/^\.Sh ENVIRONMENT/,/^\.Sh EXIT/p' "$manual" | grep -E "^\.Pa " | grep -qF "$folder" ||
            { echo "the manual lacks $folder"; false; }
    done
}

@test "manual: the grammar of the policy is the one of the help" {
    for rule in 'policy   =' 'rule     =' 'selector =' 'proto    =' 'address  =' 'ports    ='; do
        line=$("$command" policy --help | grep -F "  $rule" | sed 's/^  //')
        [ -n "$line" ]
        grep -Fx -- "$line" "$manual"
    done
}
