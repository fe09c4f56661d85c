/* Rule: a filter attached with SO_ATTACH_REUSEPORT_CBPF before bind() gives the socket a group
 * of its own; SO_REUSEPORT on both sides and one user then no longer excuse it. Attached after
 * bind() it does.
 * Source: sk_reuseport_attach_filter(), reuseport_alloc(); inet_csk_bind_conflict(),
 * "!reuseport_cb".
 * Relied on by: docs/reasons.md (`unknown`): no fact that can be seen from outside explains it. */
#include <errno.h>
#include <linux/filter.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

static int attach(int fd)
{
    struct sock_filter first = { BPF_RET | BPF_K, 0, 0, 0 };
    struct sock_fprog program = { 1, &first };

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program) == 0
               ? 0 : -errno;
}

int main(void)
{
    net_own_namespace();
    for (int udp = 0; udp <= 1; udp++) {
        int holder = udp ? net_bound_udp("127.0.0.1", 0, 0, 1) : net_listener("127.0.0.1", 0, 0, 1);
        int early = udp ? net_udp("127.0.0.1") : net_tcp("127.0.0.1");
        int late = udp ? net_udp("127.0.0.1") : net_tcp("127.0.0.1");

        net_reuseport(early, 1);
        CHECK_RESULT(attach(early), 0, "attach before bind");
        CHECK_RESULT(net_bind(early, "127.0.0.1", net_port(holder)), -EADDRINUSE,
                     "%s, attached before bind", udp ? "udp" : "tcp");
        net_reuseport(late, 1);
        CHECK_RESULT(net_bind(late, "127.0.0.1", net_port(holder)), 0, "not attached yet");
        CHECK_RESULT(attach(late), 0, "attach after bind");
    }
    return CHECK_PASSED;
}
