#include "facts/vrf.h"

#include <fcntl.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "base/sys.h"
#include "facts/link.h"

static bool visit(void *context, const void *message, size_t length)
{
    struct netlink_attributes info;
    struct ifinfomsg link;

    *(bool *)context = link_read(message, length, &link, &info) &&
                       (link_is_kind(info, IFLA_INFO_KIND, "vrf") ||
                        link_is_kind(info, IFLA_INFO_SLAVE_KIND, "vrf"));
    return false;
}

/* net.ipv4.tcp_l3mdev_accept makes the ports one again (inet_sk_bound_l3mdev). */
static bool divides_ports(const struct party *party)
{
    uint32_t device = party_device(party);
    char accepts[4] = "";
    bool is_vrf = false;

    if (device == 0 || party->protocol != PROTOCOL_TCP)
        return false;
    link_each(device, &(struct netlink_visitor){visit, &is_vrf});
    if (is_vrf)
        sys_read_file(AT_FDCWD, "/proc/sys/net/ipv4/tcp_l3mdev_accept", accepts, sizeof accepts);
    return is_vrf && accepts[0] != '1';
}

void vrf_of_newcomer(struct attempt *attempt)
{
    attempt->socket.in_vrf = divides_ports(&attempt->socket);
}

void vrf_leave_out(struct evidence *evidence)
{
    size_t i, left = 0;

    for (i = 0; i < evidence->holder_count; i++) {
        struct party *held = &evidence->holders[i].socket;

        if (party_device(&evidence->attempt.socket) == 0)
            held->in_vrf = divides_ports(held);
        if (!held->in_vrf)
            evidence->holders[left++] = evidence->holders[i];
    }
    evidence->holder_count = left;
}
