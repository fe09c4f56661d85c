#define _GNU_SOURCE /* dl_iterate_phdr */
#include "unwind/stub.h"

#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "base/sys.h"
#include "unwind/dynamic.h"
#include "unwind/imports.h"
#include "unwind/objects.h"
#include "unwind/walk_cache.h"
#include "unwind/stack.h"

/* Descriptors are below fs.nr_open, whose own limit is far below these two numbers. */
enum { PIPE_READ_END = 0x7ffffff0, PIPE_WRITE_END = 0x7ffffff1 };

_Thread_local volatile sig_atomic_t stub_walking;

/* In a part of a loaded object that can be read: code and its tables. */
static bool is_in_object(uintptr_t address, size_t size)
{
    struct loaded loaded;

    return objects_find(address, &loaded) == OBJECTS_FOUND &&
           objects_can_read(&loaded, address, size);
}

static bool is_readable(const void *address, size_t size)
{
    /* Programs that may ask the kernel nothing live on their main thread's stack. */
    return stack_is_main((uintptr_t)address, size) || is_in_object((uintptr_t)address, size) ||
           sys_readable(address, size);
}

static bool is_ours(long fd)
{
    return fd == PIPE_READ_END || fd == PIPE_WRITE_END || stub_walking;
}

/* What write() of memory into a pipe would answer. libunwind repeats the call for as long as errno
 * is EINTR, without a look at the result: an old EINTR must not stay there. */
static long write_answer(const void *address, size_t size)
{
    if (!is_readable(address, size)) {
        errno = EFAULT;
        return -1;
    }
    errno = 0;
    return (long)size;
}

static int stub_pipe2(int ends[2], int flags)
{
    (void)flags;
    ends[0] = PIPE_READ_END;
    ends[1] = PIPE_WRITE_END;
    return 0;
}

static int stub_pipe(int ends[2])
{
    return stub_pipe2(ends, 0);
}

static ssize_t stub_write(int fd, const void *bytes, size_t size)
{
    return is_ours(fd) ? write_answer(bytes, size) : syscall(SYS_write, fd, bytes, size);
}

/* An empty non-blocking pipe. */
static ssize_t stub_read(int fd, void *bytes, size_t size)
{
    if (!is_ours(fd))
        return syscall(SYS_read, fd, bytes, size);
    errno = EAGAIN;
    return -1;
}

static int stub_close(int fd)
{
    return is_ours(fd) ? 0 : (int)syscall(SYS_close, fd);
}

static int stub_fcntl(int fd, int command, ...)
{
    va_list arguments;
    long argument;

    if (is_ours(fd))
        return 0;
    va_start(arguments, command);
    argument = va_arg(arguments, long);
    va_end(arguments);
#ifdef SYS_fcntl64
    return (int)syscall(SYS_fcntl64, fd, command, argument);
#else
    return (int)syscall(SYS_fcntl, fd, command, argument);
#endif
}

/* libunwind asks for these by number: SYS_write since 1.2, the others since 1.8. What a newer one
 * may ask for as well it does not get, as that cannot be told from its imports. */
static long stub_syscall(long number, ...)
{
    va_list arguments;
    long value[6];

    va_start(arguments, number);
    for (size_t i = 0; i < sizeof value / sizeof *value; i++)
        value[i] = va_arg(arguments, long);
    va_end(arguments);
    /* An int travels in the low half of its slot; the high half may hold anything. */
    if (number == SYS_write && is_ours((int)value[0]))
        return write_answer((const void *)value[1], (size_t)value[2]);
#if defined(SYS_mmap) && !defined(__i386__) && !defined(__s390x__)
    if (number == SYS_mmap)
        return (long)walk_cache_map((void *)value[0], (size_t)value[1], (int)value[2],
                                (int)value[3], (int)value[4], value[5]);
#endif
    if (number == SYS_munmap || !stub_walking)
        return syscall(number, value[0], value[1], value[2], value[3], value[4], value[5]);
    errno = ENOSYS;
    return -1;
}

