#define _GNU_SOURCE /* dl_iterate_phdr */
#include "unwind/standin.h"

#include <link.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>

#include "base/sys.h"
#include "unwind/imports.h"
#include "unwind/objects.h"
#include "unwind/places.h"
#include "unwind/stack.h"

/* Descriptors are below fs.nr_open, whose own limit is far below these two numbers. */
enum { PIPE_READ_END = 0x7ffffff0, PIPE_WRITE_END = 0x7ffffff1 };

_Thread_local volatile sig_atomic_t standin_walking;

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
    return fd == PIPE_READ_END || fd == PIPE_WRITE_END || standin_walking;
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

static int standin_pipe2(int ends[2], int flags)
{
    (void)flags;
    ends[0] = PIPE_READ_END;
    ends[1] = PIPE_WRITE_END;
    return 0;
}

static int standin_pipe(int ends[2])
{
    return standin_pipe2(ends, 0);
}

static ssize_t standin_write(int fd, const void *bytes, size_t size)
{
    return is_ours(fd) ? write_answer(bytes, size) : syscall(SYS_write, fd, bytes, size);
}

/* An empty non-blocking pipe. */
static ssize_t standin_read(int fd, void *bytes, size_t size)
{
    if (!is_ours(fd))
        return syscall(SYS_read, fd, bytes, size);
    errno = EAGAIN;
    return -1;
}

static int standin_close(int fd)
{
    return is_ours(fd) ? 0 : (int)syscall(SYS_close, fd);
}

static int standin_fcntl(int fd, int command, ...)
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

static long standin_syscall(long number, ...)
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
    return syscall(number, value[0], value[1], value[2], value[3], value[4], value[5]);
}

/* mincore() is asked first, to learn whether pages are mapped at all. The same question as above,
 * so no system call is made that the program may have been forbidden. */
static int standin_mincore(void *start, size_t size, unsigned char *resident)
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
static int standin_open(const char *path, int flags, ...)
{
    (void)path;
    (void)flags;
    errno = EACCES;
    return -1;
}

/* libunwind blocks all signals while it holds a lock, lest a handler walk into it. Ours do not
 * (standin_walking), and in a process of one thread nobody else waits for the lock: then the system
 * calls are saved, which a tight seccomp filter may forbid. */
static int standin_sigprocmask(int how, const sigset_t *set, sigset_t *before)
{
    return standin_walking == WALKING_ALONE ? 0 : sigprocmask(how, set, before);
}

/* The loader's list without its lock */

/* Written by any thread that walks, and only ever with true. */
static _Atomic bool find_proven;

/* The first word of libunwind's DATA is the address whose object it looks for, in every version so
 * far. Until that has shown to be so, by unwind information found in this way, the loader is asked
 * about addresses that seem to lie in no object. */
static int standin_dl_iterate_phdr(int (*visit)(struct dl_phdr_info *, size_t, void *), void *data)
{
    struct dl_phdr_info info = {0};
    enum objects_answer answer;
    struct loaded loaded;
    uintptr_t address;
    int result;

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

static void *standin_tls_get_addr(const struct thread_index *index)
{
    return thread_memory + index->offset;
}

/* Answers 1 if INSIDE is in this object and ours can take the place of its thread-local memory: it
 * is no larger, and starts as zeros. */
static int thread_memory_fits(struct dl_phdr_info *info, size_t size, void *inside)
{
    const ElfW(Phdr) *thread = NULL;
    bool here = false;

    (void)size;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];

        if (header->p_type == PT_TLS)
            thread = header;
        if (header->p_type == PT_LOAD &&
            (uintptr_t)inside - info->dlpi_addr - header->p_vaddr < header->p_memsz)
            here = true;
    }
    return here && thread != NULL && thread->p_filesz == 0 && thread->p_memsz <= THREAD_MEMORY &&
           thread->p_align <= 16;
}

static int thread_memory_install(const void *inside)
{
    struct import import = {.name = "__tls_get_addr",
                            .replacement = (void (*)(void))standin_tls_get_addr};

    if (!dl_iterate_phdr(thread_memory_fits, (void *)(uintptr_t)inside))
        return 0;
    return imports_redirect(inside, &import, 1);
}
#else
static int thread_memory_install(const void *inside)
{
    (void)inside;
    return 0;
}
#endif

/* Installing */

enum { PIPE, PIPE2, READ, WRITE, CLOSE, FCNTL, SYSCALL, MINCORE, STANDIN_COUNT };

static int private_install(const void *inside)
{
    static const struct import all[] = {
        {.name = "dl_iterate_phdr", .replacement = (void (*)(void))standin_dl_iterate_phdr},
        {.name = "open", .replacement = (void (*)(void))standin_open},
        {.name = "open64", .replacement = (void (*)(void))standin_open},
        {.name = "sigprocmask", .replacement = (void (*)(void))standin_sigprocmask},
        {.name = "mmap", .replacement = (void (*)(void))places_map},
    };
    struct import imports[sizeof all / sizeof *all];
    int result;

    memcpy(imports, all, sizeof all);
    result = imports_redirect(inside, imports, sizeof all / sizeof *all);
    return result < 0 ? result : thread_memory_install(inside);
}

enum standin_result standin_install(const void *inside, bool shared)
{
    static const struct import all[STANDIN_COUNT] = {
        [PIPE] = {.name = "pipe", .replacement = (void (*)(void))standin_pipe},
        [PIPE2] = {.name = "pipe2", .replacement = (void (*)(void))standin_pipe2},
        [READ] = {.name = "read", .replacement = (void (*)(void))standin_read},
        [WRITE] = {.name = "write", .replacement = (void (*)(void))standin_write},
        [CLOSE] = {.name = "close", .replacement = (void (*)(void))standin_close},
        [FCNTL] = {.name = "fcntl", .replacement = (void (*)(void))standin_fcntl},
        [SYSCALL] = {.name = "syscall", .replacement = (void (*)(void))standin_syscall},
        [MINCORE] = {.name = "mincore", .replacement = (void (*)(void))standin_mincore},
    };

    struct import imports[STANDIN_COUNT];

    memcpy(imports, all, sizeof all);
    objects_prepare();
    if (imports_redirect(inside, imports, STANDIN_COUNT) < 0 ||
        (!shared && private_install(inside) < 0))
        return STANDIN_FAILED;
    if (!imports[PIPE].replaced && !imports[PIPE2].replaced)
        return STANDIN_NO_PIPE;
    if (imports[READ].replaced && imports[CLOSE].replaced &&
        (imports[WRITE].replaced || imports[SYSCALL].replaced))
        return STANDIN_COMPLETE;
    return STANDIN_FAILED;
}
