load command

# docs/shipping.md against records that the library writes to the place which it names.
docs=$BATS_TEST_DIRNAME/../../docs

setup()
{
    open_place
}

teardown()
{
    close_place
}

records()
{
    mkdir "$place/logs"
    REUSESHIM_POLICY=log REUSESHIM_FORMAT=json REUSESHIM_LOG="$place/logs/%p.log" \
        LD_PRELOAD="$place/bin/libreuseshim.so" python3 -c '
import socket
a = socket.socket(); a.bind(("127.0.0.1", 0))
try: socket.socket().bind(a.getsockname())
except OSError: pass'
    mapfile -t records < <(cat "$place"/logs/*.log)
    [ ${#records[@]} -ge 4 ]
}

@test "shipping: the configurations are well-formed, and what they name is in the schema and in records" {
    python3 -c 'import tomllib, yaml' || skip 'no yaml or no tomllib'
    grep -qF '`REUSESHIM_LOG=/var/log/reuseshim/%p.log`' "$docs/shipping.md"
    records
    python3 "$BATS_TEST_DIRNAME/shipping.py" "$docs" "${records[@]}" >"$place/layout"
    command -v go >/dev/null || return 0
    # Go's own opinion on the layout of the time.
    cat >"$place/main.go" <<'END'
package main
import ("os"; "time")
func main() {
    t, err := time.Parse(os.Args[1], os.Args[2])
    if err != nil { println(err.Error()); os.Exit(1) }
    os.Stdout.WriteString(t.Format("2006-01-02T15:04:05.000000Z"))
}
END
    time=$(jq -r .time <<<"${records[0]}")
    [ "$(cd "$place" && GOCACHE=$place/cache GO111MODULE=off go run main.go "$(cat layout)" "$time")" = "$time" ]
}

@test "shipping: date(1) reads a record's time, and the file is its owner's alone" {
    records
    date -d "$(jq -r .time <<<"${records[0]}")" >/dev/null
    [ "$(stat -c %a "$place"/logs/*.log | sort -u)" = 600 ]
}

@test "shipping: files of %p are pruned by the command that is shown, and only old ones" {
    mkdir "$place/old"
    touch -d '8 days ago' "$place/old/12.log" "$place/old/12.txt"
    touch "$place/old/13.log"
    prune=$(grep '^find /var/log/reuseshim ' "$BATS_TEST_DIRNAME/../../docs/shipping.md")
    bash -c "${prune/\/var\/log\/reuseshim/$place\/old}"
    [ "$(ls "$place/old" | xargs)" = '12.txt 13.log' ]
}
