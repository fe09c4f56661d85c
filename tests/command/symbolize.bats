load command

# A program that fails to bind, under the shim: its logs are $place/text and $place/json.
setup()
{
    open_place
    command -v gcc >/dev/null || skip 'no gcc'
    open_namespace
    mkdir "$place/build"
    cat >"$place/build/server.c" <<'END'
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
static inline __attribute__((always_inline)) int bind_it(int fd)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(7777)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return bind(fd, (struct sockaddr *)&address, sizeof address); /* line 8 */
}
__attribute__((noinline)) int open_listener(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int result = bind_it(fd); /* line 13 */
    return result < 0 ? result : listen(fd, 1);
}
int main(void)
{
    int first = open_listener(); /* line 18 */
    int second = open_listener(); /* line 19 */
    return first + second == 0;
}
END
    (cd "$place/build" && gcc -g -O2 -fno-omit-frame-pointer -Wl,--build-id -o server server.c)
    in_namespace "$command" run -l "$place/text" -- "$place/build/server" 2>/dev/null || :
    in_namespace "$command" run -f json -l "$place/json" -- "$place/build/server" 2>/dev/null || :
    jq -e '.stack | length > 0' <"$place/json" >/dev/null || skip 'no stacks here (no libunwind)'
}

teardown()
{
    close_place
}

line_of() { grep -n "$1" "$place/build/server.c" | tail -n 1 | cut -d: -f1; }

# The sources of the innermost frame, as "function:line" words.
innermost()
{
    jq -r 'select(.event == "bind_failed") | .stack[0].source // [] | map("\(.function):\(.line)") | join(" ")'
}

expected_innermost()
{
    echo "bind_it:$(line_of 'return bind(') open_listener:$(line_of '= bind_it(fd)')"
}

@test "symbolize: a frame that a log has on two lines is one frame" {
    # As a narrow page folds it: the module on the next line.
    sed 's/\(open_listener+0x[0-9a-f]*\) (/\1\n           (/' "$place/text" >"$place/folded"
    [ "$(grep -c '^           (server+0x' "$place/folded")" -ge 1 ]
    "$command" symbolize -p "$place/build" "$place/text" | tr -s ' \n' ' ' >"$place/whole"
    "$command" symbolize -p "$place/build" "$place/folded" | tr -s ' \n' ' ' >"$place/joined"
    grep -q "server.c:$(line_of 'return bind(')" "$place/whole"
    diff "$place/whole" "$place/joined"
}

@test "symbolize: a JSON log gets sources, inlined functions too" {
    run "$command" symbolize "$place/json"
    exits 0
    [ "$(innermost <<<"$output")" = "$(expected_innermost)" ]
}

@test "symbolize: addr2line agrees" {
    command -v addr2line || skip 'no addr2line'
    offset=$(jq -r 'select(.event == "bind_failed") | .stack[0].offset' "$place/json")
    theirs=$(addr2line -e "$place/build/server" "$(printf '%x' $((offset - 1)))" | sed 's/.*:\([0-9]*\).*/\1/')
    ours=$("$command" symbolize "$place/json" | innermost | sed 's/^[^:]*:\([0-9]*\).*/\1/')
    echo "ours $ours, theirs $theirs"
    [ "$ours" = "$theirs" ]
}

@test "symbolize: what it adds is all that it changes" {
    [ "$("$command" symbolize "$place/json" | jq -c 'del(.stack[].source, .holders[].stack[]?.source)')" = \
        "$(jq -c . "$place/json")" ]
}

@test "symbolize: a text log, by --path; from standard input too" {
    run "$command" symbolize --path "$place/build" "$place/text"
    exits 0
    has "server.c:$(line_of '= bind_it(fd)')"
    has 'bind_it (inlined) at '
    has "server.c:$(line_of 'second = ')"
    [ "$output" = "$("$command" symbolize -p "$place/build/server" <"$place/text")" ]
}

