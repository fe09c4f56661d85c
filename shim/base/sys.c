#include "base/sys.h"

#include <fcntl.h>
#include <linux/stat.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>

#include "base/text.h"

/* Bytes that a file of /proc gives at once if it has them: seq_read_iter() of fs/seq_file.c fills
 * its page, whatever the lines. */
enum { SEQ_BUFFER = 4096 };

struct sys_place sys_place;

_Atomic bool sys_gate_closed;
_Thread_local bool sys_in_look;

/* May this thread make system call NUMBER, with the gate closed? */
static bool passes(long number)
{
    return !sys_in_look || number == SYS_close || number == SYS_munmap ||
           number == SYS_rt_sigprocmask || number == SYS_wait4;
}

long sys_call_six(long number, long a, long b, long c, long d, long e, long f)
{
    long result;

    if (atomic_load_explicit(&sys_gate_closed, memory_order_relaxed) && !passes(number))
        return -EPERM;
    result = syscall(number, a, b, c, d, e, f);
    return result == -1 ? -(long)errno : result;
}

long sys_call_of(long number, long a, long b, long c, long d, long e)
{
    return sys_call_six(number, a, b, c, d, e, 0);
}

int sys_open_at(int directory, const char *path, int flags, unsigned int mode)
{
    long fd;

    do
        fd = sys_call(SYS_openat, directory, path, flags | O_CLOEXEC, mode);
    while (fd == -EINTR);
    return (int)fd;
}

void sys_close(int fd)
{
    sys_call(SYS_close, fd);
}

long sys_read(int fd, void *buffer, size_t size)
{
    long got;

    do
        got = sys_call(SYS_read, fd, buffer, size);
    while (got == -EINTR);
    return got;
}

/* preadv takes the offset in two halves on every architecture; on 64 bits the high one is ignored.
 * pread64 differs from one 32-bit architecture to the next. */
long sys_read_at(int fd, void *buffer, size_t size, uint64_t offset)
{
#if UINTPTR_MAX > 0xffffffff
    return sys_call(SYS_pread64, fd, buffer, size, offset);
#else
    struct iovec piece = {buffer, size};

    return sys_call(SYS_preadv, fd, &piece, 1, (uint32_t)offset, (uint32_t)(offset >> 32));
#endif
}

long sys_read_file(int directory, const char *path, char *buffer, size_t size)
{
    size_t used = 0;
    long got = 0;
    /* Should something else be in the place of /proc, a FIFO there must not stop the program. */
    int fd = sys_open_at(directory, path, O_RDONLY | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0);

    buffer[0] = '\0';
    if (fd < 0)
        return fd;
    while (used < size - 1) {
        got = sys_read(fd, buffer + used, size - 1 - used);
        if (got <= 0)
            break;
        used += (size_t)got;
        if (used < size - 1 && size <= SEQ_BUFFER) /* the end: a further read would say so */
            break;
    }
    sys_close(fd);
    buffer[used] = '\0';
    return got < 0 && used == 0 ? got : (long)used;
}

long sys_read_link(int directory, const char *path, char *buffer, size_t size)
{
    long length = sys_call(SYS_readlinkat, directory, path, buffer, size - 1);

    buffer[length < 0 ? 0 : length] = '\0';
    return length;
}

/* statx has one layout on every architecture, unlike struct stat. */
static int file_status(int directory, const char *path, int flags, struct sys_file *file)
{
    struct statx status;
    long result = sys_call(SYS_statx, directory, path, flags,
                           STATX_BASIC_STATS, &status);

    if (result < 0)
        return (int)result;
    file->inode = status.stx_ino;
    file->device_major = status.stx_dev_major;
    file->device_minor = status.stx_dev_minor;
    file->mode = status.stx_mode;
    file->uid = status.stx_uid;
    file->links = status.stx_nlink;
    file->size = status.stx_size;
    file->written_us = status.stx_mtime.tv_sec * 1000000 + status.stx_mtime.tv_nsec / 1000;
    return 0;
}

int sys_file_of_fd(int fd, struct sys_file *file)
{
    return file_status(fd, "", 0x1000 /* AT_EMPTY_PATH, which fcntl.h hides */, file);
}

