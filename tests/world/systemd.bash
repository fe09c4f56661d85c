# A real systemd of the test's own, as pid 1 of namespaces of its own: its root is this system, with what is
# written to it in memory, and of this system's units it starts none. Needs cgroup v2 and overlayfs.
load world

# What pid 1 is started by, in a mount namespace: outside, then in namespaces and a cgroup of its own.
# shellcheck disable=SC2016 # for the inner shells
outside='
mount --make-rprivate / && umount -l /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 none /sys/fs/cgroup || exit 77
mkdir "/sys/fs/cgroup/$1" && echo $$ >"/sys/fs/cgroup/$1/cgroup.procs" || exit 77
exec unshare -C -p -n -u -i --fork --kill-child bash -c "$2" - "$3"'
# shellcheck disable=SC2016
inside='
root=/mnt/root
mount -t tmpfs tmpfs /mnt && mkdir /mnt/upper /mnt/work $root &&
    mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay $root || exit 77
mount -t proc proc $root/proc && mount -t sysfs sysfs $root/sys && mount -t cgroup2 none $root/sys/fs/cgroup || exit 77
mount -t tmpfs tmpfs $root/run && mount -t tmpfs tmpfs $root/dev || exit 77
for device in null zero full random urandom tty; do
    touch $root/dev/$device && mount --bind /dev/$device $root/dev/$device || exit 77
done
mkdir -p "$root$1" && mount --bind "$1" "$root$1" || exit 77
rm -rf $root/etc/systemd/system $root/{usr/,}lib/systemd/{system,user}/*.wants
mkdir -p $root/etc/systemd/system $root/run/systemd/system
cp -r "$1/units/"* $root/run/systemd/system/
printf "%s\n" "[Unit]" "Wants=systemd-journald.service" >$root/run/systemd/system/world.target
ip link set lo up
container=podman exec chroot $root /lib/systemd/systemd --system --unit=world.target --show-status=no'

# unit NAME LINE...: a service of the system, before it is booted.
unit()
{
    local name=$1
    shift
    mkdir -p "$place/units"
    printf '%s\n' '[Unit]' 'DefaultDependencies=no' '[Service]' "$@" >"$place/units/$name"
}

boot_systemd()
{
    [ "$(id -u)" -eq 0 ] || skip 'needs root'
    [ -x /lib/systemd/systemd ] || skip 'systemd is not installed'
    needs systemctl pgrep jq
    mkdir -p "$place/units"
    system_group=world.$$
    unshare -m bash -c "$outside" - "$system_group" "$inside" "$place" </dev/null >"$place/boot" 2>&1 3>&- &
    system_outer=$!
    poll 100 is_booted || { cat "$place/boot"; skip 'no systemd in namespaces of its own'; }
    keeper=$system_pid
}

is_booted()
{
    system_pid=$(pgrep -P "$system_outer") || return 1
    [ "$(cat "/proc/$system_pid/comm")" = systemd ] && in_systemd systemctl is-active -q world.target 2>/dev/null
}

# Without bats' descriptor.
in_systemd()
{
    nsenter -t "$system_pid" -m -p -n -u -i -C -r -w -- "$@" </dev/null 3>&-
}

end_systemd()
{
    local folder
    [ -n "${system_outer-}" ] || return 0
    keeper=
    kill -9 "$system_outer" 2>/dev/null || :
    wait "$system_outer" 2>/dev/null || :
    for folder in /sys/fs/cgroup /sys/fs/cgroup/unified; do
        [ -d "$folder/$system_group" ] || continue
        poll 50 is_empty_group "$folder/$system_group"
        find "$folder/$system_group" -depth -type d -exec rmdir {} +
    done
}

is_empty_group() { grep -q '^populated 0' "$1/cgroup.events"; }

# Lets a server be refused in the system, outside of its units.
refuse_in_systemd()
{
    server_at "$place/newcomer"
    in_systemd env LD_PRELOAD="$place/bin/libreuseshim.so" /usr/bin/python3 "$place/newcomer" >/dev/null 2>"$place/said" || :
    cat "$place/said"
    grep -q '^reuseshim: ' "$place/said"
}

# What the journal has of UNIT is said.
said_in_journal()
{
    in_systemd journalctl -o cat -u "$1" | sed -n '/^reuseshim: /,$p' >"$place/said"
    grep -q "${2-^reuseshim: }" "$place/said"
}

paste_in_systemd()
{
    printf 'pasted: %s\n' "$1"
    in_systemd env -C "$place" PATH="$place/bin:$PATH:/usr/sbin:/sbin" bash -c "$1"
}
