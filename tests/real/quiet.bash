# Servers that set SO_REUSEADDR in ways that look wrong and work: both before and after bind, or on UDP
# on purpose. become_NAME becomes the server (exec), in the foreground, on 127.0.0.1:$port.

become_danted()
{
    cat >"$folder/danted.conf" <<END
logoutput: $folder/danted.log
internal: 127.0.0.1 port = $port
external: 127.0.0.1
clientmethod: none
socksmethod: none
user.privileged: root
user.unprivileged: nobody
client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
END
    exec danted -f "$folder/danted.conf" -p "$folder/danted.pid"
}

become_ngircd()
{
    cat >"$folder/ngircd.conf" <<END
[Global]
Name = irc.example.net
Info = a test
AdminEMail = nobody@example.net
Listen = 127.0.0.1
Ports = $port
ServerUID = nobody
ServerGID = nogroup
[Options]
DNS = no
Ident = no
PAM = no
END
    exec ngircd --nodaemon --config "$folder/ngircd.conf"
}

become_puma()
{
    echo 'run ->(env) { [200, {}, ["hello"]] }' >"$folder/config.ru"
    cd "$folder" && exec puma --bind "tcp://127.0.0.1:$port" --environment production config.ru
}

become_dnsmasq()
{
    exec dnsmasq --keep-in-foreground --conf-file=/dev/null --port="$port" --bind-interfaces \
        --listen-address=127.0.0.1 --no-resolv --no-hosts --user=root --pid-file --log-facility=-
}

become_named()
{
    cat >"$folder/named.conf" <<END
options {
    directory "$folder";
    pid-file "$folder/named.pid";
    session-keyfile "$folder/session.key";
    listen-on port $port { 127.0.0.1; };
    listen-on-v6 { none; };
    recursion no;
    dnssec-validation no;
};
controls { };
END
    exec named -g -c "$folder/named.conf"
}

become_knotd()
{
    cat >"$folder/knot.conf" <<END
server:
    rundir: "$folder"
    listen: 127.0.0.1@$port
database:
    storage: "$folder"
log:
  - target: stderr
    any: info
END
    exec knotd -c "$folder/knot.conf"
}

become_unbound()
{
    cat >"$folder/unbound.conf" <<END
server:
    interface: 127.0.0.1
    port: $port
    directory: "$folder"
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    do-daemonize: no
remote-control:
    control-enable: no
END
    exec unbound -d -c "$folder/unbound.conf"
}

become_memcached()
{
    exec memcached -u nobody -l 127.0.0.1 -p "$port" -U "$port"
}

become_rsyslogd()
{
    cat >"$folder/rsyslog.conf" <<END
global(workDirectory="$folder")
module(load="imudp")
module(load="imtcp")
input(type="imudp" address="127.0.0.1" port="$port")
input(type="imtcp" address="127.0.0.1" port="$port")
action(type="omfile" file="$folder/messages")
END
    exec rsyslogd -n -f "$folder/rsyslog.conf" -i "$folder/rsyslog.pid"
}

# --- what is claimed of each -------------------------------------------------------------------------

# listen_under SERVER POLICY: until it listens; its pid is $server, its stderr with the records in
# $folder/POLICY. (Who has given up root could not open a log of root's.)
listen_under()
{
    # shellcheck disable=SC2016 # for the inner shell
    port=$port folder=$folder nsenter --net="/proc/$keeper/ns/net" -- \
        bash -c '. "$1"; export "${@:3}"; "become_$2"' become "$BATS_TEST_DIRNAME/quiet.bash" "$1" \
        "LD_PRELOAD=$REUSESHIM_LIB" "REUSESHIM_POLICY=$2" \
        </dev/null >"$folder/$2" 2>&1 3>&- &
    server=$!
    pids+=("$server")
    poll 150 accepts_or_ended "$server" || show_output "$folder/$2"
    kill -0 "$server"
    grep -qF "$REUSESHIM_LIB" "/proc/$server/maps"
}

accepts_or_ended()
{
    kill -0 "$1" 2>/dev/null || return 0
    in_namespace ss -ltnH "sport = :$port" | grep -q .
}

show_output() # FILE
{
    echo "output of the server:"
    cat "$1"
    return 1
}

# One connection, so that it accepts: what it accepts may get the number of a descriptor closed before.
visit()
{
    # shellcheck disable=SC2016 # for the inner shell
    in_namespace timeout 5 bash -c 'exec 9<>"/dev/tcp/127.0.0.1/$1" && echo hello >&9' visit "$port"
}

# Under `log` its binds are told, so the log works; under `explain` there is nothing to tell.
is_quiet() # SERVER
{
    command -v "$1" || skip "no $1"
    listen_under "$1" log
    end "$server"
    grep '^reuseshim: bind(.*:8080)' "$folder/log" || show_output "$folder/log"
    listen_under "$1" explain
    visit
    visit
    end "$server"
    refused grep '^reuseshim' "$folder/explain"
}
