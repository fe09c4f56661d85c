/* What scripts/bench measures beside us: bare programs that make only the calls without which nothing
 * could be told, in a loop without anything else. Each prints one figure.
 *
 *   floor walk                  microseconds of the kernel's own walk of its TCP sockets
 *   floor look                  ... of a look at every descriptor of every process
 *   floor bare PORT PID FD      ... of one explanation whose owner is known before: the walk, the list
 *                               of processes, of each whether it has the socket too, what the owner
 *                               is like, its options by a copy of its descriptor, one line written
 *   floor users                 ms of the thread's own: the list of processes, of each its user, and
 *                               whether it has a socket
 *   floor links                 ... the list, of each its descriptors 3 to 9, and whether it has one
 *   floor barred                ... the list, and of each whether it may be looked at
 *   floor unwinder              microseconds of the loader for libunwind
 */
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/kcmp.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { FIRST = 3, LAST = 9 }; /* descriptors under which servers have their sockets */

static int pids[128 * 1024], pid_count;

static double clock_us(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double now_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

/* The request that the library makes, for a port ASKED (1: nobody has it). */
static double walk(int asked)
{
    struct {
        struct nlmsghdr header;
        struct inet_diag_req request;
    } message = {
        .header = {.nlmsg_len = sizeof message, .nlmsg_type = TCPDIAG_GETSOCK,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .request = {.idiag_states = ~0u},
    };
    struct {
        struct nlattr header;
        struct inet_diag_bc_op equal, port;
    } filter = {.header = {sizeof filter, INET_DIAG_REQ_BYTECODE},
                .equal = {INET_DIAG_BC_S_EQ, sizeof filter.equal + sizeof filter.port,
                          sizeof filter.equal + sizeof filter.port + 4},
                .port = {0, 0, (unsigned short)asked}};
    char whole[sizeof message + sizeof filter], reply[32768];
    int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG), done = 0;
    double start = now_us();

    message.header.nlmsg_len = sizeof whole;
    memcpy(whole, &message, sizeof message);
    memcpy(whole + sizeof message, &filter, sizeof filter);
    send(fd, whole, sizeof whole, 0);
    while (!done) {
        ssize_t got = recv(fd, reply, sizeof reply, 0);
        struct nlmsghdr *header = (struct nlmsghdr *)reply;

        for (done = got <= 0; !done && NLMSG_OK(header, got); header = NLMSG_NEXT(header, got))
            done = header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR;
    }
    start = now_us() - start;
    close(fd);
    return start;
}

/* Each link of /proc/PID/fd is read: whose socket one is, no other call tells. */
static void look_at(int proc, const char *pid)
{
    char path[64], target[40];
    struct dirent *entry;
    DIR *folder;
    int fd;

    snprintf(path, sizeof path, "%.20s/fd", pid);
    fd = openat(proc, path, O_RDONLY | O_DIRECTORY);
    folder = fd < 0 ? NULL : fdopendir(fd);
    while (folder != NULL && (entry = readdir(folder)) != NULL)
        if (entry->d_name[0] != '.' && readlinkat(fd, entry->d_name, target, sizeof target) < 0)
            break;
    if (folder != NULL)
        closedir(folder);
}

static double look(void)
{
    double start = now_us();
    DIR *proc = opendir("/proc");
    struct dirent *entry;

    while (proc != NULL && (entry = readdir(proc)) != NULL)
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
            look_at(dirfd(proc), entry->d_name);
    return now_us() - start;
}

static int list(void)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;

    while (proc != NULL && (entry = readdir(proc)) != NULL)
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && pid_count < 128 * 1024)
            pids[pid_count++] = atoi(entry->d_name);
    return dirfd(proc);
}

static void compare_all(int owner, int fd)
{
    for (int i = 0; i < pid_count; i++)
        syscall(SYS_kcmp, owner, pids[i], KCMP_FILE, (long)fd, (long)fd);
}

static void read_one(int proc, int pid, const char *name)
{
    char path[64], bytes[4096];
    int fd;

    snprintf(path, sizeof path, "%d/%s", pid, name);
    fd = openat(proc, path, O_RDONLY);
    if (read(fd, bytes, sizeof bytes) < 0)
        bytes[0] = '\0';
    close(fd);
}

static void copy_options(int pid, int fd)
{
    int handle = (int)syscall(SYS_pidfd_open, pid, 0), value;
    int copy = (int)syscall(SYS_pidfd_getfd, handle, fd, 0);
    socklen_t length = sizeof value;

    getsockopt(copy, SOL_SOCKET, SO_REUSEADDR, &value, &length);
    getsockopt(copy, SOL_SOCKET, SO_REUSEPORT, &value, &length);
    getsockopt(copy, SOL_SOCKET, SO_COOKIE, &value, &length);
    close(copy);
    close(handle);
}

static double bare(int port, int pid, int fd)
{
    static const char *const files[] = {"comm", "stat", "status", "cgroup", "cmdline"};
    double start = now_us();
    char path[64], target[64];
    int proc, out;

    walk(port);
    proc = list();
    snprintf(path, sizeof path, "%d/fd/%d", pid, fd);
    if (readlinkat(proc, path, target, sizeof target) < 0)
        return -1;
    compare_all(pid, fd);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        read_one(proc, pid, files[i]);
    copy_options(pid, fd);
    out = open("/dev/null", O_WRONLY);
    if (write(out, target, sizeof target) < 0)
        return -1;
    return now_us() - start;
}

static double users(void)
{
    int proc = list();

    for (int i = 0; i < pid_count; i++) {
        struct stat status;
        char path[32];

        snprintf(path, sizeof path, "%d", pids[i]);
        fstatat(proc, path, &status, 0);
    }
    compare_all(getpid(), FIRST);
    return clock_us(CLOCK_THREAD_CPUTIME_ID) / 1e3;
}

static double links(void)
{
    int proc = list();

    for (int i = 0; i < pid_count; i++)
        for (int fd = FIRST; fd <= LAST; fd++) {
            char path[32], target[64];

            snprintf(path, sizeof path, "%d/fd/%d", pids[i], fd);
            if (readlinkat(proc, path, target, sizeof target) < 0)
                break;
        }
    compare_all(getpid(), FIRST);
    return clock_us(CLOCK_THREAD_CPUTIME_ID) / 1e3;
}

static double barred(void)
{
    list();
    compare_all(getpid(), FIRST);
    return clock_us(CLOCK_THREAD_CPUTIME_ID) / 1e3;
}

static double unwinder(void)
{
    double start = now_us();

    return dlopen("libunwind.so.8", RTLD_NOW) == NULL ? -1 : now_us() - start;
}

static double measure(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    if (strcmp(what, "walk") == 0)
        return walk(1);
    if (strcmp(what, "look") == 0)
        return look();
    if (strcmp(what, "bare") == 0 && argc == 5)
        return bare(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]));
    if (strcmp(what, "users") == 0)
        return users();
    if (strcmp(what, "links") == 0)
        return links();
    if (strcmp(what, "barred") == 0)
        return barred();
    return strcmp(what, "unwinder") == 0 ? unwinder() : -1;
}

int main(int argc, char **argv)
{
    double figure = measure(argc, argv);

    printf("%.6f\n", figure);
    return figure < 0;
}
