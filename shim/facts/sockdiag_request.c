/* The requests of sock_diag: our query in the kernel's words. */
#include "facts/sockdiag.h"

#include <string.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/netlink_diag.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <linux/vm_sockets_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum {
    KERNEL_CLOSE = 7,           /* TCP_CLOSE, include/net/tcp_states.h */
    KERNEL_BOUND_INACTIVE = 13, /* asks for the bound-only ones, since Linux 6.8 */
    KERNEL_STATE_COUNT = 14
};

/* The program "is the local port equal to PORT" for the kernel's filter. It works in each of the
 * tables; the port in the request's id is not looked at among the bound-only ones. */
struct port_filter {
    struct nlattr attribute;
    struct inet_diag_bc_op equal; /* yes and no: how far to jump, beyond the end is 'no' */
    struct inet_diag_bc_op port;  /* its argument, in 'no' */
};

static struct port_filter port_filter_for(uint16_t port)
{
    const unsigned short size = 2 * sizeof(struct inet_diag_bc_op);

    return (struct port_filter){
        .attribute = {.nla_len = sizeof(struct port_filter), .nla_type = INET_DIAG_REQ_BYTECODE},
        .equal = {.code = INET_DIAG_BC_S_EQ, .yes = (unsigned char)size, .no = size + 4},
        .port = {.no = port},
    };
}

/* Our states as the kernel's mask. */
static uint32_t kernel_states(const struct diag_query *query)
{
    uint32_t mask = 0;

    for (unsigned int number = 0; number < KERNEL_STATE_COUNT; number++) {
        enum socket_state state = sockdiag_state(number);
        unsigned int only = query->protocol == PROTOCOL_TCP ? KERNEL_CLOSE : KERNEL_BOUND_INACTIVE;

        if (state == STATE_UNKNOWN || number == only)
            continue;
        if (query->states == 0 || (query->states >> state & 1u) != 0)
            mask |= 1u << number;
    }
    return mask;
}

/* tcp_info tells who connected; the kernel locks a socket to fill it in, so only where it says
 * something. */
static uint8_t extensions(const struct diag_query *query)
{
    const uint32_t talking = 1u << STATE_ESTABLISHED | 1u << STATE_CLOSE_WAIT;
    bool wanted = query->protocol == PROTOCOL_TCP &&
                  (query->states == 0 || (query->states & talking) != 0);

    return wanted ? 1u << (INET_DIAG_INFO - 1) : 0;
}

static uint8_t kernel_protocol(enum protocol protocol)
{
    static const uint8_t numbers[] = {
        [PROTOCOL_TCP] = IPPROTO_TCP,
        [PROTOCOL_UDP] = IPPROTO_UDP,
        [PROTOCOL_UDPLITE] = IPPROTO_UDPLITE,
    };

    return numbers[protocol];
}

/* Both families in one walk. Linux has answered this since 2.4; whatever the id says is taken as a
 * filter, so only the port is set. */
static size_t request_tcp(const struct diag_query *query, char *body)
{
    struct inet_diag_req request = {
        .idiag_ext = extensions(query),
        .id = {.idiag_sport = htons(query->port)},
        .idiag_states = kernel_states(query),
    };

    memcpy(body, &request, sizeof request);
    return sizeof request;
}

static size_t request_family(const struct diag_query *query, int domain, char *body)
{
    struct inet_diag_req_v2 request = {
        .sdiag_family = (uint8_t)domain,
        .sdiag_protocol = kernel_protocol(query->protocol),
        .idiag_ext = extensions(query),
        .id = {.idiag_sport = htons(query->port)},
        .idiag_states = kernel_states(query),
    };

    memcpy(body, &request, sizeof request);
    return sizeof request;
}

static size_t request_unix(const struct diag_query *query, char *body)
{
    struct unix_diag_req request = {
        .sdiag_family = AF_UNIX,
        .udiag_states = kernel_states(query),
        .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_UID,
    };

    memcpy(body, &request, sizeof request);
    return sizeof request;
}

static size_t request_vsock(char *body)
{
    struct vsock_diag_req request = {.sdiag_family = AF_VSOCK, .vdiag_states = ~0u};

    memcpy(body, &request, sizeof request);
    return sizeof request;
}

static size_t request_netlink(char *body)
{
    struct netlink_diag_req request = {.sdiag_family = AF_NETLINK,
                                       .sdiag_protocol = NDIAG_PROTO_ALL};

    memcpy(body, &request, sizeof request);
    return sizeof request;
}

static size_t request_of(const struct diag_query *query, int domain, char *body)
{
    switch (domain) {
    case AF_UNSPEC: return request_tcp(query, body);
    case AF_UNIX: return request_unix(query, body);
    case AF_VSOCK: return request_vsock(body);
    case AF_NETLINK: return request_netlink(body);
    default: return request_family(query, domain, body);
    }
}

size_t sockdiag_request(const struct diag_query *query, int domain, uint32_t sequence,
                        void *message)
{
    char *body = (char *)message + NLMSG_HDRLEN;
    struct port_filter filter = port_filter_for(query->port);
    struct nlmsghdr header = {
        .nlmsg_type = domain == AF_UNSPEC ? TCPDIAG_GETSOCK : SOCK_DIAG_BY_FAMILY,
        .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
        .nlmsg_seq = sequence,
    };
    size_t size = request_of(query, domain, body);

    if (!protocol_is_named(query->protocol) && query->port != 0) {
        memcpy(body + size, &filter, sizeof filter);
        size += sizeof filter;
    }
    header.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + size);
    memcpy(message, &header, sizeof header);
    return header.nlmsg_len;
}
