bats_require_minimum_version 1.5.0
load command

setup()
{
    open_place
}

teardown()
{
    close_place
}

# user COMMAND...: its user time in centiseconds and its memory in KiB, as $cpu and $memory.
user()
{
    python -c '
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(int(used.ru_utime * 100), used.ru_maxrss)' "$@"
}

# The ratio is one of user times of one machine, taken in turns: what else runs there slows both.
@test "report: a million records take 200 MiB, and 1.3 times the bare parse of the same bytes" {
    [ -n "${REUSESHIM_LONG-}" ] && count=1000000 || count=20000
    python "$BATS_TEST_DIRNAME/made_records.py" $count >"$place/log"
    cat >"$place/bare.c" <<'C'
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    FILE *file = fopen(argv[argc - 1], "r");

    while ((length = getline(&line, &size, file)) > 0) {
        cJSON *parsed;

        line[length - 1] = '\0';
        parsed = cJSON_ParseWithOpts(line, NULL, 1);
        if (parsed == NULL)
            abort();
        cJSON_Delete(parsed);
    }
    return 0;
}
C
    ${CC:-cc} -O2 -o "$place/bare" "$place/bare.c" -lcjson || skip 'no compiler for the bare parse'
    best=1000
    for _ in 1 2 3; do
        read -r bare _ < <(user "$place/bare" "$place/log")
        read -r whole memory < <(user "$command" report --json "$place/log")
        [ $((whole * 100 / (bare + 1))) -ge $best ] || best=$((whole * 100 / (bare + 1)))
        [ "$memory" -le $((200 * 1024)) ]
        [ $best -gt 130 ] || break
    done
    echo "$best % of the bare parse, $memory KiB, $whole/100 s for $(stat -c %s "$place/log") bytes"
    [ $best -le 130 ]
    run "$command" report --json "$place/log"
    [ "$(jq -s 'map(select(.kind == "entry")) | length' <<<"$output")" -ge 50 ]
}
