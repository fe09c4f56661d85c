#include "report/names.h"

#include <assert.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "report/record.h"

static const char event_names[][14] = {
    [EVENT_SOCKET] = "socket",
    [EVENT_SETSOCKOPT] = "setsockopt",
    [EVENT_BIND] = "bind",
    [EVENT_LISTEN] = "listen",
    [EVENT_BIND_FAILED] = "bind_failed",
    [EVENT_LISTEN_FAILED] = "listen_failed",
    [EVENT_FORCED] = "forced",
    [EVENT_LEFT_ALONE] = "left_alone",
    [EVENT_MISUSE] = "misuse",
    [EVENT_CONFIG_ERROR] = "config_error",
    [EVENT_WHY] = "why",
};
static_assert(sizeof event_names / sizeof *event_names == EVENT_COUNT, "one name each");

static const struct {
    char id[20];
    char meaning[140];
} misuses[] = {
    [MISUSE_SET_AFTER_BIND] =
        {"set-after-bind",
         "bind() looks at SO_REUSEADDR, and this socket lacked it then: a restart fails while old "
         "connections are in TIME_WAIT. Set it before bind()."},
    [MISUSE_SET_ON_OTHER_SOCKET] =
        {"set-on-other-socket",
         "SO_REUSEADDR belongs to one socket. The program set it on another one, which is not "
         "bound, and this socket's bind() failed without it."},
    [MISUSE_WRONG_LEVEL] =
        {"wrong-level",
         "SO_REUSEADDR is of the level SOL_SOCKET. At another level the same number means "
         "something else or nothing: the socket still lacks it."},
    [MISUSE_WRONG_LENGTH] =
        {"wrong-length",
         "The value of SO_REUSEADDR is an int. With another length the kernel refuses it or takes "
         "other bytes: the socket still lacks the option."},
    [MISUSE_IGNORED_FAILURE] =
        {"ignored-failure",
         "bind() had failed on this socket, so listen() took a port of the kernel's choice: the "
         "server runs where no client looks for it."},
    [MISUSE_DATAGRAM_REUSE] =
        {"datagram-reuse",
         "With SO_REUSEADDR on unicast datagram sockets, the last to bind gets all "
         "datagrams, and the servers before it get none, without an error."},
};
static_assert(sizeof misuses / sizeof *misuses == MISUSE_COUNT, "one row each");

const char *event_name(enum event event)
{
    return event_names[event];
}

const char *misuse_id(enum misuse misuse)
{
    return misuses[misuse].id;
}

const char *misuse_meaning(enum misuse misuse)
{
    return misuses[misuse].meaning;
}

const char *domain_name(int domain)
{
    switch (domain) {
    case AF_UNIX: return "unix";
    case AF_INET: return "inet";
    case AF_INET6: return "inet6";
    case AF_NETLINK: return "netlink";
    case AF_PACKET: return "packet";
    case AF_VSOCK: return "vsock";
    default: return NULL;
    }
}

const char *type_name(int type)
{
    switch (type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) {
    case SOCK_STREAM: return "stream";
    case SOCK_DGRAM: return "dgram";
    case SOCK_SEQPACKET: return "seqpacket";
    case SOCK_RAW: return "raw";
    default: return NULL;
    }
}

const char *level_name(int level)
{
    switch (level) {
    case SOL_SOCKET: return "SOL_SOCKET";
    case IPPROTO_IP: return "IPPROTO_IP";
    case IPPROTO_TCP: return "IPPROTO_TCP";
    case IPPROTO_UDP: return "IPPROTO_UDP";
    case IPPROTO_IPV6: return "IPPROTO_IPV6";
    default: return NULL;
    }
}

const char *option_name(int level, int option)
{
    if (level == SOL_SOCKET && option == SO_REUSEADDR)
        return "SO_REUSEADDR";
    if (level == SOL_SOCKET && option == SO_REUSEPORT)
        return "SO_REUSEPORT";
    if (level == IPPROTO_IPV6 && option == IPV6_V6ONLY)
        return "IPV6_V6ONLY";
    return NULL;
}

void names_print(struct text *text, const char *name, int number)
{
    if (name != NULL)
        text_add(text, name);
    else
        text_number(text, number);
}
