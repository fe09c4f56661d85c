-- 1: failures by host and reason
SELECT host, reason, sum(weight) AS failures
FROM reuseshim.records WHERE weight > 0 GROUP BY host, reason ORDER BY failures DESC, host, reason LIMIT 20;

-- 2: the longest outage of each service: from a failure to the next bind that worked, in seconds
SELECT host, service, address, port, round(arrayReduce('max', lasted) / 1e6, 1) AS longest, length(lasted) AS outages
FROM
(
    SELECT host, service, address, port,
           arraySort(groupArray((toUInt64(time) * 1000000 + micros, worked))) AS events,
           arrayMap(e -> e.1, events) AS at,
           arrayMap(e -> e.2, events) AS works,
           arrayPushFront(arrayPopBack(works), 1) AS worked_before,
           arrayFilter((t, w, b) -> w = 0 AND b = 1, at, works, worked_before) AS begins,
           arrayFilter((t, w, b) -> w = 1 AND b = 0, at, works, worked_before) AS ends,
           arrayMap((e, b) -> e - b, ends, arrayResize(begins, length(ends))) AS lasted
    FROM reuseshim.records
    WHERE (event = 'bind_failed' OR event = 'bind' AND worked)
      AND (host, service, address, port) GLOBAL IN
          (SELECT host, service, address, port FROM reuseshim.records WHERE event = 'bind_failed')
    GROUP BY host, service, address, port
)
WHERE length(lasted) > 0 ORDER BY longest DESC, host, service LIMIT 10;

-- 3: services that would be cured by force
SELECT service, sum(force) AS cured, sum(told) AS failures
FROM reuseshim.records WHERE weight > 0 GROUP BY service HAVING cured > 0 ORDER BY cured DESC, service LIMIT 20;

-- 4: ports fought over by two services
SELECT host, proto, port, arraySort(groupUniqArray(service)) AS lost, arraySort(groupUniqArray(holder)) AS won, sum(weight) AS failures
FROM reuseshim.records WHERE weight > 0 AND holder != '' AND holder != service
GROUP BY host, proto, port ORDER BY failures DESC, host, port LIMIT 20;

-- 5: what came with the newest release: the version that was seen first the latest
SELECT service, reason, sum(weight) AS failures
FROM reuseshim.records
WHERE weight > 0
  AND version = (SELECT argMax(version, first) FROM
                 (SELECT version, min(time) AS first FROM reuseshim.records WHERE weight > 0 GROUP BY version))
  AND (service, reason) GLOBAL NOT IN
      (SELECT service, reason FROM reuseshim.records WHERE weight > 0 AND version !=
          (SELECT argMax(version, first) FROM
           (SELECT version, min(time) AS first FROM reuseshim.records WHERE weight > 0 GROUP BY version)))
GROUP BY service, reason ORDER BY failures DESC, service LIMIT 20;