/* mincore() is asked first, to learn whether pages are mapped at all. The same question as above,
 * so no system call is made that the program may have been forbidden. */
static int stub_mincore(void *start, size_t size, unsigned char *resident)
{
    size_t page = (size_t)getauxval(AT_PAGESZ);

    for (size_t at = 0; at < size; at += page) {
        if (!is_readable((const char *)start + at, 1)) {
            errno = ENOMEM;
            return -1;
        }
        resident[at / page] = 1;
    }
    return 0;
}

/* Without unwind information in memory libunwind looks for some in the ELF file, with a descriptor
 * that a fork in another thread would hand on. Without it libunwind guesses by frame pointers. */
static int stub_open(const char *path, int flags, ...)
{
    va_list arguments;
    mode_t mode;

    if (stub_walking) {
        errno = EACCES;
        return -1;
    }
    va_start(arguments, flags);
    mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

/* libunwind blocks all signals while it holds a lock, lest a handler walk into it. Ours do not
 * (stub_walking), and in a process of one thread nobody else waits for the lock: then the system
 * calls are saved, which a tight seccomp filter may forbid. */
static int stub_sigprocmask(int how, const sigset_t *set, sigset_t *before)
{
    return stub_walking == WALKING_ALONE ? 0 : sigprocmask(how, set, before);
}

static int stub_pthread_sigmask(int how, const sigset_t *set, sigset_t *before)
{
    return stub_sigprocmask(how, set, before) == 0 ? 0 : errno;
}

/* Where a file's offset is wider than off_t. */
static void *stub_mmap64(void *address, size_t size, int protection, int flags, int fd,
                            int64_t offset)
{
    return walk_cache_map(address, size, protection, flags, fd, (off_t)offset);
}

/* The loader's list without its lock */

/* Written by any thread that walks, and only ever with true. */
static _Atomic bool find_proven;

/* The first word of libunwind's DATA is the address whose object it looks for, in every version so
 * far. Until that has shown to be so, by unwind information found in this way, the loader is asked
 * about addresses that seem to lie in no object. */
static int stub_dl_iterate_phdr(int (*visit)(struct dl_phdr_info *, size_t, void *), void *data)
{
    struct dl_phdr_info info = {0};
    enum objects_answer answer;
    struct loaded loaded;
    uintptr_t address;
    int result;

    if (!stub_walking)
        return dl_iterate_phdr(visit, data);
    memcpy(&address, data, sizeof address);
    answer = objects_find(address, &loaded);
    if (answer == OBJECTS_NONE && find_proven)
        return 0;
    if (answer != OBJECTS_FOUND)
        return dl_iterate_phdr(visit, data);
    info.dlpi_addr = loaded.base;
    info.dlpi_name = loaded.name;
    info.dlpi_phdr = loaded.headers;
    info.dlpi_phnum = (ElfW(Half))loaded.header_count;
    result = visit(&info, sizeof info, data);
    if (result > 0)
        find_proven = true;
    return result;
}

/* Thread-local memory */

#ifdef __x86_64__
enum { THREAD_MEMORY = 128 }; /* bytes; libunwind 1.6.2 needs 16 */

static _Thread_local _Alignas(16) char thread_memory[THREAD_MEMORY];

struct thread_index {
    unsigned long module;
    unsigned long offset;
};

static void *stub_tls_get_addr(const struct thread_index *index)
{
    return thread_memory + index->offset;
}

/* Answers 1 if INSIDE is in this object and ours cannot take the place of its thread-local memory:
 * it is larger, or does not start as zeros. */
static int needs_other_memory(struct dl_phdr_info *info, size_t size, void *inside)
{
    (void)size;
    if (!dynamic_contains(info, (uintptr_t)inside))
        return 0;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];

        if (header->p_type == PT_TLS)
            return header->p_filesz > 0 || header->p_memsz > THREAD_MEMORY || header->p_align > 16;
    }
    return 0;
}

