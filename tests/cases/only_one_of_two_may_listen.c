/* May two sockets bind the same address and port with SO_REUSEADDR, and both listen? Both binds
 * succeed; the second listen() fails. The socket that lost stays bound, and may listen as soon as
 * the other one is closed. Whoever binds after a listener is there is refused at once. */
#include "story.h"

enum { PORT = 8080 };
static const char address[] = "127.0.0.1";

static int bound(int number, bool option)
{
    int fd = net_tcp(address);

    if (option)
        net_reuseaddr(fd, 1);
    if (story_step(net_bind(fd, address, PORT), "socket %d: bind %s:%d", number, address, PORT))
        return fd;
    close(fd);
    return -1;
}

static void bind_both_then_listen(void)
{
    int one = bound(1, true), two = bound(2, true);

    story_step(net_listen(one), "socket 1: listen");
    story_step(net_listen(two), "socket 2: listen");
    close(one);
    story_step(net_listen(two), "socket 2: listen, when socket 1 is closed");
}

static void bind_beside_a_listener(bool option)
{
    int one = bound(1, option);

    story_step(net_listen(one), "socket 1: listen");
    bound(2, option);
}

#define BINDS(n) "socket " #n ": bind 127.0.0.1:8080: "
#define REFUSED "Address already in use\n"

static const struct story stories[] = {
    { .title = "Two sockets on the same address and port, both with the option",
      .role = "bind bind listen listen",
      .steps = BINDS(1) "ok\n" BINDS(2) "ok\nsocket 1: listen: ok\nsocket 2: listen: " REFUSED
               "socket 2: listen, when socket 1 is closed: ok\n",
      .reasons = "lost-listen",
      .forced = { { .policy = "force", .reasons = "lost-listen" } } },
    { .title = "The second one binds when the first one listens already",
      .role = "bind listen bind",
      .steps = BINDS(1) "ok\nsocket 1: listen: ok\n" BINDS(2) REFUSED,
      .reasons = "bound-twice",
      .forced = { { .policy = "force", .reasons = "bound-twice" } } },
    { .title = "The same without the option",
      .role = "plain bind listen bind",
      .steps = BINDS(1) "ok\nsocket 1: listen: ok\n" BINDS(2) REFUSED,
      .reasons = "bound-twice",
      .forced = { { .policy = "force", .reasons = "bound-twice" },
                  { .policy = "share", .steps = BINDS(1) "ok\nsocket 1: listen: ok\n" BINDS(2)
                                                "ok\n" } } },
};

int main(int argc, char **argv)
{
    if (argc > 1) {
        if (strcmp(argv[1], "bind bind listen listen") == 0)
            bind_both_then_listen();
        else
            bind_beside_a_listener(strncmp(argv[1], "plain", 5) != 0);
        return 0;
    }
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++)
        story_check(&stories[i]);
    return 0;
}
