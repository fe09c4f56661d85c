bats_require_minimum_version 1.5.0
load containers

# A real container engine with its default profile. This is the usual case, and never skipped where podman is.

setup() { open_root; }
teardown() { close_root; }

@test "podman: a server as pid 1, with the library preloaded alone, tells holder, reason and stack" {
    run podman_run -- /srv/server twice
    unharmed
    has 'pid 1,'
    has 'wait No child processes'
    has '[bound-twice]'
    has 'server[1]'
    has 'open_listener+0x'
    lacks 'unseen'
    run podman_run -- /srv/server child threads
    unharmed
    has '[bound-twice]'
    has 'a child of this process'
    has 'open_listener+0x'
}

# As outside: where the holder bound its port is known to another process, and the last word stands at the end.
@test "podman: the history remembers, and the last word is said" {
    # shellcheck disable=SC2016 # for the inner shell
    run podman_run -e REUSESHIM_HISTORY=/srv/history -e REUSESHIM_VERBOSE=1 -- /bin/sh -c '
        mkdir -m 700 /srv/history; /srv/server hold & held=$!
        timeout 20 sh -c "until ss -Hltn sport = :8080 | grep -q .; do sleep 0.05; done"
        /srv/server once; kill "$held"; wait
        echo "files $(ls /srv/history | wc -l)"
        [ ! -e /srv/reuseshim ] || LD_PRELOAD= /srv/reuseshim list'
    has 'server: bind Address already in use'
    has 'bound just now'
    [ "$(grep -c 'open_listener+0x' <<<"$output")" -ge 2 ]
    grep -q '^reuseshim: server\[[0-9]*\] cannot bind 8080: .*; fix: kill' <<<"$output"
    has 'files 1'
}

@test "podman: a server that a shell has started, and one with threads" {
    long_only
    run podman_run -- /bin/sh -c '/srv/server twice threads; :'
    unharmed
    has '[bound-twice]'
    has 'open_listener+0x'
}

@test "podman: python, which opens its sockets by a module" {
    long_only
    [ -x /usr/bin/python3 ] || skip 'no python3'
    run podman_run -- /usr/bin/python3 -c '
import socket
a = socket.socket(); a.bind(("127.0.0.1", 7070)); a.listen()
b = socket.socket(); b.bind(("127.0.0.1", 7070))'
    has 'OSError: [Errno 98]'
    has '[bound-twice]'
    lacks 'seccomp'
}

# A profile of one's own: what it kills for ends the helper alone.
@test "podman: a profile that kills for a call of the look costs the explanation, not the program" {
    printf '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["%s"], "action": "SCMP_ACT_KILL_PROCESS"}]}' \
        sendto >"$place/profile.json"
    run podman_run --security-opt "seccomp=$place/profile.json" -- /srv/server twice
    unharmed
    has '[bound-twice]'
    has 'helper that looked'
}

@test "podman: a filter of the program's own, set before its first socket and unseen, is no container's" {
    [ "$(uname -m)" = x86_64 ] || skip 'x86-64 assembler'
    run podman_run -- /srv/server late
    unharmed
    has '[bound-twice]'
    has 'seccomp'
}

@test "podman: without a filter, and with every right, it is the same" {
    long_only
    run podman_run --security-opt seccomp=unconfined -- /srv/server child
    unharmed
    has '[bound-twice]'
    has 'a child of this process'
    run podman_run --privileged -- /srv/server child
    unharmed
    has 'a child of this process'
}

@test "podman: no helper where it is switched off" {
    long_only
    run podman_run -e REUSESHIM_HELPER=off -- /srv/server child
    unharmed
    has '[unknown]'
    has 'reuseshim why '
}

# Its pid 1 has the filter as well, from the sandbox and not from the engine, whose files are all in sight.
@test "podman: a sandbox within a container, with a filter that kills for clone, is no container" {
    command -v bwrap >/dev/null || skip 'no bwrap'
    python3 - >"$place/srv/filter" <<'PYTHON'
import struct, sys
number = {"x86_64": 56, "aarch64": 220}[__import__("os").uname().machine]
filter = [(0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x80000000), (0x06, 0, 0, 0x7fff0000)]
sys.stdout.buffer.write(b"".join(struct.pack("HBBI", *one) for one in filter))
PYTHON
    for way in '--bind / /' '--bind / / --as-pid-1'; do
        run podman_run --security-opt seccomp=unconfined --cap-add SYS_ADMIN --cap-add NET_ADMIN -- /bin/sh -c \
            "exec bwrap $way --proc /proc --dev /dev --unshare-pid --cap-add ALL --seccomp 9 -- /srv/server twice 9</srv/filter"
        unharmed
        has '[bound-twice]'
    done
}
