bats_require_minimum_version 1.5.0
load containers

setup() { open_root; }
teardown() { close_root; }

sandbox() # OPTION... -- COMMAND...
{
    command -v bwrap >/dev/null || skip 'no bwrap'
    in_root "exec bwrap --bind \"\$root\" / --proc /proc --dev /dev --unshare-pid \
        --setenv LD_PRELOAD /srv/libreuseshim.so $(printf '%q ' "$@")"
}

@test "bwrap: without a filter the explanation is whole" {
    run sandbox -- /srv/server child
    unharmed
    has '[bound-twice]'
    has 'open_listener+0x'
}

# bwrap puts the filter on its pid 1 and on the program, each by itself: that both have as many proves nothing.
@test "bwrap: under a filter that kills for clone nothing is tried, and the way from outside is named" {
    python3 - >"$place/srv/filter" <<'PYTHON'
import struct, sys
number = {"x86_64": 56, "aarch64": 220}[__import__("os").uname().machine]
filter = [(0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x80000000), (0x06, 0, 0, 0x7fff0000)]
sys.stdout.buffer.write(b"".join(struct.pack("HBBI", *one) for one in filter))
PYTHON
    run sandbox --seccomp 9 -- /srv/server twice 9<"$place/srv/filter"
    unharmed
    has '[bound-twice]'
    has 'seccomp'
}

# Whoever knows that his filter allows it says so.
@test "bwrap: under a filter that is known to allow it, the explanation is whole" {
    python3 -c 'import struct, sys; sys.stdout.buffer.write(struct.pack("HBBI", 0x06, 0, 0, 0x7fff0000))' \
        >"$place/srv/filter"
    run sandbox --seccomp 9 --setenv REUSESHIM_HELPER 1 -- /srv/server twice threads 9<"$place/srv/filter"
    unharmed
    has '[bound-twice]'
    has 'open_listener+0x'
}
