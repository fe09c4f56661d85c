"""Records of about 1 KB, as a fleet would write them: made_records.py COUNT [SEED]

At least 50 different failures, each with its own time, process and holder; every tenth is followed by the bind that
worked. The shape is that of the library's records: docs/record.schema.json holds for them.
made_records.py night: one night of three hosts, with a story.
"""
import datetime
import json
import random
import sys

PROGRAMS = "nginx postgres node python3 java redis-server haproxy envoy mysqld dnsmasq grafana etcd".split()
PORTS = [80, 443, 8080, 5432, 6379, 3000, 9090, 53, 3306, 8443]
REASONS = "listening bound-twice bound-idle time-wait closing connections outgoing datagram-held gone".split()


def common(time, event, program, pid, host):
    return {"v": 1, "time": time, "event": event, "pid": pid, "tid": pid, "comm": program,
            "exe": "/usr/sbin/" + program, "host": host, "version": "1.4.0",
            "unit": program + ".service"}


def flags(value):
    return {"reuseaddr": value, "reuseport": False, "v6only": None}


def holder(chance, port, time):
    program = chance.choice(PROGRAMS)
    return {"address": "0.0.0.0", "port": port, "remote_address": None, "remote_port": None, "state": "LISTEN", "count": 1,
            "pid": chance.randint(300, 99999), "comm": program, "exe": "/usr/sbin/" + program,
            "uid": chance.randint(0, 999), "started": time, "relation": "other", "fd": 6, "others": 0,
            "others_complete": True, "flags": flags(True), "timer_ms": None,
            "cgroup": "/system.slice/%s.service" % program, "unit": program + ".service", "bound_at": None,
            "bound_by": None, "stack": None}


def failure(chance, time, program, pid, host, port):
    helps = chance.choice([True, False])
    return dict(common(time, "bind_failed", program, pid, host), **{
        "call": "bind", "fd": 5, "errno": "EADDRINUSE", "proto": "tcp", "family": "inet", "address": "0.0.0.0",
        "port": port, "flags": dict(flags(False), reuseaddr_by=None), "reason": chance.choice(REASONS), "overlap": "same",
        "lacks_reuseaddr": "newcomer", "frees_in_ms": chance.choice([None, chance.randint(1, 60000)]),
        "would_succeed": {"newcomer_reuseaddr": helps, "both_reuseaddr": helps, "newcomer_reuseport": False,
                          "both_reuseport": False, "newcomer_v6only": False},
        "holders": [holder(chance, port, time)], "stack": [], "cures": [], "visibility": "full"})


def worked(time, program, pid, host, port):
    return dict(common(time, "bind", program, pid, host), **{
        "call": "bind", "fd": 5, "result": 0, "errno": None, "proto": "tcp", "family": "inet", "address": "0.0.0.0",
        "port": port, "stack": []})


def at(minutes):
    start = datetime.datetime(2026, 11, 27, 22, tzinfo=datetime.timezone.utc)
    return (start + datetime.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def told(minutes, host, program, port, reason, other, since, lasts_ms, helps):
    record = failure(random.Random(minutes), at(minutes), program, 4000 + int(minutes), host, port)
    holders = record["holders"]
    holders[0].update({"comm": other, "unit": other and other + ".service", "exe": None, "pid": other and 812,
                       "state": "LISTEN" if other else "TIME_WAIT", "started": at(since) if other else None})
    record["cures"] = [helps]
    record.update(reason=reason, frees_in_ms=lasts_ms)
    record["would_succeed"].update(newcomer_reuseaddr=not other, both_reuseaddr=not other)
    return record


def night():
    """web-1: each deployment of shop fails for a minute of TIME_WAIT. web-2: two services want 8080. db-1: a stray
    postgres, since the release of that night."""
    wait = {"id": "force", "text": "set SO_REUSEADDR before bind, as policy force does", "command": None, "risk": "safe"}
    stop = {"id": "stop", "text": "stop the unit that has it", "command": None, "risk": "disrupts"}
    records = []
    for deployment in (35, 190, 330, 455):
        records += [told(deployment + i / 6, "web-1", "shop", 8080, "time-wait", None, 0, 60000 - i * 10000, wait)
                    for i in range(6)]
        records.append(worked(at(deployment + 1.05), "shop", 4900, "web-1", 8080))
    for i in range(12):
        records.append(told(200 + i * 8, "web-2", "metrics", 8080, "listening", "shop", 20, None, stop))
        if i % 4 == 3:
            records.append(worked(at(200 + i * 8 + 2), "shop", 812, "web-2", 8080))
    records.append(worked(at(300), "metrics", 5100, "web-2", 8080))
    records += [told(400 + i, "db-1", "postgres", 5432, "listening", "postgres-old", 60, None, stop) for i in range(30)]
    for record in records:
        if record["time"] >= at(380):
            record["version"] = "1.5.0"
    return sorted(records, key=lambda record: record["time"])


def main():
    if sys.argv[1] == "night":
        print("\n".join(json.dumps(record, separators=(",", ":")) for record in night()))
        return
    chance = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    write, dumps = sys.stdout.write, json.dumps
    start = datetime.datetime(2026, 11, 27, 22, tzinfo=datetime.timezone.utc)
    for number in range(int(sys.argv[1])):
        time = (start + datetime.timedelta(microseconds=number * 20011)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        program, host, port = chance.choice(PROGRAMS), "web-%d" % chance.randint(1, 3), chance.choice(PORTS)
        pid = chance.randint(300, 99999)
        made = worked(time, program, pid, host, port) if number % 10 == 9 else \
            failure(chance, time, program, pid, host, port)
        write(dumps(made, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
