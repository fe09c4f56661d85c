/* System calls as this project makes them: the result or -errno, never errno itself, never a
 * cancellation point, never a function that another preloaded library could have taken over.
 *
 * Nothing in here takes a lock, allocates, or calls stdio, so all of it may be used from a signal
 * handler and in the child of fork or vfork. The C library's syscall() writes errno on failure;
 * the hooks save and restore it around everything they do (see hook/calls.c).
 */
#ifndef REUSESHIM_BASE_SYS_H
#define REUSESHIM_BASE_SYS_H

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/rare.h"

/* A filter for all threads is about to come, and waits until looks have ended: a thread that is
 * in one may only tidy up. Written by confine/confinement.c: the flag by the thread that waits, the
 * mark of a look by each thread for itself. */
extern OURS _Atomic bool sys_gate_closed;
extern OURS _Thread_local bool sys_in_look;

/* The result of system call NUMBER, or -errno; -EPERM at a closed gate. sys_call() takes at most
 * five arguments, numbers or pointers, and passes those that are not given as zero; a sixth that is
 * not a constant zero does not compile. Few calls need six. */
long sys_call_six(long number, long a, long b, long c, long d, long e, long f);
long sys_call_of(long number, long a, long b, long c, long d, long e);

#define sys_call(...) SYS_CALL_OF(__VA_ARGS__, 0, 0, 0, 0, 0, 0, )
#define SYS_CALL_OF(number, a, b, c, d, e, sixth, ...)                                             \
    sys_call_of((number) + 0 * (long)sizeof(struct { int no : (sixth) == 0 ? 1 : -1; }),           \
                (long)(a), (long)(b), (long)(c), (long)(d), (long)(e))

/* The process for which something is looked at and told: this one; or in a helper
 * (confine/helper.h), which looks in the place of another, that one: PID and its thread TID.
 * MODEST: calls are left out that hardly any server makes, since a seccomp filter may kill for
 * them. */
struct sys_place {
    int32_t pid; /* 0 = this one, as TID */
    int32_t tid;
    bool modest;
};

/* Written by a helper at its start, before it looks at anything; else read-only. */
extern OURS struct sys_place sys_place;

/* The kernel's set of signals: 64, on MIPS 128. */
struct sys_signals {
    uint64_t words[_NSIG / 64];
};

/* The signals from 1 on that are bits of FIRST, and of all above 64 none or, by ~0, each. */
static inline struct sys_signals sys_signals(uint64_t first, uint64_t above)
{
    struct sys_signals signals;

    for (size_t i = 0; i < sizeof signals.words / sizeof *signals.words; i++)
        signals.words[i] = i == 0 ? first : above;
    return signals;
}

/* rt_sigprocmask: HOW as of sigprocmask(); either set may be NULL. Returns 0 or -errno. */
static inline int sys_mask(int how, const struct sys_signals *signals, struct sys_signals *before)
{
    return (int)sys_call(SYS_rt_sigprocmask, how, signals, before, sizeof *signals);
}

static inline int32_t sys_pid(void)
{
    return sys_place.pid != 0 ? sys_place.pid : (int32_t)sys_call(SYS_getpid);
}

static inline int32_t sys_tid(void)
{
    return sys_place.pid != 0 ? sys_place.tid : (int32_t)sys_call(SYS_gettid);
}

/* Opens PATH (relative to DIRECTORY, or AT_FDCWD). Returns a descriptor or -errno. */
int sys_open_at(int directory, const char *path, int flags, unsigned int mode);

#ifndef SYS_close_range
#define SYS_close_range 436 /* Linux 5.9, one number everywhere: asm-generic/unistd.h */
#endif

/* Closes FD. There is nothing useful to do about a failure, so there is no result. */
void sys_close(int fd);

/* Reads up to SIZE bytes, again after EINTR. Returns the bytes read, 0 at the end, or -errno. */
long sys_read(int fd, void *buffer, size_t size);

