load command

setup()
{
    open_place
    root=$place/root
    mkdir -p "$root/etc/systemd/system" "$root/usr/lib/systemd/system"
    drop_in=$root/etc/systemd/system/web.service.d/50-reuseshim.conf
    library=$place/bin/libreuseshim.so
}

teardown()
{
    close_place
}

unit() # FILE LINE...
{
    mkdir -p "$(dirname "$root/$1")"
    printf '[Unit]\nDescription=web\n[Service]\nExecStart=/bin/true\n' >"$root/$1"
    printf '%s\n' "${@:2}" >>"$root/$1"
}

@test "systemd: writes a drop-in, exit 0, and says what to do next" {
    unit usr/lib/systemd/system/web.service
    run "$command" systemd --root "$root" -p 'tcp:80=force; explain' -f json web
    exits 0
    has 'systemctl daemon-reload'
    grep -Fx "Environment=\"LD_PRELOAD=$library\"" "$drop_in"
    grep -Fx 'Environment="REUSESHIM_POLICY=tcp:80=force; explain"' "$drop_in"
    grep -Fx 'Environment="REUSESHIM_FORMAT=json"' "$drop_in"
    grep -Fx '[Service]' "$drop_in"
    [ "$(stat -c %a "$drop_in")" = 644 ]
}

@test "systemd: web and web.service are the same unit" {
    unit usr/lib/systemd/system/web.service
    "$command" systemd --root "$root" web >/dev/null 2>&1
    [ -e "$drop_in" ]
    "$command" systemd --root "$root" --remove web.service >/dev/null
    [ ! -e "$drop_in" ]
}

@test "systemd: a preload of the unit's own is kept, ours first; twice changes nothing" {
    unit usr/lib/systemd/system/web.service 'Environment=A=b "LD_PRELOAD=/usr/lib/one.so /usr/lib/two.so" C=d'
    "$command" systemd --root "$root" web >/dev/null 2>&1
    "$command" systemd --root "$root" web >/dev/null 2>&1
    grep -Fx "Environment=\"LD_PRELOAD=$library:/usr/lib/one.so:/usr/lib/two.so\"" "$drop_in"
}

@test "systemd: drop-ins count in their order, an empty Environment= takes back" {
    unit usr/lib/systemd/system/web.service 'Environment=LD_PRELOAD=/usr/lib/one.so'
    unit etc/systemd/system/web.service.d/90-last.conf 'Environment=' 'Environment=LD_PRELOAD=/usr/lib/last.so'
    unit usr/lib/systemd/system/web.service.d/10-first.conf 'Environment=LD_PRELOAD=/usr/lib/first.so'
    run "$command" systemd --root "$root" --print web
    exits 0
    has "LD_PRELOAD=$library:/usr/lib/last.so\""
}

@test "systemd: a template's own lines count for its instances" {
    unit usr/lib/systemd/system/web@.service 'Environment=LD_PRELOAD=/usr/lib/one.so'
    run "$command" systemd --root "$root" --print web@1
    exits 0
    has ':/usr/lib/one.so"'
}

@test "systemd: a program that the shim can't see is told of, from wherever ExecStart= is" {
    command -v gcc >/dev/null || skip 'no gcc'
    mkdir -p "$root/bin"
    echo 'int main(void) { return 0; }' | gcc -static -x c -o "$root/bin/static" - || skip 'no static libc'
    cp "$root/bin/static" "$root/bin/web"
    cp "$(command -v sleep)" "$root/bin/true"
    unit usr/lib/systemd/system/web.service
    run "$command" systemd --root "$root" --print web
    exits 0
    lacks 'will not help'
    unit etc/systemd/system/web.service.d/50-reuseshim.conf 'ExecStart=' 'ExecStart=/bin/none' # ours does not count
    unit etc/systemd/system/web.service.d/start.conf 'ExecStart=' 'ExecStart=-/bin/static --option'
    run "$command" systemd --root "$root" --print web
    exits 0
    has "the drop-in will not help: $root/bin/static is linked statically"
    has '[Service]'
    [ "$("$command" systemd --root "$root" --print web 2>/dev/null | grep -c 'will not help')" -eq 0 ]
}

