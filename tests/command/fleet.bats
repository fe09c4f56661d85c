load command

setup()
{
    open_place
    docs=$BATS_TEST_DIRNAME/../../docs
}

teardown()
{
    close_place
}

@test "fleet: configurations that are not run have the form of their programs, and say that they are not run" {
    python -c 'import yaml' 2>/dev/null || skip 'no yaml'
    python - "$docs/fleet" <<'PYTHON'
import configparser, os, re, sys, yaml
folder = sys.argv[1]
vector = yaml.safe_load(open(os.path.join(folder, "vector.yaml")))
steps = {**vector["sources"], **vector["transforms"], **vector["sinks"]}
for step in steps.values():
    assert step["type"] and all(name in steps for name in step.get("inputs", [])), step
assert vector["sinks"]["clickhouse"]["table"] == "inbox"
otel = yaml.safe_load(open(os.path.join(folder, "otel-collector.yaml")))
logs = otel["service"]["pipelines"]["logs"]
assert all(name in otel["receivers"] for name in logs["receivers"])
assert all(name in otel["exporters"] for name in logs["exporters"])
sections = re.findall(r"^\[(\w+)\]$", open(os.path.join(folder, "fluent-bit.conf")).read(), re.M)
assert sections == ["SERVICE", "INPUT", "OUTPUT"], sections
for line in open(os.path.join(folder, "fluent-bit.conf")):
    assert re.match(r"#|\[|\s*$|    \w+ +\S", line), line
PYTHON
    for file in fluent-bit.conf vector.yaml otel-collector.yaml; do
        tr '\n#' '  ' <"$docs/fleet/$file" | tr -s ' ' | grep -q 'not run'
    done
}

@test "fleet: docs/fleet.md names every file of its folder, and no other" {
    [ "$(grep -oE '\(fleet/[^)]+\)' "$docs/fleet.md" | tr -d '()' | sort -u)" = \
        "$(cd "$docs" && printf '%s\n' fleet/* | grep -v clickhouse-users.xml | sort -u)" ]
}

@test "fleet: both databases are asked the same five questions" {
    [ "$(grep -c '^-- [1-5]: ' "$docs/fleet/clickhouse-questions.sql")" -eq 5 ]
    [ "$(grep '^-- [1-5]: ' "$docs/fleet/clickhouse-questions.sql")" = "$(grep '^-- [1-5]: ' "$docs/fleet/postgresql-questions.sql")" ]
}

@test "fleet: the script for ClickHouse inserts in batches, and keeps what could not be inserted" {
    mkdir "$place/tools"
    # In place of the client: says what it was given, or fails while $place/down is there.
    printf '#!/bin/sh\n[ ! -e %s/down ] || exit 1\ncat >>%s/inserted\n' "$place" "$place" >"$place/tools/clickhouse-client"
    chmod 755 "$place/tools/clickhouse-client"
    touch "$place/down"
    printf '{"record":"1"}\n{"record":"2"}\n' | PATH=$place/tools:$PATH FOLDER=$place/spool "$docs/fleet/clickhouse-batch" || :
    [ ! -e "$place/inserted" ]
    rm "$place/down"
    printf '{"record":"3"}\n' | PATH=$place/tools:$PATH FOLDER=$place/spool "$docs/fleet/clickhouse-batch"
    [ "$(sort "$place/inserted" | xargs)" = '{record:1} {record:2} {record:3}' ]
    [ -z "$(ls "$place/spool")" ]
}

@test "fleet: outages are told apart by protocol: tcp that fails is not ended by udp that works" {
    run grep -nE '(PARTITION|GROUP) BY [^)]*address' "$docs/fleet/postgresql-questions.sql"
    [ "${#lines[@]}" -ge 3 ]
    [ "$(printf '%s\n' "${lines[@]}" | grep -c 'BY host, service, proto, address, port')" -eq "${#lines[@]}" ]
    grep -q 'cityHash64(host, service, proto, address, port) AS series' "$docs/fleet/clickhouse.sql"
}

@test "fleet: ClickHouse takes the record's own id, not that of the caller's container" {
    [ -n "$(grep -F "extract(head, '" "$docs/fleet/clickhouse.sql")" ]
    python3 - "$docs/fleet/clickhouse.sql" <<'PYTHON'
import re, sys
own = re.search(r"extract\(head, '(.*)'\) AS id", open(sys.argv[1]).read()).group(1)
for container in '"id":"0123456789abcdef"', '"id":null', '"id":"' + 64 * "a" + '"':
    record = '{"v":1,"event":"bind_failed","container":{"engine":"lxc",%s,"name":"x"},"id":"b4a989d9b3396501","call":"bind"}' % container
    head = record[:record.index(',"call":') + 1]
    assert re.search(own, head).group(1) == "b4a989d9b3396501", container
    assert not re.search(own, head.replace('"id":"b4a989d9b3396501",', "")), container # a bind that worked has none
PYTHON
}

@test "fleet: the script for ClickHouse loses no line: of a slow writer, without an end, of a script that was killed" {
    mkdir "$place/tools" "$place/spool"
    # In place of the client: refuses one batch, says what else it was given.
    printf '#!/bin/sh\ncat >%s/one\n! grep -q refused %s/one || exit 1\ncat %s/one >>%s/inserted\n' \
        "$place" "$place" "$place" "$place" >"$place/tools/clickhouse-client"
    chmod 755 "$place/tools/clickhouse-client"
    sh -c 'exit 0' &
    gone=$!
    wait $gone
    echo left >"$place/spool/$gone.3"          # its script was killed before the batch was whole
    echo 'being written' >"$place/spool/$PPID.0" # of a script that lives
    echo refused >"$place/spool/0.0.batch"
    { printf 'slow '; sleep 1.5; printf 'line\nlast'; } |
        PATH=$place/tools:$PATH FOLDER=$place/spool "$docs/fleet/clickhouse-batch" || :
    [ "$(sort "$place/inserted")" = $'last\nleft\nslow line' ]
    [ "$(cd "$place/spool" && echo *)" = "$(printf '%s\n' 0.0.batch "$PPID.0" | LC_ALL=C sort | xargs)" ]
}
