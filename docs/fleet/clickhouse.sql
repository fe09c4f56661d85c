-- The record whole, and beside it what questions ask for. On each shard: all of it.
-- Run with ClickHouse 18.16, which has no JSONExtract; from 19.5 on, JSONExtractString(record, 'unit') is the better form
-- of the expressions on 'head', and from 20.8 on window functions are that of the outages.
CREATE DATABASE IF NOT EXISTS reuseshim;

-- A record that came twice has the same key, and is one row after the next merge (at once with FINAL).
CREATE TABLE IF NOT EXISTS reuseshim.records_here
(
    time DateTime,
    micros UInt32,
    id String,
    event String,
    host String,
    version String,
    service String,
    program String,
    proto String,
    address String,
    port UInt16,
    reason String,
    weight UInt64,
    worked UInt8,
    force UInt8,
    told UInt8,
    holder String,
    series UInt64, -- of host, service and address
    kind UInt64,   -- of these, and of what kinds_here has
    turn UInt64,   -- of a bind: its microseconds, twice, and one more if it worked: an outage lasts from even to odd
    record String
)
ENGINE = ReplacingMergeTree() PARTITION BY toYYYYMM(time) ORDER BY (host, service, proto, address, port, time, micros, event, id);

-- The fleet's records: what is inserted goes to the shard of its host, what is asked for comes from all.
CREATE TABLE IF NOT EXISTS reuseshim.records AS reuseshim.records_here
ENGINE = Distributed(fleet, reuseshim, records_here, cityHash64(host));

-- The words of each kind of failure, once, and when it came first: questions count numbers, and look the words up at last.
CREATE TABLE IF NOT EXISTS reuseshim.kinds_here
(
    series UInt64,
    kind UInt64,
    host String,
    service String,
    proto String,
    address String,
    port UInt16,
    reason String,
    version String,
    force UInt8,
    holder String,
    since AggregateFunction(min, DateTime)
)
ENGINE = AggregatingMergeTree() ORDER BY (series, kind);
CREATE MATERIALIZED VIEW IF NOT EXISTS reuseshim.sort_kinds TO reuseshim.kinds_here AS
SELECT series, kind, host, service, proto, address, port, reason, version, force, holder, minState(time) AS since
FROM reuseshim.records_here GROUP BY series, kind, host, service, proto, address, port, reason, version, force, holder;
CREATE TABLE IF NOT EXISTS reuseshim.kinds AS reuseshim.kinds_here
ENGINE = Distributed(fleet, reuseshim, kinds_here, cityHash64(host));

-- Lines come in here: {"record": "..."}; nothing stays.
CREATE TABLE IF NOT EXISTS reuseshim.inbox (record String) ENGINE = Null;

-- The caller's own keys stand before "call", so that a holder's "unit" is not taken for the caller's.
CREATE MATERIALIZED VIEW IF NOT EXISTS reuseshim.sort TO reuseshim.records AS
WITH
    substring(record, 1, position(record, ',"call":')) AS head,
    substring(record, position(record, ',"call":')) AS tail,
    substring(tail, position(tail, '"holders":[{')) AS held
SELECT
    parseDateTimeBestEffort(visitParamExtractString(head, 'time')) AS time,
    toUInt32OrZero(substring(visitParamExtractString(head, 'time'), 21, 6)) AS micros,
    extract(head, '"id":"([0-9a-f]{16})",$') AS id, -- its last key: before it a container may have an "id" of its own
    visitParamExtractString(head, 'event') AS event,
    visitParamExtractString(head, 'host') AS host,
    visitParamExtractString(head, 'version') AS version,
    multiIf(visitParamExtractString(head, 'unit') != '', visitParamExtractString(head, 'unit'),
            visitParamExtractString(head, 'name') != '', visitParamExtractString(head, 'name'),
            visitParamExtractString(head, 'comm')) AS service,
    visitParamExtractString(head, 'comm') AS program,
    visitParamExtractString(tail, 'proto') AS proto,
    visitParamExtractString(tail, 'address') AS address,
    toUInt16(visitParamExtractUInt(tail, 'port')) AS port,
    visitParamExtractString(tail, 'reason') AS reason,
    multiIf(event NOT LIKE '%_failed', toUInt64(0), visitParamExtractUInt(tail, 'repeats') = 0, toUInt64(1),
            toUInt64(visitParamExtractUInt(tail, 'repeats') - intDiv(visitParamExtractUInt(tail, 'repeats'), 10))) AS weight,
    toUInt8(event IN ('bind', 'listen') AND visitParamExtractRaw(tail, 'result') = '0') AS worked,
    visitParamExtractBool(tail, 'newcomer_reuseaddr') AS force,
    toUInt8(event LIKE '%_failed' AND NOT visitParamHas(tail, 'repeats')) AS told,
    if(position(tail, '"holders":[{') = 0, '',
       if(visitParamExtractString(held, 'unit') != '',
          visitParamExtractString(held, 'unit'),
          visitParamExtractString(held, 'comm'))) AS holder,
    cityHash64(host, service, proto, address, port) AS series,
    cityHash64(series, reason, version, force, holder) AS kind,
    if(event = 'bind_failed' OR event = 'bind' AND worked, (toUInt64(time) * 1000000 + micros) * 2 + worked, toUInt64(0)) AS turn,
    record
FROM reuseshim.inbox
WHERE startsWith(record, '{"v":1,') AND position(record, ',"call":') > 0;
