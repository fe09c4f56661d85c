"""What the examples of docs/reasons.md show, made to happen: scenes.py LIBRARY PLACE ID [COMMAND...]

Makes the situation of that reason or misuse, in the network namespace that it is started in and in the folder
PLACE, and runs a program that meets it, with LIBRARY preloaded; prints what the library says. With COMMAND, that is
the program, and it has the terminal.
"""
import os
import socket
import subprocess
import sys
import time

library, place, scene, *command = sys.argv[1:]
NOBODY = 65534
REUSEPORT = "s.setsockopt(1, socket.SO_REUSEPORT, 1)"
keep = []


def holder(code, uid=0):
    """A process with sockets; goes on when they are there."""
    child = subprocess.Popen(
        [sys.executable, "-c", "import os, socket, sys\n%s\nprint(flush=True)\nsys.stdin.read()" % code],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, user=uid, cwd="/")
    child.stdout.readline()
    keep.append(child)


def tcp(address, port, *options, listens=True):
    return "s = socket.socket()\n%s\ns.bind((%r, %d))\n%s" % (
        "\n".join(options), address, port, "s.listen()" if listens else "")


def leftovers(count, how, option=0):
    """Connections on 8080 whose listener is gone."""
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, option)
    server.bind(("127.0.0.1", 8080))
    server.listen()
    for _ in range(count):
        client = socket.create_connection(("127.0.0.1", 8080))
        child = server.accept()[0]
        child.close()
        if how == "closed":
            client.recv(1)
            client.close()
        else:
            keep.append(client)
    server.close()


def unix_file(name, code="s.listen()"):
    return "s = socket.socket(socket.AF_UNIX)\ns.bind(%r)\n%s" % (name, code)


def bound(code="", address="0.0.0.0", port=8080):
    return "s = socket.socket()\n%s\ns.bind((%r, %d))" % (code, address, port)


def set_range(ports):
    with open("/proc/sys/net/ipv4/ip_local_port_range", "w") as file:
        file.write(ports)


def connections():
    holder(tcp("127.0.0.1", 8080) + """
c = socket.create_connection(("127.0.0.1", 8080))
a = s.accept()[0]
s.close()""")


def outgoing():
    holder(tcp("127.0.0.1", 9000))
    set_range("33000 33000")
    holder("""s = socket.socket()
c = socket.create_connection(("127.0.0.1", 9000))""")
    set_range("32768 60999")


TWICE = "s = socket.socket(); s.bind(('127.0.0.1', 8080)); s.listen()\nt = socket.socket(); t.bind(('127.0.0.1', 8080))"
BOTH = """s = socket.socket(); s.setsockopt(1, 2, 1); t = socket.socket(); t.setsockopt(1, 2, 1)
s.bind(('127.0.0.1', 8080)); t.bind(('127.0.0.1', 8080)); s.listen(); t.listen()"""
DATAGRAM = ("s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.bind(('0.0.0.0', 5353))\n"
            "s.setsockopt(0, socket.IP_ADD_MEMBERSHIP, socket.inet_aton('224.0.0.251') + socket.inet_aton('127.0.0.1'))")

NETLINK = "s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0); s.bind((4242, 0))"

# The situation, what the program does that meets it, and more: its policy, its user.
scenes = {
    "bound-twice": (None, TWICE, {}),
    "reuseport-owner": (lambda: holder(tcp("0.0.0.0", 8080, REUSEPORT), NOBODY), bound(REUSEPORT), {}),
    "reuseport-one-sided": (lambda: holder(tcp("0.0.0.0", 8080, "s.setsockopt(1, 2, 1)")), bound(REUSEPORT), {}),
    "listening": (lambda: holder(tcp("0.0.0.0", 8080)), bound(), {"user": NOBODY}),
    "datagram-held": (lambda: holder(DATAGRAM), DATAGRAM, {}),
    "bound-idle": (lambda: holder(tcp("0.0.0.0", 8080, listens=False)), bound(), {}),
    "connections": (connections, bound(address="127.0.0.1"), {}),
    "outgoing": (outgoing, bound(port=33000), {}),
    "closing": (lambda: leftovers(1, "half"), bound(address="127.0.0.1"), {}),
    "time-wait": (lambda: leftovers(3, "closed"), bound("s.setsockopt(1, 2, 1)", "127.0.0.1"), {}),
    "lost-listen": (None, BOTH, {}),
    "ports-exhausted": (lambda: set_range("33000 33003"), "k = [socket.socket() for _ in range(5)]\nfor s in k: s.bind(('127.0.0.1', 0))", {}),
    "unix-stale": (lambda: subprocess.run([sys.executable, "-c", "import socket\n" + unix_file("x.sock", "")]),
                   unix_file(place + "/x.sock"), {}),
    "unix-live": (lambda: holder(unix_file(place + "/x.sock")), unix_file(place + "/x.sock"), {}),
    "unix-not-a-socket": (lambda: open("ex.py", "w").close(), unix_file(place + "/ex.py"), {}),
    "unix-abstract": (lambda: holder(unix_file("\0name")), unix_file("\0name"), {}),
    "netlink-id": (lambda: holder(NETLINK), NETLINK, {}),
    "not-local": (None, bound(address="192.0.2.1"), {}),
    "low-port": (None, bound(port=80), {"user": NOBODY}),
    "set-after-bind": (None, bound(address="127.0.0.1") + "\ns.setsockopt(1, 2, 1)", {}),
    "set-on-other-socket": (lambda: leftovers(1, "closed", 1),
                            "o = socket.socket(); o.setsockopt(1, 2, 1)\n" + bound(), {}),
    "wrong-level": (None, "s = socket.socket()\ntry: s.setsockopt(6, 2, 1)\nexcept OSError: pass\n"
                    "s.bind(('127.0.0.1', 8080)); s.listen()", {}),
    "wrong-length": (None, "s = socket.socket()\ntry: s.setsockopt(1, 2, b'\\1')\nexcept OSError: pass\n"
                     "s.bind(('127.0.0.1', 8080)); s.listen()", {}),
    "ignored-failure": (lambda: holder(tcp("0.0.0.0", 8080)),
                        "s = socket.socket()\ntry: s.bind(('0.0.0.0', 8080))\nexcept OSError: pass\ns.listen()", {}),
    "datagram-reuse": (None, "s = socket.socket(2, 2); s.setsockopt(1, 2, 1)", {"policy": "log"}),
}

if scene == "--list":
    print("\n".join(scenes))
    sys.exit()
os.chdir(place)
before, newcomer, how = scenes[scene]
if before:
    before()
environment = dict(os.environ, LD_PRELOAD=library, REUSESHIM_POLICY=how.get("policy", "explain"))
if command:
    subprocess.run(command, env=environment, user=how.get("user", 0))
run = command or subprocess.run([sys.executable, "-c", "import socket\ntry:\n " + newcomer.replace("\n", "\n ") +
                      "\nexcept OSError: pass" if "try:" not in newcomer else "import socket\n" + newcomer],
                     env=environment, stderr=subprocess.PIPE, user=how.get("user", 0), cwd="/")
if not command:
    sys.stdout.write(run.stderr.decode())
for child in keep:
    if isinstance(child, subprocess.Popen):
        child.stdin.close()
        child.wait()
