bats_require_minimum_version 1.5.0
load command

# An ordinary user is told of a socket what the kernel shows to everybody: its user and its cgroup, and so the unit.

setup()
{
    [ "$(id -u)" -eq 0 ] || skip 'only root can make a cgroup, and look as somebody else'
    open_place
    open_namespace
    for tree in /sys/fs/cgroup /sys/fs/cgroup/unified; do
        [ "$(stat -f -c %T "$tree" 2>/dev/null)" != cgroup2fs ] || break
    done
    [ "$(stat -f -c %T "$tree" 2>/dev/null)" = cgroup2fs ] || skip 'no cgroup v2 here'
    slice=$tree/reuseshimtest.slice
    mkdir -p "$slice/web.service" || skip 'no cgroup can be made here'
    nsenter --net="/proc/$keeper/ns/net" -- bash -c 'echo $BASHPID >"$1/web.service/cgroup.procs" && exec python3 -c "
import socket
s = socket.socket(); s.bind((\"0.0.0.0\", 8080)); s.listen(); s.accept()"' - "$slice" </dev/null >/dev/null 2>&1 3>&- &
    actors+=($!)
    listens() { in_namespace ss -tlnH 'sport = :8080' | grep -q LISTEN; }
    poll 100 listens
}

teardown()
{
    [ -z "${place-}" ] || close_place
    is_removed() { rmdir "$slice/web.service" "$slice" 2>/dev/null || [ ! -e "$slice" ]; }
    [ -z "${slice-}" ] || poll 50 is_removed
}

@test "unprivileged: why tells the user and the unit of a process out of sight, and asks root for the rest" {
    run as_nobody 8080
    exits 1
    has '8080 is taken: a process of root listens on it [listening]'
    has '  holder   user root, unit web.service'
    has 'see how to end it: sudo reuseshim why 8080'
    run as_nobody why --json 8080
    exits 1
    [ "$(jq -r '.holders[0] | "\(.uid) \(.unit) \(.pid) \(.relation)"' <<<"${lines[0]}")" = '0 web.service null unseen' ]
    [ "$(jq -r '.holders[0].cgroup' <<<"${lines[0]}")" = /reuseshimtest.slice/web.service ]
    [ "$(jq -r '.cures[0].command' <<<"${lines[0]}")" = 'sudo reuseshim why 8080' ]
    # By sudo the command is told that ends it; it is pasted by the user.
    run in_namespace env SUDO_UID=$nobody "$command" 8080
    exits 1
    [[ $output =~ ': sudo kill '[0-9]+ || $output == *': sudo systemctl stop web.service'* ]]
}

@test "unprivileged: so does the library in a program of that user" {
    cat >"$place/server.py" <<'END'
import socket
try: socket.socket().bind(("0.0.0.0", 8080))
except OSError: pass
END
    for format in text json; do
        in_namespace setpriv --reuid $nobody --regid $nobody --clear-groups -- env REUSESHIM_FORMAT=$format \
            LD_PRELOAD="$place/bin/libreuseshim.so" /usr/bin/python3 "$place/server.py" 2>"$place/$format"
    done
    grep -q '  holder   user root, unit web.service' "$place/text"
    [ "$(jq -r '.holders[0] | "\(.uid) \(.unit) \(.relation)"' "$place/json")" = '0 web.service unseen' ]
}
