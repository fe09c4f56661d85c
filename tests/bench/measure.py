"""What all parts of scripts/bench share: the builds that are compared, how a program is run with one
of them, and the table. A figure is of one run, its peer and the older build of the same run."""
import contextlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get('BUILD', os.path.join(TOP, 'build')))
FOLDER = os.path.join(BUILD, 'bench')
BENCH, SCENE, WALKERS, FLOOR, EMPTY = (os.path.join(FOLDER, name) for name in ('bench', 'scene', 'walkers', 'floor', 'empty.so'))
LIBRARY = os.path.join(BUILD, 'libreuseshim.so')
COMMAND = os.path.join(BUILD, 'reuseshim')
OLD_COMMIT = 'c991d42' # what the figures are compared with
OLD_TREE = os.path.join(FOLDER, OLD_COMMIT)
OLD_LIBRARY = os.path.join(OLD_TREE, 'build', 'libreuseshim.so')
OLD_COMMAND = os.path.join(OLD_TREE, 'build', 'reuseshim')
rows = []


def has_old():
    return os.path.exists(OLD_LIBRARY)


def row(what, goal, now, met=None, old='', peer=''):
    rows.append({'what': what, 'goal': goal, 'now': now, 'met': met, OLD_COMMIT: old, 'peer': peer})
    print_row(what, goal, now, old, peer, {True: 'met', False: 'MISSED', None: ''}[met])


def print_row(what, goal, now, old, peer, verdict):
    print(f'{what:<55} {goal:<20} {now:<30} {old:<22} {peer:<36} {verdict}', flush=True)


def heading():
    print_row('what', 'goal', 'now', OLD_COMMIT, 'peer, or the floor', 'verdict')


def environment(library, **extra):
    env = {k: v for k, v in os.environ.items() if not k.startswith('REUSESHIM_')}
    env.pop('LD_PRELOAD', None)
    if library:
        env['LD_PRELOAD'] = library
        env['REUSESHIM_LOG'] = os.path.join(tempfile.gettempdir(), 'bench.%p.log')
    env.update(extra)
    return env


def output(command, library=None, **extra):
    done = subprocess.run(list(map(str, command)), env=environment(library, **extra), capture_output=True, text=True)
    if done.returncode != 0 or not done.stdout:
        raise RuntimeError(f'{command}: exit {done.returncode}: {done.stderr[:300]}')
    return done.stdout


def run(*arguments, library=None, prefix=(), **extra):
    return float(output([*prefix, BENCH, *arguments], library, **extra).split()[-1])


