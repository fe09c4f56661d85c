/* Under share two servers that know nothing of SO_REUSEPORT listen on one port at the same time,
 * and both get connections; nothing else implies it. Oracle: the kernel's answer, getsockopt. */
#include "check.h"
#include "net.h"
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <poll.h>
#include <unistd.h>

enum { PORT = 8080, CONNECTIONS = 64 };
static const char address[] = "127.0.0.1";

/* Says results and the option; counts its connections until it is stopped. */
static int serve(void)
{
    struct pollfd ends[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.events = POLLIN}};
    int fd = net_tcp(address), bound, listens = -1, accepted = 0;

    bound = net_bind(fd, address, PORT);
    if (bound == 0)
        listens = net_listen(fd);
    run_say("%d %d %d", bound, listens, net_get(fd, SOL_SOCKET, SO_REUSEPORT) != 0);
    ends[1].fd = listens == 0 ? fd : -1;
    while (poll(ends, 2, -1) > 0 && !(ends[0].revents && !ends[1].revents)) {
        if (ends[1].revents) {
            close(net_accept(fd));
            accepted++;
        }
    }
    run_say("%d", accepted);
    return 0;
}

static struct run_child start(const char *policy, const char *expected)
{
    struct run_child child = run_start_shimmed("serve", policy, NULL);
    char line[64];

    run_line(&child, line, sizeof line);
    CHECK_STR(line, expected, "bind, listen and SO_REUSEPORT under %s", policy);
    return child;
}

static int connections_of(struct run_child *child)
{
    int count;

    close(child->in);
    child->in = -1;
    count = run_number(child);
    run_stop(child);
    return count;
}

int main(int argc, char **argv)
{
    struct run_child first, second;
    int i, served[2];

    (void)argv;
    if (argc > 1)
        return serve();
    net_own_namespace();

    first = start("share", "0 0 1");
    second = start("tcp:8080=share", "0 0 1");
    for (i = 0; i < CONNECTIONS; i++) {
        int client = net_tcp(address);

        CHECK_RESULT(net_connect(client, address, PORT), 0, "connection %d", i);
        close(client);
    }
    served[0] = connections_of(&first);
    served[1] = connections_of(&second);
    CHECK_EQ(served[0] + served[1], CONNECTIONS, "every connection is served by one of them");
    CHECK(served[0] > 0 && served[1] > 0, "both get some: %d and %d", served[0], served[1]);

    net_own_namespace(); /* another, without the TIME_WAITs */
    first = start("force+share", "0 0 1");
    second = start("force", "-98 -1 0");
    run_stop(&second);
    run_stop(&first);
    first = start("force", "0 0 0");
    second = start("share", "-98 -1 1");
    run_stop(&second);
    run_stop(&first);
    return 0;
}
