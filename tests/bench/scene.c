/* The scenes in which scripts/bench lets a bind fail, and what the kernel alone takes in them.
 *
 *   scene timewait COUNT PORT      leaves COUNT connections to PORT in TIME_WAIT
 *   scene crowd COUNT DESCRIPTORS [SERVERS UID]
 *                                  COUNT idle processes with so many each, SERVERS of them, where
 *                                  chance puts them, with a listener among the first ten, of user
 *                                  UID: prints port and pid of each; "ready", then until its stdin
 *                                  ends
 *   scene walk                     microseconds of the kernel's own walk of its TCP sockets
 *   scene look                     microseconds of a bare look at every descriptor of every process
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PER_ADDRESS = 20000 };

static double now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* The side that closes first, the server's, is the one in TIME_WAIT. */
static int leave_time_wait(int count, int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    int server = socket(AF_INET, SOCK_STREAM, 0), i;

    if (bind(server, (struct sockaddr *)&address, sizeof address) < 0 || listen(server, 8) < 0)
        return 1;
    for (i = 0; i < count; i++) {
        int client = socket(AF_INET, SOCK_STREAM, 0), accepted;

        address.sin_addr.s_addr = htonl(0x7f000001u + (unsigned int)(i / PER_ADDRESS));
        if (connect(client, (struct sockaddr *)&address, sizeof address) < 0)
            return 1;
        accepted = accept(server, NULL, NULL);
        close(accepted);
        close(client);
    }
    puts("ready");
    return 0;
}

struct crowd {
    int count, descriptors, servers, uid;
};

static int listen_at(int port)
{
    struct sockaddr_in local = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    return bind(fd, (struct sockaddr *)&local, sizeof local) < 0 ? -1 : listen(fd, 8);
}

/* One of them; a server if PORT is not 0. */
static void live(const struct crowd *crowd, int port, int ready)
{
    int i;

    dup2(ready, 1000);
    for (i = 0; i < 3; i++)
        close(i);
    close(ready);
    if (port != 0 && crowd->uid != 0 &&
        (setgid((gid_t)crowd->uid) != 0 || setuid((uid_t)crowd->uid) != 0))
        _exit(1);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_DUMPABLE, 1); /* as after exec: its user may look */
    for (i = 0; i < crowd->descriptors; i++)
        if (port != 0 && i == 3 + port % 7 ? listen_at(port) < 0 : open("/dev/null", O_RDONLY) < 0)
            break;
    if (write(1000, "", 1) != 1)
        _exit(1);
    close(1000);
    for (;;)
        pause();
}

static int crowd(const struct crowd *crowd)
{
    int ready[2], left, served = 0;
    char byte;

    if (pipe(ready) != 0)
        return 1;
    for (left = crowd->count; left > 0; left--) {
        int serves = rand() % left < crowd->servers - served;
        pid_t pid = fork();

        if (pid == 0)
            live(crowd, serves ? 4000 + served : 0, ready[1]);
        if (serves)
            printf("%d %d\n", 4000 + served++, (int)pid);
    }
    close(ready[1]);
    for (left = crowd->count; left > 0 && read(ready[0], &byte, 1) == 1; left--)
        ;
    puts("ready");
    fflush(stdout);
    while (read(0, &byte, 1) > 0)
        ;
    signal(SIGTERM, SIG_IGN);
    kill(0, SIGTERM);
    while (wait(NULL) > 0) /* else /proc has their remains */
        ;
    return 0;
}

/* The request that the library makes, for a port that nobody has. */
static double walk(void)
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
                .port = {0, 0, 1}};
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

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "look") == 0) {
        printf("%.6f\n", look());
        return 0;
    }
    if (argc == 4 && strcmp(argv[1], "timewait") == 0)
        return leave_time_wait(atoi(argv[2]), atoi(argv[3]));
    if (argc >= 4 && strcmp(argv[1], "crowd") == 0) {
        setpgid(0, 0);
        return crowd(&(struct crowd){atoi(argv[2]), atoi(argv[3]), argc > 5 ? atoi(argv[4]) : 0,
                                     argc > 5 ? atoi(argv[5]) : 0});
    }
    printf("%.6f\n", walk());
    return 0;
}
