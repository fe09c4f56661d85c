#!/bin/sh
# Linux: with TCP_FASTOPEN_CONNECT and TCP_FASTOPEN_NO_COOKIE a connect() to a port where nobody listens
# works. It takes a local port, and sends nothing: the refusal comes with the first write. The one cheap
# way to learn whether a local port is left for an address.
# Needs Python 3 alone. Seen on Linux 6.18.44: 'plain ECONNREFUSED, deferred 0 with a local
# port, first send ECONNREFUSED'. Exits with 1 if it is otherwise.
set -eu
echo "Linux $(uname -r)"
exec python3 - <<'PYTHON'
import errno
import socket
import sys

FASTOPEN_CONNECT, FASTOPEN_NO_COOKIE = 30, 34  # linux/tcp.h

with socket.socket() as gone:
    gone.bind(("127.0.0.1", 0))
    nobody = gone.getsockname()


def name(error):
    return errno.errorcode.get(error, error)


plain = name(socket.socket().connect_ex(nobody))
deferred = socket.socket()
deferred.setsockopt(socket.IPPROTO_TCP, FASTOPEN_NO_COOKIE, 1)
deferred.setsockopt(socket.IPPROTO_TCP, FASTOPEN_CONNECT, 1)
result = deferred.connect_ex(nobody)
port = deferred.getsockname()[1]
try:
    deferred.send(b"x")
    deferred.recv(1)
    sent = 0
except OSError as error:
    sent = name(error.errno)
print("plain %s, deferred %s with %s, first send %s"
      % (plain, result, "a local port" if port else "no port", sent))
sys.exit(not (plain == "ECONNREFUSED" and result == 0 and port and sent == "ECONNREFUSED"))
PYTHON
