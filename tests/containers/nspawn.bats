bats_require_minimum_version 1.5.0
load containers

setup() { open_root; }
teardown() { close_root; }

nspawn()
{
    command -v systemd-nspawn >/dev/null || skip 'no systemd-nspawn'
    in_root "exec systemd-nspawn --quiet --register=no --keep-unit --pipe -D \"\$root\" \
        --setenv=LD_PRELOAD=/srv/libreuseshim.so $(printf '%q ' "$@")"
}

@test "systemd-nspawn: under its default filter the explanation is whole" {
    run nspawn /srv/server twice
    unharmed
    has 'pid 1,'
    has '[bound-twice]'
    has 'open_listener+0x'
    run nspawn --as-pid2 /srv/server child threads
    unharmed
    has '[bound-twice]'
    has 'open_listener+0x'
}
