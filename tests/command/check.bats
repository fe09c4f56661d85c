load command
load programs

setup()
{
    open_place
    open_compiler
}

teardown()
{
    close_place
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
    has 'reuseshim run --supervise'
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

@test "check: usage errors are exit 3" {
    run "$command" check
    exits 3
    run "$command" check ''
    exits 3
    has "'' is no name of a program"
}

@test "check: several programs, each in a line" {
    open_compiler
    compile static -static || skip 'no static C library'
    run "$command" check sh "$place/static" ls
    exits 1
    [ ${#lines[@]} -eq 3 ]
    has "$place/static is linked statically"
    run "$command" check sh ls
    exits 0
    [ "$("$command" check --json sh ls | jq -s length)" -eq 2 ]
}

@test "check: a shell script that becomes a program which can't be seen" {
    open_compiler
    compile static -static || skip 'no static C library'
    printf '#!/bin/sh\nset -e\nexec "%s" "$@"\n' "$place/static" >"$place/wrapper"
    chmod +x "$place/wrapper"
    refused "$place/wrapper" static
    printf '#!/bin/sh\nexec ls\n' >"$place/wrapper"
    run "$command" check "$place/wrapper"
    exits 0
}

@test "check: Free Pascal is known by its section, dynamic too" {
    open_compiler
    printf '__attribute__((section(".fpcdata"))) int mark = 1;\n' >>"$place/main.c"
    compile pascal
    refused "$place/pascal" raw-calls
}

@test "check: a shell script that loses the library on its way; run starts it and says so" {
    local line
    for line in 'exec env -i ls' 'LD_PRELOAD=/x.so ls' 'export LD_PRELOAD=' '    unset LD_PRELOAD' 'exec -c ls'; do
        printf '#!/bin/sh\n# LD_PRELOAD=x\n%s\n' "$line" >"$place/wrapper"
        chmod +x "$place/wrapper"
        run "$command" check "$place/wrapper"
        exits 1
        has "$place/wrapper sets or drops LD_PRELOAD itself, so what it starts from there on is not seen (line 3)"
        [ "$("$command" check --json "$place/wrapper" | jq -r .obstacle)" = environment ]
    done
    printf '#!/bin/sh\necho started\nunset LD_PRELOAD\n' >"$place/wrapper"
    run "$command" run "$place/wrapper"
    exits 0
    has started
    has '(line 3)'
    run "$command" run --supervise "$place/wrapper"
    exits 0
    lacks '(line 3)'
    # What keeps the old value loses nothing.
    for line in 'LD_PRELOAD="$LD_PRELOAD:/x.so" ls' 'export LD_PRELOAD=/x.so:${LD_PRELOAD-}' 'env A=1 ls' 'echo LD_PRELOAD= unset'; do
        printf '#!/bin/sh\n%s\n' "$line" >"$place/wrapper"
        run "$command" check "$place/wrapper"
        exits 0
    done
}

@test "check: of an AppImage the program inside is not known; run starts it, and the library goes on to that program" {
    open_compiler
    local kind
    printf '#include <unistd.h>\nint main(void) { execl("/bin/sh", "sh", "-c", "echo inside $LD_PRELOAD", (char *)0); }\n' >"$place/outer.c"
    for kind in -static -pie; do
        gcc $kind -o "$place/some.AppImage" "$place/outer.c" 2>/dev/null || skip 'no static C library'
        printf 'AI\2' | dd of="$place/some.AppImage" bs=1 seek=8 conv=notrunc 2>/dev/null
        run "$command" check "$place/some.AppImage"
        exits 1
        has 'is an AppImage, and the program in it was not looked at'
        run "$command" run "$place/some.AppImage"
        exits 0
        [[ $output == *"inside "*libreuseshim.so* ]]
    done
}
