bats_require_minimum_version 1.5.0
load command

# docs/containers.md, with what a container is made of in place of a container engine: a root of its own, which is
# this system with what is written to it in memory, and namespaces.
document=$BATS_TEST_DIRNAME/../../docs/containers.md
twice='import socket
a = socket.socket(); a.bind(("127.0.0.1", 7070)); a.listen()
b = socket.socket(); b.bind(("127.0.0.1", 7070))'

setup()
{
    open_place
    [ "$(id -u)" -eq 0 ] || skip 'needs root'
    unshare -m true || skip 'no mount namespace'
    mkdir "$place/copy"
    printf '%s\n' "$twice" >"$place/twice.py"
}

teardown()
{
    close_place
}

# in_image PREPARE COMMAND...: in a fresh root, once the shell commands PREPARE have been run with $root as it.
in_image()
{
    # shellcheck disable=SC2016 # for the inner shell
    unshare -mn bash -c 'mount -t tmpfs tmpfs "$1/copy" && mkdir "$1"/copy/{upper,work,root} &&
        mount -t overlay -o "lowerdir=/,upperdir=$1/copy/upper,workdir=$1/copy/work" overlay "$1/copy/root" || exit 77
        root=$1/copy/root place=$1
        for folder in proc dev; do mount --rbind /$folder "$root/$folder"; done
        mount -t tmpfs tmpfs "$root/tmp"
        cp "$place/twice.py" "$root/tmp/"
        ip link set lo up
        eval "$2" || exit 78
        exec chroot "$root" "${@:3}"' - "$place" "$@"
}

check_copy()
{
    [ "$status" -ne 77 ] || skip 'no overlay here'
}

@test "containers: in the image: COPY and ENV as the document has them" {
    copy=$(sed -n 's/^COPY libreuseshim.so //p' "$document")
    variables=$(sed -n 's/^ENV //p' "$document")
    [ "$copy" = /usr/lib/ ]
    # shellcheck disable=SC2086 # words
    run in_image "cp \"\$place/bin/libreuseshim.so\" \"\$root$copy\"" env $variables /usr/bin/python3 /tmp/twice.py
    check_copy
    exits 1
    has '[bound-twice]'
    # Or on the server's own command.
    words=$(tr '\n' ' ' <"$document" | sed -n 's/.*(`CMD \[\(.*\), *"\.\/server"\]`).*/\1/p' | tr -d '",')
    [[ $words == env\ LD_PRELOAD=* ]]
    # shellcheck disable=SC2086 # words
    run in_image "cp \"\$place/bin/libreuseshim.so\" \"\$root$copy\"" $words /usr/bin/python3 /tmp/twice.py
    has '[bound-twice]'
}

@test "containers: by a volume: the file is mounted, read only, and named by its path" {
    line=$(sed -n 's/^docker run //p' "$document")
    volume=$(sed -n 's/.*-v \([^ ]*\) .*/\1/p' <<<"$line")
    variable=$(sed -n 's/.*-e \([^ ]*\) .*/\1/p' <<<"$line")
    IFS=: read -r _ target mode <<<"$volume"
    [ "$mode" = ro ]
    run in_image ": >\"\$root$target\" && mount --bind \"\$place/bin/libreuseshim.so\" \"\$root$target\" &&
        mount -o remount,bind,ro \"\$root$target\"" env "$variable" /usr/bin/python3 /tmp/twice.py
    check_copy
    exits 1
    has '[bound-twice]'
}

