/* Rule: MCAST_MSFILTER, asked of a socket with a group and an interface, works if the socket is a
 * member there; else it fails with EADDRNOTAVAIL. A socket of IPv6 tells its groups of IPv4 as
 * well. A membership is an interface's too, and then stands in /proc/net/igmp. Source:
 * ip_mc_gsfget(), ip6_mc_msfget(); igmp_mc_seq_show(). Relied on by: facts/multicast. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

#ifndef MCAST_MSFILTER
#define MCAST_MSFILTER 48
#endif

enum { LOOPBACK = 1 }; /* its number in a namespace of its own */

struct membership {
    uint32_t device;
    struct sockaddr_storage group;
    uint32_t mode, sources;
};

static int ask(int fd, int level, const char *address, int family)
{
    struct membership one = {.device = LOOPBACK, .group.ss_family = (sa_family_t)family};
    socklen_t length = sizeof one;

    inet_pton(family, address,
              family == AF_INET ? (void *)&((struct sockaddr_in *)&one.group)->sin_addr
                                : (void *)&((struct sockaddr_in6 *)&one.group)->sin6_addr);
    return getsockopt(fd, level, MCAST_MSFILTER, &one, &length) == 0 ? 0 : -errno;
}

static void join_inet(int fd, const char *address)
{
    struct ip_mreqn membership = {.imr_ifindex = LOOPBACK};

    inet_pton(AF_INET, address, &membership.imr_multiaddr);
    CHECK(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof membership) == 0,
          "join");
}

static void expect_in_list(const char *group)
{
    char line[256];
    FILE *file = fopen("/proc/net/igmp", "re");
    bool found = false;

    CHECK(file != NULL, "/proc/net/igmp");
    while (fgets(line, sizeof line, file) != NULL)
        found = found || strstr(line, group) != NULL;
    fclose(file);
    CHECK(found, "%s is listed", group);
}

int main(void)
{
    static const char group[] = "224.0.0.251", group6[] = "ff02::fb";
    struct ipv6_mreq membership = {.ipv6mr_interface = LOOPBACK};
    const struct in_addr address = {htonl(0xe00000fb)};
    char listed[16];
    int fd, fd6;

    net_own_namespace();
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    fd6 = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK_RESULT(ask(fd, IPPROTO_IP, group, AF_INET), -EADDRNOTAVAIL, "no member");
    join_inet(fd, group);
    CHECK_RESULT(ask(fd, IPPROTO_IP, group, AF_INET), 0, "a member");
    CHECK_RESULT(ask(fd, IPPROTO_IP, "224.0.0.252", AF_INET), -EADDRNOTAVAIL, "another group");
    snprintf(listed, sizeof listed, "%08X", address.s_addr);
    expect_in_list(listed);
    CHECK_RESULT(ask(fd6, IPPROTO_IPV6, group6, AF_INET6), -EADDRNOTAVAIL, "no member");
    CHECK_RESULT(ask(fd6, IPPROTO_IP, group, AF_INET), -EADDRNOTAVAIL, "another's membership");
    inet_pton(AF_INET6, group6, &membership.ipv6mr_multiaddr);
    CHECK(setsockopt(fd6, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &membership, sizeof membership) == 0,
          "join");
    CHECK_RESULT(ask(fd6, IPPROTO_IPV6, group6, AF_INET6), 0, "a member");
    join_inet(fd6, group);
    CHECK_RESULT(ask(fd6, IPPROTO_IP, group, AF_INET), 0, "a member of IPv4");
    close(fd);
    close(fd6);
    return CHECK_PASSED;
}
