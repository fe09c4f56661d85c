# Real servers for the tests of this folder: each by a function that becomes the server (exec), and one
# that is its client. All of them listen on 127.0.0.1:$port in a network namespace of the test's own.

port=8080

# become_NAME: the server, in the foreground. ask_NAME: a request after which the server closes first.

become_nginx()
{
    cat >"$folder/nginx.conf" <<END
daemon off;
worker_processes 1;
pid $folder/nginx.pid;
error_log stderr;
events { }
http {
    access_log off;
    client_body_temp_path $folder/body;
    proxy_temp_path $folder/proxy;
    fastcgi_temp_path $folder/fastcgi;
    uwsgi_temp_path $folder/uwsgi;
    scgi_temp_path $folder/scgi;
    server { listen 127.0.0.1:$port; return 200 "hello"; }
}
END
    exec nginx -e stderr -p "$folder" -c "$folder/nginx.conf"
}
ask_nginx() { ask 'GET / HTTP/1.0\r\n\r\n'; }

become_redis()
{
    exec redis-server --bind 127.0.0.1 --port "$port" --save '' --daemonize no --dir "$folder"
}
ask_redis() { ask 'QUIT\r\n'; }

become_http_server()
{
    cd "$folder" && exec "$python" -m http.server --bind 127.0.0.1 "$port"
}
ask_http_server() { ask 'HEAD / HTTP/1.0\r\n\r\n'; }

become_git_daemon()
{
    exec "$(git --exec-path)/git-daemon" --listen=127.0.0.1 --port="$port" --base-path="$folder"
}
ask_git_daemon() { ask '002egit-upload-pack /none\0host=127.0.0.1:8080\0'; }

become_socat()
{
    exec socat "TCP-LISTEN:$port,bind=127.0.0.1,fork" SYSTEM:'echo hello'
}
ask_socat() { ask ''; }

become_http_daemon()
{
    exec perl -MHTTP::Daemon -e '
        my $d = HTTP::Daemon->new(LocalAddr => "127.0.0.1", LocalPort => $ARGV[0]) or die "$@\n";
        while (my $c = $d->accept) {
            while ($c->get_request) { $c->send_response(200) }
            $c->close;
        }' "$port"
}
ask_http_daemon() { ask 'GET / HTTP/1.0\r\n\r\n'; }

# A version manager's python3 is a script; the tests want the program itself.
real_python()
{
    python3 -c 'import sys; print(sys.executable)'
}

# Sends the text (with printf's escapes) and reads to the end: it closes after the server has.
ask()
{
    # shellcheck disable=SC2016 # for the inner shell
    in_namespace timeout 10 bash -c '
        exec 9<>"/dev/tcp/127.0.0.1/$1" && printf "$2" >&9 && cat <&9' ask "$port" "$1"
}

# --- the namespace and the processes of a test ----------------------------------------------------

open_namespace()
{
    folder=$BATS_TEST_TMPDIR
    python=/usr/bin/python3
    [ -x $python ] || python=$(real_python)
    pids=()
    keeper=
    unshare -n true || skip 'no network namespace of our own'
    "$BATS_TEST_DIRNAME/../fixtures/own-network" sleep 600 3>&- & # holds the namespace
    keeper=$!
    poll 50 namespace_is_own
    in_namespace ip link set lo up
}

namespace_is_own()
{
    [ "$(cat "/proc/$keeper/comm")" = sleep ] &&
        [ "$(readlink "/proc/$keeper/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

close_namespace()
{
    local pid
    for pid in "${pids[@]}"; do
        end "$pid"
    done
    [ -z "$keeper" ] || kill "$keeper" 2>/dev/null || :
    [ -z "$keeper" ] || wait "$keeper" 2>/dev/null || :
}

in_namespace()
{
    nsenter --net="/proc/$keeper/ns/net" -- "$@"
}

# poll TENTHS COMMAND...: until the command succeeds.
poll()
{
    local left=$(($1 * 5))
    shift
    while ! "$@"; do
        [ $left -gt 0 ] || return 1
        left=$((left - 1))
        sleep 0.02
    done
}

# start SERVER POLICY: in the background; its pid is $server, its stderr in $folder/log. POLICY none
# is without the shim. Returns whether it came to listen; it has ended if not.
start()
{
    local -a shim=()
    [ "$2" = none ] || shim=("LD_PRELOAD=$REUSESHIM_LIB" "REUSESHIM_POLICY=$2")
    : >"$folder/log"
    # shellcheck disable=SC2016 # for the inner shell
    port=$port folder=$folder python=$python nsenter --net="/proc/$keeper/ns/net" -- \
        bash -c '. "$1"; shift; server=$1; shift; [ $# -eq 0 ] || export "$@"; "become_$server"' \
        become "$BATS_TEST_DIRNAME/servers.bash" "$1" "${shim[@]}" \
        </dev/null >"$folder/output" 2>"$folder/log" 3>&- &
    server=$!
    pids+=("$server")
    poll 150 listens_or_ended "$server" || return 1
    kill -0 "$server" 2>/dev/null || return 1
    [ "$2" = none ] || grep -qF "$REUSESHIM_LIB" "/proc/$server/maps"
}

listens_or_ended()
{
    kill -0 "$1" 2>/dev/null || return 0
    in_namespace ss -ltnpH "sport = :$port" | grep -q "pid=$1,"
}

# Its children too: git daemon and socat leave theirs to themselves.
end()
{
    local child children
    children=$(pgrep -P "$1") || :
    kill "$1" 2>/dev/null || :
    wait "$1" 2>/dev/null || :
    for child in $children; do
        kill "$child" 2>/dev/null || :
    done
}

time_waits()
{
    in_namespace ss -tanH state time-wait "sport = :$port" | wc -l
}

has_time_wait()
{
    [ "$(time_waits)" -gt 0 ]
}

# serve_and_end SERVER POLICY: a first run that leaves a TIME_WAIT on its port.
serve_and_end()
{
    start "$1" "$2"
    "ask_$1" >"$folder/answer"
    end "$server"
    poll 50 has_time_wait
}

# --- what is claimed of every server ---------------------------------------------------------------

second_instance_is_explained() # SERVER
{
    local first
    start "$1" none
    first=$server
    refused start "$1" none # the same without the shim: it cannot start
    refused start "$1" explain
    show_log
    headlines | grep -qF "[listening]"
    headlines | grep -qF "[$first]"
}

# bats takes no notice of a plain `!`.
refused()
{
    ! "$@"
}

# What happens natively must happen with explain: silently if the restart works.
restart_is_as_native() # SERVER
{
    local native=works
    serve_and_end "$1" none
    start "$1" none || native=fails
    end "$server"
    echo "natively the restart $native"
    if [ $native = works ]; then
        start "$1" explain
        show_log
        refused grep -q '^reuseshim' "$folder/log"
    else
        refused start "$1" explain
        show_log
        headlines | grep -qF "[time-wait]"
    fi
    has_time_wait # it was there all the time
}

restart_works_under_force() # SERVER
{
    serve_and_end "$1" force
    start "$1" force
    show_log
    has_time_wait
    [ -z "$(headlines)" ]
    "ask_$1" >"$folder/answer"
}

headlines()
{
    grep '^reuseshim: .*\[[a-z-]*\]$' "$folder/log"
}

show_log() # bats prints it when the test fails
{
    echo "stderr of the server:"
    cat "$folder/log"
}
