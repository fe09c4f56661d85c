bats_require_minimum_version 1.5.0
load containers

# Who has a port that a container has published, or that a container on the host's network has: seen from outside and
# from within. The server outside runs with the library, in the network namespace that is the host's to podman.

setup() { open_root; }
teardown() { close_root; }

# A container that publishes the port, on NETWORK; the cure is pasted as it was printed.
published() # NETWORK
{
    needs_podman
    run in_root "$podman_ready$outside"'
        podman run -d --name web --network '"$1"' -p 8080:80 --rootfs "$root" \
            sh -c "trap exit TERM; sleep 60 & wait" >/dev/null || exit 77
        echo "== server"; server 2>&1
        echo "== why"; reuseshim why 8080
        echo "== cure"
        cure=$(server 2>&1 | sed -n "s/^ *\(podman stop .*\)/\1/p")
        bash -c "$cure"
        echo "== after"; server 2>&1
        podman rm -f -t 0 web >/dev/null'
    [ "$status" -ne 77 ] || skip "no network $1 here"
}

@test "podman: a port published by the user-mode network is rootlessport's, and the printed command frees it" {
    command -v slirp4netns >/dev/null || skip 'no slirp4netns'
    published slirp4netns
    says server 'rootlessport['
    says server '[listening]'
    says server 'It has the ports that a container of Podman has published'
    says server 'server: bind Address already in use'
    says why 'rootlessport['
    says why 'podman stop '
    says after 'server: bind works'
}

@test "podman: a port published by a bridge is conmon's, and the printed command frees it" {
    long_only
    [ -x /usr/lib/podman/netavark ] || [ -x /usr/libexec/podman/netavark ] || skip 'no netavark'
    published bridge
    says server 'conmon['
    says server '[listening]'
    says server 'It has the ports that a container of Podman has published'
    says why 'conmon['
    says after 'server: bind works'
}

@test "podman: on the host's network each side is told as far as it can be seen" {
    needs_podman
    run in_root "$podman_ready$outside"'
        podman run -d --name web --network host --rootfs "$root" /srv/server hold >/dev/null || exit 1
        wait_for_8080
        echo "== outside"; server 2>&1
        echo "== inside"
        podman run --rm --network host -e LD_PRELOAD=/srv/libreuseshim.so --rootfs "$root" /srv/server once 2>&1
        echo "== json"
        podman run --rm --network host -e LD_PRELOAD=/srv/libreuseshim.so -e REUSESHIM_FORMAT=json --rootfs "$root" \
            /srv/server once 2>&1
        podman rm -f -t 0 web >/dev/null'
    says outside 'listens on it [listening]'
    says outside 'server hold'
    says inside '[listening]'
    says inside 'a process of root'
    says inside 'unseen Processes outside this container.'
    says json '"visibility":"other-pid-namespace"'
    says json '"relation":"unseen"'
}

@test "podman: the port of the host is told in a container as held outside, and the printed command finds the holder" {
    needs_podman
    run in_root "$podman_ready$outside"'
        "$place/srv/server" hold & held=$!
        wait_for_8080
        told=$(podman run --rm --network host -e LD_PRELOAD=/srv/libreuseshim.so --rootfs "$root" \
            /srv/server once 2>&1)
        echo "== inside"; echo "$told"
        echo "== command"
        eval "$(printf "%s\n" "$told" | sed -n "s/.*\(reuseshim why [^ ]*\)$/\1/p")"
        echo "== holder $held"
        kill "$held"'
    says inside 'see who has it, on the host or in the container whose network this is'
    held=$(printf '%s\n' "$output" | sed -n 's/^== holder //p')
    says command "[$held] listens on it"
}

# What another user's process needs.
in_container_of_two_users() # OPTION...
{
    needs_podman
    run podman_run -e REUSESHIM_FORMAT=json "$@" -- /bin/sh -c '
        LD_PRELOAD= setpriv --reuid 1234 --clear-groups /srv/server hold & held=$!
        timeout 20 sh -c "until ss -Hltn sport = :8080 | grep -q .; do sleep 0.05; done"
        /srv/server once
        LD_PRELOAD= /srv/reuseshim why 8080
        kill "$held"'
}

@test "podman: another user's process is told by its user alone, and by CAP_SYS_PTRACE whole" {
    in_container_of_two_users
    has '"visibility":"unprivileged"'
    has '"pid":null,"comm":null'
    has 'uid 1234'
    has 'Root sees them'
    in_container_of_two_users --cap-add SYS_PTRACE
    has '"visibility":"full"'
    has '"comm":"server","exe":"/srv/server","uid":1234'
    has '"flags":{"reuseaddr":false,"reuseport":false'
}
