"""Records of about 1 KB, as a fleet would write them: made_records.py COUNT [SEED]

At least 50 different failures, each with its own time, process and holder; every tenth is followed by the bind that
worked. The shape is that of the library's records: docs/record.schema.json holds for them.
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
            "exe": "/usr/sbin/" + program, "host": host, "unit": program + ".service"}


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


def main():
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
