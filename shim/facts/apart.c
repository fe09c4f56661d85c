#include "facts/apart.h"

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
static bool is_divided(uint32_t device)
{
    char accepts[4] = "";
    bool is_vrf = false;

    link_each(device, &(struct netlink_visitor){visit, &is_vrf});
    if (is_vrf)
        sys_read_file(AT_FDCWD, "/proc/sys/net/ipv4/tcp_l3mdev_accept", accepts, sizeof accepts);
    return is_vrf && accepts[0] != '1';
}

bool apart_from(const struct party *want, const struct party *held)
{
    uint32_t device = party_device(want), other = party_device(held);

    if (want->protocol != PROTOCOL_TCP)
        return false;
    if (device != other && is_divided(device | other)) /* one of them is 0 */
        return true;
    return endpoint_is_mapped(&held->local) && endpoint_is_mapped(&want->local) &&
           endpoint_is_wildcard(&held->local) && !endpoint_is_wildcard(&want->local) &&
           sys_kernel_release() == SYS_RELEASE(6, 1);
}
