"""What the library costs while nothing is wrong: calls that work, starts, memory, the history."""
import contextlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time

from measure import (BENCH, EMPTY, LIBRARY, OLD_LIBRARY, best_by_turns, calls_of, environment, many_files, median,
                     of_kind, row, run, times, undisturbed)


def ratio_row(what, limit, arguments, rounds=3, program=run):
    plain, now, old = best_by_turns(rounds, (None, LIBRARY, OLD_LIBRARY), lambda library: program(*arguments, library=library))
    row(what, f'<= {limit:.2f} of native', f'{now / plain:.3f}', now / plain <= limit, times(old, plain),
        f'native {plain:.2f} us')


@contextlib.contextmanager
def without_libunwind():
    """In the mount namespace of this run. True if the library is hidden, which then keeps no stacks."""
    listed = subprocess.run(['ldconfig', '-p'], capture_output=True, text=True).stdout
    found = re.search(r'libunwind\.so\.8 .*=> (.*)', listed)
    hidden = found and subprocess.run(['mount', '--bind', '/dev/null', os.path.realpath(found[1])]).returncode == 0
    try:
        yield hidden
    finally:
        if hidden:
            subprocess.run(['umount', os.path.realpath(found[1])], check=True)


def instructions(count, library):
    with tempfile.NamedTemporaryFile(mode='r') as out:
        done = subprocess.run(['valgrind', '--tool=callgrind', f'--callgrind-out-file={out.name}',
                               BENCH, 'cycle', str(count)], env=environment(library), capture_output=True, text=True)
        return int(re.search(r'Collected : (\d+)', done.stderr).group(1))


def success():
    rounds = 9 # of bench.c
    added = ((calls_of([BENCH, 'cycle', 400], LIBRARY) - calls_of([BENCH, 'cycle', 200], LIBRARY))
             - (calls_of([BENCH, 'cycle', 400]) - calls_of([BENCH, 'cycle', 200])))
    row('system calls added to a cycle that works, warm', '0', f'{added / (200 * rounds):.3f}',
        abs(added) / (200 * rounds) < 0.01) # threads that wait for each other make some
    if shutil.which('valgrind'):
        per = [(instructions(400, s) - instructions(200, s)) / (200 * rounds) for s in (LIBRARY, None)]
        row('instructions added to a cycle', '<= 2880', f'{per[0] - per[1]:.0f}', per[0] - per[1] <= 2880)
    with without_libunwind() as hidden:
        if hidden:
            plain, now = best_by_turns(15, (None, LIBRARY), lambda library: run('cycle', 5000, library=library))
            row('socket+setsockopt+bind+listen+close, no stacks', '', f'{now / plain:.3f}')
    ratio_row('socket+setsockopt+bind+listen+close', 1.05, ['cycle', 5000], 15)
    traced = min(run('cycle', 500, prefix=['strace', '-f', '-o', '/dev/null', '-e', 'trace=%network'])
                 for _ in range(3))
    plain, shim = best_by_turns(5, (None, LIBRARY), lambda library: run('cycle', 500, library=library))
    row('the same, beside strace -f -e trace=%network', '>= 20 times faster', f'{traced / shim:.1f} times',
        traced / shim >= 20, '', f'no shim at all {traced / plain:.1f} times')
    ratio_row('the same, 8 threads on separate ports', 1.10, ['cycle', 16000, 8], 7)
    crowd = min(100000, many_files(102000) - 1000)
    with undisturbed():
        few, many = (min(run('crowded', n, library=LIBRARY) for _ in range(5)) for n in (100, crowd))
    row(f'bind with {crowd:,} bound against 100', '<= 1.20', f'{many / few:.3f}', many / few <= 1.2)


