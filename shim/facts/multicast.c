#include "facts/multicast.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/sys.h"
#include "base/text.h"
#include "proc/lines.h"

#ifndef MCAST_MSFILTER
#define MCAST_MSFILTER 48 /* linux/in.h, and the same for IPv6 */
#endif

enum { GROUPS_MAX = 256 };

/* struct group_filter of linux/in.h, without sources. */
struct membership {
    uint32_t device;
    struct sockaddr_storage group;
    uint32_t mode;
    uint32_t sources;
};

struct group_search {
    int fd;
    uint32_t device; /* igmp: of the lines that follow */
    int left;
    enum answer found;
};

static bool is_member(const struct group_search *search, int level,
                      const struct sockaddr_storage *group)
{
    struct membership membership = {.device = search->device, .group = *group};
    socklen_t length = sizeof membership;

    return sys_call(SYS_getsockopt, search->fd, level, MCAST_MSFILTER, &membership, &length) == 0;
}

static bool conclude(struct group_search *search, int level, const struct sockaddr_storage *group)
{
    if (search->left-- == 0)
        search->found = ANSWER_UNKNOWN;
    else if (is_member(search, level, group))
        search->found = ANSWER_YES;
    return search->found == ANSWER_NO;
}

/* Reads COUNT bytes in hexadecimal; false if there are fewer. */
static bool read_bytes(const char *at, uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++, at += 2) {
        unsigned int high = text_digit(at[0]), low = high > 15 ? high : text_digit(at[1]);

        if (low > 15)
            return false;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* "2 eth0 ...", and below it, behind tabs, "FB0000E0 ...": the address as a native number. */
static bool take_inet(void *context, const char *line)
{
    struct group_search *search = context;
    struct sockaddr_in address = {.sin_family = AF_INET};
    struct sockaddr_storage group = {.ss_family = AF_INET};
    uint8_t bytes[4];

    if (line[0] != '\t') {
        search->device = (uint32_t)text_number_at(line);
        return true;
    }
    if (!read_bytes(line + strspn(line, "\t"), bytes, sizeof bytes))
        return true;
    address.sin_addr.s_addr = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
                              (uint32_t)bytes[2] << 8 | bytes[3];
    memcpy(&group, &address, sizeof address);
    return conclude(search, IPPROTO_IP, &group);
}

/* "2    eth0            ff0200000000000000000000000000fb ..." */
static bool take_inet6(void *context, const char *line)
{
    struct group_search *search = context;
    struct sockaddr_in6 address = {.sin6_family = AF_INET6};
    struct sockaddr_storage group = {.ss_family = AF_INET6};
    const char *name = strchr(line, ' ');

    search->device = (uint32_t)text_number_at(line);
    name = name == NULL ? NULL : strchr(name + strspn(name, " "), ' ');
    if (name == NULL || !read_bytes(name + strspn(name, " "), address.sin6_addr.s6_addr, 16))
        return true;
    memcpy(&group, &address, sizeof address);
    return conclude(search, IPPROTO_IPV6, &group);
}

static bool search_list(struct group_search *search, const char *path,
                        bool (*take)(void *context, const char *line))
{
    int list = sys_open_at(AT_FDCWD, path, O_RDONLY, 0);

    if (list < 0)
        return false;
    search->left = GROUPS_MAX;
    lines_each_head(list, take, search);
    sys_close(list);
    return true;
}

enum answer multicast_is_member(int fd)
{
    struct group_search search = {.fd = fd, .found = ANSWER_NO};
    bool seen = search_list(&search, "/proc/net/igmp", take_inet);

    if (search.found == ANSWER_NO)
        seen |= search_list(&search, "/proc/net/igmp6", take_inet6);
    return seen ? search.found : ANSWER_UNKNOWN;
}
