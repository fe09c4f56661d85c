/* A socket of the kernel's own is told from one that nobody can be seen with, where a part of the
 * kernel says that the port is its: a tunnel device, the NFS server. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "facts/kernel_socket.h"
#include "net.h"
#include "one_holder.h"
#include "run.h"

enum { PORT = 47890 };

static const struct owner *look(enum protocol protocol)
{
    uint32_t limits = holder_find(protocol, PORT, getpid());

    if (holder.owner.relation == RELATION_KERNEL)
        CHECK_EQ(limits, 0, "nothing limited the look");
    return &holder.owner;
}

static bool run_ip(const char *arguments)
{
    char command[128];
    char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, command, NULL};

    snprintf(command, sizeof command, "ip link %s", arguments);
    return run_program(argv, NULL).status == 0;
}

static bool is_tunnel_there(void)
{
    return run_ip("add tunnel0 type vxlan id 1 dstport 47890 dev lo") &&
           run_ip("set tunnel0 up");
}

static void a_tunnel(void)
{
    if (!is_tunnel_there()) {
        fprintf(stderr, "no vxlan device can be made here: not looked at\n");
        return;
    }
    CHECK_STR(relation_name(look(PROTOCOL_UDP)->relation), "kernel", "of a vxlan socket");
    CHECK_STR(holder.owner.comm, "vxlan", "its user");
    CHECK_EQ(holder.owner.pid, 0, "pid");
    CHECK(kernel_socket_user(PROTOCOL_UDP, PORT + 1) == NULL, "another port");
    CHECK(kernel_socket_user(PROTOCOL_TCP, PORT) == NULL, "another protocol");
    CHECK(run_ip("set tunnel0 down"), "set down");
    CHECK(kernel_socket_user(PROTOCOL_UDP, PORT) == NULL, "a device that is down has no socket");
    CHECK(run_ip("del tunnel0"), "delete");
}

static void our_own_is_not_the_kernels(void)
{
    int fd = net_bound_udp("0.0.0.0", PORT, 0, 0);

    CHECK_STR(relation_name(look(PROTOCOL_UDP)->relation), "self", "of our own socket");
    close(fd);
}

static bool is_listed(const char *text, enum protocol protocol, uint16_t port)
{
    return kernel_socket_in_portlist(text, strlen(text), protocol, port);
}

static void the_portlist(void)
{
    static const char text[] = "rdma 20049\ntcp 2049\nudp 111\n";

    CHECK(is_listed(text, PROTOCOL_TCP, 2049), "tcp 2049");
    CHECK(is_listed(text, PROTOCOL_UDP, 111), "udp 111");
    CHECK(!is_listed(text, PROTOCOL_UDP, 2049), "the other protocol");
    CHECK(!is_listed(text, PROTOCOL_TCP, 204), "a part of a port");
    CHECK(!is_listed("tcp 20", PROTOCOL_TCP, 20), "a line that is cut off");
    CHECK(!is_listed("", PROTOCOL_TCP, 2049), "nothing");
}

int main(void)
{
    the_portlist();
    net_own_namespace();
    our_own_is_not_the_kernels();
    a_tunnel();
    return CHECK_PASSED;
}
