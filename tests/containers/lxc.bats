bats_require_minimum_version 1.5.0
load containers

# LXC with the configuration that it installs as the one of all containers, and LXD, whose containers are LXC's.

setup() { open_root; }
teardown() { close_root; }

# shellcheck disable=SC2016 # for the inner shell
lxc_ready="$own_cgroups"'mount -t tmpfs tmpfs /var/lib/lxc && mkdir /var/lib/lxc/web
    printf "%s\n" "lxc.include = /usr/share/lxc/config/common.conf" "lxc.rootfs.path = dir:$root" "lxc.net.0.type = none" \
        "lxc.environment = LD_PRELOAD=/srv/libreuseshim.so" >/var/lib/lxc/web/config
'

in_lxc() # WORDS
{
    long_only
    command -v lxc-start >/dev/null && [ -e /usr/share/lxc/config/common.conf ] || skip 'no lxc'
    run in_root_alone "$lxc_ready$outside$1"
}

@test "LXC: a server, with the library preloaded alone, tells holder, reason and stack" {
    # shellcheck disable=SC2016 # for the inner shell
    in_lxc 'echo "== execute"; lxc-execute -n web -- /srv/server twice 2>&1
        lxc-start -n web -- sh -c "exec /srv/server child threads >/srv/told 2>&1" && lxc-wait -n web -s STOPPED -t 20
        echo "== start"; cat "$root/srv/told"'
    unharmed
    says execute 'has it already [bound-twice]'
    says execute 'wait No child processes'
    says execute 'open_listener+0x'
    says start 'server: pid 1,'
    says start 'a child of this process'
    says start 'open_listener+0x'
    lacks 'unseen'
}

@test "LXC: a container on the host's network is told from outside, and the printed command stops it" {
    # shellcheck disable=SC2016 # for the inner shell
    in_lxc 'mkdir /sys/fs/cgroup/lxc.payload.web # is left; the new one gets a number behind its name
        lxc-start -n web -- sh -c "trap exit PWR; /srv/server hold & wait"
        wait_for_8080
        echo "== outside"; told=$(server 2>&1); echo "$told"
        bash -c "$(sed -n "s/.*: \(lxc-stop .*\)/\1/p" <<<"$told" | head -n 1)"
        echo "== after"; server 2>&1'
    says outside 'lxc container web'
    says outside 'lxc-stop -n web'
    says after 'server: bind works'
}

# An image of one's own, with nothing in it; what a program needs is mounted into it.
# shellcheck disable=SC2016 # for the inner shell
lxd_ready="$own_cgroups$plain_root"'export LXD_DIR=/mnt/lxd
    mkdir /mnt/lxd /mnt/image && mv /mnt/plain /mnt/image/rootfs
    lxd --logfile /mnt/log >/dev/null 2>&1 &
    timeout 60 sh -c "until lxc info >/dev/null 2>&1; do sleep 0.1; done" || { cat /mnt/log; exit 77; }
    printf "%s\n" "architecture: $(uname -m)" "creation_date: 1700000000" >/mnt/image/metadata.yaml
    tar -C /mnt/image -czf /mnt/image.tar.gz metadata.yaml rootfs
    { lxc storage create default dir && lxc image import /mnt/image.tar.gz --alias plain &&
        lxc init plain web -s default -c security.privileged=true -c "raw.lxc=lxc.init.cmd = /bin/sh /srv/start" &&
        for folder in usr etc; do lxc config device add web $folder disk source=/$folder path=/$folder readonly=true; done &&
        lxc config device add web srv disk source="$place/srv" path=/srv
        printf "trap exit PWR; ip link set lo up; /srv/server hold & wait\n" >"$place/srv/start"
        lxc start web; } >/mnt/steps 2>&1 </dev/null || { cat /mnt/steps; exit 77; }
    first=$(lxc info web | sed -n "s/^PID: //p")
    timeout 20 sh -c "until nsenter -t $first -n ss -Hltn sport = :8080 | grep -q .; do sleep 0.05; done"
'

@test "LXD: a server tells holder and reason in a container, and the command that is printed outside stops it" {
    long_only
    command -v lxd >/dev/null || skip 'no lxd'
    # shellcheck disable=SC2016 # for the inner shell
    run in_root_alone "$lxd_ready$outside"'
        inside() { lxc exec web -- env LD_PRELOAD=/srv/libreuseshim.so /srv/server "$@" 2>&1; }
        echo "== inside"; inside once
        lxc config device add web port proxy listen=tcp:0.0.0.0:8080 connect=tcp:127.0.0.1:8080 >/dev/null
        echo "== proxy"; told=$(server 2>&1); echo "$told"
        lxc config device remove web port >/dev/null
        timeout 20 sh -c "while ss -Hltn sport = :8080 | grep -q .; do sleep 0.05; done"
        echo "== without"; server 2>&1
        echo "== outside"; told=$(nsenter -t "$first" -n "$place/srv/reuseshim" why 8080); echo "$told"
        timeout 60 bash -c "$(sed -n "s/.*: \(lxc stop .*\)/\1/p" <<<"$told" | head -n 1)"
        echo "== after"; lxc list -f csv -c ns'
    [ "$status" -ne 77 ] || skip 'LXD does not start here'
    says inside 'server hold'
    says inside '[listening]'
    lacks 'unseen'
    ! says proxy kill >/dev/null
    says proxy "It has the port that a proxy device of a container listens on."
    says without 'server: bind works'
    says outside 'lxd container web'
    says outside 'lxc stop web'
    says after 'web,STOPPED'
}
