/* Situation 2. Several instances of one server use one port, each on another local address. Two
 * specific addresses never meet. A wildcard address meets all others: for TCP, Linux lets nobody in
 * beside a listener, with or without SO_REUSEADDR (BSD does); SO_REUSEPORT on both is what helps.
 * For UDP the option on both is enough. */
#include "story.h"

enum { PORT = 8080 };

struct instance {
    int number;
    int type;                   /* SOCK_STREAM or SOCK_DGRAM */
    bool option;
    char address[64];
};

static void serve(const void *argument)
{
    const struct instance *instance = argument;
    int fd = net_socket(net_family(instance->address), instance->type, 0);
    int result;

    if (instance->option)
        net_reuseaddr(fd, 1);
    result = net_bind(fd, instance->address, PORT);
    if (!story_step(result, "instance %d: bind %s:%d", instance->number,
                    story_host(instance->address), PORT))
        return;
    if (instance->type == SOCK_STREAM)
        story_step(net_listen(fd), "instance %d: listen", instance->number);
}

/* The role: tcp|udp plain|option ADDRESS ADDRESS */
static void two_instances(const char *role)
{
    struct instance one = { .number = 1, .type = SOCK_STREAM }, two;
    char protocol[8], kind[8], second[64];
    pid_t pids[2];

    CHECK_EQ(sscanf(role, "%7s %7s %63s %63s", protocol, kind, one.address, second), 4,
             "the words of the role");
    if (strcmp(protocol, "udp") == 0)
        one.type = SOCK_DGRAM;
    one.option = strcmp(kind, "option") == 0;
    two = one;
    two.number = 2;
    memcpy(two.address, second, sizeof second);
    pids[0] = story_process(serve, &one);
    pids[1] = story_process(serve, &two);
    story_end(pids[0]);
    story_end(pids[1]);
}

#define BINDS(n, address) "instance " #n ": bind " address ":8080: "
#define SERVES(n, address) BINDS(n, address) "ok\ninstance " #n ": listen: ok\n"
#define REFUSED "Address already in use\n"

static const struct story stories[] = {
    { .title = "Two instances, 127.0.0.1 and 127.0.0.2",
      .role = "tcp plain 127.0.0.1 127.0.0.2",
      .steps = SERVES(1, "127.0.0.1") SERVES(2, "127.0.0.2"),
      .forced = { { .policy = "force" } } },
    { .title = "The same, and both set the option",
      .role = "tcp option 127.0.0.1 127.0.0.2",
      .steps = SERVES(1, "127.0.0.1") SERVES(2, "127.0.0.2"),
      .forced = { { .policy = "force" } } },
    { .title = "The second one on the wildcard address",
      .role = "tcp plain 127.0.0.1 0.0.0.0",
      .steps = SERVES(1, "127.0.0.1") BINDS(2, "0.0.0.0") REFUSED,
      .reasons = "listening",
      .forced = { { .policy = "force", .reasons = "listening" },
                  { .policy = "force+share",
                    .steps = SERVES(1, "127.0.0.1") SERVES(2, "0.0.0.0") } } },
    { .title = "The second one on the wildcard address, and both set the option",
      .role = "tcp option 127.0.0.1 0.0.0.0",
      .steps = SERVES(1, "127.0.0.1") BINDS(2, "0.0.0.0") REFUSED,
      .reasons = "listening" },
    { .title = "The first one on the wildcard address",
      .role = "tcp plain 0.0.0.0 127.0.0.2",
      .steps = SERVES(1, "0.0.0.0") BINDS(2, "127.0.0.2") REFUSED,
      .reasons = "listening",
      .forced = { { .policy = "force", .reasons = "listening" },
                  { .policy = "force+share",
                    .steps = SERVES(1, "0.0.0.0") SERVES(2, "127.0.0.2") } } },
    { .title = "The first one on the IPv6 wildcard, which covers IPv4 as well",
      .role = "tcp plain :: 127.0.0.2",
      .steps = SERVES(1, "[::]") BINDS(2, "127.0.0.2") REFUSED,
      .reasons = "listening",
      .forced = { { .policy = "v6only", .steps = SERVES(1, "[::]") SERVES(2, "127.0.0.2") } } },
    { .title = "UDP, one of them on the wildcard address",
      .role = "udp plain 127.0.0.1 0.0.0.0",
      .steps = BINDS(1, "127.0.0.1") "ok\n" BINDS(2, "0.0.0.0") REFUSED,
      .reasons = "datagram-held",
      .forced = { { .policy = "force", .reasons = "datagram-held" },
                  { .policy = "udp=force",
                    .steps = BINDS(1, "127.0.0.1") "ok\n" BINDS(2, "0.0.0.0") "ok\n" } } },
    { .title = "UDP, one of them on the wildcard address, and both set the option",
      .role = "udp option 127.0.0.1 0.0.0.0",
      .steps = BINDS(1, "127.0.0.1") "ok\n" BINDS(2, "0.0.0.0") "ok\n" },
};

int main(int argc, char **argv)
{
    if (argc > 1) {
        two_instances(argv[1]);
        return 0;
    }
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++)
        story_check(&stories[i]);
    return 0;
}
