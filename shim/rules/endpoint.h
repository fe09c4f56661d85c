/* An endpoint: one end of a socket as a value. Pure: no I/O, no globals, no locks; everything here
 * is async-signal-safe.
 *
 * Addresses are kept in network byte order, as the kernel keeps them; ports in host byte order.
 */
#ifndef REUSESHIM_RULES_ENDPOINT_H
#define REUSESHIM_RULES_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* The protocol of a socket, as far as ports are concerned. MPTCP and AF_SMC share TCP's ports, and
 * their sockets are TCP here (mptcp_and_tcp_are_one_space, smc_holds_a_tcp_port). */
enum protocol {
    PROTOCOL_NONE = 0, /* not known, or none that we know rules for */
    PROTOCOL_TCP,
    PROTOCOL_UDP,
    PROTOCOL_UDPLITE,
    PROTOCOL_UNIX,
    PROTOCOL_VSOCK,
    PROTOCOL_NETLINK,
    PROTOCOL_SCTP,
    PROTOCOL_COUNT /* 8 at most: table/descriptor.c keeps it in three bits */
};

/* "tcp", "udp", "udplite", "unix", "vsock", "netlink", "sctp"; "other" for PROTOCOL_NONE. */
const char *protocol_name(enum protocol protocol);

/* Is a name of PROTOCOL one socket's alone, whatever the options? */
bool protocol_is_named(enum protocol protocol);

/* The protocol of a socket with these SO_DOMAIN, SO_TYPE and SO_PROTOCOL values. */
enum protocol protocol_of(int domain, int type, int protocol);

enum family {
    FAMILY_NONE = 0, /* no address at all */
    FAMILY_INET,
    FAMILY_INET6,
    FAMILY_UNIX,
    FAMILY_OTHER, /* some address family whose rules are not known: printed as it is */
    FAMILY_VSOCK,   /* this and the next: told of, but not remembered */
    FAMILY_NETLINK,
    FAMILY_COUNT
};

/* "inet", "inet6", "unix", "other", "vsock", "netlink"; "none" for FAMILY_NONE. */
const char *family_name(enum family family);

/* AF_INET and so on; 0 for FAMILY_NONE and FAMILY_OTHER. */
int family_domain(enum family family);
enum family family_of_domain(int domain);

enum {
    ENDPOINT_PATH_MAX = 108,     /* bytes: sizeof sun_path, unix(7) */
    ENDPOINT_SOCKADDR_MAX = 128, /* bytes: sizeof(struct sockaddr_storage), the most of bind() */
    ENDPOINT_TEXT_MAX = 480      /* bytes: longest printed endpoint, a path of 108 bytes as \xNN */
};

struct endpoint {
    enum family family;
    uint16_t port;       /* host order; 0 = any */
    uint8_t path_length; /* unix: bytes of path, without the NUL that ends a path name */
    uint32_t scope;      /* inet6: interface index of a link-local address; vsock: the cid;
                            netlink: SO_PROTOCOL, which no sockaddr has; other: AF_...; else 0 */
    uint8_t address[16]; /* inet: the first 4 bytes; vsock, netlink: endpoint_number();
                            AF_BLUETOOTH: SO_PROTOCOL + 1, which no sockaddr has, or 0 */
    char path[ENDPOINT_PATH_MAX]; /* unix: a path name, or NUL and an abstract name; other: what is
                                     behind the family, without the zeros at its end */
};

/* The port of a vsock address, the id (nl_pid) of a netlink one; 32 bits, unlike 'port'. And the
 * endpoint with it. */
uint32_t endpoint_number(const struct endpoint *endpoint);
struct endpoint endpoint_numbered(enum family family, uint32_t scope, uint32_t number);

/* The endpoint in a sockaddr of LENGTH bytes. BYTES must be readable. What is shorter than its
 * family needs, or of a family unknown here, gives FAMILY_OTHER (FAMILY_NONE below 2 bytes). A
 * unix address of 2 bytes (autobind) has path_length 0. */
struct endpoint endpoint_from_sockaddr(const void *bytes, size_t length);

/* Writes the sockaddr of an inet or inet6 ENDPOINT to BYTES (ENDPOINT_SOCKADDR_MAX). Returns its
 * length, 0 for other families. */
size_t endpoint_to_sockaddr(const struct endpoint *endpoint, void *bytes);

/* The wildcard address of FAMILY (inet or inet6) with PORT. */
struct endpoint endpoint_wildcard(enum family family, uint16_t port);

/* Reads "1.2.3.4", "::1", "[::1]", "fe80::1%3" (a number as scope) of LENGTH bytes into ENDPOINT,
 * port 0. Returns false if it is no address. */
bool endpoint_parse_address(const char *text, size_t length, struct endpoint *endpoint);

/* The same family, address, scope, path and port. */
bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);

/* 0.0.0.0, :: and ::ffff:0.0.0.0. */
bool endpoint_is_wildcard(const struct endpoint *endpoint);

/* ::ffff:a.b.c.d */
bool endpoint_is_mapped(const struct endpoint *endpoint);

/* 224.0.0.0/4 (mapped too) or ff00::/8. */
bool endpoint_is_multicast(const struct endpoint *endpoint);

/* A unix name of the abstract namespace. */
bool endpoint_is_abstract(const struct endpoint *endpoint);

/* Adds the address alone: "0.0.0.0", "::1", "fe80::1%3", "/run/x.sock", "@name". */
void endpoint_print_address(struct text *text, const struct endpoint *endpoint);

/* Adds address and port as people write them: "0.0.0.0:80", "[::1]:80", "/run/x.sock",
 * "vsock:*:5000", "netlink:route:4242", "bluetooth:rfcomm:00:1a:7d:da:71:13:channel 3",
 * "packet:0003...". */
void endpoint_print(struct text *text, const struct endpoint *endpoint);

#endif
