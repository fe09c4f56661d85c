bats_require_minimum_version 1.5.0
load containers

# Docker's default profile, copied rule by rule, with the masks that its engine lays over /proc and with the command as
# pid 1: the quick case of a container, without an engine. What Docker itself does is not run here.

setup() { open_root; }
teardown() { close_root; }

# dockerlike COMMAND...: so; in a mount, pid and network namespace.
dockerlike()
{
    printf '#include <seccomp.h>\n' | ${CC:-cc} -E - >/dev/null 2>&1 || skip 'no libseccomp to build with'
    ${CC:-cc} -O1 -o "$place/srv/profile" "$BATS_TEST_DIRNAME/programs/profile.c" -lseccomp
    # shellcheck disable=SC2016 # for the inner shell
    unshare -mnpf --mount-proc sh -c 'ip link set lo up; place=$1 calls=$2; shift 2
        for file in kcore keys timer_list; do mount --bind /dev/null "/proc/$file" 2>/dev/null; done
        export LD_PRELOAD="$place/srv/libreuseshim.so"
        exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs env -u LD_PRELOAD "$place/srv/profile" "$calls" \
            env LD_PRELOAD="$LD_PRELOAD" "$@"' sh "$place" "$BATS_TEST_DIRNAME/docker_calls" "$@"
}

@test "Docker's profile: a server as pid 1 tells holder, reason and stack" {
    run dockerlike "$place/srv/server" twice
    unharmed
    has 'server: pid 1,'
    has 'wait No child processes'
    has '[bound-twice]'
    has 'open_listener+0x'
    lacks 'unseen'
}

@test "Docker's profile: another process is told; its options take a call that is refused, and are told as unknown" {
    # shellcheck disable=SC2016 # for the inner shell
    run dockerlike REUSESHIM_FORMAT=json sh -c '"$0" hold & held=$!
        timeout 20 sh -c "until ss -Hltn sport = :8080 | grep -q .; do sleep 0.05; done"
        "$0" once; kill "$held"' "$place/srv/server"
    has '"reason":"listening"'
    has '"comm":"server","exe":"'
    has '"symbol":"open_listener"'
    has '"visibility":"seccomp"'
    has '"flags":{"reuseaddr":null'
}
