# vsftpd serves each client in children that put themselves under a seccomp filter, which kills for
# whatever vsftpd does not do. A data connection's listener is bound there.
load servers

setup()
{
    command -v vsftpd || skip 'no vsftpd'
    getent passwd ftp || skip 'no user ftp, whom it serves its files as'
    open_namespace
}

teardown()
{
    close_namespace
}

become_vsftpd()
{
    mkdir "$folder/empty"
    cat >"$folder/vsftpd.conf" <<END
listen=YES
listen_ipv6=NO
listen_address=127.0.0.1
listen_port=$port
background=NO
anonymous_enable=YES
anon_root=/
secure_chroot_dir=$folder/empty
seccomp_sandbox=YES
pasv_min_port=40100
pasv_max_port=40109
END
    exec vsftpd "$folder/vsftpd.conf"
}

# Logs in and asks for a data connection; what the server answers, its port as N.
ask_vsftpd()
{
    # shellcheck disable=SC2016 # for the inner shell
    in_namespace timeout 20 bash -c '
        exec 9<>"/dev/tcp/127.0.0.1/$1"
        for line in "USER anonymous" "PASS a@b" PASV NOOP; do
            read -r -t 5 answer <&9 && echo "$answer"
            printf "%s\r\n" "$line" >&9
        done
        read -r -t 5 answer <&9 && echo "$answer"
        ' ask "$port" | tr -d '\r' | sed 's/,[0-9]*,[0-9]*)/,N,N)/'
}

has_no_children()
{
    [ -z "$(pgrep -P "$server")" ]
}

# serve NAME [VARIABLE=VALUE...]: the answers, in $folder/answers.
serve()
{
    folder=$BATS_TEST_TMPDIR/$1
    mkdir "$folder"
    export folder port
    export -f become_vsftpd
    nsenter --net="/proc/$keeper/ns/net" -- env "${@:2}" bash -c become_vsftpd \
        </dev/null >"$folder/output" 2>"$folder/log" 3>&- &
    server=$!
    pids+=("$server")
    poll 150 listens_or_ended "$server"
    ask_vsftpd >"$folder/answers"
    poll 50 has_no_children # or it would leave them to others
    end "$server"
    cat "$folder/answers" "$folder/log"
}

# Serves as vsftpd does without the shim, and says nothing.
serve_as_plain()
{
    serve plain
    grep -q '^227 Entering Passive Mode' "$folder/answers" || skip 'it has no data connections here'
    serve "$@"
    cmp "$folder/answers" "$BATS_TEST_TMPDIR/plain/answers"
    [ ! -s "$folder/log" ]
}

@test "vsftpd binds under its own filter as it does without the shim" {
    serve_as_plain shimmed "LD_PRELOAD=$REUSESHIM_LIB"
}

@test "vsftpd under its own filter: the session's bind is not remembered, the server's is" {
    serve_as_plain remembered "LD_PRELOAD=$REUSESHIM_LIB" "REUSESHIM_HISTORY=$BATS_TEST_TMPDIR/history"
    "$REUSESHIM_COMMAND" list --json --history "$BATS_TEST_TMPDIR/history" >"$folder/list"
    cat "$folder/list"
    [ "$(jq -rs '[.[].port] | map(select(. > 40000)) | length' "$folder/list")" -eq 0 ]
    [ "$(jq -r .pid "$folder/list")" -eq "$server" ]
    [ "$(jq -rs 'map(.stack | length > 0) | all' "$folder/list")" = true ]
}
