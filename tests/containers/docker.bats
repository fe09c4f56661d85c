bats_require_minimum_version 1.5.0
load containers

# First the quick case, without an engine: Docker's default profile, copied rule by rule, with the masks that its engine
# lays over /proc and with the command as pid 1. Then, in a long run, Docker itself, in namespaces of its own.

setup() { open_root; }
teardown() { close_root; }

# dockerlike COMMAND...: so; in a mount, pid and network namespace.
dockerlike()
{
    printf '#include <seccomp.h>\n' | ${CC:-cc} -E - >/dev/null 2>&1 || skip 'no libseccomp to build with'
    ${CC:-cc} -O1 -o "$place/srv/profile" "$BATS_TEST_DIRNAME/programs/profile.c" -lseccomp
    # shellcheck disable=SC2016 # for the inner shell
    unshare -mnpf --mount-proc sh -c 'ip link set lo up; place=$1 calls=$2; shift 2
        for file in kcore keys timer_list; do mount --bind /dev/null "/proc/$file" 2>/dev/null; done
        export LD_PRELOAD="$place/srv/libreuseshim.so"
        exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs env -u LD_PRELOAD "$place/srv/profile" "$calls" \
            env LD_PRELOAD="$LD_PRELOAD" "$@"' sh "$place" "$BATS_TEST_DIRNAME/docker_calls" "$@"
}

@test "Docker's profile: a server as pid 1 tells holder, reason and stack" {
    run dockerlike "$place/srv/server" twice
    unharmed
    has 'server: pid 1,'
    has 'wait No child processes'
    has '[bound-twice]'
    has 'open_listener+0x'
    lacks 'unseen'
}

@test "Docker's profile: another process is told; its options take a call that is refused, and are told as unknown" {
    # shellcheck disable=SC2016 # for the inner shell
    run dockerlike REUSESHIM_FORMAT=json sh -c '"$0" hold & held=$!
        timeout 20 sh -c "until ss -Hltn sport = :8080 | grep -q .; do sleep 0.05; done"
        "$0" once; kill "$held"' "$place/srv/server"
    has '"reason":"listening"'
    has '"comm":"server","exe":"'
    has '"symbol":"open_listener"'
    has '"visibility":"seccomp"'
    has '"flags":{"reuseaddr":null'
    has '/server hold","program":'
    has '"user":"root"'
    has '"id":"stop"'
    has '"id":"another-port"'
}

# Options that the filter hides are in the history, where there is one; and where the holder bound its port.
@test "Docker's profile: the history knows the holder's place and options" {
    mkdir -m 700 "$place/history"
    # shellcheck disable=SC2016 # for the inner shell
    run dockerlike REUSESHIM_HISTORY="$place/history" REUSESHIM_VERBOSE=1 sh -c '"$0" hold & held=$!
        timeout 20 sh -c "until ss -Hltn sport = :8080 | grep -q .; do sleep 0.05; done"
        "$0" once; kill "$held"' "$place/srv/server"
    output=$(tr -s ' \n' ' ' <<<"$output") # sentences may go over lines
    has 'bound just now'
    [[ $output =~ held\ server.[0-9]+.\ fd\ [0-9]+,\ LISTEN\ 0.0.0.0:8080,\ SO_REUSEADDR\ 0\ at\ open_listener ]]
}

# From here on `docker` speaks to a daemon that ends with the namespace. No image is fetched: /usr and /etc are this
# system's, and a container is run with $preloaded.
# shellcheck disable=SC2016 # for the inner shell
docker_ready="$own_cgroups$plain_root"'export DOCKER_HOST=unix:///mnt/docker.sock
    dockerd --data-root /mnt/data --exec-root /mnt/exec --pidfile /mnt/pid -H "$DOCKER_HOST" --storage-driver vfs \
        --iptables=false --ip6tables=false >/mnt/log 2>&1 &
    timeout 60 sh -c "until docker version >/dev/null 2>&1; do sleep 0.1; done" || { cat /mnt/log; exit 1; }
    tar -C /mnt/plain -c . | docker import - plain >/dev/null || exit 1
    preloaded="-v /usr:/usr:ro -v /etc:/etc:ro -v $place/srv:/srv -e LD_PRELOAD=/srv/libreuseshim.so plain"
'

in_docker() # WORDS
{
    long_only
    command -v dockerd >/dev/null || skip 'no dockerd'
    run in_root_alone "$docker_ready$outside$1"
}

@test "Docker: a server as pid 1, with the library preloaded alone, tells holder, reason and stack" {
    # shellcheck disable=SC2016 # for the inner shell
    in_docker 'echo "== host"; docker run --rm --network host $preloaded /srv/server twice 2>&1
        echo "== bridge"; docker run --rm $preloaded /srv/server child threads 2>&1
        echo "== history"; docker run --rm -e REUSESHIM_HISTORY=/tmp/history -e REUSESHIM_VERBOSE=1 $preloaded /bin/sh -c \
            "mkdir -m 700 /tmp/history; /srv/server hold & timeout 20 sh -c \"until ss -Hltn sport = :8080 | grep -q .; do
            sleep 0.05; done\"; exec /srv/server once" 2>&1
        echo "== json"; docker run --rm --cgroupns host -e REUSESHIM_FORMAT=json $preloaded /srv/server twice 2>&1'
    unharmed
    says host 'wait No child processes'
    says host 'server[1] cannot bind 8080: its own fd 5 has it already [bound-twice]'
    says host 'open_listener+0x'
    says bridge 'a child of this process'
    says bridge 'open_listener+0x'
    says history 'bound just now'
    says history 'LISTEN 0.0.0.0:8080, SO_REUSEADDR 0 at open_listener+0x'
    says json '"container":{"engine":"docker","id":"'
    says json '"visibility":"full"'
}

@test "Docker: a container on the host's network is told from outside, and the printed command stops it" {
    # shellcheck disable=SC2016 # for the inner shell
    in_docker 'docker run -d --name web --restart always --network host $preloaded /srv/server hold >/dev/null || exit 1
        wait_for_8080
        echo "== inside"; docker run --rm --network host $preloaded /srv/server once 2>&1
        echo "== why"; reuseshim why 8080
        echo "== outside"; told=$(server 2>&1); echo "$told"
        bash -c "$(sed -n "s/.*: \(docker stop .*\)/\1/p" <<<"$told" | head -n 1)"
        echo "== after"; server 2>&1'
    says inside 'a process of root listens on it [listening]'
    says inside 'unseen Processes outside this container.'
    says why 'docker container '
    says outside 'server hold'
    says outside 'stop its container: docker stop '
    says after 'server: bind works'
}

@test "Docker: a published port is docker-proxy's, and the printed command stops the container" {
    # shellcheck disable=SC2016 # for the inner shell
    in_docker 'docker run -d --name web -p 8080:80 $preloaded \
            /bin/sh -c "trap exit TERM; sleep 60 & wait" >/dev/null || exit 1
        wait_for_8080
        echo "== outside"; told=$(server 2>&1); echo "$told"
        bash -c "$(sed -n "s/^ *\(docker stop .*\)/\1/p" <<<"$told" | head -n 1)"
        echo "== after"; server 2>&1'
    says outside 'docker-proxy['
    says outside 'It has the ports that containers of Docker have published'
    says after 'server: bind works'
}