@test "symbolize: another build of the program is not believed" {
    mkdir "$place/other"
    (cd "$place/build" && gcc -g -O0 -o "$place/other/server" server.c)
    [ "$("$command" symbolize -p "$place/other" "$place/text")" = "$(cat "$place/text")" ]
    cp "$place/other/server" "$place/build/server"
    [ -z "$("$command" symbolize "$place/json" | innermost)" ]
}

@test "symbolize: debug information in a file of its own" {
    cd "$place/build"
    objcopy --only-keep-debug server "$place/server.debug"
    strip server
    [[ $("$command" symbolize "$place/json" | innermost) != *bind_it* ]]
    mkdir .debug
    mv "$place/server.debug" .debug/
    objcopy --add-gnu-debuglink=.debug/server.debug server
    [ "$("$command" symbolize "$place/json" | innermost)" = "$(expected_innermost)" ]
}

@test "symbolize: a program that is gone is found by its build id" {
    [ "$(id -u)" -eq 0 ] && unshare -m true || skip 'needs a mount namespace'
    id=$(readelf -n "$place/build/server" | sed -n 's/.*Build ID: //p')
    mkdir -p "$place/debug/.build-id/${id:0:2}"
    mv "$place/build/server" "$place/debug/.build-id/${id:0:2}/${id:2}"
    [ -z "$("$command" symbolize "$place/json" | innermost)" ]
    mkdir -p /usr/lib/debug
    [ "$(unshare -m sh -c 'mount --bind "$1/debug" /usr/lib/debug && "$2" symbolize "$1/json"' \
        sh "$place" "$command" | innermost)" = "$(expected_innermost)" ]
}

@test "symbolize: debug information from a debuginfod server, where the environment names one" {
    cd "$place/build"
    id=$(readelf -n server | sed -n 's/.*Build ID: //p')
    mkdir -p "$place/served/buildid/$id"
    objcopy --only-keep-debug server "$place/served/buildid/$id/debuginfo"
    strip server
    export DEBUGINFOD_CACHE_PATH=$place/cache HOME=$place
    [[ $("$command" symbolize "$place/json" | innermost) != *bind_it* ]]
    # Its protocol is a file a path, so any server of files will do.
    # Not through a function, whose shell would be the one that is ended.
    nsenter --net="/proc/$keeper/ns/net" -- python3 -u -m http.server -d "$place/served" -b 127.0.0.1 8002 \
        >"$place/server.log" 2>&1 3>&- &
    actors+=($!)
    poll 100 grep -q Serving "$place/server.log"
    url=http://127.0.0.1:8002
    in_namespace env DEBUGINFOD_URLS=$url "$command" symbolize "$place/json" >"$place/out"
    grep -q "GET /buildid/$id/debuginfo" "$place/server.log" || skip 'no libdebuginfod here'
    [ "$(innermost <"$place/out")" = "$(expected_innermost)" ]
}

@test "symbolize: every other line comes out as it went in" {
    printf 'plain\n{"a": "b\n{"module":"/nonexistent","offset":"0x10"}\n  x+0x (y+0x12) < +0x1 < (z+0x3\n\377\001\n\nno newline' >"$place/odd"
    "$command" symbolize "$place/odd" | cmp - "$place/odd"
    head -c 100000 /dev/urandom >"$place/noise"
    "$command" symbolize "$place/noise" | cmp - "$place/noise"
}

@test "symbolize: usage errors are exit 3" {
    run "$command" symbolize "$place/nothing"
    exits 3
    run "$command" symbolize a b
    exits 3
    run "$command" symbolize "$place"
    exits 3
    has "'$place' can't be read: Is a directory"
    run "$command" symbolize <"$place"
    exits 3
}

@test "symbolize: what was looked up once is known: 5,000 records take less than a second" {
    awk '{ all = all $0 "\n" } END { for (i = 0; i < 5000; i++) printf "%s", all }' "$place/json" >"$place/many"
    run bash -c 'ulimit -t 1 && "$1" symbolize "$2" | grep -c bind_it' - "$command" "$place/many"
    exits 0
    [ "$output" = "$(grep -c '"event":"bind_failed"' "$place/many")" ]
}
