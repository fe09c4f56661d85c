#include "proc/birth.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/sys.h"
#include "base/text.h"
#include "proc/procstat.h"

enum { OPTION_NETNS_COOKIE = 71 }; /* asm-generic/socket.h */

int birth_read(int32_t pid, struct birth *birth)
{
    struct procstat stat;
    int error = procstat_read(-1, pid, &stat);

    birth->parent = stat.parent;
    birth->ticks = stat.start_ticks;
    memcpy(birth->comm, stat.comm, sizeof birth->comm);
    return error;
}

/* A first thread that has ended looks like a dead process, and is none while others go on. */
static bool is_dead(const struct procstat *stat)
{
    return (stat->state == 'Z' || stat->state == 'X') && stat->threads <= 1;
}

/* By the kernel: to the microsecond, and without the counter that the vdso reads. */
static int64_t clock_us(clockid_t clock)
{
    struct timespec now;

#ifdef __LP64__
    sys_call(SYS_clock_gettime, clock, &now);
#else
    clock_gettime(clock, &now);
#endif
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t birth_us(uint64_t ticks)
{
    return clock_us(CLOCK_REALTIME) - clock_us(CLOCK_BOOTTIME) + (int64_t)ticks * BIRTH_TICK_US;
}

enum answer birth_lives(int32_t pid, uint64_t ticks)
{
    struct procstat now;

    if (pid <= 0)
        return ANSWER_UNKNOWN;
    if (sys_call(SYS_kill, pid, 0) == -ESRCH)
        return ANSWER_NO;
    if (ticks == 0 || procstat_read(-1, pid, &now) < 0)
        return ANSWER_UNKNOWN;
    return answer_of(now.start_ticks == ticks && !is_dead(&now));
}

void birth_boot(char boot[40])
{
    long length = sys_read_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id", boot, 40);

    boot[length >= 36 ? 36 : 0] = '\0';
}

uint64_t birth_namespace(const char *kind)
{
    char path[32];
    struct text text = text_in(path, sizeof path);
    struct sys_file file;

    text_join(&text, "/proc/self/ns/", kind, NULL);
    return sys_file_of_target(AT_FDCWD, path, &file) == 0 ? file.inode : 0;
}

uint64_t birth_network_of(int fd)
{
    uint64_t cookie;
    socklen_t length = sizeof cookie;

    return sys_call(SYS_getsockopt, fd, SOL_SOCKET, OPTION_NETNS_COOKIE, &cookie, &length) < 0
               ? 0
               : cookie | BIRTH_NETWORK_UNIQUE;
}

uint64_t birth_network(void)
{
    int fd = (int)sys_call(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    uint64_t network = fd < 0 ? 0 : birth_network_of(fd);

    if (fd >= 0)
        sys_close(fd);
    return network != 0 ? network : birth_namespace("net");
}