@test "systemd: --print writes nothing" {
    unit usr/lib/systemd/system/web.service
    run "$command" systemd --root "$root" --print -p force web
    exits 0
    has 'REUSESHIM_POLICY=force'
    [ ! -e "$drop_in" ]
}

@test "systemd: --remove takes away what it wrote and nothing else" {
    unit usr/lib/systemd/system/web.service
    "$command" systemd --root "$root" web >/dev/null 2>&1
    : >"$root/etc/systemd/system/web.service.d/own.conf"
    run "$command" systemd --root "$root" --remove web
    exits 0
    [ ! -e "$drop_in" ]
    [ -e "$root/etc/systemd/system/web.service.d/own.conf" ]
    rm "$root/etc/systemd/system/web.service.d/own.conf"
    "$command" systemd --root "$root" web >/dev/null 2>&1
    "$command" systemd --root "$root" --remove web >/dev/null
    [ ! -e "$root/etc/systemd/system/web.service.d" ]
    run "$command" systemd --root "$root" --remove web
    exits 0
    has 'nothing to remove'
}

@test "systemd: what it writes, systemd reads as it was meant" {
    command -v systemd-analyze || skip 'no systemd'
    unit usr/lib/systemd/system/web.service 'Environment=OWN=kept'
    mkdir -p "$root/usr/lib"
    cp "$REUSESHIM_LIB" "$root/usr/lib/libreuseshim.so"
    "$command" systemd --root "$root" -p 'unix@/run/100%.sock=unlink; tcp:80=force' \
        --library /usr/lib/libreuseshim.so web >/dev/null 2>&1
    run systemd-analyze verify --root="$root" web.service
    echo "$output"
    # Of a root without anything else it complains; of our file it must not.
    lacks 50-reuseshim.conf
    lacks 'Invalid environment'
    sed -i 's/^Environment="LD_PRELOAD/Environment=""LD_PRELOAD=x/' "$drop_in"
    run systemd-analyze verify --root="$root" web.service
    has 50-reuseshim.conf
}

@test "systemd: a policy that is none is exit 125, and nothing is written" {
    unit usr/lib/systemd/system/web.service
    run "$command" systemd --root "$root" -p forc web
    exits 125
    has '--policy "forc": column 1'
    [ ! -e "$drop_in" ]
}

@test "systemd: a library and a root that are not there are refused, exit 125, and nothing is written" {
    unit usr/lib/systemd/system/web.service
    for words in '--library=/nolib.so' '--library=./x.so' "-l app.log"; do
        # shellcheck disable=SC2086 # several words
        run "$command" systemd --root "$root" $words web
        echo "$words"
        exits 125
        [ ! -e "$drop_in" ]
    done
    run "$command" systemd --print --library=/nolib.so web
    exits 125
    has '--library "/nolib.so": No such file or directory'
    run "$command" systemd --root="$place/no" web
    exits 125
    has 'No such file or directory'
    [ ! -e "$place/no" ]
    run "$command" systemd --root=/etc/passwd --remove web
    exits 125
    # It is the service's: below the root. What the loader looks for is not looked for here.
    mkdir "$root/opt"
    cp "$REUSESHIM_LIB" "$root/opt/shim.so"
    for library in /opt/shim.so libreuseshim.so '/usr/$LIB/libreuseshim.so'; do
        run "$command" systemd --root "$root" --print --library="$library" web
        exits 0
        has "LD_PRELOAD=$library"
    done
}

@test "systemd: relative files are those of the folder that it is called in" {
    cd "$place"
    run "$command" systemd --print --library=bin/libreuseshim.so -l app.log web
    exits 0
    has "LD_PRELOAD=$place/bin/libreuseshim.so\""
    has "REUSESHIM_LOG=$place/app.log\""
}

