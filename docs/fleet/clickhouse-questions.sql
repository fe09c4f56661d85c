-- Each counts by numbers on all shards first, and has the words from 'kinds' at last.
-- 1: failures by host and reason
SELECT host, reason, sum(n) AS failures
FROM (SELECT kind, sum(weight) AS n FROM reuseshim.records GROUP BY kind HAVING n > 0)
ANY INNER JOIN (SELECT kind, host, reason FROM reuseshim.kinds) USING kind
GROUP BY host, reason ORDER BY failures DESC, host, reason LIMIT 20;

-- 2: the longest outage of each service: from a failure to the next bind that worked, in seconds
-- (each shard by itself: a host's records are on one; what happened within one tick of the clock is no outage)
SELECT host, service, address, port, round(longest / 1e6, 1) AS longest, outages
FROM
(
    SELECT series, arrayReduce('max', lasted) AS longest, length(lasted) AS outages
    FROM
    (
        SELECT series,
               arraySort(groupArray(turn)) AS at,
               arrayFilter((t, b) -> toUInt8(bitAnd(bitXor(t, b), 1)), at, arrayPushFront(arrayPopBack(at), 1)) AS changes,
               arrayFilter(t -> t % 2 = 0, changes) AS begins,
               arrayFilter(t -> t % 2 = 1, changes) AS ends,
               arrayFilter(l -> l > 0, arrayMap((e, b) -> intDiv(e - b, 2), ends, arrayResize(begins, length(ends)))) AS lasted
        FROM reuseshim.records WHERE turn > 0
        GROUP BY series HAVING sum(worked) > 0 AND sum(worked) < count()
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
    (SELECT argMax(version, since) FROM
     (SELECT version, min(first) AS since
      FROM (SELECT kind, min(time) AS first FROM reuseshim.records WHERE weight > 0 GROUP BY kind)
      ANY INNER JOIN (SELECT kind, version FROM reuseshim.kinds) USING kind GROUP BY version)) AS newest
SELECT service, reason, sum(n) AS failures
FROM (SELECT kind, sum(weight) AS n FROM reuseshim.records GROUP BY kind HAVING n > 0)
ANY INNER JOIN (SELECT kind, service, reason, version FROM reuseshim.kinds) USING kind
GROUP BY service, reason HAVING sum(version != newest) = 0 ORDER BY failures DESC, service LIMIT 20;
