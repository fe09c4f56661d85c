/* destroy_leftovers() ends TIME_WAIT and orphans on the address that is meant, and nothing that a
 * process has or can still get: not a listener, not a connection in its queue, not an open one. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>

#include "base/sys.h"
#include "check.h"
#include "command/destroy.h"
#include "net.h"

static void only_what_nobody_has(void)
{
    const uint32_t closed_here =
        1u << STATE_FIN_WAIT1 | 1u << STATE_FIN_WAIT2 | 1u << STATE_CLOSING | 1u << STATE_LAST_ACK;
    unsigned int state;

    for (state = 0; state < STATE_COUNT; state++) {
        struct diag_row row = {
            .socket = {.protocol = PROTOCOL_TCP, .state = (enum socket_state)state}, .cookie = 7};

        CHECK_EQ(destroy_is_leftover(&row), (closed_here >> state & 1) != 0, "state %u", state);
        row.inode = 12;
        CHECK_EQ(destroy_is_leftover(&row), 0, "state %u with a process", state);
        row.inode = 0;
        row.cookie = 0;
        CHECK_EQ(destroy_is_leftover(&row), 0, "state %u without a cookie", state);
    }
    CHECK_EQ(
        destroy_is_leftover(&(struct diag_row){
            .socket = {.protocol = PROTOCOL_TCP, .state = STATE_TIME_WAIT, .minisocket = true},
            .cookie = 7}),
        1, "TIME_WAIT");
    CHECK_EQ(destroy_is_leftover(&(struct diag_row){
                 .socket = {.protocol = PROTOCOL_UDP, .state = STATE_LAST_ACK}, .cookie = 7}),
             0, "UDP has none");
}

static void the_request_names_the_very_socket(void)
{
    const struct diag_row row = {
        .socket = {.protocol = PROTOCOL_TCP,
                   .local = {.family = FAMILY_INET, .port = 80, .address = {127, 0, 0, 1}},
                   .device = 3},
        .remote = {.family = FAMILY_INET, .port = 81, .address = {127, 0, 0, 2}},
        .cookie = 0x1122334455667788};
    uint32_t message[SOCKDIAG_REQUEST_MAX / sizeof(uint32_t)];
    struct inet_diag_req_v2 request;

    CHECK_EQ(destroy_request(&row, 1, message), NLMSG_HDRLEN + sizeof request, "its length");
    memcpy(&request, (const char *)message + NLMSG_HDRLEN, sizeof request);
    CHECK_EQ(request.id.idiag_cookie[0], 0x55667788, "cookie, low");
    CHECK_EQ(request.id.idiag_cookie[1], 0x11223344, "cookie, high");
    CHECK_EQ(request.id.idiag_if, 3, "device");
    CHECK(memcmp(request.id.idiag_dst, row.remote.address, 4) == 0, "remote address");
}

static struct destroyed destroy(const char *address, int port)
{
    static _Alignas(16) char memory[4 << 20];
    struct scratch scratch = {memory, memory + sizeof memory};
    struct attempt attempt = {.call = CALL_BIND, .fd = -1};

    attempt.socket.protocol = PROTOCOL_TCP;
    CHECK(endpoint_parse_address(address, strlen(address), &attempt.socket.local), "%s", address);
    attempt.socket.local.port = (uint16_t)port;
    return destroy_leftovers(&attempt, &scratch);
}

static void fill(int fd)
{
    static const char bytes[1 << 16];

    while (send(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        ;
}

/* A connection that no process has goes at once; or it is left alone where the kernel would keep it
 * for ever, is counted as such, and goes when its other end does. */
static void an_orphan_goes_or_is_left(void)
{
    int listener = net_listener("127.0.0.1", 0, 0, 0), port = net_port(listener);
    struct net_pair pair = net_pair(listener);
    struct destroyed destroyed;
    long rows;

    close(listener);
    fill(pair.server);
    close(pair.server);
    net_wait_rows(port, NET_FIN_WAIT1, 1);
    destroyed = destroy("127.0.0.1", port);
    rows = net_rows(port, 0);
    CHECK_EQ(destroyed.error, 0, "error");
    CHECK_EQ(destroyed.total, 1 - rows, "ended, as /proc/net/tcp has it");
    CHECK_EQ(destroyed.kept, rows, "left alone");
    close(pair.client);
    net_wait_rows(port, 0, 0);
}

int main(void)
{
    const char *const other = "127.0.0.2";
    struct net_pair pair;
    struct destroyed destroyed;
    int listener, queued, port = 20001;

    only_what_nobody_has();
    the_request_names_the_very_socket();
    net_own_namespace();
    CHECK_EQ(net_time_wait("127.0.0.1", port, 1, 1), port, "TIME_WAIT");
    CHECK_EQ(net_time_wait(other, port, 1, 1), port, "TIME_WAIT elsewhere");
    listener = net_listener("127.0.0.1", port, 1, 0);
    pair = net_pair(listener);
    queued = net_tcp("127.0.0.1");
    CHECK_RESULT(net_connect(queued, "127.0.0.1", port), 0, "the queued connection");
    destroyed = destroy("127.0.0.1", port);
    if (destroyed.error == -EOPNOTSUPP) {
        CHECK_EQ(destroyed.total, 0, "ended where TIME_WAIT cannot be ended");
        an_orphan_goes_or_is_left();
        skip("this kernel cannot end TIME_WAIT");
    }
    CHECK_EQ(destroyed.error, 0, "error");
    CHECK_EQ(destroyed.by_state[STATE_TIME_WAIT], 1, "TIME_WAIT ended");
    CHECK_EQ(destroyed.total, 1, "ended in all");
    CHECK_EQ(net_get(listener, SOL_SOCKET, SO_ACCEPTCONN), 1, "the listener listens");
    CHECK_EQ(write(pair.client, "x", 1), 1, "the open connection takes a byte");
    CHECK_EQ(read(pair.server, &(char){0}, 1), 1, "and gives it");
    close(pair.server);
    pair.server = net_accept(listener);
    CHECK_EQ(write(queued, "x", 1), 1, "and takes a byte");
    CHECK_EQ(read(pair.server, &(char){0}, 1), 1, "and gives it");
    an_orphan_goes_or_is_left();
    CHECK_EQ(destroy(other, port).total, 1, "the other address's, when it is meant");
    return CHECK_PASSED;
}
