/* Situation 4. The very same address and port bound twice, by two processes. With SO_REUSEADDR on
 * both, UDP multicast receivers each get every datagram; of unicast receivers the last one gets
 * them all; of two TCP servers only one may listen. */
#include <poll.h>
#include <sys/ioctl.h>

#include "story.h"

enum { PORT = 8080, SENT = 3, DEADLINE_MS = 3000 };
static const char group[] = "239.255.8.8";
static const char loopback[] = "127.0.0.1";

struct receiver {
    int number;
    bool option;
    const char *address;
    int report;                 /* gets one byte, the number, for the bind and for each datagram */
};

static void join(int fd)
{
    struct sockaddr_storage storage;
    struct ip_mreq request;

    net_address(&storage, group, 0);
    request.imr_multiaddr = ((struct sockaddr_in *)&storage)->sin_addr;
    request.imr_interface.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request) == 0,
          "join %s: %s", group, check_errno_name(errno));
}

static void report(const struct receiver *receiver)
{
    char number = (char)receiver->number;

    CHECK_EQ(write(receiver->report, &number, 1), 1, "report");
}

static void receive(const void *argument)
{
    const struct receiver *receiver = argument;
    int fd = net_udp(receiver->address);
    char datagram[64];

    if (receiver->option)
        net_reuseaddr(fd, 1);
    if (!story_step(net_bind(fd, receiver->address, PORT), "receiver %d: bind %s:%d",
                    receiver->number, receiver->address, PORT))
        return;
    if (receiver->address == group)
        join(fd);
    report(receiver);
    story_ready();
    while (recv(fd, datagram, sizeof datagram, 0) > 0)
        report(receiver);
}

static void send_datagrams(const char *address)
{
    struct in_addr interface = { .s_addr = htonl(INADDR_LOOPBACK) };
    struct sockaddr_storage to;
    socklen_t length = net_address(&to, address, PORT);
    int fd = net_udp(address);

    CHECK(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof interface) == 0,
          "send over lo: %s", check_errno_name(errno));
    for (int i = 0; i < SENT; i++)
        CHECK_EQ(sendto(fd, "hello", 5, 0, (struct sockaddr *)&to, length), 5, "send: %s",
                 check_errno_name(errno));
    close(fd);
}

/* Waits for so many reports and counts them by receiver; a missing one ends the wait. */
static void count_reports(int reports, int expected, int counts[3])
{
    long end_ms = net_now_ms() + DEADLINE_MS;

    for (int i = 0; i < expected; i++) {
        struct pollfd ready = { .fd = reports, .events = POLLIN };
        long left_ms = end_ms - net_now_ms();
        char number;

        if (left_ms <= 0 || poll(&ready, 1, (int)left_ms) <= 0)
            break;
        CHECK(read(reports, &number, 1) == 1 && number >= 1 && number <= 2, "a receiver's number");
        counts[(int)number]++;
    }
}

static void two_receivers(const char *address, bool option)
{
    struct receiver one = { .number = 1, .option = option, .address = address }, two;
    int pipe_ends[2], bound = 0, counts[3] = { 0 };
    pid_t pids[2];

    CHECK(pipe(pipe_ends) == 0, "pipe: %s", check_errno_name(errno));
    one.report = pipe_ends[1];
    two = one;
    two.number = 2;
    pids[0] = story_process(receive, &one);
    pids[1] = story_process(receive, &two);
    CHECK(ioctl(pipe_ends[0], FIONREAD, &bound) == 0, "how many are bound");
    count_reports(pipe_ends[0], bound, (int[3]){ 0 });
    send_datagrams(address);
    /* When so many reports are here, no other is on its way: a datagram has no more receivers. */
    count_reports(pipe_ends[0], address == group ? bound * SENT : SENT, counts);
    for (int i = 1; i <= 2; i++)
        run_say("receiver %d: got %d of %d datagrams", i, counts[i], SENT);
    story_end(pids[0]);
    story_end(pids[1]);
}

/* The two of them take turns: bind, bind, listen, listen. */
struct listener {
    int number;
    bool option;
    int turn;                   /* gives a byte: now listen */
    int done;                   /* gets a byte then */
};

