/* A program that no library can see, once it is linked statically: it makes calls on loopback, and
 * says what they gave, line by line.
 *
 *   supervised ACTION...
 *
 * listen[:PORT]   a new socket is bound to that port (0: any) and listens; says "listen PORT ERRNO"
 * reuse[:PORT]    the same with SO_REUSEADDR
 * again           a new socket is bound to the last port and listens
 * hold            waits for the end of stdin
 * rounds:N        N times: bind, listen, and now and then a second bind that must fail; says "wrong N"
 * for:MS          the same for so long; says "rounds N"
 * thread          what follows is done in a thread of its own
 * fork, exec      ... in a child; by the same program anew
 * daemon          ... in a child of a child that has left the session, while this ends at once
 * path:NAME       a UNIX socket of that name is bound; says "path ERRNO MODE UID"
 * peer            a connection to the last path; says "peer PID UID" of the listener
 * user:UID        from now on as that user
 * storm           SIGALRM every 700 microseconds, with a handler that asks for restart; says at the
 *                 end how many calls were interrupted
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FAILS_EVERY = 50 };

static int last_port;
static int path_socket;
static char last_path[100];

static const char *name(int error)
{
    return error == 0 ? "0" : strerrorname_np(error);
}

static int bind_to(int port, int reuse, int *fd)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t length = sizeof address;
    int error = 0;

    *fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (reuse)
        setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    if (bind(*fd, (struct sockaddr *)&address, sizeof address) < 0)
        error = errno;
    if (error == 0 && getsockname(*fd, (struct sockaddr *)&address, &length) == 0)
        last_port = ntohs(address.sin_port);
    return error;
}

static void do_listen(int port, int reuse)
{
    int fd, error = bind_to(port, reuse, &fd);

    if (error == 0 && listen(fd, 5) < 0)
        error = errno;
    printf("listen %d %s\n", last_port, name(error));
}

static int do_round(int with_failure)
{
    int first, second, wrong = bind_to(0, 0, &first) != 0;

    wrong += listen(first, 5) != 0;
    if (with_failure) {
        wrong += bind_to(last_port, 0, &second) != EADDRINUSE;
        close(second);
    }
    close(first);
    return wrong;
}

static long now_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void do_rounds(long count, long until_ms)
{
    long rounds = 0, wrong = 0;

    while (until_ms > 0 ? now_ms() < until_ms : rounds < count) {
        wrong += do_round(rounds % FAILS_EVERY == 0);
        rounds++;
    }
    printf("rounds %ld\nwrong %ld\n", rounds, wrong);
}

static void do_path(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat file = {0};
    int error = 0;

    path_socket = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    snprintf(last_path, sizeof last_path, "%s", path);
    if (bind(path_socket, (struct sockaddr *)&address, sizeof address) < 0 ||
        listen(path_socket, 5) < 0)
        error = errno;
    stat(path, &file);
    printf("path %s %o %u\n", name(error), file.st_mode & 07777, file.st_uid);
}

static void do_peer(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct ucred who = {0};
    socklen_t length = sizeof who;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s", last_path);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length);
    printf("peer %s %u\n", who.pid == getpid() ? "self" : "other", who.uid);
}

static void ignore(int signal)
{
    (void)signal;
}

static void do_storm(void)
{
    struct itimerval every = {{0, 700}, {0, 700}};
    struct sigaction action = {.sa_handler = ignore, .sa_flags = SA_RESTART};

    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &every, NULL);
}

static char **self;
static void *act(void *actions);

static void do_daemon(char **rest)
{
    if (fork() > 0)
        exit(0);
    setsid();
    if (fork() > 0)
        exit(0);
    act(rest);
    exit(0);
}

/* True if the rest of the actions is done elsewhere. */
static int move(const char *action, char **rest)
{
    pthread_t thread;

    if (strcmp(action, "thread") == 0) {
        pthread_create(&thread, NULL, act, rest);
        pthread_join(thread, NULL);
    } else if (strcmp(action, "fork") == 0) {
        fflush(stdout);
        if (fork() == 0) {
            act(rest);
            exit(0);
        }
        wait(NULL);
    } else if (strcmp(action, "exec") == 0) {
        fflush(stdout);
        rest[-1] = self[0];
        execv("/proc/self/exe", rest - 1);
    } else if (strcmp(action, "daemon") == 0) {
        fflush(stdout);
        do_daemon(rest);
    } else {
        return 0;
    }
    return 1;
}

static void *act(void *actions)
{
    char **action = actions;

    for (; *action != NULL; action++) {
        const char *colon = strchr(*action, ':');
        const char *value = colon != NULL ? colon + 1 : "0";
        char byte;

        if (move(*action, action + 1))
            break;
        switch (**action) {
        case 'l': do_listen(atoi(value), 0); break;
        case 'r':
            if ((*action)[1] == 'e')
                do_listen(atoi(value), 1);
            else
                do_rounds(atol(value), 0);
            break;
        case 'a': do_listen(last_port, 0); break;
        case 'f': do_rounds(0, now_ms() + atol(value)); break;
        case 'h':
            fflush(stdout);
            while (read(0, &byte, 1) > 0)
                ;
            break;
        case 'p':
            if ((*action)[1] == 'a')
                do_path(value);
            else
                do_peer();
            break;
        case 'u':
            if (setresuid((uid_t)atoi(value), (uid_t)atoi(value), (uid_t)atoi(value)) < 0)
                exit(2);
            break;
        case 's': do_storm(); break;
        default: exit(2);
        }
    }
    fflush(stdout);
    return NULL;
}

int main(int argc, char **argv)
{
    (void)argc;
    self = argv;
    act(argv + 1);
    return 0;
}
