-- Each counts by numbers on all shards first, and has the words from 'kinds' at last.
-- 1: failures by host and reason
SELECT host, reason, sum(n) AS failures
FROM (SELECT kind, sum(weight) AS n FROM reuseshim.records GROUP BY kind HAVING n > 0)
ANY INNER JOIN (SELECT kind, host, reason FROM reuseshim.kinds) USING kind
GROUP BY host, reason ORDER BY failures DESC, host, reason LIMIT 20;

-- 2: the longest outage of each service: from a failure to the next bind that worked, in seconds
-- (each shard by itself: a host's records are on one; what happened within one tick of the clock is no outage.
-- A part has its turns in the order of time, and so have most series: only those that are mixed are sorted)
SELECT host, service, address, port, round(longest / 1e6, 1) AS longest, outages
FROM
(
    SELECT series, arrayReduce('max', lasted) AS longest, length(lasted) AS outages
    FROM
    (
        SELECT series,
               groupArray(turn) AS came,
               arrayDifference(came) AS steps,
               arrayExists(step -> step < 0, steps) AS mixed,
               arraySort(if(mixed, came, emptyArrayUInt64())) AS sorted,
               if(mixed, arrayFilter((t, step) -> toUInt8(bitAnd(step, 1)), sorted, arrayDifference(sorted)),
                         arrayFilter((t, step) -> toUInt8(bitAnd(step, 1)), came, steps)) AS changes,
               if(mixed, sorted[1], came[1]) AS first,
               arrayFilter(t -> t % 2 = 0, if(first % 2 = 0, arrayPushFront(changes, first), changes)) AS begins,
               arrayFilter(t -> t % 2 = 1, changes) AS ends,
               arrayFilter(l -> l > 0, arrayMap((e, b) -> intDiv(e - b, 2), ends, arrayResize(begins, length(ends)))) AS lasted
        FROM reuseshim.records WHERE turn > 0
        GROUP BY series
    )
    WHERE outages > 0
)
ANY INNER JOIN (SELECT series, host, service, address, port FROM reuseshim.kinds) USING series
ORDER BY longest DESC, host, service LIMIT 10
SETTINGS distributed_group_by_no_merge = 1;

-- 3: services that would be cured by force
SELECT service, sum(n * force) AS cured, sum(n) AS failures
FROM (SELECT kind, sum(told) AS n FROM reuseshim.records GROUP BY kind HAVING n > 0)
ANY INNER JOIN (SELECT kind, service, force FROM reuseshim.kinds) USING kind
GROUP BY service HAVING cured > 0 ORDER BY cured DESC, service LIMIT 20;

-- 4: ports fought over by two services
SELECT host, proto, port, arraySort(groupUniqArray(service)) AS lost, arraySort(groupUniqArray(holder)) AS won, sum(n) AS failures
FROM (SELECT kind, sum(weight) AS n FROM reuseshim.records GROUP BY kind HAVING n > 0)
ANY INNER JOIN
    (SELECT kind, host, proto, port, service, holder FROM reuseshim.kinds WHERE holder != '' AND holder != service) USING kind
GROUP BY host, proto, port ORDER BY failures DESC, host, port LIMIT 20;

-- 5: what came with the newest release: the version that was seen first the latest
WITH
    (SELECT argMax(version, first) FROM
     (SELECT version, minMerge(since) AS first FROM reuseshim.kinds WHERE reason != '' GROUP BY version)) AS newest
SELECT service, reason, sum(n) AS failures
FROM (SELECT kind, sum(weight) AS n FROM reuseshim.records GROUP BY kind HAVING n > 0)
ANY INNER JOIN (SELECT kind, service, reason, version FROM reuseshim.kinds) USING kind
GROUP BY service, reason HAVING sum(version != newest) = 0 ORDER BY failures DESC, service LIMIT 20;