#if defined SYS_newfstatat && UINTPTR_MAX > 0xffffffff && !defined(__mips__)
/* A device's number has major and minor in pieces (new_encode_dev() of linux/kdev_t.h); those of
 * sys/sysmacros.h are functions, which the loader would have to look up. */
static uint32_t major_of(uint64_t device)
{
    return (uint32_t)(device >> 8 & 0xfff) | (uint32_t)(device >> 32 & ~(uint64_t)0xfff);
}

static uint32_t minor_of(uint64_t device)
{
    return (uint32_t)(device & 0xff) | (uint32_t)(device >> 12 & ~(uint64_t)0xff);
}

/* On 64 bits the C library's struct stat is the kernel's own, but for MIPS. */
int sys_file_of_fd_plainly(int fd, struct sys_file *file)
{
    struct stat status;
    long result = sys_call(SYS_newfstatat, fd, "", &status, 0x1000 /* AT_EMPTY_PATH */);

    if (result < 0)
        return (int)result;
    *file = (struct sys_file){
        .inode = status.st_ino,
        .device_major = major_of(status.st_dev),
        .device_minor = minor_of(status.st_dev),
        .mode = status.st_mode,
        .uid = status.st_uid,
        .links = (uint32_t)status.st_nlink,
        .size = (uint64_t)status.st_size,
        .written_us = status.st_mtim.tv_sec * 1000000LL + status.st_mtim.tv_nsec / 1000,
    };
    return 0;
}
#else
int sys_file_of_fd_plainly(int fd, struct sys_file *file)
{
    return sys_file_of_fd(fd, file);
}
#endif

int sys_file_of_path(int directory, const char *path, struct sys_file *file)
{
    return file_status(directory, path, AT_SYMLINK_NOFOLLOW, file);
}

int sys_file_of_target(int directory, const char *path, struct sys_file *file)
{
    return file_status(directory, path, 0, file);
}

int sys_get_option(int fd, int level, int option, int *value)
{
    socklen_t length = sizeof *value;

    *value = 0;
    return (int)sys_call(SYS_getsockopt, fd, level, option, value, &length);
}

int sys_set_option(int fd, int level, int option, int value)
{
    return (int)sys_call(SYS_setsockopt, fd, level, option, &value, (socklen_t)sizeof value);
}

static void *map(size_t size, int flags)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

void *sys_map(size_t size)
{
    return map(size, MAP_PRIVATE);
}

void *sys_map_shared(size_t size)
{
    return map(size, MAP_SHARED);
}

void sys_unmap(void *memory, size_t size)
{
    sys_call(SYS_munmap, memory, size);
}

int64_t sys_monotonic_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (int64_t)now.tv_sec * 1000 + ((int64_t)now.tv_nsec * 4294 >> 32); /* about a millionth */
}

int64_t sys_realtime_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Written once, at start. */
static int under_valgrind;

void sys_readable_under_valgrind(void)
{
    under_valgrind = 1;
}

enum { BLOCK = sizeof(struct sys_signals) }; /* bytes that rt_sigprocmask reads: 8, or 16 */

static int block_readable(uintptr_t block)
{
    unsigned char resident;

    if (under_valgrind)
        return sys_call(SYS_mincore, block & ~(uintptr_t)4095, 1, &resident) == 0;
    return sys_call(SYS_rt_sigprocmask, -1 /* no such 'how' */, block, NULL, BLOCK) == -EINVAL;
}

/* Aligned blocks never cross a page, so the first and the last one speak for both pages. */
int sys_readable(const void *address, size_t size)
{
    uintptr_t first = (uintptr_t)address;

    if (size == 0)
        return 1;
    return block_readable(first & ~(uintptr_t)(BLOCK - 1)) &&
           block_readable((first + size - 1) & ~(uintptr_t)(BLOCK - 1));
}

unsigned int sys_kernel_release(void)
{
    static _Atomic unsigned int known; /* by whoever asks first: it never changes */
    struct utsname name;
    uint64_t major, minor = 0;
    const char *at;

    if (known != 0)
        return known;
    if (sys_call(SYS_uname, &name) < 0)
        return 0;
    at = text_read_number(name.release, &major);
    if (at != NULL && *at == '.')
        text_read_number(at + 1, &minor);
    known = (unsigned int)SYS_RELEASE(major, minor);
    return known;
}
