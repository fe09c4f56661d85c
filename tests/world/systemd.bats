#!/usr/bin/env bats
# Under a real systemd, in namespaces of its own: what pasted cures stop is the right unit, or what is left of one's
# own.
load systemd

setup()
{
    open_place
    server_at "$place/server"
}

teardown()
{
    end_systemd
    close_place
}

@test "world: systemd: a unit that starts its server again is stopped" {
    unit web.service "ExecStart=$place/server" Restart=always RestartSec=100ms
    boot_systemd
    in_systemd systemctl start web
    poll 100 is_held
    refuse_in_systemd
    [ "$(cure fix)" = "systemctl stop web.service" ]
    paste_in_systemd "$(cure fix)"
    stays_free
    in_systemd systemctl is-active -q systemd-journald
}

@test "world: systemd: what KillMode=process has left of one's own unit is ended by systemctl kill" {
    long_only
    server_at "$place/left" 'import os
if os.fork(): s = socket.socket(); time.sleep(0.5); os._exit(0)
os.setsid()'
    unit web.service KillMode=process Environment="LD_PRELOAD=$place/bin/libreuseshim.so" \
        "ExecStart=/bin/sh -c 'test -e $place/second && exec $place/server; $place/left; sleep 600'"
    boot_systemd
    in_systemd systemctl start web
    poll 100 is_held
    touch "$place/second"
    in_systemd systemctl restart web
    poll 100 said_in_journal web
    cat "$place/said"
    tr -s ' \n' ' ' <"$place/said" | grep -qF 'an earlier run of this unit left it (KillMode=)'
    [ "$(cure fix)" = "systemctl kill web.service" ]
    paste_in_systemd "$(cure fix)"
    poll 50 is_free
    in_systemd systemctl start web
    poll 50 is_held
    sleep 5
    in_systemd systemctl is-active web
}

# Leaves a connection of the server's own in TIME_WAIT on its port, and ends it.
once='s_once = socket.socket(); s_once.bind(("127.0.0.1", 8123)); s_once.listen()
import os
if os.environ.get("ONCE"):
    c = socket.create_connection(("127.0.0.1", 8123)); a, _ = s_once.accept(); a.close(); c.close(); sys.exit()
time.sleep(600)'

@test "world: systemd: a unit waits for TIME_WAIT, or has it freed, and has the option by the drop-in that is pasted" {
    long_only
    server_at "$place/plain" "$once"
    unit web.service Environment="LD_PRELOAD=$place/bin/libreuseshim.so" "ExecStart=$place/plain"
    boot_systemd
    in_systemd env ONCE=1 "$place/plain"
    in_systemd systemctl start web
    poll 100 said_in_journal web
    cat "$place/said"
    grep -q '^  for good' "$place/said"
    paste_in_systemd "$(cure or)"
    paste_in_systemd "$(cure 'for good')"
    poll 50 is_held
    in_systemd systemctl is-active web
    in_systemd "$command" why --json "127.0.0.1:$port" >"$place/json" || :
    jq -e '.holders[0].flags.reuseaddr == true' "$place/json"
}

@test "world: systemd: of a socket unit both it and its service are stopped" {
    long_only
    unit web.service "ExecStart=/usr/bin/python3 -c 'import time; time.sleep(600)'"
    unit web.socket
    printf '%s\n' '[Unit]' 'DefaultDependencies=no' '[Socket]' "ListenStream=127.0.0.1:$port" >"$place/units/web.socket"
    boot_systemd
    in_systemd systemctl start web.socket
    in_namespace python3 -c "import socket; socket.create_connection(('127.0.0.1', $port))"
    poll 50 in_systemd systemctl is-active -q web.service
    refuse_in_systemd
    paste_in_systemd "$(cure fix)"
    stays_free
    run in_systemd systemctl is-active -q web.service
    [ "$status" -ne 0 ]
    in_systemd systemctl is-active -q systemd-journald
}

user=64242