/* Reads up to SIZE bytes at OFFSET of FD. Returns the bytes read, 0 at the end, or -errno. */
long sys_read_at(int fd, void *buffer, size_t size, uint64_t offset);

/* Reads the whole of PATH (relative to DIRECTORY) into BUFFER, ended with a NUL byte. Returns the
 * bytes read (at most SIZE - 1: the rest is left out) or -errno. For files of /proc, which give
 * text of more than a page in pieces. */
long sys_read_file(int directory, const char *path, char *buffer, size_t size);

/* The target of symbolic link PATH, ended with a NUL byte. Returns its length, cut to SIZE - 1, or
 * -errno. */
long sys_read_link(int directory, const char *path, char *buffer, size_t size);

/* What a file is: enough to say whether two names or descriptors mean the same file. */
struct sys_file {
    uint64_t inode;
    uint32_t device_major;
    uint32_t device_minor;
    uint32_t mode; /* as st_mode */
    uint32_t uid;
    uint32_t links;
    uint64_t size;
    int64_t written_us; /* CLOCK_REALTIME */
};

/* Fills FILE for the open descriptor FD. Returns 0 or -errno. */
int sys_file_of_fd(int fd, struct sys_file *file);

/* The same with the call that the C library itself starts every program with, for a process under a
 * seccomp filter. */
int sys_file_of_fd_plainly(int fd, struct sys_file *file);

/* Fills FILE for PATH, without following a link at its end. Returns 0 or -errno. */
int sys_file_of_path(int directory, const char *path, struct sys_file *file);

/* Fills FILE for what PATH leads to, links followed. Returns 0 or -errno. */
int sys_file_of_target(int directory, const char *path, struct sys_file *file);

/* True if A and B are the same file. */
static inline int sys_file_same(const struct sys_file *a, const struct sys_file *b)
{
    return a->inode == b->inode && a->device_major == b->device_major &&
           a->device_minor == b->device_minor;
}

/* getsockopt of an int. Returns 0 or -errno. */
int sys_get_option(int fd, int level, int option, int *value);

/* setsockopt of an int. Returns 0 or -errno. */
int sys_set_option(int fd, int level, int option, int value);

/* SIZE bytes of fresh zeroed memory, or NULL. Not the program's heap. */
void *sys_map(size_t size);

/* The same, shared with processes that are made later. */
void *sys_map_shared(size_t size);

/* Gives back what these gave. */
void sys_unmap(void *memory, size_t size);

/* madvise(2). Returns 0 or -errno. */
static inline int sys_advise(void *memory, size_t size, int advice)
{
    return (int)sys_call(SYS_madvise, memory, size, advice);
}

/* Milliseconds of CLOCK_MONOTONIC and microseconds of CLOCK_REALTIME, as they were at the kernel's
 * last tick, up to 10 ms ago. The vDSO tells that without a system call on every machine, and
 * without reading a counter, which some virtual machines are slow at, and a program can forbid
 * itself (PR_SET_TSC). */
int64_t sys_monotonic_ms(void);
int64_t sys_realtime_us(void);
enum { SYS_TICK_MS = 10 }; /* the longest: HZ is 100 at least */

/* True if every byte of ADDRESS .. ADDRESS + SIZE can be read now. SIZE is at most one page. Asks
 * the kernel, so a bad address costs an answer and not a SIGSEGV: rt_sigprocmask copies the new
 * mask in (EFAULT) before it looks at an impossible 'how' (EINVAL), and changes nothing.
 * Test: tests/kernel/sigprocmask_tells_readable_memory.c */
int sys_readable(const void *address, size_t size);

/* valgrind would take that question for a mistake: from now on the kernel is only asked whether the
 * memory is mapped. Once, at start. */
void sys_readable_under_valgrind(void);

/* A kernel release as a number that can be compared, and that of the running kernel; 0 = not
 * known. */
#define SYS_RELEASE(major, minor) ((major) << 16 | (minor))
unsigned int sys_kernel_release(void);

#endif
