"""What a failure costs: one explanation, beside `ss` and `lsof`, in the older build and as its floor;
one repeated; programs that expect to fail; the text of many records."""
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile

from cycle import ratio_row
from measure import (BENCH, COMMAND, LIBRARY, OLD_COMMAND, OLD_LIBRARY, SCENE, WALKERS, best_by_turns, calls_of, environment,
                     floor, has_old, median, of_kind, output, row, run, scene, seconds_of, times, undisturbed)
from samples import profile

WALK, BARE = 'walk', 'bare' # the kernel's walk alone; what nobody can avoid

HOLDER = '''import os, socket, sys
uid, cgroup = int(sys.argv[1]), sys.argv[2]
if cgroup:
    open(cgroup + "/cgroup.procs", "w").write(str(os.getpid()))
if uid:
    os.setgid(uid)
    os.setuid(uid)
server = socket.create_server(("0.0.0.0", 0))
print(server.getsockname()[1], flush=True)
sys.stdin.read()'''


@contextlib.contextmanager
def holder(command):
    """A process that listens until its stdin ends; gives the port."""
    process = subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait()


@contextlib.contextmanager
def own_cgroup():
    """A folder of the cgroup tree that sock_diag's ids are of; '' where there is none."""
    mounted = [line.split()[1] for line in open('/proc/mounts') if line.split()[2] == 'cgroup2']
    folder = os.path.join(mounted[0], f'reuseshim-bench-{os.getpid()}') if mounted else ''
    try:
        if folder:
            os.mkdir(folder)
    except OSError:
        folder = ''
    try:
        yield folder
    finally:
        if folder:
            os.rmdir(folder)


def explained_us(port, rounds=15, libraries=(LIBRARY, OLD_LIBRARY)):
    return best_by_turns(rounds, libraries, lambda library: run('failing', port, 1, library=library))


def explanation_row(what, port, pid, fd):
    """Beside c991d42, whole and without the kernel's walk, which both make and nobody shortens."""
    def us_of(one):
        bare = {WALK: ['walk'], BARE: ['bare', port, pid, fd]}.get(one)
        return floor(*bare, rounds=1) if bare else run('failing', port, 1, library=one)
    now, old, walk, bare = best_by_turns(30, (LIBRARY, OLD_LIBRARY, WALK, BARE), us_of)
    row(f'a failed bind explained: {what}', '<= 0.60 of c991d42', f'{times(now, old)}  ({now:.0f} us)',
        None if old is None else now / old <= 0.6, of_kind(old, '{:.0f} us'), f'floor: {bare:.0f} us')
    if old is not None:
        row("... without the kernel's walk", '<= 0.60 of c991d42', f'{times(now - walk, old - walk)}  ({now - walk:.0f} us)',
            (now - walk) / (old - walk) <= 0.6, f'{old - walk:.0f} us', f'walk {walk:.0f} us, floor {bare - walk:.0f} us')
    return now


def owner_of(port):
    """PID and descriptor of the listener, as ss tells them."""
    return re.search(r'pid=(\d+),fd=(\d+)', output(['ss', '-tlnpH', f'sport = :{port}'])).groups()


def explanations():
    with scene('crowd', 30, 12), undisturbed():
        with socket.create_server(('0.0.0.0', 0)) as server:
            port = server.getsockname()[1]
            once = explanation_row('by its parent', port, os.getpid(), server.fileno())
            profile(port, 'a failed bind explained: by its parent')
            ss = min(seconds_of(['ss', '-tanpH', f'sport = :{port}']) for _ in range(7)) * 1e6
            row('the same, beside ss -tanp', '>= 5 times faster', f'{ss / once:.1f} times', ss / once >= 5, '', f'{ss:.0f} us')
            if shutil.which('lsof'):
                lsof = min(seconds_of(['lsof', f'-i:{port}']) for _ in range(7)) * 1e6
                row('the same, beside lsof -i', '>= 50 times faster', f'{lsof / once:.1f} times', lsof / once >= 50, '',
                    f'{lsof:.0f} us')
        with holder([BENCH, 'hold']) as port:
            explanation_row('by another run', port, *owner_of(port))
        with holder([sys.executable, '-c', HOLDER, '65534', '']) as port:
            explanation_row('by another user', port, *owner_of(port))
        with own_cgroup() as cgroup:
            if cgroup:
                with holder([sys.executable, '-c', HOLDER, '0', cgroup]) as port:
                    explanation_row('by another cgroup', port, *owner_of(port))


def crowds():
    with socket.create_server(('0.0.0.0', 0)) as server:
        port = server.getsockname()[1]
        with scene('crowd', 300, 200), undisturbed():
            now, old = explained_us(port, 7)
            ss = min(seconds_of(['ss', '-tanpH', f'sport = :{port}']) for _ in range(5)) * 1e6
            row('a failed bind explained, 300 processes of 200', '>= 3 times faster', f'{ss / now:.1f} times', ss / now >= 3,
                of_kind(old, '{:.0f} us'), f'ss {ss:.0f} us')
        ratio_row('a failure repeated 100,000 times', 1.20, ['failing', port, 100000])
        subprocess.run([SCENE, 'timewait', '50000', '4711'], stdout=subprocess.DEVNULL, check=True)
        with undisturbed():
            walk = floor('walk')
        now, old = explained_us(port)
        row('a failed bind explained, 50,000 TIME_WAIT elsewhere', '<= 1.20 of the walk', f'{now / walk:.3f}  ({now:.0f} us)',
            now / walk <= 1.2, of_kind(old, '{:.0f} us'), f'walk {walk:.0f} us')


