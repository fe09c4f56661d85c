/* Situation 3. One process binds one port to two sockets. On two specific addresses that always
 * works; where one is the wildcard both need SO_REUSEADDR, and then still only one may listen. */
#include "story.h"

enum { PORT = 8080 };

/* The role: tcp|udp plain|option ADDRESS ADDRESS. Both are bound before the first one listens. */
static void two_sockets(const char *role)
{
    char protocol[8], kind[8], address[2][64];
    int fds[2];

    CHECK_EQ(sscanf(role, "%7s %7s %63s %63s", protocol, kind, address[0], address[1]), 4,
             "the words of the role");
    for (int i = 0; i < 2; i++) {
        fds[i] = strcmp(protocol, "udp") == 0 ? net_udp(address[i]) : net_tcp(address[i]);
        if (strcmp(kind, "option") == 0)
            net_reuseaddr(fds[i], 1);
        if (!story_step(net_bind(fds[i], address[i], PORT), "socket %d: bind %s:%d", i + 1,
                        story_host(address[i]), PORT))
            return;
    }
    for (int i = 0; i < 2 && strcmp(protocol, "tcp") == 0; i++)
        story_step(net_listen(fds[i]), "socket %d: listen", i + 1);
}

#define BINDS(n, address) "socket " #n ": bind " address ":8080: "
#define BOTH_BIND(one, two) BINDS(1, one) "ok\n" BINDS(2, two) "ok\n"
#define BOTH_LISTEN "socket 1: listen: ok\nsocket 2: listen: ok\n"
#define ONE_LISTENS "socket 1: listen: ok\nsocket 2: listen: Address already in use\n"
#define REFUSED "Address already in use\n"

static const struct story stories[] = {
    { .title = "One process, 127.0.0.1 and 127.0.0.2",
      .role = "tcp plain 127.0.0.1 127.0.0.2",
      .steps = BOTH_BIND("127.0.0.1", "127.0.0.2") BOTH_LISTEN,
      .forced = { { .policy = "force" } } },
    { .title = "One process, a specific address and the wildcard",
      .role = "tcp plain 127.0.0.1 0.0.0.0",
      .steps = BINDS(1, "127.0.0.1") "ok\n" BINDS(2, "0.0.0.0") REFUSED,
      .reasons = "bound-twice",
      .forced = { { .policy = "force",
                    .steps = BOTH_BIND("127.0.0.1", "0.0.0.0") ONE_LISTENS,
                    .reasons = "lost-listen" } } },
    { .title = "The same, and both sockets have the option",
      .role = "tcp option 127.0.0.1 0.0.0.0",
      .steps = BOTH_BIND("127.0.0.1", "0.0.0.0") ONE_LISTENS,
      .reasons = "lost-listen",
      .forced = { { .policy = "share",
                    .steps = BOTH_BIND("127.0.0.1", "0.0.0.0") BOTH_LISTEN } } },
    { .title = "One process, UDP, a specific address and the wildcard",
      .role = "udp plain 127.0.0.1 0.0.0.0",
      .steps = BINDS(1, "127.0.0.1") "ok\n" BINDS(2, "0.0.0.0") REFUSED,
      .reasons = "bound-twice",
      .forced = { { .policy = "udp=force", .steps = BOTH_BIND("127.0.0.1", "0.0.0.0") } } },
    { .title = "One process, :: and 0.0.0.0, as many servers try it",
      .role = "tcp plain :: 0.0.0.0",
      .steps = BINDS(1, "[::]") "ok\n" BINDS(2, "0.0.0.0") REFUSED,
      .reasons = "bound-twice",
      .forced = { { .policy = "tcp6=v6only",
                    .steps = BOTH_BIND("[::]", "0.0.0.0") BOTH_LISTEN } } },
};

int main(int argc, char **argv)
{
    if (argc > 1) {
        two_sockets(argv[1]);
        return 0;
    }
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++)
        story_check(&stories[i]);
    return 0;
}
