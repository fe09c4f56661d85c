bats_require_minimum_version 1.5.0
load containers

# containerd in namespaces of its own, by its client ctr, with its default profile, which is Kubernetes' RuntimeDefault.

setup() { open_root; }
teardown() { close_root; }

# cpu.weight is not there in a tree of cgroups without that controller.
# shellcheck disable=SC2016 # for the inner shell
containerd_ready="$own_cgroups"'printf "%s\n" "version = 2" "root = \"/mnt/data\"" "state = \"/mnt/state\"" \
        "disabled_plugins = [\"io.containerd.grpc.v1.cri\"]" "[grpc]" "address = \"/mnt/sock\"" >/mnt/config.toml
    containerd -c /mnt/config.toml >/mnt/log 2>&1 &
    timeout 60 sh -c "until ctr -a /mnt/sock version >/dev/null 2>&1; do sleep 0.1; done" || { cat /mnt/log; exit 1; }
    run_in() { ctr -a /mnt/sock run --rm --rootfs --seccomp --net-host --cpu-shares 0 \
        --env LD_PRELOAD=/srv/libreuseshim.so "${@:2}" "$root" "$1" /srv/server $server; }
'

in_containerd() # WORDS
{
    long_only
    command -v containerd >/dev/null && command -v ctr >/dev/null || skip 'no containerd'
    run in_root_alone "$containerd_ready$outside$1"
}

@test "containerd: a server as pid 1, with the library preloaded alone, tells holder, reason and stack" {
    # shellcheck disable=SC2016 # for the inner shell
    in_containerd 'echo "== twice"; server=twice run_in one 2>&1
        echo "== child"; server="child threads" run_in two 2>&1'
    unharmed
    says twice 'server[1] cannot bind 8080: its own fd 5 has it already [bound-twice]'
    says twice 'wait No child processes'
    says twice 'open_listener+0x'
    says child 'a child of this process'
    lacks 'unseen'
}

@test "containerd: a container on the host's network is told from outside, and the printed command frees the port" {
    # shellcheck disable=SC2016 # for the inner shell
    in_containerd '(server=hold run_in web) & 
        wait_for_8080
        echo "== inside"; server=once run_in one 2>&1
        echo "== outside"; told=$(server 2>&1); echo "$told"
        bash -c "$(sed -n "s/.*: \(kill .*\)/\1/p" <<<"$told" | head -n 1)"
        wait $!
        echo "== after"; server 2>&1'
    says inside 'a process of root listens on it [listening]'
    says outside 'server hold'
    says after 'server: bind works'
}
