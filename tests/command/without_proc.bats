bats_require_minimum_version 1.5.0
load command

# In a root without /proc, as chroot and bwrap make it: what run, check, verify, list and why say is true there.

setup()
{
    [ "$(id -u)" -eq 0 ] || skip 'chroot needs root'
    command -v gcc >/dev/null || skip 'no gcc'
    open_place
    open_namespace
    root=$place/root
    mkdir -p "$root/bin"
    mkdir -m 700 "$root/history"
    cat >"$place/server.c" <<'END'
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(8099)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 1) != 0)
        return perror(argv[0]), 1;
    return argc > 1 ? accept(fd, 0, 0) : 0; /* until it is ended */
}
END
    gcc -o "$root/bin/server" "$place/server.c"
    cp "$place/bin/reuseshim" "$place/bin/libreuseshim.so" "$root/bin/"
    ldd "$root/bin/reuseshim" "$root/bin/server" | grep -o '/[^ ]*\.so[^ ]*' | sort -u | while read -r file; do
        mkdir -p "$root$(dirname "$file")"
        cp -L "$file" "$root$file"
    done
}

teardown()
{
    close_place
}

inside() { in_namespace env REUSESHIM_HISTORY=/history chroot "$root" "$@"; }

@test "without /proc: check tells what the program is" {
    run inside /bin/reuseshim check /bin/server
    exits 0
    has '/bin/server can be seen by the shim'
}

@test "without /proc: verify does not say that a process is not there" {
    run inside /bin/reuseshim verify 1
    exits 1
    has "process 1 can't be looked at: /proc is not mounted here"
    lacks 'there is no process'
    run inside /bin/reuseshim verify --json 1
    exits 1
    [ "$(jq .at_work <<<"$output")" = null ]
}

@test "without /proc: run starts the program, and its failure, list and why say what is true" {
    nsenter --net="/proc/$keeper/ns/net" -- env REUSESHIM_HISTORY=/history chroot "$root" /bin/reuseshim run /bin/server stay </dev/null >/dev/null 2>&1 3>&- &
    actors+=($!)
    listens() { in_namespace ss -tlnH 'sport = :8099' | grep -q LISTEN; }
    poll 100 listens
    run inside /bin/reuseshim run /bin/server
    exits 1
    [[ $output == *' cannot bind 8099: '*'[listening]'*'Address already in use'* ]]
    has '/proc cannot be read'
    lacks 'kill '
    run inside /bin/reuseshim list
    exits 0
    # What the history has; whether it is bound yet cannot be seen.
    [[ $output == *'0.0.0.0:8099 '*' ? '* ]]
    run inside /bin/reuseshim why 8099
    exits 1
    has '8099 is taken: '
    has '/proc cannot be read'
    run inside /bin/reuseshim free 8099
    exits 1
}

# boxed COMMAND...: the same root as bubblewrap makes it, with process ids and users of its own, and without /proc.
boxed()
{
    in_namespace env REUSESHIM_HISTORY=/history bwrap --bind "$root" / --dev /dev --unshare-pid --unshare-user \
        --die-with-parent -- "$@"
}

@test "without /proc: in bubblewrap run, check, verify, list, why and free say what is true, too" {
    command -v bwrap >/dev/null || skip 'no bwrap'
    boxed /bin/server || skip 'bwrap cannot make a box here'
    run boxed /bin/reuseshim check /bin/server
    exits 0
    has '/bin/server can be seen by the shim'
    run boxed /bin/reuseshim verify 1
    exits 1
    has "process 1 can't be looked at: /proc is not mounted here"
    nsenter --net="/proc/$keeper/ns/net" -- env REUSESHIM_HISTORY=/history bwrap --bind "$root" / --dev /dev \
        --unshare-pid --unshare-user --die-with-parent -- /bin/reuseshim run /bin/server stay \
        </dev/null >/dev/null 2>&1 3>&- &
    actors+=($!)
    listens() { in_namespace ss -tlnH 'sport = :8099' | grep -q LISTEN; }
    poll 100 listens
    run boxed /bin/reuseshim run /bin/server
    exits 1
    [[ $output == *' cannot bind 8099: '*'[listening]'*'Address already in use'* ]]
    has '/proc cannot be read'
    lacks 'kill '
    run boxed /bin/reuseshim list
    exits 0
    [[ $output == *'0.0.0.0:8099 '*' ? '* ]]
    run boxed /bin/reuseshim why 8099
    exits 1
    has '8099 is taken: '
    has '/proc cannot be read'
    lacks 'kill '
    run boxed /bin/reuseshim free 8099
    exits 1
    lacks 'is alive'
}
