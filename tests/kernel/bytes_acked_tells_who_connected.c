/* Rule: the connecting side counts its SYN as acked: its bytes_acked is one more than the bytes
 * it sent; the accepting side's is not.
 * Source: tcp_rcv_synsent_state_process() moves snd_una past the SYN through tcp_ack(), which
 * adds to bytes_acked; tcp_create_openreq_child() starts from snt_isn + 1.
 * Relied on by: facts: telling `outgoing` from `connections`. */
#include <linux/inet_diag.h>
#include <stdbool.h>
#include <unistd.h>

#include "check.h"
#include "diag.h"
#include "net.h"

static struct diag_row info_of(int port)
{
    struct diag_query query = { .type = DIAG_BY_FAMILY, .family = AF_INET,
                                .protocol = IPPROTO_TCP, .states = 1u << NET_ESTABLISHED,
                                .port = port, .extensions = 1u << (INET_DIAG_INFO - 1) };
    struct diag_rows rows = diag_dump(&query);

    CHECK_EQ(rows.count, 1, "rows");
    return rows.row[0];
}

struct ports {
    int client;
    int server;
    unsigned sent;
};

static bool settled(void *argument)
{
    const struct ports *ports = argument;
    struct diag_row client = info_of(ports->client), server = info_of(ports->server);

    return client.bytes_sent == ports->sent && server.bytes_sent == ports->sent
           && client.bytes_acked == ports->sent + 1 && server.bytes_acked == ports->sent;
}

int main(void)
{
    struct net_pair pair;
    struct ports ports;
    int listener;

    net_own_namespace();
    listener = net_listener("127.0.0.1", 0, 0, 0);
    pair = net_pair(listener);
    ports = (struct ports){ net_port(pair.client), net_port(pair.server), 0 };
    CHECK(wait_until(settled, &ports, 1000), "nothing sent: client 1 acked, server 0");
    CHECK(write(pair.client, "hello", 5) == 5 && write(pair.server, "hello", 5) == 5, "write");
    ports.sent = 5;
    CHECK(wait_until(settled, &ports, 1000), "5 sent: client 6 acked, server 5");
    return CHECK_PASSED;
}
