/* One message of a sock_diag dump as a row. The lengths in it are the kernel's, but nothing here
 * trusts them: whatever bytes come, no read leaves the message. */
#include "facts/sockdiag.h"

#include <string.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/netlink_diag.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <linux/unix_diag.h>
#include <linux/vm_sockets_diag.h>
#include <sys/socket.h>

#include "facts/netlink.h"

enum { TIMER_TIME_WAIT = 3 }; /* idiag_timer of every minisocket, inet_diag_msg */

/* Numbers of include/net/tcp_states.h. SYN_RECV (3, 12) is left out on purpose. */
enum socket_state sockdiag_state(unsigned int number)
{
    static const uint8_t states[] = {
        [1] = STATE_ESTABLISHED, [2] = STATE_SYN_SENT,  [4] = STATE_FIN_WAIT1,
        [5] = STATE_FIN_WAIT2,   [6] = STATE_TIME_WAIT, [7] = STATE_BOUND,
        [8] = STATE_CLOSE_WAIT,  [9] = STATE_LAST_ACK,  [10] = STATE_LISTEN,
        [11] = STATE_CLOSING,    [13] = STATE_BOUND,
    };

    return number < sizeof states ? (enum socket_state)states[number] : STATE_UNKNOWN;
}

bool sockdiag_wants(const struct diag_query *query, const struct diag_row *row)
{
    if (query->protocol != row->socket.protocol)
        return false;
    if (query->states != 0 && (query->states >> row->socket.state & 1u) == 0)
        return false;
    if (protocol_is_named(query->protocol))
        return true;
    if (query->port != 0 && query->port != row->socket.local.port)
        return false;
    return !query->only_inet6 || row->socket.local.family == FAMILY_INET6;
}

/* The side that connected had its SYN acknowledged as one byte more than it sent. With bytes on
 * their way the count says nothing, so the answer is then not known. */
static enum answer connected_by_us(const struct netlink_attribute *info)
{
    struct tcp_info tcp;
    uint64_t sent;

    if (info->size < offsetof(struct tcp_info, tcpi_bytes_retrans) + sizeof tcp.tcpi_bytes_retrans)
        return ANSWER_UNKNOWN;
    memset(&tcp, 0, sizeof tcp);
    memcpy(&tcp, info->bytes, info->size < sizeof tcp ? info->size : sizeof tcp);
    sent = tcp.tcpi_bytes_sent - tcp.tcpi_bytes_retrans;
    if (tcp.tcpi_unacked != 0)
        return ANSWER_UNKNOWN;
    if (tcp.tcpi_bytes_acked == sent + 1)
        return ANSWER_YES;
    return tcp.tcpi_bytes_acked == sent ? ANSWER_NO : ANSWER_UNKNOWN;
}

static void read_inet_attribute(const struct netlink_attribute *attribute, struct diag_row *row)
{
    switch (attribute->type) {
    case INET_DIAG_SKV6ONLY:
        if (attribute->size >= 1 && row->socket.local.family == FAMILY_INET6)
            row->socket.options.v6only = answer_of(attribute->bytes[0] != 0);
        break;
    case INET_DIAG_CGROUP_ID:
        if (attribute->size >= sizeof row->cgroup_id)
            memcpy(&row->cgroup_id, attribute->bytes, sizeof row->cgroup_id);
        break;
    case INET_DIAG_INFO:
        if (row->socket.protocol == PROTOCOL_TCP &&
            (row->socket.state == STATE_ESTABLISHED || row->socket.state == STATE_CLOSE_WAIT))
            row->outgoing = connected_by_us(attribute);
        break;
    default:
        break;
    }
}

/* Link-local addresses mean nothing without their interface; the kernel tells the bound device,
 * which bind() makes equal to the scope. */
static bool is_link_local(const uint8_t address[16])
{
    return (address[0] == 0xfe && (address[1] & 0xc0) == 0x80) ||
           (address[0] == 0xff && (address[1] & 0x0f) == 0x02);
}

static struct endpoint inet_endpoint(enum family family, const void *address, uint16_t port_be,
                                     uint32_t device)
{
    struct endpoint endpoint;
    uint8_t port[2];

    memset(&endpoint, 0, sizeof endpoint);
    memcpy(port, &port_be, sizeof port);
    endpoint.family = family;
    endpoint.port = (uint16_t)(port[0] << 8 | port[1]);
    memcpy(endpoint.address, address, family == FAMILY_INET ? 4 : 16);
    if (family == FAMILY_INET6 && is_link_local(endpoint.address))
        endpoint.scope = device;
    return endpoint;
}

static bool read_inet(const struct inet_diag_msg *message, struct netlink_attributes list,
                      struct diag_row *row)
{
    enum family family = message->idiag_family == AF_INET ? FAMILY_INET : FAMILY_INET6;
    const struct inet_diag_sockid *id = &message->id;
    struct netlink_attribute attribute;

    row->socket.state = sockdiag_state(message->idiag_state);
    if (row->socket.state == STATE_UNKNOWN)
        return false;
    row->socket.local = inet_endpoint(family, id->idiag_src, id->idiag_sport, id->idiag_if);
    row->socket.connected = row->socket.state != STATE_LISTEN && row->socket.state != STATE_BOUND;
    if (row->socket.connected)
        row->remote = inet_endpoint(family, id->idiag_dst, id->idiag_dport, id->idiag_if);
    row->socket.device = id->idiag_if;
    row->inode = message->idiag_inode;
    row->cookie = (uint64_t)id->idiag_cookie[1] << 32 | id->idiag_cookie[0];
    row->socket.minisocket =
        row->socket.protocol == PROTOCOL_TCP && message->idiag_timer == TIMER_TIME_WAIT;
    if (row->socket.minisocket)
        row->timer_ms = message->idiag_expires;
    else
        row->socket.uid = message->idiag_uid;
    while (netlink_next_attribute(&list, &attribute))
        read_inet_attribute(&attribute, row);
    return true;
}

