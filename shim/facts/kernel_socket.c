#include "facts/kernel_socket.h"

#include <fcntl.h>
#include <string.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include "base/sys.h"
#include "facts/link.h"

/* Kinds of network devices with a UDP socket, and the attribute that has its port. */
static const struct tunnel {
    char kind[8];
    uint16_t port_attribute;
} tunnels[] = {
    {"vxlan", IFLA_VXLAN_PORT},
    {"geneve", IFLA_GENEVE_PORT},
};

const char *kernel_socket_in_link(const void *message, size_t length, uint16_t port)
{
    struct netlink_attributes info, data, port_be;
    struct ifinfomsg link;

    if (!link_read(message, length, &link, &info) || (link.ifi_flags & IFF_UP) == 0)
        return NULL;
    data = link_attribute(info, IFLA_INFO_DATA);
    for (size_t i = 0; i < sizeof tunnels / sizeof tunnels[0]; i++) {
        if (!link_is_kind(info, IFLA_INFO_KIND, tunnels[i].kind))
            continue;
        port_be = link_attribute(data, tunnels[i].port_attribute);
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
    struct link_search search = {port, NULL};

    link_each(0, &(struct netlink_visitor){visit_link, &search});
    return search.kind;
}

bool kernel_socket_in_portlist(const char *text, size_t length, enum protocol protocol,
                               uint16_t port)
{
    char buffer[16];
    struct text wanted = text_in(buffer, sizeof buffer);

    text_format(&wanted, "%s %u\n", protocol_name(protocol), port);
    for (size_t i = 0; i + wanted.used <= length; i++)
        if ((i == 0 || text[i - 1] == '\n') && memcmp(text + i, buffer, wanted.used) == 0)
            return true;
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
