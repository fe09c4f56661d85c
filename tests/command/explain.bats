load command

setup()
{
    open_place
}

teardown()
{
    close_place
}

# The ids in the table.
ids()
{
    "$command" explain | sed -nE 's/^  ([a-z0-9-]+) .*/\1/p'
}

@test "explain: without an id, a table of all of them within 80 columns" {
    run "$command" explain
    exits 0
    has 'time-wait'
    has 'set-after-bind'
    [ "$(awk 'length > 80 && !/sysctl/' <<<"$output")" = '' ]
    [ "$(ids | wc -l)" -ge 26 ]
}

@test "explain: each id has a section that says more than the table, within 80 columns" {
    for id in $(ids); do
        run "$command" explain "$id"
        exits 0
        [ "${lines[0]}" = "$id" ]
        echo "$id: ${#lines[@]} lines"
        [ "${#lines[@]}" -ge 6 ]
        [ "$(awk 'length > 80 && !/sysctl/' <<<"$output")" = '' ]
        lacks '```'
    done
}

@test "explain: every section of the document belongs to an id" {
    cd "$BATS_TEST_DIRNAME/../.."
    [ "$(sed -n 's/^## //p' docs/reasons.md | sort)" = "$(ids | sort)" ]
}

@test "explain: --json" {
    run "$command" explain --json time-wait
    exits 0
    [ "$(jq -r '.id + " " + .kind' <<<"$output")" = 'time-wait reason' ]
    [ "$("$command" explain --json | jq -r .id | sort)" = "$(ids | sort)" ]
}

@test "explain: an id that is none is exit 3" {
    run "$command" explain nonsense
    exits 3
    has 'reuseshim explain'
    run "$command" explain time-wait gone
    exits 3
}

@test "explain: a program or runtime is found by its name in the table of the document, with its own way" {
    run "$command" explain socat
    exits 0
    has ',reuseaddr'
    run "$command" explain PYTHON
    exits 0
    has 'allow_reuse_address = True'
    lacks '`'
    run "$command" explain --json libevent
    exits 0
    jq -e '.kind == "program" and .text == "LEV_OPT_REUSEABLE"' <<<"$output"
    run "$command" explain no-such-program
    exits 3
    run "$command" explain programs
    exits 0
    rows=$(grep -c '^| ' "$BATS_TEST_DIRNAME/../../docs/programs.md")
    [ "$(grep -c '^  ' <<<"$output")" -eq $((rows - 1)) ]
}
