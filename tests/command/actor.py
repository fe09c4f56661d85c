"""Sockets for the tests of the command: actor.py READY_FILE KIND ARGUMENT...

listen ADDRESS PORT REUSEADDR    a TCP listener
queue ADDRESS PORT               the same with a connection that it does not accept
udp ADDRESS PORT                 a UDP socket
unix PATH                        a UNIX listener; '@' at the start means an abstract name
visitor NAME                     a UNIX socket that was bound to the abstract name, and then connected
wait ADDRESS PORT COUNT REUSEADDR  leaves COUNT connections in TIME_WAIT behind
orphan ADDRESS PORT              leaves an orphan in FIN_WAIT2: closed here, open at the other end

Writes READY_FILE when the sockets are as they shall be, and sleeps until it is killed.
"""
import os
import signal
import socket
import sys


def listener(address, port, option):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    s = socket.socket(family)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, option)
    s.bind((address, port))
    s.listen(100)
    return s


def pair(server, address, port):
    client = socket.create_connection((address, port))
    return client, server.accept()[0]


ready, kind, words = sys.argv[1], sys.argv[2], sys.argv[3:]
keep = []
if kind == "listen":
    keep.append(listener(words[0], int(words[1]), int(words[2])))
elif kind == "queue":
    keep.append(listener(words[0], int(words[1]), 0))
    keep.append(socket.create_connection((words[0], int(words[1]))))
elif kind == "udp":
    s = socket.socket(socket.AF_INET6 if ":" in words[0] else socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((words[0], int(words[1])))
    keep.append(s)
elif kind == "unix":
    s = socket.socket(socket.AF_UNIX)
    s.bind(words[0].replace("@", "\0", 1) if words[0][0] == "@" else words[0])
    s.listen(5)
    keep.append(s)
elif kind == "visitor":
    server = socket.socket(socket.AF_UNIX)
    server.bind("\0actor-server")
    server.listen(5)
    s = socket.socket(socket.AF_UNIX)
    s.bind(words[0].replace("@", "\0", 1))
    s.connect("\0actor-server")
    keep += [server, s]
elif kind == "wait":
    server = listener(words[0], int(words[1]), int(words[3]))
    for _ in range(int(words[2])):
        client, child = pair(server, words[0], int(words[1]))
        child.close()
        client.recv(1)
        client.close()
    server.close()
elif kind == "orphan":
    server = listener(words[0], int(words[1]), 0)
    client, child = pair(server, words[0], int(words[1]))
    server.close()
    child.close()
    client.recv(1)
    keep.append(client)
else:
    sys.exit("unknown kind " + kind)
os.close(os.open(ready, os.O_CREAT | os.O_WRONLY))
signal.pause()