@test "systemd: names that are none, and usage errors, are exit 125" {
    for name in '' a/b ../x .x 'a b'; do
        run "$command" systemd --root "$root" "$name"
        exits 125
    done
    run "$command" systemd
    exits 125
    run "$command" systemd --nonsense web
    exits 125
}

@test "systemd: an ordinary user is told that it needs root, exit 125" {
    [ "$(id -u)" -eq 0 ] || skip 'needs root'
    chmod 755 "$root"
    run setpriv --reuid $nobody --regid $nobody --clear-groups -- "$command" systemd --root "$root" web
    exits 125
    has 'this needs root'
}

@test "systemd: a unit of another type is refused, not taken for NAME.socket.service" {
    for other in web.socket web.timer web@1.target; do
        run "$command" systemd --root "$root" "$other"
        exits 125
        has 'is no service'
    done
    [ ! -e "$root/etc/systemd/system/web.socket.service.d" ]
    unit usr/lib/systemd/system/web.example.service
    run "$command" systemd --root "$root" web.example
    exits 0
}

@test "systemd: --user writes for the user's own manager, and finds the units there" {
    mkdir -p "$place/home/.config/systemd/user"
    printf '[Service]\nExecStart=/bin/true\nEnvironment=LD_PRELOAD=/lib/own.so\n' \
        >"$place/home/.config/systemd/user/web.service"
    drop_in=$place/home/.config/systemd/user/web.service.d/50-reuseshim.conf
    HOME=$place/home XDG_CONFIG_HOME='' run "$command" systemd --user -p force web
    exits 0
    has 'systemctl --user daemon-reload && systemctl --user restart web.service'
    grep -F ":/lib/own.so" "$drop_in" || grep -F " /lib/own.so" "$drop_in"
    HOME=$place/home XDG_CONFIG_HOME=$place/other run "$command" systemd --user -p force web
    exits 125
    has 'no unit web.service'
    run "$command" systemd --user --root "$root" web
    exits 125
}

@test "systemd: --try tells that no filter is there, or under how many a process can be made" {
    [ "$(grep -c '^Seccomp:.0$' /proc/self/status)" = 1 ] || skip 'under a filter itself'
    run "$command" systemd --try
    exits 0
    [ "$output" = 0 ]
    python3 - "$place/filter" <<'PYTHON'
import struct, sys
open(sys.argv[1], "wb").write(struct.pack("HBBI", 0x06, 0, 0, 0x7fff0000))
PYTHON
    command -v bwrap >/dev/null || skip 'no bwrap'
    run bwrap --dev-bind / / --seccomp 9 "$command" systemd --try 9<"$place/filter"
    exits 0
    [ "$output" = 1 ]
}

@test "systemd: --history gives the unit a folder for its binds; without it the option is offered" {
    unit usr/lib/systemd/system/web.service
    run "$command" systemd --root "$root" web
    exits 0
    has 'To have its binds remembered across restarts: reuseshim systemd --history web.service'
    lacks StateDirectory
    ! grep -q HISTORY "$drop_in"
    run "$command" systemd --root "$root" --history web
    exits 0
    has 'REUSESHIM_HISTORY=/var/lib/reuseshim/web/history reuseshim list'
    grep -Fx 'StateDirectory=reuseshim/%N' "$drop_in"
    grep -Fx 'Environment="REUSESHIM_HISTORY=%S/reuseshim/%N/history"' "$drop_in"
    command -v systemd-analyze || skip 'no systemd'
    run systemd-analyze verify --root="$root" web.service
    lacks 50-reuseshim.conf
}

@test "systemd: of a unit's system call filter it is told that the trial has to be made on the system itself" {
    unit usr/lib/systemd/system/web.service 'SystemCallFilter=@system-service'
    run "$command" systemd --root "$root" web
    exits 0
    has 'web.service has a system call filter (SystemCallFilter=@system-service): run this again'
}
