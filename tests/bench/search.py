"""A port's owner among 5,000 processes of 60 descriptors each: named or not, and in what time, beside
`ss`. The servers stand where chance puts them, their sockets among the first ten descriptors."""
import os
import re
import subprocess
import tempfile
import time

from measure import (BENCH, COMMAND, FLOOR, LIBRARY, OLD_COMMAND, OLD_LIBRARY, environment, floor, has_old, median, of_kind,
                     output, row, scene)

PROCESSES, DESCRIPTORS, SERVERS, USER = 5000, 60, 20, 65534


def told(port, pid, library):
    """Whether the library names PID, and the thread's own milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, 'log')
        spent = float(output([BENCH, 'failing_own', port, 1], library, REUSESHIM_LOG=log).split()[-1])
        return f'[{pid}]' in open(log).read(), spent / 1000


def library_row(what, servers, library, limit):
    results = [told(port, pid, library) for port, pid in servers]
    return sum(named for named, _ in results), max(spent for _, spent in results)


def library_rows(what, servers, limit_ms, bare):
    named, most = library_row(what, servers, LIBRARY, limit_ms)
    least = floor(bare, rounds=5)
    old = ''
    if has_old():
        old_named, old_most = library_row(what, servers, OLD_LIBRARY, None)
        old = f'{old_named} of {len(servers)}, {old_most:.0f} ms'
    goal = f'{len(servers)} of {len(servers)}' + (f', <= {limit_ms} ms own' if limit_ms else '')
    row(f'owner named by the library, {what}', goal, f'{named} of {len(servers)}, {most:.0f} ms',
        named == len(servers) and (not limit_ms or most <= limit_ms), old, f'floor {least:.0f} ms')


def timed(command, expected=None, as_user=False):
    """Milliseconds; and whether its output has EXPECTED. Histories that other programs of the machine
    have left are not read."""
    prefix = ['setpriv', f'--reuid={USER}', f'--regid={USER}', '--clear-groups'] if as_user else []
    start = time.monotonic()
    done = subprocess.run([*prefix, *command], env=environment(None, REUSESHIM_HISTORY='off'), capture_output=True, text=True)
    return (time.monotonic() - start) * 1000, expected is None or expected in done.stdout


def why_row(what, servers, goal, bare, as_user=False):
    def all_of(command):
        return [timed([command, 'why', port], f'[{pid}]', as_user) for port, pid in servers]
    ours = all_of(COMMAND)
    old = all_of(OLD_COMMAND) if has_old() else []
    least = median([timed([FLOOR, bare], None, as_user)[0] for _ in range(5)])
    ss = median([timed(['ss', '-tlnpH', f'sport = :{servers[0][0]}'], None, as_user)[0] for _ in range(5)])
    took, named = median([ms for ms, _ in ours]), sum(good for _, good in ours)
    row(f'named by reuseshim why{what}', f'all, >= {goal} x ss', f'{named} of {len(servers)}, {took:.0f} ms: {ss / took:.1f} x',
        named == len(servers) and ss / took >= goal,
        of_kind(old and (sum(good for _, good in old), median([ms for ms, _ in old])), '{0[0]} named, {0[1]:.0f} ms'),
        f'ss {ss:.0f} ms, floor {least:.0f} ms')


def search():
    crowd = ['crowd', PROCESSES, DESCRIPTORS, SERVERS]
    with scene(*crowd, USER) as servers:
        library_rows('another user', servers, 60, 'users')
        why_row(', another user', servers, 10, 'users')
        why_row(' to its ordinary user', servers, 20, 'barred', as_user=True)
    with scene(*crowd, 0) as servers:
        library_rows('all alike', servers, None, 'links')
        why_row(', all alike', servers, 10, 'links')
