#include "facts/link.h"

#include <string.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include "base/sys.h"

void link_each(uint32_t index, const struct netlink_visitor *visitor)
{
    const struct {
        struct nlmsghdr header;
        struct ifinfomsg link;
    } request = {
        .header = {.nlmsg_len = sizeof request,
                   .nlmsg_type = RTM_GETLINK,
                   .nlmsg_flags = NLM_F_REQUEST | (index == 0 ? NLM_F_DUMP : 0),
                   .nlmsg_seq = 1},
        .link = {.ifi_index = (int)index},
    };
    char *reply = sys_map(NETLINK_REPLY_SIZE);
    int fd = reply == NULL ? -ENOMEM : netlink_open(NETLINK_ROUTE);

    if (fd >= 0) {
        netlink_dump(fd, &request, sizeof request, reply, visitor);
        sys_close(fd);
    }
    if (reply != NULL)
        sys_unmap(reply, NETLINK_REPLY_SIZE);
}

struct netlink_attributes link_attribute(struct netlink_attributes attributes, unsigned int type)
{
    struct netlink_attribute one;

    while (netlink_next_attribute(&attributes, &one))
        if (one.type == type)
            return (struct netlink_attributes){one.bytes, one.size};
    return (struct netlink_attributes){NULL, 0};
}

bool link_read(const void *message, size_t length, struct ifinfomsg *link,
               struct netlink_attributes *info)
{
    const size_t start = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof *link);
    struct nlmsghdr header;

    if (length < start)
        return false;
    memcpy(&header, message, sizeof header);
    memcpy(link, (const char *)message + NLMSG_HDRLEN, sizeof *link);
    *info = (struct netlink_attributes){(const char *)message + start, length - start};
    *info = link_attribute(*info, IFLA_LINKINFO);
    return header.nlmsg_type == RTM_NEWLINK;
}

bool link_is_kind(struct netlink_attributes info, unsigned int type, const char *kind)
{
    struct netlink_attributes found = link_attribute(info, type);
    size_t size = strlen(kind);

    return found.left >= size && memcmp(found.next, kind, size) == 0 &&
           (found.left == size || found.next[size] == '\0');
}