static void read_unix_name(const struct netlink_attribute *attribute, struct endpoint *local)
{
    size_t length = attribute->size;

    if (length == 0)
        return;
    if (attribute->bytes[0] != '\0') /* a path name comes with the NUL that ends it */
        length = text_length(attribute->bytes, length);
    if (length > sizeof local->path)
        length = sizeof local->path;
    memcpy(local->path, attribute->bytes, length);
    local->path_length = (uint8_t)length;
}

static void read_unix_attribute(const struct netlink_attribute *attribute, struct diag_row *row)
{
    struct unix_diag_vfs vfs;
    uint32_t uid;

    if (attribute->type == UNIX_DIAG_NAME) {
        read_unix_name(attribute, &row->socket.local);
    } else if (attribute->type == UNIX_DIAG_VFS && attribute->size >= sizeof vfs) {
        memcpy(&vfs, attribute->bytes, sizeof vfs);
        row->file_inode = vfs.udiag_vfs_ino;
        row->file_device_major = vfs.udiag_vfs_dev >> 20; /* MKDEV of linux/kdev_t.h */
        row->file_device_minor = vfs.udiag_vfs_dev & 0xfffff;
    } else if (attribute->type == UNIX_DIAG_UID && attribute->size >= sizeof uid) {
        memcpy(&uid, attribute->bytes, sizeof uid);
        row->socket.uid = uid;
    }
}

static bool read_unix(const struct unix_diag_msg *message, struct netlink_attributes list,
                      struct diag_row *row)
{
    struct netlink_attribute attribute;

    row->socket.state = sockdiag_state(message->udiag_state);
    if (row->socket.state == STATE_UNKNOWN)
        return false;
    row->socket.local.family = FAMILY_UNIX;
    row->unix_type = message->udiag_type;
    if (row->unix_type == SOCK_DGRAM) /* ESTABLISHED says only that somebody has connected to it */
        row->socket.state = STATE_BOUND;
    row->socket.connected = row->socket.state == STATE_ESTABLISHED;
    if (row->socket.connected)
        row->remote.family = FAMILY_UNIX;
    row->inode = message->udiag_ino;
    row->cookie = (uint64_t)message->udiag_cookie[1] << 32 | message->udiag_cookie[0];
    while (netlink_next_attribute(&list, &attribute))
        read_unix_attribute(&attribute, row);
    return true;
}

static void read_numbered(struct diag_row *row, uint32_t inode, const uint32_t cookie[2])
{
    row->inode = inode;
    row->cookie = (uint64_t)cookie[1] << 32 | cookie[0];
}

/* What a server accepted has its port too, and does not hold it. */
static bool read_vsock(const char *body, size_t length, struct diag_row *row)
{
    struct vsock_diag_msg message;

    if (length < sizeof message)
        return false;
    memcpy(&message, body, sizeof message);
    row->socket.local =
        endpoint_numbered(FAMILY_VSOCK, message.vdiag_src_cid, message.vdiag_src_port);
    row->socket.state = sockdiag_state(message.vdiag_state);
    read_numbered(row, message.vdiag_ino, message.vdiag_cookie);
    return message.vdiag_family == AF_VSOCK && (row->socket.state == STATE_LISTEN ||
                                                row->socket.state == STATE_BOUND);
}

static bool read_netlink(const char *body, size_t length, struct diag_row *row)
{
    struct netlink_diag_msg message;

    if (length < sizeof message)
        return false;
    memcpy(&message, body, sizeof message);
    row->socket.local =
        endpoint_numbered(FAMILY_NETLINK, message.ndiag_protocol, message.ndiag_portid);
    row->socket.state = STATE_BOUND; /* ndiag_state says only whether it is connected */
    read_numbered(row, message.ndiag_ino, message.ndiag_cookie);
    return message.ndiag_family == AF_NETLINK;
}

static struct netlink_attributes attributes_behind(const char *body, size_t fixed, size_t length)
{
    return (struct netlink_attributes){body + fixed, length - fixed};
}

bool sockdiag_row(const void *message, size_t length, enum protocol protocol, struct diag_row *row)
{
    const char *body = (const char *)message + NLMSG_HDRLEN;
    struct nlmsghdr header;
    struct inet_diag_msg inet;
    struct unix_diag_msg local;

    memset(row, 0, sizeof *row);
    row->socket.protocol = protocol;
    row->socket.uid = UID_UNKNOWN;
    row->timer_ms = -1;
    if (length < NLMSG_HDRLEN + sizeof local)
        return false;
    memcpy(&header, message, sizeof header);
    if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY && header.nlmsg_type != TCPDIAG_GETSOCK)
        return false;
    length -= NLMSG_HDRLEN;
    if (protocol == PROTOCOL_VSOCK)
        return read_vsock(body, length, row);
    if (protocol == PROTOCOL_NETLINK)
        return read_netlink(body, length, row);
    if (protocol == PROTOCOL_UNIX) {
        memcpy(&local, body, sizeof local);
        return local.udiag_family == AF_UNIX &&
               read_unix(&local, attributes_behind(body, sizeof local, length), row);
    }
    if (length < sizeof inet)
        return false;
    memcpy(&inet, body, sizeof inet);
    return (inet.idiag_family == AF_INET || inet.idiag_family == AF_INET6) &&
           read_inet(&inet, attributes_behind(body, sizeof inet, length), row);
}
