#include "facts/kernel_socket.h"

#include <fcntl.h>
#include <string.h>

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include "base/sys.h"
#include "facts/netlink.h"

/* Kinds of network devices with a UDP socket, and the attribute that has its port. */
static const struct tunnel {
    char kind[8];
    uint16_t port_attribute;
} tunnels[] = {
    {"vxlan", IFLA_VXLAN_PORT},
    {"geneve", IFLA_GENEVE_PORT},
};

/* The contents of the attribute of TYPE among ATTRIBUTES; next is NULL if there is none. */
static struct netlink_attributes attribute_in(struct netlink_attributes attributes,
                                              unsigned int type)
{
    struct netlink_attribute one;

    while (netlink_next_attribute(&attributes, &one))
        if (one.type == type)
            return (struct netlink_attributes){one.bytes, one.size};
    return (struct netlink_attributes){NULL, 0};
}

const char *kernel_socket_in_link(const void *message, size_t length, uint16_t port)
{
    const size_t start = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct ifinfomsg));
    struct nlmsghdr header;
    struct ifinfomsg link;
    struct netlink_attributes info, kind, port_be;

    if (length < start)
        return NULL;
    memcpy(&header, message, sizeof header);
    memcpy(&link, (const char *)message + NLMSG_HDRLEN, sizeof link);
    if (header.nlmsg_type != RTM_NEWLINK || (link.ifi_flags & IFF_UP) == 0)
        return NULL;
    info = (struct netlink_attributes){(const char *)message + start, length - start};
    info = attribute_in(info, IFLA_LINKINFO);
    kind = attribute_in(info, IFLA_INFO_KIND);
    info = attribute_in(info, IFLA_INFO_DATA);
    for (size_t i = 0; i < sizeof tunnels / sizeof tunnels[0]; i++) {
        size_t size = strlen(tunnels[i].kind);

        if (kind.left < size || memcmp(kind.next, tunnels[i].kind, size) != 0 ||
            (kind.left > size && kind.next[size] != '\0'))
            continue;
        port_be = attribute_in(info, tunnels[i].port_attribute);
        if (port_be.left >= 2 &&
            ((uint8_t)port_be.next[0] << 8 | (uint8_t)port_be.next[1]) == port)
            return tunnels[i].kind;
    }
    return NULL;
}

struct link_search {
    uint16_t port;
    const char *kind;
};

static bool visit_link(void *context, const void *message, size_t length)
{
    struct link_search *search = context;

    search->kind = kernel_socket_in_link(message, length, search->port);
    return search->kind == NULL;
}

static const char *tunnel_on(uint16_t port)
{
    const struct {
        struct nlmsghdr header;
        struct ifinfomsg link;
    } request = {
        .header = {.nlmsg_len = sizeof request,
                   .nlmsg_type = RTM_GETLINK,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
                   .nlmsg_seq = 1},
    };
    struct link_search search = {port, NULL};
    const struct netlink_visitor visitor = {visit_link, &search};
    char *reply = sys_map(NETLINK_REPLY_SIZE);
    int fd = reply == NULL ? -ENOMEM : netlink_open(NETLINK_ROUTE);

    if (fd >= 0) {
        netlink_dump(fd, &request, sizeof request, reply, &visitor);
        sys_close(fd);
    }
    if (reply != NULL)
        sys_unmap(reply, NETLINK_REPLY_SIZE);
    return search.kind;
}

bool kernel_socket_in_portlist(const char *text, size_t length, enum protocol protocol,
                               uint16_t port)
{
    char buffer[16];
    struct text wanted = text_in(buffer, sizeof buffer);

    text_add(&wanted, protocol_name(protocol));
    text_char(&wanted, ' ');
    text_unsigned(&wanted, port);
    text_char(&wanted, '\n');
    for (const char *next; length > 0; length -= (size_t)(next - text), text = next) {
        next = memchr(text, '\n', length);
        if (next == NULL) /* cut off */
            break;
        next++;
        if ((size_t)(next - text) == wanted.used && memcmp(text, buffer, wanted.used) == 0)
            return true;
    }
    return false;
}

static bool nfsd_has(enum protocol protocol, uint16_t port)
{
    char text[512];
    long length = sys_read_file(AT_FDCWD, "/proc/fs/nfsd/portlist", text, sizeof text);

    return length > 0 && kernel_socket_in_portlist(text, (size_t)length, protocol, port);
}

const char *kernel_socket_user(enum protocol protocol, uint16_t port)
{
    if (nfsd_has(protocol, port))
        return "nfsd";
    return protocol == PROTOCOL_UDP ? tunnel_on(port) : NULL;
}
