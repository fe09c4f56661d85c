bats_require_minimum_version 1.5.0
BATS_TEST_TIMEOUT=1200
# Ten million records on two shards of ClickHouse, on one machine; only under --long.
load fleet

# fill PORT NUMBER: five million records of one shard's 100 hosts, each with 20 services: 64,000 kinds of failure, one
# turn in ten worked. A record has 1 KB. One kind of failure is of the newest release alone.
fill()
{
    local text
    text=$(printf 'what a record says further %.0s' $(seq 34))
    clickhouse-client --port "$1" --max_threads=1 -q "
        INSERT INTO reuseshim.records_here
        SELECT toDateTime(1790000000 + intDiv(n * 7, 10)) AS time, toUInt32(n % 1000000) AS micros,
            if(worked, '', hex(h)) AS id, if(worked, 'bind', 'bind_failed') AS event,
            concat('web-', toString(intDiv(h, 32) % 100 * 2 + $2)) AS host, concat('1.', toString(intDiv(n, 2500000))) AS version,
            concat(program, '.service') AS service, program, 'tcp' AS proto, '0.0.0.0' AS address,
            toUInt16(8000 + p * 10 + (k % 3 = 0)) AS port,
            multiIf(worked, '', n >= 9000000 AND program = 'envoy' AND k % 3 = 2, 'lost-listen',
                    reasons[(p + k % 3) % 9 + 1]) AS reason,
            toUInt64(not(worked)) AS weight, worked, toUInt8(not(worked) AND k % 3 = 1) AS force, toUInt8(not(worked)) AS told,
            if(worked, '', concat(programs[(p + k % 2) % 20 + 1], '.service')) AS holder,
            cityHash64(host, service, proto, address, port) AS series,
            cityHash64(series, reason, version, force, holder) AS kind,
            (toUInt64(time) * 1000000 + micros) * 2 + worked AS turn,
            concat('{\"v\":1,\"comm\":\"', program, '\",\"more\":\"$text', hex(k), '\"}') AS record
        FROM (SELECT number * 2 + $2 AS n, intHash64(n) AS h, intHash64(h) AS k,
                  ['nginx', 'postgres', 'node', 'python3', 'java', 'redis', 'haproxy', 'envoy', 'mysqld', 'dnsmasq', 'grafana',
                   'etcd', 'prometheus', 'caddy', 'kafka', 'zookeeper', 'memcached', 'consul', 'vault', 'nomad'] AS programs,
                  ['listening', 'bound-twice', 'bound-idle', 'time-wait', 'closing', 'connections', 'outgoing',
                   'datagram-held', 'gone'] AS reasons,
                  h % 20 AS p, programs[p + 1] AS program, toUInt8(n % 10 >= 8 AND bitAnd(h, 65536) > 0) AS worked
              FROM system.numbers LIMIT 5000000)"
}

processor_ms() # PID: that its threads have used so far
{
    awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print int(($12 + $13) * 1000 / hz) }' "/proc/$1/stat"
}

# What is measured: the best of six answers, each by the clock or, as a machine that others use as well tells no time, by
# the processor time of the shard that used most of it; one thread for each, as two shards share two processors here.
@test "ten million records: each of the five questions is answered in less than a second" {
    [ "$(nproc)" -ge 2 ] || skip 'two shards need two processors'
    shards
    fill "$one" 0 &
    fill "$two" 1
    wait $!
    [ "$(clickhouse-client --port "$one" -q 'SELECT count() FROM reuseshim.records')" -eq 10000000 ]
    for number in 1 2 3 4 5; do
        awk -v n=$number '/^-- [1-5]: / { at = substr($2, 1, 1) } at == n' "$fleet/clickhouse-questions.sql" >"$place/question"
        best=100000
        for _ in 1 2 3 4 5 6; do
            before=$(processor_ms "${started[0]}") before2=$(processor_ms "${started[1]}")
            start_ms=${EPOCHREALTIME/[.,]/}
            clickhouse-client --port "$one" --max_threads=1 <"$place/question" >"$place/answer"
            took=$(((${EPOCHREALTIME/[.,]/} - start_ms) / 1000))
            used=$(($(processor_ms "${started[0]}") - before)) used2=$(($(processor_ms "${started[1]}") - before2))
            [ $used -ge $used2 ] || used=$used2
            echo "# question $number: $took ms; a shard used $used ms of its processor" >&3
            [ $used -lt $took ] || used=$took
            [ $used -ge $best ] || best=$used
            [ $best -ge 1000 ] || break
        done
        [ $best -lt 1000 ]
        if [ $number -eq 5 ]; then
            [ "$(cut -f 1,2 "$place/answer")" = $'envoy.service\tlost-listen' ]
        else
            [ "$(wc -l <"$place/answer")" -ge 10 ]
        fi
    done
}
