/* Rule: the whole table of which addresses overlap, the same for TCP and UDP. Each socket
 * covers a set: an IPv4 address itself, 0.0.0.0 all of IPv4, :: all of IPv6 and, unless
 * IPV6_V6ONLY, all of IPv4 too; ::ffff:a is the IPv4 address a. Two overlap if the sets do.
 * Source: inet_rcv_saddr_equal(), ipv6_rcv_saddr_equal(), ipv4_rcv_saddr_equal().
 * Relied on by: rules/endpoint (endpoint_overlaps), `overlap` in the record. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

enum { PLACES = 10 };

/* The order of rows and columns; "only" asks for IPV6_V6ONLY, all others clear it. */
static const char *const places[PLACES] = {
    "0.0.0.0", "127.0.0.1", "127.0.0.2", "::", ":: only", "::1", "::ffff:127.0.0.1", "fd00::1",
    "::ffff:0.0.0.0", "::ffff:127.0.0.2",
};

/* X refused, . allowed: row = held, column = wanted. */
static const char *const table[PLACES] = {
    /* 0.0.0.0          */ "XXXX..X.XX",
    /* 127.0.0.1        */ "XX.X..X.X.",
    /* 127.0.0.2        */ "X.XX....XX",
    /* :: dual          */ "XXXXXXXXXX",
    /* :: V6ONLY        */ "...XXX.X..",
    /* ::1              */ "...XXX....",
    /* ::ffff:127.0.0.1 */ "XX.X..X.X.",
    /* fd00::1          */ "...XX..X..",
    /* ::ffff:0.0.0.0   */ "XXXX..X.XX",
    /* ::ffff:127.0.0.2 */ "X.XX....XX",
};

static int open_place(const char *place, int type, int port, int *result)
{
    char address[64];
    bool only = strstr(place, " only") != NULL;
    int fd;

    memset(address, 0, sizeof address);
    memcpy(address, place, strcspn(place, " "));
    fd = net_socket(net_family(address), type, 0);
    if (net_family(address) == AF_INET6)
        net_v6only(fd, only);
    *result = net_bind(fd, address, port);
    return fd;
}

/* Linux 6.1 looks for holders of one address by that address, and misses this wildcard. */
static bool is_missed(const char *held, const char *wanted, int type)
{
    return type == SOCK_STREAM && strcmp(held, "::ffff:0.0.0.0") == 0 &&
           strncmp(wanted, "::ffff:127.", 11) == 0 && !check_kernel_before(6, 1) &&
           check_kernel_before(6, 12);
}

static void row(size_t held, int type)
{
    for (size_t wanted = 0; wanted < PLACES; wanted++) {
        int held_result, wanted_result;
        int holder = open_place(places[held], type, 0, &held_result);
        int newcomer;

        CHECK_RESULT(held_result, 0, "hold %s", places[held]);
        newcomer = open_place(places[wanted], type, net_port(holder), &wanted_result);
        CHECK(wanted_result == 0 || wanted_result == -EADDRINUSE, "an answer of the rule");
        if (wanted_result != 0 || !is_missed(places[held], places[wanted], type))
            CHECK_RESULT(wanted_result, table[held][wanted] == 'X' ? -EADDRINUSE : 0,
                         "%s: held %s, wanted %s", type == SOCK_STREAM ? "tcp" : "udp",
                         places[held], places[wanted]);
        close(newcomer);
        close(holder);
    }
}

int main(void)
{
    net_own_namespace();
    net_add_address("fd00::1");
    for (size_t held = 0; held < PLACES; held++) {
        row(held, SOCK_STREAM);
        row(held, SOCK_DGRAM);
    }
    return CHECK_PASSED;
}
