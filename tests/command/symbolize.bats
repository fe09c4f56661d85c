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

need_demangler()
{
    command -v nm >/dev/null && nm "$command" | grep -q cplus_demangle || skip 'the command was built without libiberty'
}

@test "symbolize, why: a C++ function is named as people write it, without and with debug information" {
    need_demangler
    command -v g++ >/dev/null || skip 'no g++'
    cat >"$place/build/pool.cc" <<'END'
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
namespace app {
template <class T> struct Pool {
    T more;
    __attribute__((noinline)) int operator()(int port)
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        return bind(fd, (sockaddr *)&address, sizeof address) + more;
    }
};
}
int main(int argc, char **argv)
{
    app::Pool<int> pool{0};
    int result = pool(7778) + pool(7778);
    return argc > 1 ? pause() : result == 0;
}
END
    for debug in -g0 -g; do
        g++ $debug -O1 -fno-omit-frame-pointer -o "$place/build/pool" "$place/build/pool.cc"
        rm -f "$place/text"
        in_namespace "$command" run -l "$place/text" -- "$place/build/pool" 2>/dev/null || :
        grep -q '_ZN3app4PoolIiEclEi+0x' "$place/text"
        run "$command" symbolize --path "$place/build" "$place/text"
        exits 0
        has 'app::Pool<int>::operator()+0x'
        lacks '_ZN'
        [ $debug = -g0 ] || has "$place/build/pool.cc:14"
    done
    mkdir -m 700 "$place/history"
    nsenter --net="/proc/$keeper/ns/net" -- env REUSESHIM_HISTORY="$place/history" "$command" run -- \
        "$place/build/pool" stay </dev/null 2>/dev/null 3>&- &
    actors+=($!)
    holds() { in_namespace env REUSESHIM_HISTORY="$place/history" "$command" list | grep -q 7778; }
    poll 100 holds
    for words in 'why -v 7778' list; do
        # shellcheck disable=SC2086 # words
        run in_namespace env REUSESHIM_HISTORY="$place/history" "$command" $words
        has 'app::Pool<int>::operator()+0x'
        lacks '_ZN'
    done
    # A record has the name that the linker knows.
    run in_namespace env REUSESHIM_HISTORY="$place/history" "$command" why --json 7778
    has '"_ZN3app4PoolIiEclEi"'
}

# filtered STYLE NAME: what c++filt makes of it, without the hashes of Rust, which it shows.
filtered() { c++filt -p -s "$1" "$2" | sed -E 's/\[[0-9a-f]{1,16}\]//g; s/::h[0-9a-f]{16}$//'; }

@test "symbolize: names of C++, of both of Rust's manglings and of D are as c++filt has them" {
    need_demangler
    command -v c++filt >/dev/null || skip 'no c++filt'
    count=0
    while read -r style name; do
        printf '  this     bind() on fd 4 at %s+0x12 (no-such-program+0x1234)\n' "$name" >"$place/log"
        run "$command" symbolize "$place/log"
        [ "$output" = "  this     bind() on fd 4 at $(filtered "$style" "$name")+0x12 (no-such-program+0x1234)" ]
        lacks "$name"
        count=$((count + 1))
    done <<'END'
gnu-v3 _ZN4node7TCPWrap4BindI11sockaddr_inEEvRKN2v820FunctionCallbackInfoINS3_5ValueEEEiSt8functionIFiPKciPT_EE
gnu-v3 _ZNSt6thread11_State_implINS_8_InvokerISt5tupleIJPFvvEEEEEE6_M_runEv
gnu-v3 _ZN3appplERKNS_4NodeES2_
rust _ZN58_$LT$server..Listener$u20$as$u20$core..ops..drop..Drop$GT$4drop17h0123456789abcdefE
rust _RNvMs_NtCs4fqI2P2rA04_7mycrate6serverNtB4_8Listener4bind
rust _RINvNtC3std3mem8align_ofjdE
dlang _D3app6server6Server4bindMFkZi
END
    [ $count -eq 7 ]
    # What only looks like one stays.
    for name in _Zebra _Reset _Done; do
        printf '  this     bind() on fd 4 at %s+0x12 (no-such-program+0x1234)\n' $name >"$place/log"
        run "$command" symbolize "$place/log"
        [ "$output" = "$(cat "$place/log")" ]
    done
}
