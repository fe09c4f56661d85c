# Containers for tests: a root that is this system, with what is written to it in memory, in namespaces of its own.

open_root()
{
    [ "$(id -u)" -eq 0 ] || skip 'needs root'
    lib=${REUSESHIM_LIB:-$BATS_TEST_DIRNAME/../../build/libreuseshim.so}
    [ -e "$lib" ] || skip "libreuseshim.so is not built"
    place=$(mktemp -d)
    chmod 755 "$place"
    mkdir "$place/srv"
    cp "$lib" "$place/srv/libreuseshim.so"
    [ ! -e "${REUSESHIM_COMMAND-}" ] || cp "$REUSESHIM_COMMAND" "$place/srv/reuseshim"
    ${CC:-cc} -O1 -g -o "$place/srv/server" "$BATS_TEST_DIRNAME/programs/server.c" -pthread
}

# What takes longer is done by a long run alone.
long_only()
{
    [ -n "${REUSESHIM_LONG-}" ] || skip 'in a long run'
}

close_root()
{
    rm -rf "$place"
}

# Podman wants short paths, so it is all below /mnt, as that namespace sees it.
#
# in_root COMMAND...: run in a mount and a network namespace where $root is such a root, as words of a shell. Its /run is
# its own: other tests write to this system's, and an overlay whose lower folder changes may lose files.
in_root()
{
    # shellcheck disable=SC2016 # for the inner shell
    # shellcheck disable=SC2086 # options
    unshare ${spaces:--mn} bash -c 'mount --make-rprivate / && mount -t tmpfs tmpfs /mnt && mkdir /mnt/{upper,work,root} &&
        mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root || exit 77
        root=/mnt/root place=$1
        mkdir -p "$root/srv" "$root/run" && mount -t tmpfs tmpfs "$root/run" && cp "$place"/srv/* "$root/srv/"
        ip link set lo up
        eval "$2"' - "$place" "$1"
}

# The same in a pid namespace as well, with which all ends that the command has started, and in a cgroup of version 2
# that is the root of a tree of its own: for engines that are daemons.
in_root_alone()
{
    spaces="-mnpfC --mount-proc --kill-child" in_own_cgroup in_root "$1"
}

# What is in the cgroup at the end has ended, but for what runs this.
in_own_cgroup() # COMMAND...
{
    local tree=$place/cgroup own=$place/cgroup/reuseshim.$$ before result
    mkdir "$tree" && mount -t cgroup2 none "$tree" || skip 'no cgroup v2'
    before=$(sed -n 's/^0:://p' /proc/self/cgroup)
    mkdir "$own" && echo "$BASHPID" >"$own/cgroup.procs"
    "$@"
    result=$?
    echo "$BASHPID" >"$tree$before/cgroup.procs"
    find "$own" -depth -type d -exec rmdir {} +
    umount "$tree" && rmdir "$tree"
    return $result
}

# Words of a shell: what runs so far is out of the way of the engine, which has the tree for itself.
own_cgroups='umount -l /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 none /sys/fs/cgroup || exit 77
    mkdir /sys/fs/cgroup/init && for pid in $(cat /sys/fs/cgroup/cgroup.procs); do
        echo "$pid" >/sys/fs/cgroup/init/cgroup.procs; done 2>/dev/null
    mount -t tmpfs tmpfs /run; export PATH=/usr/bin:/usr/sbin:$PATH
'

# Words of a shell: /mnt/plain is a root with nothing in it; what a program needs is mounted into it.
# shellcheck disable=SC2016 # for the inner shell
plain_root='mkdir -p /mnt/plain/{usr,etc,srv,tmp,proc,sys,dev,run}
    for link in bin sbin lib lib32 lib64 libx32; do [ ! -L "/$link" ] || ln -s "usr/$link" "/mnt/plain/$link"; done
'

# Words of a shell, for tests that look at a holder within a container from outside.
# shellcheck disable=SC2016 # for the inner shell
outside='server() { env LD_PRELOAD="$place/srv/libreuseshim.so" "$@" "$place/srv/server" once; }
    reuseshim() { "$place/srv/reuseshim" "$@"; }
    wait_for_8080() { timeout 20 sh -c "until ss -Hltn sport = :8080 | grep -q .; do sleep 0.05; done"; }
'

# TEXT stands in $output after the line "== PART", up to the next one; it may go over lines.
says() # PART TEXT
{
    local part
    part=$(printf '%s\n' "$output" | sed -n "/^== $1\$/,/^== /p" | tr -s ' \n' ' ')
    [[ $part == *"$2"* ]] || { printf 'no "%s" in %s of:\n%s\n' "$2" "$1" "$output"; return 1; }
}

# Words of a shell, for in_root: from here on `podman` is a plain one, with its default profile. Tests' cgroups are not
# its business: it gets a hierarchy of its own, and puts nothing into it.
# shellcheck disable=SC2016 # for the inner shell
podman_ready='umount -l /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 none /sys/fs/cgroup || exit 77
    printf "[storage]\ndriver = \"vfs\"\ngraphroot = \"/mnt/p\"\nrunroot = \"/mnt/r\"\n" >/mnt/storage.conf
    printf "%s\n" "[engine]" "cgroup_manager = \"cgroupfs\"" "events_logger = \"file\"" "tmp_dir = \"/mnt/t\"" \
        "[containers]" "cgroups = \"disabled\"" "default_ulimits = [\"nofile=1024:1024\", \"nproc=1000:1000\"]" \
        >/mnt/containers.conf
    export CONTAINERS_STORAGE_CONF=/mnt/storage.conf CONTAINERS_CONF=/mnt/containers.conf
'

needs_podman()
{
    command -v podman >/dev/null && command -v crun >/dev/null || skip 'no podman'
}

# podman_run OPTION... -- COMMAND...: the command in a container on the network of the namespace.
podman_run()
{
    needs_podman
    local options=
    while [ "$1" != -- ]; do
        options+=" $(printf %q "$1")"
        shift
    done
    shift
    in_root "$podman_ready"'exec podman run --rm --network host -e LD_PRELOAD=/srv/libreuseshim.so'"$options"' \
        --rootfs "$root" '"$(printf '%q ' "$@")"
}

has()
{
    [[ $output == *"$1"* ]] || { printf 'no "%s" in:\n%s\n' "$1" "$output"; return 1; }
}

lacks()
{
    [[ $output != *"$1"* ]] || { printf '"%s" in:\n%s\n' "$1" "$output"; return 1; }
}

# The program has gone on as it would without the library.
unharmed()
{
    has 'bind Address already in use'
    has 'files 1 more'
    lacks 'Bad system call'
}