@test "containers: by an init container: the YAML is sound, its command copies, its variables preload" {
    python3 -c 'import yaml' || skip 'no yaml'
    sed -n '/^```yaml/,/^```$/p' "$document" | sed '1d;$d' >"$place/pod.yaml"
    python3 - "$place/pod.yaml" >"$place/parts" <<'END'
import sys, yaml
spec = yaml.safe_load(open(sys.argv[1]))["spec"]
[volume] = spec["volumes"]
assert volume["emptyDir"] == {}
[first] = spec["initContainers"]
[server] = spec["containers"]
for container in first, server:
    [mount] = container["volumeMounts"]
    assert mount["name"] == volume["name"], mount
    print(mount["mountPath"])
assert "readOnly" not in first["volumeMounts"][0] and server["volumeMounts"][0]["readOnly"] is True
print(*first["command"])
print(*("%s=%s" % (one["name"], one["value"]) for one in server["env"]))
END
    { read -r first; read -r second; read -r copy; read -r variables; } <"$place/parts"
    mkdir "$place/empty"
    chmod 755 "$place/empty"
    # shellcheck disable=SC2086 # words
    run in_image "cp \"\$place/bin/libreuseshim.so\" \"\$root/usr/lib/\" && mkdir \"\$root$first\" &&
        mount --bind \"\$place/empty\" \"\$root$first\"" $copy
    check_copy
    exits 0
    [ -e "$place/empty/libreuseshim.so" ]
    # shellcheck disable=SC2086 # words
    run in_image "mkdir \"\$root$second\" && mount --bind \"\$place/empty\" \"\$root$second\" &&
        mount -o remount,bind,ro \"\$root$second\"" env $variables /usr/bin/python3 /tmp/twice.py
    exits 1
    record=$(grep '^{"v":1' <<<"$output")
    [ "$(jq -r .reason <<<"$record")" = bound-twice ]
}

# newcomer HOW...: a bind of 8080 in the namespace, started by HOW; its record is $record.
newcomer()
{
    in_namespace "$@" env LD_PRELOAD="$place/bin/libreuseshim.so" REUSESHIM_FORMAT=json /usr/bin/python3 -c '
import socket
try: socket.socket().bind(("0.0.0.0", 8080))
except OSError: pass' >"$place/record" 2>&1 || :
    record=$(grep '^{"v":1' "$place/record")
}

seen() { jq -r '"\(.holders[0].pid) \(.holders[0].flags.reuseaddr) \(.visibility)"' <<<"$record"; }

@test "containers: what can be seen is what the table says" {
    open_namespace
    act listen 0.0.0.0 8080 1
    newcomer
    [ "$(seen)" = "$actor true full" ] # same user
    newcomer setpriv --reuid $nobody --regid $nobody --clear-groups --
    [ "$(seen)" = 'null null unprivileged' ] # another user's process
    # Root as it is in containers: no CAP_SYS_PTRACE. The holder is another user's.
    kill "$actor"
    wait "$actor" 2>/dev/null || :
    nsenter --net="/proc/$keeper/ns/net" -- setpriv --reuid $nobody --regid $nobody --clear-groups -- /usr/bin/python3 \
        -c 'import socket, sys, time; s = socket.socket(); s.setsockopt(1, 2, 1); s.bind(("0.0.0.0", 8080)); s.listen()
time.sleep(60)' 3>&- &
    holder=$!
    actors+=("$holder")
    listens() { in_namespace ss -tlnH 'sport = :8080' | grep -q LISTEN; }
    poll 50 listens
    newcomer
    [ "$(seen)" = "$holder true full" ] # with all that root may
    newcomer setpriv --bounding-set -sys_ptrace --inh-caps -sys_ptrace --
    [ "$(seen)" = 'null null unprivileged' ]
    # A process of another container with the same network.
    newcomer unshare --pid --fork --mount-proc --
    [ "$(seen)" = 'null null other-pid-namespace' ]
}

@test "containers: TIME_WAIT belongs to nobody, and the kernel tells the option" {
    open_namespace
    act wait 0.0.0.0 8080 1 1
    newcomer setpriv --reuid $nobody --regid $nobody --clear-groups --
    [ "$(jq -r '.reason + " " + .holders[0].relation' <<<"$record")" = 'time-wait none' ]
    [ "$(jq -r .lacks_reuseaddr <<<"$record")" = newcomer ]
}
