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

@test "check, real: static and static-pie" {
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

@test "check, real: musl under the glibc library" {
    command -v musl-gcc >/dev/null || skip 'no musl-gcc'
    starter
    musl-gcc -o "$place/musl" "$place/starter.c"
    "$place/musl" "$place/works"
    refused "$place/musl" other-libc
    # Whether it would start all the same depends on the names that the library happens to need of its own
    # C library; nothing is promised.
    musl-gcc -static -o "$place/musl-static" "$place/starter.c"
    refused "$place/musl-static" static
}

@test "check, real: 32-bit under the 64-bit library" {
    starter
    gcc -m32 -idirafter "/usr/include/$(gcc -print-multiarch)" -o "$place/bits32" "$place/starter.c" ||
        skip 'no 32-bit C library'
    refused "$place/bits32" other-word-size
    [[ $output == *'make M32=1 install'* ]]
}

@test "check, real: Go, with cgo and without" {
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

@test "check, real: set-user-ID and file capabilities, as an ordinary user" {
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

@test "check, real: a script whose interpreter can't be seen, or is not there" {
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
