#include "rules/endpoint.h"

#include <assert.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <linux/vm_sockets.h> /* wants sys/socket.h first */

static_assert(sizeof(((struct sockaddr_un *)0)->sun_path) == ENDPOINT_PATH_MAX, "unix(7)");
static_assert(sizeof(struct sockaddr_storage) == ENDPOINT_SOCKADDR_MAX, "socket(7)");

enum { UNIX_PATH_AT = offsetof(struct sockaddr_un, sun_path) };

static const char protocol_names[][8] = {
    [PROTOCOL_NONE] = "other",      [PROTOCOL_TCP] = "tcp",   [PROTOCOL_UDP] = "udp",
    [PROTOCOL_UDPLITE] = "udplite", [PROTOCOL_UNIX] = "unix",
    [PROTOCOL_VSOCK] = "vsock",     [PROTOCOL_NETLINK] = "netlink", [PROTOCOL_SCTP] = "sctp",
};
static_assert(sizeof protocol_names / sizeof *protocol_names == PROTOCOL_COUNT, "one name each");

static const struct {
    char name[8];
    uint8_t domain;
} families[] = {
    [FAMILY_NONE] = {"none", 0},          [FAMILY_INET] = {"inet", AF_INET},
    [FAMILY_INET6] = {"inet6", AF_INET6}, [FAMILY_UNIX] = {"unix", AF_UNIX},
    [FAMILY_OTHER] = {"other", 0},
    [FAMILY_VSOCK] = {"vsock", AF_VSOCK}, [FAMILY_NETLINK] = {"netlink", AF_NETLINK},
};
static_assert(sizeof families / sizeof *families == FAMILY_COUNT, "one row each");

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool protocol_is_named(enum protocol protocol)
{
    return protocol == PROTOCOL_UNIX || protocol == PROTOCOL_VSOCK || protocol == PROTOCOL_NETLINK;
}

const char *protocol_name(enum protocol protocol)
{
    return protocol_names[protocol];
}

enum protocol protocol_of(int domain, int type, int protocol)
{
    enum { MPTCP = 262, UDPLITE = 136 }; /* IPPROTO_MPTCP and IPPROTO_UDPLITE, linux/in.h */

    if (domain == AF_UNIX)
        return PROTOCOL_UNIX;
    if (domain == AF_VSOCK)
        return PROTOCOL_VSOCK;
    if (domain == AF_NETLINK)
        return PROTOCOL_NETLINK;
    if (domain == AF_SMC)
        return PROTOCOL_TCP;
    if (domain != AF_INET && domain != AF_INET6)
        return PROTOCOL_NONE;
    if (type == SOCK_STREAM && (protocol == 0 || protocol == IPPROTO_TCP || protocol == MPTCP))
        return PROTOCOL_TCP;
    if (type == SOCK_DGRAM && (protocol == 0 || protocol == IPPROTO_UDP))
        return PROTOCOL_UDP;
    if (type == SOCK_DGRAM && protocol == UDPLITE)
        return PROTOCOL_UDPLITE;
    if (protocol == IPPROTO_SCTP && (type == SOCK_STREAM || type == SOCK_SEQPACKET))
        return PROTOCOL_SCTP;
    return PROTOCOL_NONE;
}

const char *family_name(enum family family)
{
    return families[family].name;
}

int family_domain(enum family family)
{
    return families[family].domain;
}

enum family family_of_domain(int domain)
{
    return domain == AF_INET    ? FAMILY_INET
           : domain == AF_INET6 ? FAMILY_INET6
           : domain == AF_UNIX  ? FAMILY_UNIX
                                : FAMILY_OTHER;
}

static void read_inet(struct endpoint *endpoint, const void *bytes)
{
    struct sockaddr_in in;

    memcpy(&in, bytes, sizeof in);
    endpoint->family = FAMILY_INET;
    endpoint->port = ntohs(in.sin_port);
    memcpy(endpoint->address, &in.sin_addr, 4);
}

static void read_inet6(struct endpoint *endpoint, const void *bytes, size_t length)
{
    struct sockaddr_in6 in6 = {0};

    memcpy(&in6, bytes, length < sizeof in6 ? length : sizeof in6);
    endpoint->family = FAMILY_INET6;
    endpoint->port = ntohs(in6.sin6_port);
    memcpy(endpoint->address, &in6.sin6_addr, 16);
    if (in6.sin6_addr.s6_addr[0] == 0xfe && (in6.sin6_addr.s6_addr[1] & 0xc0) == 0x80)
        endpoint->scope = in6.sin6_scope_id;
}

/* A path name ends at its first NUL byte; every byte of an abstract name counts. */
static void read_unix(struct endpoint *endpoint, const char *bytes, size_t length)
{
    size_t count = length > UNIX_PATH_AT ? length - UNIX_PATH_AT : 0;

    if (count > ENDPOINT_PATH_MAX)
        count = ENDPOINT_PATH_MAX;
    memcpy(endpoint->path, bytes + UNIX_PATH_AT, count);
    if (count > 0 && endpoint->path[0] != '\0')
        count = text_length(endpoint->path, count);
    endpoint->family = FAMILY_UNIX;
    endpoint->path_length = (uint8_t)count;
}