static void serve(const void *argument)
{
    const struct listener *listener = argument;
    int fd = net_tcp(loopback);
    bool bound;
    char byte;

    if (listener->option)
        net_reuseaddr(fd, 1);
    bound = story_step(net_bind(fd, loopback, PORT), "server %d: bind %s:%d", listener->number,
                       loopback, PORT);
    story_ready();
    CHECK_EQ(read(listener->turn, &byte, 1), 1, "server %d's turn", listener->number);
    if (bound)
        story_step(net_listen(fd), "server %d: listen", listener->number);
    CHECK_EQ(write(listener->done, &byte, 1), 1, "server %d is done", listener->number);
}

static void two_servers(bool option)
{
    int turn[2][2], done[2];
    pid_t pids[2];
    char byte = 0;

    CHECK(pipe(done) == 0, "pipe: %s", check_errno_name(errno));
    for (int i = 0; i < 2; i++) {
        struct listener listener = { .number = i + 1, .option = option, .done = done[1] };

        CHECK(pipe(turn[i]) == 0, "pipe: %s", check_errno_name(errno));
        listener.turn = turn[i][0];
        pids[i] = story_process(serve, &listener);
    }
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(write(turn[i][1], &byte, 1), 1, "give server %d its turn", i + 1);
        CHECK_EQ(read(done[0], &byte, 1), 1, "server %d has taken its turn", i + 1);
    }
    story_end(pids[0]);
    story_end(pids[1]);
}

#define BINDS(n, address) "receiver " #n ": bind " address ":8080: "
#define GOT(n, count) "receiver " #n ": got " #count " of 3 datagrams\n"
#define ONE_BOUND(address) \
    BINDS(1, address) "ok\n" BINDS(2, address) "Address already in use\n" GOT(1, 3) GOT(2, 0)
#define BOTH_BOUND(address) BINDS(1, address) "ok\n" BINDS(2, address) "ok\n"
#define SERVER_BINDS(n) "server " #n ": bind 127.0.0.1:8080: "
#define REFUSED "Address already in use\n"
#define ONE_LISTENS \
    SERVER_BINDS(1) "ok\n" SERVER_BINDS(2) "ok\nserver 1: listen: ok\nserver 2: listen: " REFUSED

static const struct story stories[] = {
    { .title = "Two multicast receivers without the option",
      .role = "multicast plain",
      .steps = ONE_BOUND("239.255.8.8"),
      .reasons = "datagram-held",
      .forced = { { .policy = "force", .reasons = "datagram-held" },
                  { .policy = "udp=force",
                    .steps = BOTH_BOUND("239.255.8.8") GOT(1, 3) GOT(2, 3) } } },
    { .title = "Two multicast receivers with the option: each gets every datagram",
      .role = "multicast option",
      .steps = BOTH_BOUND("239.255.8.8") GOT(1, 3) GOT(2, 3) },
    { .title = "Two unicast receivers without the option",
      .role = "unicast plain",
      .steps = ONE_BOUND("127.0.0.1"),
      .reasons = "datagram-held",
      .forced = { { .policy = "force", .reasons = "datagram-held" },
                  { .policy = "udp=force",
                    .steps = BOTH_BOUND("127.0.0.1") GOT(1, 0) GOT(2, 3) } } },
    { .title = "Two unicast receivers with the option: the last one gets them all",
      .role = "unicast option",
      .steps = BOTH_BOUND("127.0.0.1") GOT(1, 0) GOT(2, 3) },
    { .title = "Two TCP servers without the option",
      .role = "tcp plain",
      .steps = SERVER_BINDS(1) "ok\n" SERVER_BINDS(2) REFUSED "server 1: listen: ok\n",
      .reasons = "bound-idle",
      .forced = { { .policy = "force", .steps = ONE_LISTENS, .reasons = "lost-listen" } } },
    { .title = "Two TCP servers with the option: both bind, only one may listen",
      .role = "tcp option",
      .steps = ONE_LISTENS,
      .reasons = "lost-listen" },
};

static int play(const char *role)
{
    bool option = strstr(role, "option") != NULL;

    if (strncmp(role, "tcp", 3) == 0)
        two_servers(option);
    else
        two_receivers(strncmp(role, "multicast", 9) == 0 ? group : loopback, option);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return play(argv[1]);
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++)
        story_check(&stories[i]);
    return 0;
}
