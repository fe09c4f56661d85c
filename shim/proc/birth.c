#include "proc/birth.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/sys.h"
#include "base/text.h"

enum { OPTION_NETNS_COOKIE = 71 }; /* asm-generic/socket.h */

/* Fields of /proc/PID/stat, proc(5). */
enum { STAT_PARENT = 4, STAT_THREADS = 20, STAT_START = 22 };

static void stat_path(char path[32], int32_t pid)
{
    struct text text = text_in(path, 32);

    text_add(&text, "/proc/");
    if (pid == 0)
        text_add(&text, "self");
    else
        text_number(&text, pid);
    text_add(&text, "/stat");
}

/* The number in field WANTED, counted from the name's end at AT, which closes field 2. */
static uint64_t field(const char *at, int wanted)
{
    uint64_t number = 0;
    int now = 2;

    for (at++; now < wanted && *at != '\0'; at++)
        if (*at == ' ')
            now++;
    for (; *at >= '0' && *at <= '9'; at++)
        number = number * 10 + (uint64_t)(*at - '0');
    return number;
}

/* The second field is the name in brackets and may hold anything, brackets too. A first thread that
 * has ended looks like a dead process, and is none while others go on. */
static int parse(const char *stat, struct birth *birth, bool *dead)
{
    const char *open = strchr(stat, '('), *close = strrchr(stat, ')');
    size_t length;

    if (open == NULL || close == NULL || close < open || close[1] != ' ')
        return -EINVAL;
    length = (size_t)(close - open) - 1;
    if (length >= sizeof birth->comm)
        length = sizeof birth->comm - 1;
    memcpy(birth->comm, open + 1, length);
    birth->comm[length] = '\0';
    *dead = (close[2] == 'Z' || close[2] == 'X') && field(close, STAT_THREADS) <= 1;
    birth->parent = (int32_t)field(close, STAT_PARENT);
    birth->ticks = field(close, STAT_START);
    return 0;
}

static int read_stat(int32_t pid, struct birth *birth, bool *dead)
{
    char path[32], text[512];
    long length;

    memset(birth, 0, sizeof *birth);
    stat_path(path, pid);
    length = sys_read_file(AT_FDCWD, path, text, sizeof text);
    return length <= 0 ? (length < 0 ? (int)length : -ENOENT) : parse(text, birth, dead);
}

int birth_read(int32_t pid, struct birth *birth)
{
    bool dead;

    return read_stat(pid, birth, &dead);
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
    struct birth now;
    bool dead;

    if (pid <= 0)
        return ANSWER_UNKNOWN;
    if (sys_call(SYS_kill, pid, 0) == -ESRCH)
        return ANSWER_NO;
    if (ticks == 0 || read_stat(pid, &now, &dead) < 0)
        return ANSWER_UNKNOWN;
    return answer_of(now.ticks == ticks && !dead);
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
