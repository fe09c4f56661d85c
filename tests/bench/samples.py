"""What the time of a failure is made of, by samples of the kernel and of the program (perf record):
system calls, the kernel's walk of its sockets within one of them, page faults, code of the program's
own. How many calls there are tells strace, which runs apart."""
import collections
import os
import shutil
import subprocess
import tempfile

from measure import BENCH, LIBRARY, environment, row, undisturbed

SAMPLES_A_SECOND = 15000
CHILDREN = 300


def frames_of(samples):
    """Of each sample its frames, the innermost first: function and file."""
    frames = []
    for line in samples:
        fields = line.split(None, 1)
        if fields:
            function, _, file = fields[1].strip().rpartition(' (')
            frames.append((function.split('+')[0], file.rstrip(')')))
        elif frames:
            yield frames
            frames = []
    if frames:
        yield frames


def kind_of(frames):
    functions = [function for function, _ in frames]
    if any(function.endswith('_diag_dump') for function in functions):
        return "the kernel's walk of its sockets"
    if any('sysvec' in function for function in functions):
        return 'interrupts'
    if any('page_fault' in function for function in functions):
        return 'memory that is touched first'
    for function in functions:
        if function.startswith(('__x64_sys_', 'ksys_', '__do_sys_')):
            return function.split('sys_', 1)[1]
    if 'do_syscall_64' in functions:
        return 'the way into the kernel and back'
    return 'code of ours and libc'


def counts_of(port):
    """How often each system call is made between the failing bind and the last close of ours."""
    with tempfile.NamedTemporaryFile(mode='r') as out:
        subprocess.run(['strace', '-o', out.name, '-E', f'LD_PRELOAD={LIBRARY}', '-E', 'REUSESHIM_LOG=/dev/null', BENCH, 'failing',
                        str(port), '1'], env=environment(None), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        names = [line.split('(')[0] for line in out]
    if 'bind' not in names:
        return collections.Counter()
    return collections.Counter(names[names.index('bind'):-3])


def profile(port, what):
    """A row for each kind, of the quickest explanation's microseconds by the share of samples."""
    if not shutil.which('perf') or not shutil.which('strace'):
        row(f'profile: {what}', '', 'no perf, or no strace')
        return
    calls = counts_of(port)
    with tempfile.TemporaryDirectory() as folder, undisturbed():
        data = os.path.join(folder, 'samples')
        ours = ['env', f'LD_PRELOAD={LIBRARY}', f'REUSESHIM_LOG={folder}/log', BENCH, 'children', str(port), str(CHILDREN)]
        best = float(subprocess.run(ours, env=environment(None), capture_output=True, text=True).stdout)
        subprocess.run(['perf', 'record', '-q', '-o', data, '-e', 'cpu-clock', '-F', str(SAMPLES_A_SECOND), '-g', '--', *ours],
                       env=environment(None), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        samples = subprocess.run(['perf', 'script', '-i', data, '--comm', 'failing', '-F', 'ip,sym,dso'], capture_output=True,
                                 text=True).stdout.splitlines()
    kinds = collections.Counter(kind_of(frames) for frames in frames_of(samples))
    total = sum(kinds.values())
    row(f'profile: {what}', '', f'{best:.0f} us, {sum(calls.values())} system calls')
    for kind, count in kinds.most_common(12):
        each = calls.get(kind, calls.get(kind + '64', 0))
        row(f'profile: ... {kind}', '', f'{100 * count / total:.1f} %  ({best * count / total:.0f} us)', None, '',
            f'{each} calls of {best * count / total / each:.1f} us' if each else '')
