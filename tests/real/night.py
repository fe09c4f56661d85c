"""A night on one simulated host: night.py HOST PLACE. Run under the library, in namespaces of the host's own.

web-1: the shop restarts without the option and meets TIME_WAIT twice; under force it works. web-2: metrics wants the port that shop has.
db-1: the agent finds the socket file that its killed predecessor left, and then a place that is its own.
Prints what was done, one line a failure: HOST SERVICE PORT REASON.
"""
import os
import subprocess
import sys

host, place = sys.argv[1:]
SERVE = """import socket, sys
s = socket.socket()
s.bind(("127.0.0.1", int(sys.argv[1])))
s.listen()
"""
LINGER = SERVE + """c = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
a, _ = s.accept()
a.close()
c.recv(1)
"""
STAY = SERVE + "print(flush=True)\nsys.stdin.read()\n"
UNIX = "import socket, sys\ns = socket.socket(socket.AF_UNIX)\ns.bind(sys.argv[1])\n"


def service(name, code, argument, policy="log", **more):
    """NAME runs CODE; what it says is its own."""
    program = os.path.join(place, host, name)
    os.makedirs(os.path.dirname(program), exist_ok=True)
    if not os.path.lexists(program):
        os.symlink("/usr/bin/python3", program)
    return subprocess.Popen([program, "-c", code, str(argument)], env=dict(os.environ, REUSESHIM_POLICY=policy),
                            stderr=subprocess.DEVNULL, **more)


def fails(name, code, argument, reason):
    assert service(name, code, argument).wait() != 0
    print(host, name, argument if isinstance(argument, int) else 0, reason)


if host == "web-1":
    assert service("shop", LINGER, 8080, "force+log").wait() == 0
    fails("shop", SERVE, 8080, "time-wait")
    fails("shop", SERVE, 8080, "time-wait")
    assert service("shop", SERVE, 8080, "force+log").wait() == 0
elif host == "web-2":
    holder = service("shop", STAY, 8080, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    holder.stdout.readline()
    fails("metrics", SERVE, 8080, "listening")
    holder.stdin.close()
    holder.wait()
    assert service("metrics", SERVE, 8080).wait() == 0
else:
    path = os.path.join(place, host, "agent.sock")
    assert service("agent", UNIX, path).wait() == 0
    fails("agent", UNIX, path, "unix-stale")