# A manager of a user's own, without logind, which would make its folder.
boot_user_manager()
{
    unit user-runtime-dir@.service Type=oneshot RemainAfterExit=yes 'ExecStart=/bin/mkdir -p /run/user/%i' \
        'ExecStart=/bin/chown %i /run/user/%i'
    unit user@.service.d.conf 'Environment=XDG_RUNTIME_DIR=/run/user/%i'
    mkdir "$place/units/user@.service.d"
    mv "$place/units/user@.service.d.conf" "$place/units/user@.service.d/runtime.conf"
    boot_systemd
    in_systemd mkdir -p /run/home /run/user
    in_systemd chown $user /run/home
    in_systemd sh -c "echo shop:x:$user:$user::/run/home:/bin/sh >>/etc/passwd; echo shop:x:$user: >>/etc/group"
    in_systemd sh -c 'echo "session required pam_permit.so" >/etc/pam.d/systemd-user;
        for kind in auth account; do echo "$kind required pam_permit.so" >>/etc/pam.d/systemd-user; done'
    in_systemd systemctl start "user@$user.service"
    poll 50 as_user systemctl --user -q is-active default.target
}

as_user()
{
    in_systemd setpriv --reuid $user --regid $user --clear-groups -- \
        env -C "$place" HOME=/run/home XDG_RUNTIME_DIR=/run/user/$user PATH="$place/bin:$PATH" "$@"
}

@test "world: systemd: a unit of a user's own manager is stopped by systemctl --user, and put under a policy by it" {
    long_only
    server_at "$place/plain" "$once"
    boot_user_manager
    as_user mkdir -p /run/home/.config/systemd/user
    as_user sh -c "printf '%s\n' '[Service]' Restart=always RestartSec=1 ExecStart=$place/server >~/.config/systemd/user/web.service"
    as_user sh -c "printf '%s\n' '[Service]' Environment=LD_PRELOAD=$place/bin/libreuseshim.so ExecStart=$place/plain \
        >~/.config/systemd/user/plain.service"
    as_user systemctl --user daemon-reload
    as_user systemctl --user start web
    poll 100 is_held
    as_user env LD_PRELOAD="$place/bin/libreuseshim.so" "$place/plain" 2>"$place/said" || :
    cat "$place/said"
    [ "$(cure fix)" = "systemctl --user stop web.service" ]
    as_user sh -c "$(cure fix)"
    stays_free
    in_systemd env ONCE=1 "$place/plain"
    as_user systemctl --user start plain
    poll 100 said_by_user_unit plain
    cat "$place/said"
    in_systemd "$command" free "127.0.0.1:$port"
    as_user sh -c "$(cure 'for good')"
    poll 50 is_held
    as_user systemctl --user is-active plain
}

said_by_user_unit()
{
    in_systemd journalctl -o cat "_SYSTEMD_USER_UNIT=$1.service" | sed -n '/^reuseshim: /,$p' >"$place/said"
    grep -q '^reuseshim: ' "$place/said"
}

# Its master has put its own log in the place of standard error by then.
@test "world: systemd: nginx, reloaded for a port that is held, has its answer in the journal, under the preloaded library alone" {
    long_only
    needs nginx
    printf '%s\n' "pid $place/n.pid; error_log $place/n.log;" "events {}" \
        "http { access_log off; server { listen 127.0.0.1:8180; include $place/more*.conf; } }" >"$place/n.conf"
    unit web.service Type=forking "PIDFile=$place/n.pid" Environment="LD_PRELOAD=$place/bin/libreuseshim.so" \
        "ExecStart=/usr/sbin/nginx -c $place/n.conf" "ExecReload=/bin/kill -HUP \$MAINPID"
    unit other.service "ExecStart=$place/server"
    boot_systemd
    in_systemd systemctl start web other
    poll 100 is_held
    echo "listen 127.0.0.1:$port;" >"$place/more.conf"
    in_systemd systemctl reload web
    poll 100 told_by_tag
    [ "$(cure fix)" = "systemctl stop other.service" ]
    run cat "$place/n.log"
    lacks reuseshim
    paste_in_systemd "$(cure fix)"
    in_systemd systemctl reload web # unless one of nginx's five tries has had it already
    poll 50 nginx_has_it
}

nginx_has_it() { in_namespace ss -Hltnp "sport = :$port" | grep -q nginx; }

told_by_tag()
{
    in_systemd journalctl -o cat -t reuseshim >"$place/said"
    grep -q '\[listening\]' "$place/said"
}
