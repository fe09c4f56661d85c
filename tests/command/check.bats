load command

setup()
{
    open_place
    command -v gcc >/dev/null || skip 'no gcc'
    echo 'int main(void) { return 0; }' >"$place/main.c"
}

teardown()
{
    close_place
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

@test "check: a dynamic program can be seen, exit 0, and can be" {
    compile dynamic
    run "$command" check "$place/dynamic"
    exits 0
    has "$place/dynamic can be seen"
    [ "$(obstacle "$place/dynamic")" = null ]
    run "$command" run -- "$place/dynamic"
    exits 0
}

@test "check: a name is looked for in PATH" {
    run "$command" check sh
    exits 0
    run "$command" check nosuchprogram
    exits 1
    has 'there is no program'
}

@test "check: static programs can't be seen, exit 1, and what helps is said" {
    compile static -static || skip 'no static libc'
    run "$command" check "$place/static"
    exits 1
    has 'is linked statically'
    has 'reuseshim why'
    [ "$(obstacle "$place/static")" = static ]
    compile static-pie -static-pie || return 0
    run "$command" check "$place/static-pie"
    exits 1
    has 'static-pie'
    # It is so: the loader's variable does nothing for them.
    run env LD_PRELOAD=/nonexistent.so "$place/static"
    [ -z "$output" ]
}

@test "check: a Go program is known by its note, dynamic or static" {
    cat >"$place/note.S" <<'END'
    .section .note.go.buildid,"a",%note
    .balign 4
    .long 4, 4, 4
    .asciz "Go\0"
    .long 0
    .section .note.GNU-stack,"",%progbits
END
    compile go "$place/note.S"
    run "$command" check "$place/go"
    exits 1
    has 'Go program'
    strip "$place/go"
    [ "$(obstacle "$place/go")" = go ]
    compile go-static "$place/note.S" -static || return 0
    [ "$(obstacle "$place/go-static")" = go ]
}

@test "check: another word size, another processor, another C library" {
    compile ordinary
    # The header of an ELF file, patched: class 1 is 32 bits; machine 183 is AArch64, 62 x86-64.
    python3 - "$place" <<'END'
import struct, sys
place = sys.argv[1]
# A 32-bit executable with one program header, PT_INTERP.
interpreter = b"/bin/sh\0"
header = b"\x7fELF" + bytes([1, 1, 1, 0]) + bytes(8) + struct.pack(
    "<HHIIIIIHHHHHH", 2, 3, 1, 0x8048000, 52, 0, 0, 52, 32, 1, 40, 0, 0)
segment = struct.pack("<IIIIIIII", 3, 84, 0x8048054, 0x8048054, len(interpreter), len(interpreter), 4, 1)
open(place + "/bits32", "wb").write(header + segment + interpreter)
program = bytearray(open(place + "/ordinary", "rb").read())
program[18:20] = struct.pack("<H", 183 if program[18:20] != struct.pack("<H", 183) else 62)
open(place + "/machine", "wb").write(program)
END
    chmod +x "$place/bits32" "$place/machine"
    run "$command" check "$place/bits32"
    exits 1
    has '32-bit, the library is 64-bit'
    run "$command" check "$place/machine"
    exits 1
    has 'another processor'
    : >"$place/ld-musl-x86_64.so.1"
    chmod +x "$place/ld-musl-x86_64.so.1"
    compile musl "-Wl,--dynamic-linker=$place/ld-musl-x86_64.so.1"
    run "$command" check "$place/musl"
    exits 1
    has 'musl, the library is for glibc'
}

@test "check: set-user-ID and set-group-ID count for those who gain by them" {
    [ "$(id -u)" -eq 0 ] || skip 'needs root'
    compile setuid
    chmod 4755 "$place/setuid"
    run plain "$command" check "$place/setuid"
    exits 1
    has 'set-user-ID'
    run "$command" check "$place/setuid"
    exits 0
    compile setgid
    chmod 2755 "$place/setgid"
    run plain "$command" check "$place/setgid"
    exits 1
    has 'set-group-ID'
    run plain "$command" run -- "$place/setgid"
    exits 126
}

@test "check: file capabilities count for ordinary users" {
    [ "$(id -u)" -eq 0 ] || skip 'needs root'
    PATH=$PATH:/usr/sbin:/sbin
    compile capable
    setcap cap_net_bind_service+ep "$place/capable" || skip 'no file capabilities here'
    run plain "$command" check "$place/capable"
    exits 1
    has 'file capabilities'
    run "$command" check "$place/capable"
    exits 0
}

@test "check: of a script the interpreter is looked at, through env and other scripts" {
    printf '#!/bin/sh\n' >"$place/script"
    printf '#!/usr/bin/env -S sh -e\n' >"$place/by-env"
    printf '#! %s/script x\n' "$place" >"$place/by-script"
    printf '#!%s/loop\n' "$place" >"$place/loop"
    chmod +x "$place/script" "$place/by-env" "$place/by-script" "$place/loop"
    for name in script by-env by-script; do
        run "$command" check "$place/$name"
        exits 0
        has "$place/$name is a script, run by /"
        run "$command" run -- "$place/$name"
        exits 0
    done
    run "$command" check "$place/loop"
    exits 1
    compile static -static || skip 'no static libc'
    printf '#!%s/static\n' "$place" >"$place/by-static"
    chmod +x "$place/by-static"
    run "$command" check "$place/by-static"
    exits 1
    has 'is a script, run by'
    has 'is linked statically'
}

@test "check: the loader, which is seen with the program that it is given" {
    loader=$(readelf -l /bin/true | sed -n 's/.*program interpreter: \(.*\)\]/\1/p')
    run "$command" check "$loader"
    exits 1
    has 'is the loader'
    [ "$(obstacle "$loader")" = loader ]
    run "$command" run -- "$loader" --list-diagnostics
    exits 126
    # What is started by it is seen, even where the file by itself could not be started.
    cat >"$place/maps.c" <<'END'
#include <stdio.h>
int main(void) { FILE *m = fopen("/proc/self/maps", "r"); int c; while ((c = getc(m)) != EOF) putchar(c); return 0; }
END
    gcc -o "$place/maps" "$place/maps.c" -Wl,--dynamic-linker=/nonexistent/ld.so
    chmod 644 "$place/maps"
    for options in '' '--argv0 other' "--inhibit-cache --library-path /lib:/usr/lib:${loader%/*}:/lib/$(gcc -print-multiarch)"; do
        # shellcheck disable=SC2086 # words
        run "$command" run -- "$loader" $options "$place/maps"
        exits 0
        has libreuseshim.so
    done
    run "$command" run -- "$loader" "$place/nosuchprogram"
    exits 127 # as the loader has it
    compile static -static || skip 'no static libc'
    run "$command" run -- "$loader" "$place/static"
    exits 126
    has 'is linked statically'
}

@test "check: a library is no program, and musl's loader is one" {
    printf 'int x;\n' | gcc -shared -fPIC -Wl,-soname,libx.so.1 -x c -o "$place/libx.so.1" -
    [ "$(obstacle "$place/libx.so.1")" = damaged ]
    musl=$(echo /lib/ld-musl-*.so.1)
    [ -e "$musl" ] || skip 'no musl'
    [ "$(obstacle "$musl")" = loader ]
}

@test "check: a missing interpreter is named" {
    printf '#!/nonexistent/interpreter\n' >"$place/script"
    chmod +x "$place/script"
    run "$command" check "$place/script"
    exits 1
    has '/nonexistent/interpreter'
    compile lost -Wl,--dynamic-linker=/nonexistent/ld.so
    run "$command" check "$place/lost"
    exits 1
    has '/nonexistent/ld.so'
}

@test "check: what is no program at all" {
    echo text >"$place/text"
    run "$command" check "$place/text"
    exits 1
    has 'not executable'
    chmod +x "$place/text"
    run "$command" check "$place/text"
    exits 1
    has 'neither an ELF program nor a script'
    run "$command" check "$place"
    exits 1
    head -c 100 "$command" >"$place/cut"
    chmod +x "$place/cut"
    run "$command" check "$place/cut"
    exits 1
    : >"$place/empty"
    chmod +x "$place/empty"
    run "$command" check "$place/empty"
    exits 1
}

@test "check: damaged ELF files do it no harm" {
    compile whole
    python3 - "$place" <<'END'
import random, sys
place = sys.argv[1]
whole = open(place + "/whole", "rb").read()
random.seed(1)
for n in range(60):
    damaged = bytearray(whole[: random.randrange(64, len(whole))])
    for _ in range(20):
        damaged[random.randrange(4, min(len(damaged), 1200))] = random.randrange(256)
    open("%s/damaged.%d" % (place, n), "wb").write(damaged)
END
    chmod +x "$place"/damaged.*
    for file in "$place"/damaged.*; do
        run "$command" check "$file"
        [ "$status" -le 1 ] || { echo "$file: $status: $output"; false; }
    done
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

@test "check: real programs: static and static-pie" {
    starter
    gcc -static -o "$place/static" "$place/starter.c" || skip 'no static libc'
    gcc -static-pie -o "$place/static-pie" "$place/starter.c"
    "$place/static" "$place/works"
    "$place/static-pie" "$place/works-too"
    [ -e "$place/works" ]
    [ -e "$place/works-too" ]
    refused "$place/static" static
    refused "$place/static-pie" static-pie
}

@test "check: real programs: musl under the glibc library" {
    command -v musl-gcc >/dev/null || skip 'no musl-gcc'
    starter
    musl-gcc -o "$place/musl" "$place/starter.c"
    "$place/musl" "$place/works"
    refused "$place/musl" other-libc
    # It would not even start.
    if LD_PRELOAD=$place/bin/libreuseshim.so "$place/musl" "$place/works"; then false; fi
    musl-gcc -static -o "$place/musl-static" "$place/starter.c"
    refused "$place/musl-static" static
}

@test "check: real programs: 32-bit under the 64-bit library" {
    starter
    gcc -m32 -idirafter "/usr/include/$(gcc -print-multiarch)" -o "$place/bits32" "$place/starter.c" ||
        skip 'no 32-bit C library'
    refused "$place/bits32" other-word-size
    [[ $output == *'make M32=1 install'* ]]
}

@test "check: real programs: Go, with cgo and without" {
    command -v go >/dev/null || skip 'no Go'
    printf 'package main\nimport ("net"; "os")\nfunc main() { os.Create(os.Args[1]); net.Listen("tcp", "127.0.0.1:0") }\n' \
        >"$place/main.go"
    cd "$place"
    export GOCACHE=$place/cache GOPATH=$place/go GO111MODULE=off GOFLAGS=-p=2
    CGO_ENABLED=0 go build -o static-go main.go
    ./static-go "$place/works"
    [ -e "$place/works" ]
    refused "$place/static-go" go
    [ -n "${REUSESHIM_LONG-}" ] || return 0
    CGO_ENABLED=1 go build -o cgo main.go
    readelf -l cgo | grep -q INTERP
    refused "$place/cgo" go
}

@test "check: real programs: set-user-ID and file capabilities, as an ordinary user" {
    [ "$(id -u)" -eq 0 ] || skip 'needs root'
    starter
    chmod 1777 "$place"
    for kind in setuid capabilities; do
        gcc -o "$place/$kind" "$place/starter.c"
        if [ $kind = setuid ]; then chmod 4755 "$place/$kind"
        else setcap cap_net_bind_service+ep "$place/$kind" || continue; fi
        [ "$(plain "$command" check --json "$place/$kind" | jq -r .obstacle)" = $kind ]
        run plain "$command" run -- "$place/$kind" "$place/started"
        exits 126
        [ "${#lines[@]}" -eq 1 ]
        [[ $output == *'; '* ]]
        [ ! -e "$place/started" ]
        # It is so: the loader does not load it there.
        run plain env LD_PRELOAD=/nonexistent.so "$place/$kind" "$place/works.$kind"
        [ -e "$place/works.$kind" ]
    done
}

@test "check: real programs: a script whose interpreter can't be seen, or is not there" {
    starter
    gcc -static -o "$place/static" "$place/starter.c" || skip 'no static libc'
    printf '#!%s\n' "$place/static" >"$place/script"
    printf '#!/usr/bin/env nosuchinterpreter\n' >"$place/lost"
    chmod +x "$place/script" "$place/lost"
    refused "$place/script" static
    refused "$place/lost" missing-interpreter
    gcc -o "$place/no-loader" "$place/starter.c" -Wl,--dynamic-linker=/nonexistent/ld.so
    refused "$place/no-loader" missing-interpreter
    [[ $output == *'/nonexistent/ld.so'* ]]
}

@test "check: usage errors are exit 3" {
    run "$command" check
    exits 3
    run "$command" check a b
    exits 3
}
