/* Rule: a TCP socket that is bound to a VRF meets neither one of another VRF nor one without a
 * device; a UDP socket meets the latter, as on any device.
 * Source: inet_bind_bucket_match(), "tb->l3mdev == l3mdev"; udp_lib_lport_inuse().
 * Relied on by: nothing: rules/conflict knows devices, and takes a VRF for one. */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

struct request {
    struct nlmsghdr header;
    struct ifinfomsg link;
    char attributes[256];
};

static struct rtattr *add(struct request *request, unsigned short type, const void *bytes,
                          size_t size)
{
    struct rtattr *attribute =
        (void *)((char *)request + NLMSG_ALIGN(request->header.nlmsg_len));

    attribute->rta_type = type;
    attribute->rta_len = (unsigned short)RTA_LENGTH(size);
    if (size > 0)
        memcpy(RTA_DATA(attribute), bytes, size);
    request->header.nlmsg_len = NLMSG_ALIGN(request->header.nlmsg_len) + RTA_ALIGN(RTA_LENGTH(size));
    return attribute;
}

static void close_nest(const struct request *request, struct rtattr *nest)
{
    nest->rta_len = (unsigned short)((const char *)request + request->header.nlmsg_len -
                                     (const char *)nest);
}

/* A VRF with a routing table of its own. */
static void add_vrf(const char *name, unsigned table)
{
    struct request request = {
        .header = {.nlmsg_len = NLMSG_LENGTH(sizeof request.link), .nlmsg_type = RTM_NEWLINK,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK},
    };
    struct {
        struct nlmsghdr header;
        struct nlmsgerr error;
        char rest[512];
    } reply;
    int fd = net_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    struct rtattr *info, *data;

    add(&request, IFLA_IFNAME, name, strlen(name) + 1);
    info = add(&request, IFLA_LINKINFO, NULL, 0);
    add(&request, IFLA_INFO_KIND, "vrf", 4);
    data = add(&request, IFLA_INFO_DATA, NULL, 0);
    add(&request, IFLA_VRF_TABLE, &table, sizeof table);
    close_nest(&request, data);
    close_nest(&request, info);
    CHECK(send(fd, &request, request.header.nlmsg_len, 0) > 0, "ask for a VRF");
    CHECK(recv(fd, &reply, sizeof reply, 0) > 0, "the answer");
    if (reply.error.error != 0)
        skip("no VRF: %s", check_errno_name(reply.error.error));
    close(fd);
}

static int bind_to(const char *device, int fd, int port, int *kept)
{
    int result;

    if (device != NULL)
        CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device)), 0,
                 "SO_BINDTODEVICE");
    result = net_bind(fd, "0.0.0.0", port);
    if (kept != NULL)
        *kept = fd;
    else
        close(fd);
    return result;
}

int main(void)
{
    int held;

    net_own_namespace();
    add_vrf("red", 10);
    add_vrf("blue", 20);
    CHECK_RESULT(bind_to("red", net_tcp("0.0.0.0"), 20001, &held), 0, "TCP in a VRF");
    CHECK_RESULT(bind_to("red", net_tcp("0.0.0.0"), 20001, NULL), -EADDRINUSE, "in the same one");
    CHECK_RESULT(bind_to("blue", net_tcp("0.0.0.0"), 20001, NULL), 0, "in another one");
    CHECK_RESULT(bind_to(NULL, net_tcp("0.0.0.0"), 20001, NULL), 0, "without a device");
    CHECK_RESULT(bind_to("red", net_udp("0.0.0.0"), 20001, &held), 0, "UDP in a VRF");
    CHECK_RESULT(bind_to("blue", net_udp("0.0.0.0"), 20001, NULL), 0, "UDP in another one");
    CHECK_RESULT(bind_to(NULL, net_udp("0.0.0.0"), 20001, NULL), -EADDRINUSE,
                 "UDP without a device");
    return CHECK_PASSED;
}
