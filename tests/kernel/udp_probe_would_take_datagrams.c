/* Rule: a UDP probe with SO_REUSEADDR beside a holder that has it takes the holder's datagrams
 * for as long as it is bound, and those that arrived are lost with it.
 * Source: udp4_lib_lookup2(): the newest of equals; see last_udp_binder_takes_the_datagrams.c.
 * Relied on by: facts/probe (no probe of a datagram holder that may be live and sharing). */
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

static void send_one(int port)
{
    int fd = net_udp("127.0.0.1");

    CHECK_RESULT(net_connect(fd, "127.0.0.1", port), 0, "connect");
    CHECK_EQ(send(fd, "x", 1, 0), 1, "send");
    close(fd);
}

int main(void)
{
    int holder, probe;
    char byte;

    net_own_namespace();
    holder = net_bound_udp("127.0.0.1", 0, 1, 0);
    probe = net_bound_udp("127.0.0.1", net_port(holder), 1, 0);
    send_one(net_port(holder));
    close(probe);
    CHECK_EQ(recv(holder, &byte, 1, MSG_DONTWAIT), -1, "the holder lost the datagram");
    send_one(net_port(holder));
    CHECK_EQ(recv(holder, &byte, 1, MSG_DONTWAIT), 1, "the holder gets the next one");
    return CHECK_PASSED;
}
