load command

setup()
{
    open_place
}

teardown()
{
    close_place
}

names()
{
    "$command" --help | sed -nE 's/^  ([a-z]+) .*/\1/p'
}

@test "help: every subcommand that it names has its own, within 80 columns and on stdout" {
    [ "$(names | wc -l)" -ge 10 ]
    for name in '' $(names); do
        # shellcheck disable=SC2086 # none, or one word
        "$command" $name --help >"$place/out" 2>"$place/err"
        [ -s "$place/out" ]
        [ ! -s "$place/err" ]
        echo "$name: $(awk 'length > 80' "$place/out")"
        [ -z "$(awk 'length > 80' "$place/out")" ]
        [ "$("$command" $name --version)" = "$("$command" --version)" ]
    done
    [[ $("$command" --version) == 'reuseshim '[0-9]* ]]
    [ "$("$command" help why)" = "$("$command" why --help)" ]
}

@test "help: nothing to do, or nothing known, is told on stderr, exit 3" {
    "$command" >"$place/out" 2>"$place/err" && false
    [ $? -eq 3 ] || [ ! -s "$place/out" ]
    [ -s "$place/err" ]
    run "$command"
    exits 3
    run "$command" nonsense
    exits 3
    has 'reuseshim --help'
}

@test "help: messages begin with the command's name" {
    for words in nonsense 'why --nonsense 1' 'explain nonsense' 'run -p x y' 'policy x' 'wait x'; do
        # shellcheck disable=SC2086 # several words
        run "$command" $words
        [[ $output == 'reuseshim: '* ]]
    done
}

@test "help: output that can't be written is a failure" {
    [ -e /dev/full ] || skip 'no /dev/full'
    run sh -c "'$command' explain >/dev/full"
    [ "$status" -ne 0 ]
    has 'could not be written'
    run sh -c "'$command' --version >/dev/full"
    [ "$status" -ne 0 ]
}