uint32_t endpoint_number(const struct endpoint *endpoint)
{
    uint32_t number;

    memcpy(&number, endpoint->address, sizeof number);
    return number;
}

struct endpoint endpoint_numbered(enum family family, uint32_t scope, uint32_t number)
{
    struct endpoint endpoint = {.family = family, .scope = scope};

    memcpy(endpoint.address, &number, sizeof number);
    return endpoint;
}

/* What no rule is known for. */
static void read_other(struct endpoint *endpoint, const char *bytes, size_t length)
{
    sa_family_t family;

    memcpy(&family, bytes, sizeof family);
    length -= sizeof family;
    if (length > ENDPOINT_PATH_MAX)
        length = ENDPOINT_PATH_MAX;
    memcpy(endpoint->path, bytes + sizeof family, length);
    while (length > 0 && endpoint->path[length - 1] == '\0')
        length--;
    endpoint->family = FAMILY_OTHER;
    endpoint->scope = family;
    endpoint->path_length = (uint8_t)length;
}

static struct endpoint read_vsock(const void *bytes)
{
    struct sockaddr_vm vm;

    memcpy(&vm, bytes, sizeof vm);
    return endpoint_numbered(FAMILY_VSOCK, vm.svm_cid, vm.svm_port);
}

static struct endpoint read_netlink(const void *bytes)
{
    struct sockaddr_nl nl;

    memcpy(&nl, bytes, sizeof nl);
    return endpoint_numbered(FAMILY_NETLINK, 0, nl.nl_pid);
}

struct endpoint endpoint_from_sockaddr(const void *bytes, size_t length)
{
    enum { SIN6_LENGTH_RFC2133 = 24 }; /* without sin6_scope_id; ipv6(7), the kernel takes it */
    struct endpoint endpoint;
    sa_family_t family;

    memset(&endpoint, 0, offsetof(struct endpoint, path)); /* of a path only its length counts */
    if (length < sizeof family)
        return endpoint;
    memcpy(&family, bytes, sizeof family);
    /* AF_UNSPEC: an old habit that the kernel takes for AF_INET, with 0.0.0.0 (inet_bind). */
    if ((family == AF_INET || family == AF_UNSPEC) && length >= sizeof(struct sockaddr_in))
        read_inet(&endpoint, bytes);
    else if (family == AF_INET6 && length >= SIN6_LENGTH_RFC2133)
        read_inet6(&endpoint, bytes, length);
    else if (family == AF_UNIX)
        read_unix(&endpoint, bytes, length);
    else if (family == AF_VSOCK && length >= sizeof(struct sockaddr_vm))
        endpoint = read_vsock(bytes);
    else if (family == AF_NETLINK && length >= sizeof(struct sockaddr_nl))
        endpoint = read_netlink(bytes);
    else
        read_other(&endpoint, bytes, length);
    return endpoint;
}

size_t endpoint_to_sockaddr(const struct endpoint *endpoint, void *bytes)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

    if (endpoint->family == FAMILY_INET) {
        in.sin_port = htons(endpoint->port);
        memcpy(&in.sin_addr, endpoint->address, 4);
        memcpy(bytes, &in, sizeof in);
        return sizeof in;
    }
    if (endpoint->family == FAMILY_INET6) {
        in6.sin6_port = htons(endpoint->port);
        in6.sin6_scope_id = endpoint->scope;
        memcpy(&in6.sin6_addr, endpoint->address, 16);
        memcpy(bytes, &in6, sizeof in6);
        return sizeof in6;
    }
    return 0;
}

struct endpoint endpoint_wildcard(enum family family, uint16_t port)
{
    return (struct endpoint){.family = family, .port = port};
}

static bool same_path(const struct endpoint *a, const struct endpoint *b)
{
    return a->path_length == b->path_length && memcmp(a->path, b->path, a->path_length) == 0;
}

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
    return a->family == b->family && a->port == b->port && a->scope == b->scope &&
           memcmp(a->address, b->address, sizeof a->address) == 0 && same_path(a, b);
}

bool endpoint_is_mapped(const struct endpoint *endpoint)
{
    return endpoint->family == FAMILY_INET6 &&
           memcmp(endpoint->address, mapped_prefix, sizeof mapped_prefix) == 0;
}

bool endpoint_is_wildcard(const struct endpoint *endpoint)
{
    static const uint8_t zero[16];
    const uint8_t *address = endpoint->address;

    if (endpoint->family != FAMILY_INET && endpoint->family != FAMILY_INET6)
        return false;
    return endpoint_is_mapped(endpoint) ? memcmp(address + 12, zero, 4) == 0
                                        : memcmp(address, zero, 16) == 0;
}

bool endpoint_is_multicast(const struct endpoint *endpoint)
{
    if (endpoint_is_mapped(endpoint))
        return (endpoint->address[12] & 0xf0) == 0xe0;
    if (endpoint->family == FAMILY_INET6)
        return endpoint->address[0] == 0xff;
    return endpoint->family == FAMILY_INET && (endpoint->address[0] & 0xf0) == 0xe0;
}

bool endpoint_is_abstract(const struct endpoint *endpoint)
{
    return endpoint->family == FAMILY_UNIX && endpoint->path_length > 0 &&
           endpoint->path[0] == '\0';
}
