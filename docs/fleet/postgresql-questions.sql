-- 1: failures by host and reason
SELECT host, reason, sum(weight) AS failures
FROM records WHERE weight > 0 GROUP BY host, reason ORDER BY failures DESC, host, reason LIMIT 20;

-- 2: the longest outage of each service: from a failure to the next bind that worked, in seconds
WITH turns AS (
    SELECT host, service, proto, address, port, time, worked AS works,
           lag(worked, 1, true) OVER (PARTITION BY host, service, proto, address, port ORDER BY time) AS worked_before
    FROM records WHERE event = 'bind_failed' OR event = 'bind' AND worked
), ends AS (
    SELECT *, lead(time) OVER (PARTITION BY host, service, proto, address, port ORDER BY time) AS ended
    FROM turns WHERE works <> worked_before
)
SELECT host, service, address, port, round(extract(epoch FROM max(ended - time)), 1) AS longest, count(*) AS outages
FROM ends WHERE NOT works AND ended > time -- within one tick of the clock there is no outage
GROUP BY host, service, proto, address, port ORDER BY longest DESC, host, service LIMIT 10;

-- 3: services that would be cured by force
SELECT service, count(*) FILTER (WHERE force) AS cured, count(*) FILTER (WHERE told) AS failures
FROM records WHERE weight > 0 GROUP BY service
HAVING bool_or(force) ORDER BY cured DESC, service LIMIT 20;

-- 4: ports fought over by two services
SELECT host, proto, port, array_agg(DISTINCT service) AS lost, array_agg(DISTINCT holder) AS won, sum(weight) AS failures
FROM records WHERE weight > 0 AND holder <> service
GROUP BY host, proto, port ORDER BY failures DESC, host, port LIMIT 20;

-- 5: what came with the newest release: the version that was seen first the latest
WITH failed AS (SELECT * FROM records WHERE weight > 0),
     newest AS (SELECT version FROM failed GROUP BY version ORDER BY min(time) DESC LIMIT 1)
SELECT service, reason, sum(weight) AS failures
FROM failed WHERE version = (SELECT version FROM newest)
  AND NOT EXISTS (SELECT FROM failed AS older WHERE older.version <> (SELECT version FROM newest)
                  AND older.service = failed.service AND older.reason = failed.reason)
GROUP BY service, reason ORDER BY failures DESC, service LIMIT 20;
