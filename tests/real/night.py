"""A night on one simulated host: night.py HOST PLACE. Run under the library, in namespaces of the host's own.

One failure of each kind that three services can meet without a supervisor or a container. web-1: shop meets what its own
connections left, and under force comes up again. web-2: metrics wants ports that others have, and gets one when it is free.
db-1: agent meets socket files, names, its own sockets and a range without a free port.
Prints what was done, one line a failure: HOST SERVICE PORT REASON.
"""
import os
import subprocess
import sys

host, place = sys.argv[1:]
START = """import os, socket, sys, threading
where = sys.argv[1]
port = int(where) if where.isdigit() else 0
at = ("127.0.0.1", port) if where.isdigit() else where.replace("@", "\\0")
def made(kind=socket.SOCK_STREAM, options=(), bound=True):
    s = socket.socket(socket.AF_INET if where.isdigit() else socket.AF_UNIX, kind)
    for option in options:
        s.setsockopt(socket.SOL_SOCKET, option, 1)
    if bound:
        s.bind(at)
    return s
def pair(s):
    s.listen()
    c = socket.create_connection(at)
    return s.accept()[0], c
"""
STAY = "\nprint(flush=True)\nsys.stdin.read()\n"
SERVE = "made().listen()\n"
LINGER = "s = made()\na, c = pair(s)\na.close()\nc.recv(1)\n"
ONE_SIDE = "made(options=[socket.SO_REUSEPORT]).listen()\n"
TWICE = "made()\ns = made()\nt = made()\n"
LOST = "s, t = [made(options=[socket.SO_REUSEADDR]) for _ in range(2)]\ns.listen()\nt.listen()\n"
# What another process has, and the bind that fails then: PORT or path, holder, newcomer, reason.
AGAINST = {
    "web-1": [
        (8081, "s = made()\na, c = pair(s)\na.close()\ns.close()\n", SERVE, "closing"),
        (8082, "s = made()\na, c = pair(s)\ns.close()\n", SERVE, "connections"),
    ],
    "web-2": [
        (8081, "s = made()\n", SERVE, "bound-idle"),
        (8082, "l = socket.socket()\nl.listen()\ns = socket.create_connection(l.getsockname(), source_address=at)\n", SERVE,
         "outgoing"),
        (8083, "s = made()\ns.listen()\n", ONE_SIDE, "reuseport-one-sided"),
        (8084, "s = made(socket.SOCK_DGRAM)\n", "made(socket.SOCK_DGRAM)\n", "datagram-held"),
        (8085, "os.setuid(65534)\ns = made(options=[socket.SO_REUSEPORT])\ns.listen()\n", ONE_SIDE, "reuseport-owner"),
    ],
    "db-1": [
        ("live.sock", "s = made()\ns.listen()\n", SERVE, "unix-live"),
        ("file.sock", "open(at, 'w')\n", SERVE, "unix-not-a-socket"),
        ("@reuseshim-night", "s = made()\ns.listen()\n", SERVE, "unix-abstract"),
        (40000, "s = made()\nt = socket.socket()\nt.bind(('127.0.0.1', 40001))\n",
         "socket.socket().bind(('127.0.0.1', 0))\n", "ports-exhausted"),
    ],
}


def service(name, code, argument, policy="log", **more):
    """NAME runs CODE; what it says is its own."""
    program = os.path.join(place, host, name)
    os.makedirs(os.path.dirname(program), exist_ok=True)
    if not os.path.lexists(program):
        os.symlink("/usr/bin/python3", program)
    return subprocess.Popen([program, "-c", START + code, str(argument)], env=dict(os.environ, REUSESHIM_POLICY=policy),
                            cwd=os.path.dirname(program), stderr=subprocess.DEVNULL, **more)


def fails(name, code, argument, reason):
    assert service(name, code, argument).wait() != 0, reason
    port = argument if isinstance(argument, int) and reason != "ports-exhausted" else 0
    print(host, name, port, reason, flush=True)


def against(name, argument, holding, code, reason):
    holder = service("other", holding + STAY, argument, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout.readline(), reason
    fails(name, code, argument, reason)
    holder.stdin.close()
    holder.wait()


name = {"web-1": "shop", "web-2": "metrics", "db-1": "agent"}[host]
if host == "web-1":
    assert service(name, LINGER, 8080, "force+log").wait() == 0
    fails(name, SERVE, 8080, "time-wait")
    fails(name, SERVE, 8080, "time-wait")
    assert service(name, SERVE, 8080, "force+log").wait() == 0
elif host == "web-2":
    shop = service("shop", SERVE.replace("made()", "s = made()\ns") + STAY, 8080, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    shop.stdout.readline()
    fails(name, SERVE, 8080, "listening")
    shop.stdin.close()
    shop.wait()
    assert service(name, SERVE, 8080).wait() == 0
else:
    assert service(name, "made()\n", "agent.sock").wait() == 0
    fails(name, "made()\n", "agent.sock", "unix-stale")
    fails(name, TWICE, 8086, "bound-twice")
    fails(name, LOST, 8087, "lost-listen")
    with open("/proc/sys/net/ipv4/ip_local_port_range", "w") as file:
        file.write("40000 40001")
for what in AGAINST[host]:
    against(name, *what)
