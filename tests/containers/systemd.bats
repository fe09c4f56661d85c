bats_require_minimum_version 1.5.0
load containers

# Units with system call filters, of a real systemd that is pid 1 of namespaces of its own. It comes up far enough to
# start services, plays the story and goes down again.

setup() { open_root; }
teardown() { close_root; }

# boot SCRIPT: as a service of that systemd, with what it needs in /srv; what SCRIPT writes is $output.
boot()
{
    command -v systemd-nspawn >/dev/null || skip 'no systemd-nspawn'
    cat >"$place/srv/story" <<'STORY'
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
unit() # NAME LINE...: a service that binds one port twice, with these lines
{
    printf '%s\n' '[Service]' 'Type=oneshot' 'ExecStart=/srv/server twice' "StandardOutput=file:/srv/$1.out" \
        "StandardError=file:/srv/$1.out" "${@:2}" >"/etc/systemd/system/$1.service"
}
start() # NAME [MANNER]: put under the shim by the command; without one, by the unit's own line
{
    echo "== $1"
    [ "${2-}" = bare ] || /srv/reuseshim systemd --library /srv/libreuseshim.so "$1" 2>&1 || exit 1
    systemctl daemon-reload
    systemctl start "$1" || systemctl status "$1" --no-pager
    cat "/srv/$1.out"
}
STORY
    printf '%s\n' 'systemctl start dbus.socket' "$1" >>"$place/srv/story"
    printf '%s\n' '[Unit]' DefaultDependencies=no SuccessAction=exit-force FailureAction=exit-force \
        '[Service]' Type=oneshot 'ExecStart=/bin/bash /srv/story' StandardOutput=file:/srv/told \
        StandardError=file:/srv/told >"$place/srv/story.service"
    in_root 'mv "$root/srv/story.service" "$root/etc/systemd/system/"
        rm -rf "$root"/etc/systemd/system/*.wants "$root"/etc/fstab
        echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
        umount -l /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 none /sys/fs/cgroup || exit 77
        timeout 90 systemd-nspawn --quiet --register=no --keep-unit -D "$root" --boot systemd.unit=story.service \
            --log-level=warning >/mnt/log 2>&1 </dev/null || true
        cat "$root/srv/told" || cat /mnt/log'
}

# TEXT stands in $output after the line "== PART", up to the next one.
says() # PART TEXT
{
    local part
    part=$(printf '%s\n' "$output" | sed -n "/^== $1\$/,/^== /p" | tr -s ' \n' ' ')
    [[ $part == *"$2"* ]] || { printf 'no "%s" in %s of:\n%s\n' "$2" "$1" "$output"; return 1; }
}

@test "systemd: in a unit with SystemCallFilter=@system-service that the drop-in has tried, the explanation is whole" {
    run boot '
unit web SystemCallFilter=@system-service
start web
grep HELPER /etc/systemd/system/web.service.d/50-reuseshim.conf
unit bare SystemCallFilter=@system-service Environment=LD_PRELOAD=/srv/libreuseshim.so
start bare bare
unit answers SystemCallFilter=@system-service "SystemCallFilter=~sendto pidfd_getfd" SystemCallErrorNumber=EPERM
start answers
unit kills SystemCallFilter=@system-service SystemCallFilter=~sendto
start kills
unit clone SystemCallFilter=@system-service "SystemCallFilter=~clone clone3 fork vfork"
start clone
'
    says web 'REUSESHIM_HELPER='
    says web '[bound-twice]'
    says web 'open_listener+0x'
    says web 'bind Address already in use, files 1 more, wait No child processes'
    says bare '[bound-twice]'
    says bare 'system call filter (seccomp) forbids'
    says bare 'bind Address already in use, files 1 more, wait No child processes'
    says answers '[bound-twice]'
    says answers 'open_listener+0x'
    says answers 'bind Address already in use, files 1 more, wait No child processes'
    says kills '[bound-twice]'
    says kills 'a helper that looked was ended'
    says kills 'bind Address already in use, files 1 more, wait No child processes'
    says clone 'no process could be made for a trial'
    says clone '[bound-twice]'
    says clone 'bind Address already in use, files 1 more, wait No child processes'
}

@test "systemd: with --history a unit of an ordinary user remembers its binds, and root lists them" {
    run boot '
for name in one "two@a"; do
    unit "$name" User=nobody
    echo "== $name"
    /srv/reuseshim systemd --history --library /srv/libreuseshim.so "$name" 2>&1 || exit 1
    systemctl daemon-reload
    systemctl start "$name" || systemctl status "$name" --no-pager
    stat -c "%U %a" "/var/lib/reuseshim/$name/history"
    REUSESHIM_HISTORY=/var/lib/reuseshim/$name/history /srv/reuseshim list
done
'
    for name in one two@a; do
        says $name "REUSESHIM_HISTORY=/var/lib/reuseshim/$name/history reuseshim list"
        says $name 'nobody 700'
        says $name 'server['
    done
}
