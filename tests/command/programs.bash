# Programs of all kinds, for reuseshim check.

open_compiler()
{
    command -v gcc >/dev/null || skip 'no gcc'
    echo 'int main(void) { return 0; }' >"$place/main.c"
}

plain()
{
    setpriv --reuid $nobody --regid $nobody --clear-groups -- "$@"
}

compile() # NAME FLAG...
{
    local name=$1
    shift
    gcc -o "$place/$name" "$place/main.c" "$@"
}

# The obstacle that --json names.
obstacle()
{
    "$command" check --json "$1" | jq -r .obstacle
}

# refused PROGRAM OBSTACLE: check says no with that obstacle, and run says one sentence with what to do
# instead, and does not start it.
refused()
{
    run "$command" check "$1"
    exits 1
    [ "$(obstacle "$1")" = "$2" ]
    rm -f "$place/started"
    run "$command" run -- "$1" "$place/started"
    exits 126
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == 'reuseshim: '*'; '* ]]
    [ ! -e "$place/started" ]
}

# A program that leaves a file behind when it is started.
starter()
{
    cat >"$place/starter.c" <<'END'
#include <fcntl.h>
int main(int argc, char **argv)
{
    return argc > 1 && open(argv[1], O_CREAT | O_WRONLY, 0600) >= 0 ? 0 : 1;
}
END
}
