"""Clients of a server until the standard input ends: under_load.py PORT nats|/PATH. Four threads ask it anew and anew.

Prints how many were answered and how many were not."""
import socket
import sys
import threading

port, what = int(sys.argv[1]), sys.argv[2]
done = threading.Event()
answered, failed = [0] * 4, [0] * 4


def ask():
    with socket.create_connection(("127.0.0.1", port), 20) as s:
        if what == "nats":
            if not s.recv(4096).startswith(b"INFO "):
                return False
            s.sendall(b'CONNECT {"verbose":false}\r\nPING\r\n')
            return b"PONG" in s.recv(4096)
        s.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % what.encode())
        return s.recv(4096).startswith(b"HTTP/1.1 200")


def client(number):
    while not done.is_set():
        try:
            good = ask()
        except OSError:
            good = False
        answered[number] += good
        failed[number] += not good


threads = [threading.Thread(target=client, args=(n,)) for n in range(4)]
for thread in threads:
    thread.start()
sys.stdin.read()
done.set()
for thread in threads:
    thread.join()
print(sum(answered), sum(failed))
