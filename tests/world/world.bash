# Helpers of the tests of cures: a server under a real supervisor has a port, another one is refused,
# and the first cure that is printed is pasted into a shell. Oracle: the kernel's answer to a bind, at
# once and five seconds later.
load ../command/command

port=8123

# needs PROGRAM...: skips a test of what is not installed here.
needs()
{
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null || skip "$program is not installed"
    done
}

# A server in Python on $port, as a script of its own: PATH [CODE before it serves].
server_at()
{
    printf '%s\n' '#!/usr/bin/python3' 'import signal, socket, sys, time' "${2-}" \
        's = socket.socket()' 's.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)' \
        "s.bind(('127.0.0.1', $port))" 's.listen()' 'time.sleep(600)' >"$1"
    chmod 755 "$1"
}

# In the namespace, in the background; ended with the test.
begin()
{
    nsenter --net="/proc/$keeper/ns/net" -- "$@" </dev/null >"$place/begun" 2>&1 3>&- &
    begun=$!
    actors+=("$begun")
}

is_held() { ! try_bind 127.0.0.1 "$port" 1; }
is_free() { try_bind 127.0.0.1 "$port" 1; }
has_ended() { ! kill -0 "$1" 2>/dev/null || [ "$(sed 's/.*) //; s/ .*//' "/proc/$1/stat" 2>/dev/null)" = Z ]; }

# The pid that listens on $port.
listener()
{
    in_namespace ss -Hltnp "sport = :$port" | sed -n 's/.*pid=\([0-9]*\).*/\1/p' | head -1
}

# Lets a server be refused, as USER if that is given; what was said is in $place/said.
refuse()
{
    server_at "$place/newcomer"
    chmod 755 "$place"
    if [ $# -gt 0 ]; then
        set -- setpriv --reuid "$1" --regid "$1" --clear-groups --
    fi
    (cd "$place" && in_namespace "$@" env LD_PRELOAD="$place/bin/libreuseshim.so" \
        /usr/bin/python3 "$place/newcomer" >/dev/null 2>"$place/said" </dev/null) || :
    cat "$place/said"
    grep -q '^reuseshim: ' "$place/said"
}

# cure KEY [N]: the command of the printed line KEY (fix, or, for good), the Nth of its kind.
cure()
{
    /usr/bin/python3 - "$place/said" "$1" "${2-1}" <<'END'
import re
import sys

path, key, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
found = []
for line in open(path, errors="replace"):
    line = line.rstrip("\n")
    start = re.match(r"  (holder|fix|or|for good|rule|unseen|held|this)\b *", line)
    if start:
        found.append([start.group(1), line[start.end():]])
    elif found and line.startswith("           "):
        found[-1].append(line.strip())
    elif found:
        found.append(["", ""])
parts = [part[1:] for part in found if part[0] == key][n - 1]
# A command that is too long for its line stands in one of its own.
if len(parts) > 1 and parts[-2].endswith(":"):
    print(parts[-1])
else:
    print(parts[-1].split(": ", 1)[1])
END
}

# Pastes COMMAND into each shell that there is, the last being the one that counts.
paste()
{
    printf 'pasted: %s\n' "$1"
    (cd "$place" && PATH="$place/bin:$PATH:/usr/sbin:/sbin" in_namespace bash -c "$1" 3>&-)
}

# The same for a command that goes on, in the background; the server that it starts is ended with the test.
paste_and_go_on()
{
    printf 'pasted: %s\n' "$1"
    case $1 in *'&& '*) set -- "${1%&& *}&& exec ${1##*&& }" ;; *) set -- "exec $1" ;; esac
    (cd "$place" && PATH="$place/bin:$PATH:/usr/sbin:/sbin" exec nsenter --net="/proc/$keeper/ns/net" -- bash -c "$1") \
        >"$place/pasted" 2>&1 </dev/null 3>&- &
    actors+=("$!")
}

# Has the server that refuse() tried got the port?
newcomer_listens()
{
    local pid
    pid=$(listener)
    [ -n "$pid" ] && grep -q newcomer "/proc/$pid/cmdline"
}

# Is it a run that may take its time (scripts/check --long)?
long_only() { [ -n "${REUSESHIM_LONG-}" ] || skip 'only with --long'; }

# The port is free, and stays so: no supervisor starts its server again.
stays_free()
{
    poll 80 is_free
    if [ -n "${REUSESHIM_LONG-}" ]; then sleep 5; else sleep 1; fi
    is_free
}