static bool thread_memory_fits(const void *inside)
{
    return dl_iterate_phdr(needs_other_memory, (void *)(uintptr_t)inside) == 0;
}
#else
static bool thread_memory_fits(const void *inside)
{
    (void)inside;
    return true;
}
#endif

/* Installing */

#define INSTEAD(function) ((void (*)(void))(function))

#ifdef __x86_64__
enum { PRIVATE_COUNT = 1 }; /* the first rows of the table are for a libunwind of our own alone */
#else
enum { PRIVATE_COUNT = 0 };
#endif

/* All that a libunwind may import: what stands in for it, or NULL with the reason why a walk may
 * have the real one. What is not here could make a system call, open a descriptor or take a lock.
 * Versions 1.3.2, 1.6.2, 1.8.1 and 1.8.3 were run with it (scripts/run-unwinders). */
static const struct substitute known[] = {
#ifdef __x86_64__
    {"__tls_get_addr", INSTEAD(stub_tls_get_addr)}, /* only if nobody else uses it */
#endif
    {"pipe", INSTEAD(stub_pipe)},
    {"pipe2", INSTEAD(stub_pipe2)},
    {"read", INSTEAD(stub_read)},
    {"write", INSTEAD(stub_write)},
    {"close", INSTEAD(stub_close)},
    {"fcntl fcntl64", INSTEAD(stub_fcntl)},
    {"syscall", INSTEAD(stub_syscall)},
    {"mincore", INSTEAD(stub_mincore)},
    {"open open64", INSTEAD(stub_open)},
    {"sigprocmask", INSTEAD(stub_sigprocmask)},
    {"pthread_sigmask", INSTEAD(stub_pthread_sigmask)},
    {"mmap", INSTEAD(walk_cache_map)},
    {"mmap64", INSTEAD(stub_mmap64)},
    {"dl_iterate_phdr", INSTEAD(stub_dl_iterate_phdr)},
    /* Bytes and numbers alone. */
    {"memchr memcmp memcpy memmove memset stpcpy strchr strcmp strcpy strlen strncmp strncpy "
     "strrchr strtol strtoul __isoc23_strtol __isoc23_strtoul __mem*_chk __st*_chk __aeabi_* "
     "__errno_location getenv getauxval __getauxval getpagesize sysconf sigfillset strerror",
     NULL},
    /* Its own locks and memory, as unwind/trace.h says; nothing that it has is ever freed. */
    {"pthread_mutex_init pthread_mutex_lock pthread_mutex_unlock pthread_once "
     "pthread_key_create pthread_setspecific pthread_getspecific munmap __tls_get_addr "
     "___tls_get_addr __tls_get_offset",
     NULL},
    /* Only behind an open() that worked, or a mincore() that did not. */
    {"fstat stat __fxstat __xstat fstat64 stat64 __fxstat64 __xstat64 __fstat64_time64 "
     "__stat64_time64 lzma_* uncompress malloc free msync",
     NULL},
    /* Only behind calls that are not made here: to go on elsewhere, and to name a function. */
    {"setcontext getpid snprintf", NULL},
    /* Only where all is lost, or by the compiler and the loader themselves. */
    {"abort __assert_fail __stack_chk_fail __stack_chk_guard __cxa_finalize __gmon_start__ _ITM_*",
     NULL},
};

int stub_install(const void *inside, bool shared, const char **stranger)
{
    size_t first = shared ? PRIVATE_COUNT : 0;

    objects_prepare();
    if (!shared && !thread_memory_fits(inside)) {
        *stranger = "__tls_get_addr";
        return -ENOSYS;
    }
    return imports_redirect(inside, known + first, sizeof known / sizeof *known - first, stranger);
}
