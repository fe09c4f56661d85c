/* The scenes in which scripts/bench lets a bind fail.
 *
 *   scene timewait COUNT PORT      leaves COUNT connections to PORT in TIME_WAIT
 *   scene crowd COUNT DESCRIPTORS [SERVERS UID]
 *                                  COUNT idle processes with so many each, SERVERS of them, where
 *                                  chance puts them, with a listener among the first ten, of user
 *                                  UID: prints port and pid of each; "ready", then until its stdin
 *                                  ends
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PER_ADDRESS = 20000 };

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

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "timewait") == 0)
        return leave_time_wait(atoi(argv[2]), atoi(argv[3]));
    if (argc < 4 || strcmp(argv[1], "crowd") != 0)
        return 3;
    setpgid(0, 0);
    return crowd(&(struct crowd){atoi(argv[2]), atoi(argv[3]), argc > 5 ? atoi(argv[4]) : 0,
                                 argc > 5 ? atoi(argv[5]) : 0});
}
