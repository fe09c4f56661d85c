#!/usr/bin/env bats
# Servers in containers of real engines: the first cure stops the container, by its engine, and nothing else.
load world

setup()
{
    open_place
    server_at "$place/server"
}

teardown()
{
    [ -z "${engine-}" ] || podman rm -f -t 0 -a >/dev/null 2>&1 || :
    close_place
    [ -z "${engine_group-}" ] || remove_group
}

# A mount and a network namespace in which a root lies at /mnt/root: this system, with what is written to it in
# memory. Podman wants short paths. Its containers get a cgroup of the test's own.
# shellcheck disable=SC2016 # for the inner shell
engine='
mount --make-rprivate / && mount -t tmpfs tmpfs /mnt && mkdir /mnt/upper /mnt/work /mnt/root &&
    mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root || exit 77
umount -l /sys/fs/cgroup 2>/dev/null
mount -t cgroup2 none /sys/fs/cgroup && mkdir "/sys/fs/cgroup/$2" && echo $$ >"/sys/fs/cgroup/$2/cgroup.procs" || exit 77
mkdir -p "/mnt/root$1" && cp "$1/server" "/mnt/root$1/"
ip link set lo up
touch "$1/ready"
exec sleep 600'

open_engine()
{
    [ "$(id -u)" -eq 0 ] || skip 'needs root'
    needs podman crun conmon
    engine_group=world.$$
    unshare -mn bash -c "$engine" - "$place" "$engine_group" </dev/null >"$place/engine" 2>&1 3>&- &
    keeper=$!
    poll 100 test -e "$place/ready" || { cat "$place/engine"; skip 'no overlay or no cgroup v2'; }
    # The one that a cure calls, with the test's own store.
    printf '#!/bin/sh\nexec %s --root /mnt/p --runroot /mnt/r --tmpdir /mnt/t --storage-driver vfs \\\n%s "$@"\n' \
        "$(type -P podman)" '--cgroup-manager cgroupfs --events-backend file' >"$place/bin/podman"
    chmod 755 "$place/bin/podman"
}

podman() { in_engine "$place/bin/podman" "$@"; }
in_engine() { nsenter -t "$keeper" -m -n -- "$@" </dev/null 3>&-; }

# contain NAME OPTION... -- COMMAND...
contain()
{
    local options=(--name "$1" --privileged --pids-limit -1 --ulimit nofile=1024:1024 --ulimit nproc=1000:1000)
    shift
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    podman run -d "${options[@]}" --rootfs /mnt/root "$@"
}

remove_group()
{
    local folder
    for folder in /sys/fs/cgroup /sys/fs/cgroup/unified; do
        [ -d "$folder/$engine_group" ] || continue
        find "$folder/$engine_group" -depth -type d -exec rmdir {} + 2>/dev/null || :
    done
}

# As before, in the engine's mounts.
refuse_here()
{
    server_at "$place/newcomer"
    in_engine env LD_PRELOAD="$place/bin/libreuseshim.so" /usr/bin/python3 "$place/newcomer" >/dev/null 2>"$place/said" || :
    cat "$place/said"
    grep -q '^reuseshim: ' "$place/said"
}

paste_here()
{
    printf 'pasted: %s\n' "$1"
    in_engine env PATH="$place/bin:$PATH" bash -c "$1"
}

@test "world: podman: a container on the host's network is stopped, though it would be started again" {
    long_only
    open_engine
    contain shop --restart always --network host -- "$place/server"
    poll 100 is_held
    refuse_here
    id=$(podman ps -q --no-trunc)
    [ "$(cure fix)" = "podman stop ${id:0:12}" ]
    tr -s ' \n' ' ' <"$place/said" | grep -q 'container'
    paste_here "$(cure fix)"
    stays_free
    [ -z "$(podman ps -q)" ]
}

@test "world: pasta, by hand: it is never to be ended, since it has the port for a namespace; another port is named" {
    long_only
    needs pasta
    open_namespace
    in_namespace ip link add name wire type veth peer name wire2 2>/dev/null || skip 'no pair of interfaces'
    in_namespace ip address add 192.0.2.1/24 dev wire
    in_namespace ip link set wire up
    in_namespace ip link set wire2 up
    in_namespace ip route add default via 192.0.2.2
    begin pasta -f --config-net -t $port -- sleep 600
    poll 100 is_held || skip 'pasta does not start here'
    refuse
    has_pasta=$(pgrep -f "^pasta -f --config-net -t $port" | head -1)
    run tr -s ' \n' ' ' <"$place/said"
    for one in $has_pasta; do kill -9 "$one"; done
    has 'It has the ports of a virtual machine, or of a network namespace.'
    has 'use another port'
    [[ ! $output =~ kill\ [0-9] ]]
}