def start():
    libraries = (None, EMPTY, LIBRARY, OLD_LIBRARY)
    none, empty, now, old = best_by_turns(5, libraries, lambda library: run('starts', '/bin/true', library or ''))
    row('start of /bin/true', '<= 0.15 ms added', f'{now - none:.3f} ms', now - none <= 0.15,
        of_kind(old and old - none, '{:.3f} ms'), f'an empty library {empty - none:.3f} ms')
    script = 'i=0; while [ $i -lt 1000 ]; do /bin/true; i=$((i+1)); done'

    def takes(library):
        begun = time.monotonic()
        subprocess.run(['sh', '-c', script], env=environment(None, LD_PRELOAD=library or ''))
        return time.monotonic() - begun
    none, empty, now, old = best_by_turns(5, libraries, takes)
    row('a shell script of 1,000 commands', '<= 1.10 of native', f'{now / none:.3f}', now / none <= 1.10,
        times(old, none), f'an empty library {empty / none:.3f}')


def stripped_kib(library):
    if not os.path.exists(library):
        return None
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(['strip', '-o', out.name, library], check=True)
        return os.path.getsize(out.name) / 1024


def memory():
    for count, what, most in ((0, 'memory added at start', 256), (10000, 'memory added by 10,000 entries', 4096)):
        plain, now, old = best_by_turns(1, (None, LIBRARY, OLD_LIBRARY),
                                        lambda library, count=count: run('memory', count, library=library))
        row(what, f'<= {most} KiB', f'{now - plain:.0f} KiB', now - plain <= most, of_kind(old and old - plain, '{:.0f} KiB'))
    size = stripped_kib(LIBRARY)
    row('size of the library, stripped', '<= 256 KiB', f'{size:.1f} KiB', size <= 256,
        of_kind(stripped_kib(OLD_LIBRARY), '{:.1f} KiB'))


def history():
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o700)
        ratios = []
        for _ in range(15):
            with undisturbed():
                off = run('cycle', 2000, library=LIBRARY)
                ratios.append(run('cycle', 2000, library=LIBRARY, REUSESHIM_HISTORY=folder) / off)
        ratio = median(ratios) # the difference is smaller than that of two moments
        row('bind remembered in the history, against not', '<= 1.05', f'{ratio:.3f}', ratio <= 1.05)


def wait_for_port(port):
    for _ in range(200):
        with socket.socket() as client:
            if client.connect_ex(('127.0.0.1', port)) == 0:
                return
        time.sleep(0.05)


def load(what, serve, ask, read):
    """The median of the ratios of seven pairs. SERVE(PORT) and ASK(PORT) are commands."""
    if not shutil.which(serve(0)[0]) or not shutil.which(ask(0)[0]):
        row(what, '>= 0.99', f'no {serve(0)[0]} or no {ask(0)[0]}')
        return
    rates = []
    for turn in range(14):
        port = 16379 + turn
        server = subprocess.Popen(serve(port), env=environment(LIBRARY if turn % 2 == 1 else None),
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for_port(port)
            rates.append(read(subprocess.run(ask(port), capture_output=True, text=True).stdout))
        finally:
            server.terminate()
            server.wait()
    ratio = median([shim / plain for plain, shim in zip(rates[::2], rates[1::2])])
    row(what, '>= 0.99 of native', f'{ratio:.3f}', ratio >= 0.99, '', f'native {max(rates[::2]):.0f} a second')


def servers():
    load('requests of redis (redis-benchmark, get)',
         lambda port: ['redis-server', '--port', str(port), '--save', ''],
         lambda port: ['redis-benchmark', '-p', str(port), '-n', '60000', '-t', 'get', '--csv'],
         lambda out: float(out.strip().split('\n')[-1].split(',')[1].strip('"')))
    with tempfile.TemporaryDirectory() as folder:
        def serve(port):
            path = os.path.join(folder, f'{port}.conf')
            with open(path, 'w') as conf:
                conf.write(f'daemon off; master_process off; pid {folder}/pid; error_log /dev/null;\n'
                           f'events {{}}\nhttp {{ access_log off; client_body_temp_path {folder}/a;\n'
                           f'proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;\n'
                           f'uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;\n'
                           f'server {{ listen 127.0.0.1:{port}; location / {{ return 200 "ok"; }} }} }}\n')
            return ['nginx', '-c', path]
        load('requests of nginx (wrk)', serve,
             lambda port: ['wrk', '-t1', '-c16', '-d1s', f'http://127.0.0.1:{port}/'],
             lambda out: float(re.search(r'Requests/sec: +([0-9.]+)', out).group(1)))