# ---- Programs that expect to fail ----

def walker(*arguments, library=None):
    return float(output([WALKERS, *arguments], library))


def walk_row(what, limit, *arguments, rounds=5, beside=''):
    plain, now, old = best_by_turns(rounds, (None, LIBRARY, OLD_LIBRARY), lambda library: walker(*arguments, library=library))
    row(what, limit if isinstance(limit, str) else f'<= {limit:.2f} of native',
        f'{times(now, plain)}  ({now / 1000:.1f} ms)', None if isinstance(limit, str) else now / plain <= limit,
        of_kind(old and old / 1000, '{:.1f} ms'), f'native {plain / 1000:.1f} ms' + (f', {beside}' if beside else ''))
    return now


def walks():
    with scene('crowd', 30, 12), holding(5000, 5399):
        native = calls_of([WALKERS, 'walk', 5000])
        short, long = (calls_of([WALKERS, 'walk', first], LIBRARY) for first in (5397, 5000))
        few = calls_of([WALKERS, 'walk', 5397])
        old = calls_of([WALKERS, 'walk', 5000], OLD_LIBRARY) if has_old() else None
        added = (long - short) / (native - few)
        row('400 ports walked: system calls beside three looks', '<= 1.25 of native',
            (f'{added:.3f}' if added > 0 else 'within it') + f'  ({long})', added <= 1.25,
            of_kind(old, '{}'), f'native {native}')
        walk_row('400 ports walked: time', '', 'walk', 5000)
        def again(library):
            return walker('again', 5000, 5399, library=library)
        plain, now = best_by_turns(30, (None, LIBRARY), again)
        old = best_by_turns(2, (OLD_LIBRARY,), again)[0]
        row('a walk that fails, each repeat', '<= 1.10 of native', times(now, plain), now / plain <= 1.10, times(old, plain),
            f'native {plain:.3f} us')
    with scene('crowd', 30, 12):
        walk_row('85 RTP ports allocated over its own', 1.5, 'rtp', 7000, 85,
                 beside=f"libunwind's loading {floor('unwinder') / 1000:.1f} ms")
    with scene('crowd', 2200, 12), holding(512, 676), holding(678, 1023):
        took = walk_row("libtirpc's bindresvport, 511 of 512 taken", '<= 10 ms', 'reserved', rounds=3)
        row('... beside 2,200 processes', '<= 10 ms', f'{took / 1000:.1f} ms', took <= 10000)
    portfinder()


@contextlib.contextmanager
def holding(first, last):
    process = subprocess.Popen([WALKERS, 'hold', str(first), str(last)], text=True, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)
    process.stdout.readline()
    try:
        yield
    finally:
        process.stdin.close()
        process.wait()


def portfinder():
    """Of npm, which installs it in build/bench if it can."""
    folder = os.path.join(os.path.dirname(WALKERS), 'node_modules', 'portfinder')
    if not os.path.isdir(folder) or not shutil.which('node'):
        row('npm portfinder over 48 taken ports', '<= 1.15 of native', 'not installed in build/bench')
        return
    code = f'require({json.dumps(folder)}).getPort((error, port) => console.log(error || port))'
    with scene('crowd', 30, 12), holding(8000, 8047):
        def took(library):
            return seconds_of(['node', '-e', code], library)
        plain, now = best_by_turns(30, (None, LIBRARY), took) # node's own start differs by as much as is allowed
        old = best_by_turns(2, (OLD_LIBRARY,), took)[0]
        row('npm portfinder over 48 taken ports', '<= 1.15 of native', times(now, plain), now / plain <= 1.15,
            of_kind(old, '{:.2f} s'), f'native {plain:.2f} s')


# ---- Records ----

def symbolize():
    """60 MB of JSON; the older build has a fiftieth of them, and its time is told as fifty of these."""
    with socket.create_server(('127.0.0.1', 0)) as server, tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, 'log')
        subprocess.run([BENCH, 'failing', str(server.getsockname()[1]), '1'], stdout=subprocess.DEVNULL,
                       env=environment(LIBRARY, REUSESHIM_LOG=log, REUSESHIM_FORMAT='json'))
        line = open(log).read()
        count = 60_000_000 // len(line)
        for name, lines in (('all', count), ('few', count // 50)):
            with open(os.path.join(folder, name), 'w') as out:
                out.write(line * lines)
        now = median([seconds_of([COMMAND, 'symbolize', os.path.join(folder, 'all')]) for _ in range(3)])
        old = 50 * seconds_of([OLD_COMMAND, 'symbolize', os.path.join(folder, 'few')]) if has_old() else None
        row('symbolize of 60 MB of JSON', '>= 20 times faster', f'{now:.2f} s' + (f', {old / now:.0f} times' if old else ''),
            None if old is None else old / now >= 20, of_kind(old, '{:.1f} s'))