@contextlib.contextmanager
def undisturbed():
    """Short looks, ours and the tools' alike, are not interrupted by other work of the machine."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        pass
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def best_by_turns(rounds, libraries, measure):
    """The best of MEASURE(LIBRARY) for each of LIBRARIES, which take turns; None where one is missing."""
    best = [None] * len(libraries)
    with undisturbed():
        for _ in range(rounds):
            for i, library in enumerate(libraries):
                if library != OLD_LIBRARY or has_old():
                    figure = measure(library)
                    best[i] = figure if best[i] is None else min(best[i], figure)
    return best


def times(one, other):
    return '' if one is None or not other else f'{one / other:.3f}'


def of_kind(figure, form):
    return '' if figure is None else form.format(figure)


def seconds_of(command, library=None, **extra):
    start = time.monotonic()
    subprocess.run(list(map(str, command)), env=environment(library, **extra), stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    return time.monotonic() - start


def median(figures):
    return sorted(figures)[len(figures) // 2]


def calls_of(command, library=None):
    """How many system calls it makes."""
    with tempfile.NamedTemporaryFile(mode='r') as out:
        preload = ['-E', f'LD_PRELOAD={library}', '-E', 'REUSESHIM_LOG=/dev/null'] if library else []
        subprocess.run(['strace', '-f', '-c', '-o', out.name, *preload, *map(str, command)],
                       env=environment(None), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for line in out:
            if line.split()[-1:] == ['total']:
                return int(line.split()[3])
    raise RuntimeError('strace told no total')


def floor(*arguments, rounds=15):
    """The least figure of tests/bench/floor.c, as cold as in a program that has just failed: once a
    process."""
    return min(float(output([FLOOR, *arguments])) for _ in range(rounds))


@contextlib.contextmanager
def scene(*arguments):
    """A scene of tests/bench/scene.c; gives the lines that it prints before 'ready'."""
    process = subprocess.Popen([SCENE, *map(str, arguments)], text=True, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)
    lines = []
    for line in process.stdout:
        if line.strip() == 'ready':
            break
        lines.append(line.split())
    try:
        yield lines
    finally:
        process.stdin.close()
        process.wait()


def build():
    os.makedirs(FOLDER, exist_ok=True)
    cc = os.environ.get('CC', 'cc')
    for program in (BENCH, SCENE, WALKERS, FLOOR):
        source = os.path.join(TOP, 'tests/bench', os.path.basename(program) + '.c')
        libraries = ['-ltirpc', '-I/usr/include/tirpc'] if program == WALKERS else []
        subprocess.run([cc, '-O1', '-D_GNU_SOURCE', '-rdynamic', '-fno-optimize-sibling-calls', '-pthread',
                        '-o', program, source, *libraries], check=program != WALKERS)
    subprocess.run([cc, '-shared', '-fPIC', '-x', 'c', '-o', EMPTY, '-'], input=b'int nothing;', check=True)
    if shutil.which('npm') and not os.path.isdir(os.path.join(FOLDER, 'node_modules', 'portfinder')):
        subprocess.run(['npm', 'install', '--prefix', FOLDER, '--no-audit', '--no-fund', '--loglevel=error',
                        'portfinder@1.0.32'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if has_old() or not shutil.which('git'):
        return
    archive = subprocess.run(['git', '-C', TOP, 'archive', OLD_COMMIT], capture_output=True)
    if archive.returncode == 0:
        os.makedirs(OLD_TREE, exist_ok=True)
        subprocess.run(['tar', '-x', '-C', OLD_TREE], input=archive.stdout, check=True)
        subprocess.run(['make', '-s', f'-j{os.cpu_count()}', '-C', OLD_TREE, 'BUILD=build'], stdout=subprocess.DEVNULL,
                       check=True, env={k: v for k, v in os.environ.items() if k not in ('BUILD', 'MAKEFLAGS')})


def many_files(count):
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))
    except (OSError, ValueError):
        pass
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


# What of the rows is counted by a test as well, by how the row begins.
TESTS = {
    'system calls added': 'success_adds_no_system_call', 'instructions added': 'calls_stay_within_their_instructions',
    'start of': 'a_start_adds_little', 'memory added': 'memory_and_size_stay_small', 'size of': 'memory_and_size_stay_small',
    'a failed bind explained: by its': 'an_explanation_looks_at_little', 'a failed bind explained, 300': 'crowds_are_counted_or_admitted',
    'a failure repeated': 'repeats_add_no_system_call', '400 ports walked: system': 'walks_are_told_with_measure',
    '85 RTP': 'walks_are_told_with_measure', "libtirpc's": 'real/walkers', 'npm': 'real/walkers',
    'owner named': 'owners_in_a_crowd_are_named', 'named by': 'owners_in_a_crowd_are_named', 'symbolize': 'command/symbolize',
    'bind remembered': 'history_adds_no_system_call',
}


def table():
    """The rows as docs/performance.md has them."""
    lines = []
    for cells in rows:
        if cells['what'].startswith('profile:'): # has tables of its own
            continue
        test = next((test for start, test in TESTS.items() if cells['what'].startswith(start)), '')
        verdict = {True: 'met', False: 'missed', None: ''}[cells['met']]
        lines.append('| ' + ' | '.join([cells['what'], cells['goal'].replace('<= ', 'at most ').replace('>= ', 'at least '),
                                        cells['now'], cells[OLD_COMMIT], cells['peer'], verdict, test]) + ' |')
    return ''.join(line + '\n' for line in lines)


def document():
    """Puts the figures of build/bench.json into docs/performance.md."""
    with open(os.path.join(BUILD, 'bench.json')) as file:
        rows.extend(json.load(file)['rows'])
    path = os.path.join(TOP, 'docs', 'performance.md')
    with open(path) as file:
        before, rest = file.read().split('|---|---|---|---|---|---|---|\n', 1)
    while rest.startswith('|'):
        rest = rest[rest.index('\n') + 1:]
    with open(path, 'w') as file:
        file.write(before + '|---|---|---|---|---|---|---|\n' + table() + rest)


def write_results(seconds):
    with open(os.path.join(BUILD, 'bench.json'), 'w') as out:
        json.dump({'rows': rows, 'seconds': round(seconds, 1), 'python': sys.version.split()[0]}, out, indent=1)
