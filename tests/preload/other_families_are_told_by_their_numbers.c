/* Netlink and vsock failures are told with family, number and, where the kernel has a list, who has
 * it; failures on two numbers are two. What has no rule here is shown as it is: its family, and the
 * address in bytes. Oracle: the kernel's EADDRINUSE, and the process that holds. */
#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "check.h"
#include "json.h"
#include "net.h"
#include "run.h"
#include "told.h"

enum { ID = 4242, OTHER_ID = 4243, SMC_PORT = 20001 };

static int netlink(unsigned id)
{
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_pid = id};
    int fd = net_socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);

    return bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 ? 0 : -errno;
}

/* One place in the program. */
static __attribute__((noinline)) int bind_vsock(int fd, const struct sockaddr_vm *address)
{
    return bind(fd, (const struct sockaddr *)address, sizeof *address);
}

/* Two ports of the kernel's choice, each tried twice. */
static int vsock_ports(void)
{
    struct sockaddr_vm address = {.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY};
    socklen_t length = sizeof address;

    for (int i = 0; i < 2; i++) {
        int held = socket(AF_VSOCK, SOCK_STREAM, 0);

        address.svm_port = VMADDR_PORT_ANY;
        if (held < 0 || bind_vsock(held, &address) != 0 ||
            getsockname(held, (struct sockaddr *)&address, &length) != 0)
            return CHECK_SKIPPED;
        run_say("%u", address.svm_port);
        for (int tries = 0; tries < 2; tries++)
            if (bind_vsock(socket(AF_VSOCK, SOCK_STREAM, 0), &address) == 0)
                return CHECK_FAILED;
    }
    return CHECK_PASSED;
}

#ifndef AF_SMC
#define AF_SMC 43
#endif

/* An SMC socket that listens on the port, or -1 where the kernel has none. */
static int listen_smc(void)
{
    struct sockaddr_storage address;
    socklen_t length = net_address(&address, "127.0.0.1", SMC_PORT);
    int fd = socket(AF_SMC, SOCK_STREAM | SOCK_CLOEXEC, 0);

    CHECK(fd < 0 || (bind(fd, (const struct sockaddr *)&address, length) == 0 &&
                     listen(fd, 5) == 0), "an SMC socket listens: %s", check_errno_name(errno));
    return fd;
}

static int beside_smc(void)
{
    CHECK_RESULT(net_bind(net_tcp("127.0.0.1"), "127.0.0.1", SMC_PORT), -EADDRINUSE, "TCP");
    return CHECK_PASSED;
}

/* A TCP socket beside our own SMC one. */
static int smc(void)
{
    int fd = listen_smc();

    if (fd < 0)
        return CHECK_SKIPPED;
    run_say("%d", fd);
    return beside_smc();
}

/* An RFCOMM channel twice, one of those that no profile has: bluetooth/rfcomm.h. */
static int bluetooth(void)
{
    enum { RFCOMM = 3 };
    struct sockaddr address = {.sa_family = AF_BLUETOOTH, .sa_data = {[6] = 28}};
    int first = socket(AF_BLUETOOTH, SOCK_STREAM, RFCOMM);
    int second = socket(AF_BLUETOOTH, SOCK_STREAM, RFCOMM);

    if (second < 0 || bind(first, &address, 10) != 0)
        return CHECK_SKIPPED;
    return bind(second, &address, 10) == 0 || errno != EADDRINUSE;
}

/* A ping socket's ident, which one side does not share; a packet socket of no device. */
static int unnamed(void)
{
    struct sockaddr packet = {.sa_family = AF_PACKET, .sa_data = {0, 3, 127, 127}};
    int first = net_socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
    int second = net_socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);

    net_reuseaddr(second, 0);
    CHECK_RESULT(net_bind(first, "127.0.0.1", ID), 0, "an ident");
    CHECK_RESULT(net_bind(second, "127.0.0.1", ID), -EADDRINUSE, "the same ident");
    CHECK(bind(net_socket(AF_PACKET, SOCK_RAW, 0), &packet, sizeof packet) != 0, "no such device");
    return CHECK_PASSED;
}

/* Twice the same port, of the kernel's choice. */
static int vsock(void)
{
    struct sockaddr_vm address = {.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY,
                                  .svm_port = VMADDR_PORT_ANY};
    socklen_t length = sizeof address;
    int first = socket(AF_VSOCK, SOCK_STREAM, 0), second = socket(AF_VSOCK, SOCK_STREAM, 0);

    if (second < 0 || bind(first, (const struct sockaddr *)&address, sizeof address) != 0 ||
        getsockname(first, (struct sockaddr *)&address, &length) != 0)
        return CHECK_SKIPPED;
    run_say("%u", address.svm_port);
    return bind(second, (const struct sockaddr *)&address, sizeof address) == 0 ||
           errno != EADDRINUSE;
}

static int play(const char *role)
{
    if (strcmp(role, "vsock") == 0)
        return vsock();
    if (strcmp(role, "vsock-ports") == 0)
        return vsock_ports();
    if (strcmp(role, "smc") == 0)
        return smc();
    if (strcmp(role, "beside-smc") == 0)
        return beside_smc();
    if (strcmp(role, "bluetooth") == 0)
        return bluetooth();
    if (strcmp(role, "unnamed") == 0)
        return unnamed();
    CHECK_RESULT(netlink(ID), strcmp(role, "hold") == 0 ? 0 : -EADDRINUSE, "the id");
    if (strcmp(role, "hold") == 0) {
        CHECK_RESULT(netlink(OTHER_ID), 0, "another id");
        run_say("ready");
        run_until_stopped();
        return 0;
    }
    CHECK_RESULT(netlink(OTHER_ID), -EADDRINUSE, "the other id");
    return 0;
}

static void check_netlink(void)
{
    struct run_child holder = run_start_self("hold", NULL);
    char line[16];
    struct run_result run;
    const char *record;

    run_line(&holder, line, sizeof line);
    run = run_shimmed("try", "explain", NULL);
    CHECK_EQ(told_lines(run.err, "[netlink-id]"), 2, "each number is one failure in\n%s", run.err);
    CHECK_EQ(told_lines(run.err, "netlink 4242: "), 1, "the number in\n%s", run.err);
    run = run_shimmed("try", "explain", told_json);
    record = told_record(run.err, "bind_failed", 0);
    CHECK_STR(json_at(record, "reason"), "netlink-id", "the reason in\n%s", record);
    CHECK_STR(json_at(record, "proto"), "netlink", "the protocol");
    CHECK_STR(json_at(record, "address"), "generic", "the netlink family");
    CHECK_EQ(json_number_at(record, "port", -1), ID, "the number");
    CHECK_EQ(json_number_at(record, "holders.0.pid", -1), holder.pid, "who has it in\n%s", record);
    run_stop(&holder);
}

static void check_vsock(void)
{
    struct run_result run = run_shimmed("vsock", "explain", told_json);
    const char *record = told_record(run.err, "bind_failed", 0);
    const char *reason = json_at(record, "reason");

    if (run.status == CHECK_SKIPPED)
        return;
    CHECK_EQ(run.status, 0, "EADDRINUSE: %s", run.err);
    CHECK(strcmp(reason, "vsock-held") == 0 || strcmp(reason, "bound-twice") == 0,
          "the reason in\n%s", record);
    CHECK_STR(json_at(record, "port"), strtok(run.out, "\n"), "the number in\n%s", record);
    CHECK_STR(json_at(record, "address"), "*", "every context id");
}

/* Two ports are two failures, and the second try of each is none. */
static void check_vsock_ports(void)
{
    struct run_result run = run_shimmed("vsock-ports", "explain", NULL);
    const char *second;

    if (run.status == CHECK_SKIPPED)
        return;
    CHECK_EQ(run.status, CHECK_PASSED, "EADDRINUSE: %s", run.err);
    CHECK_EQ(told_lines(run.err, "reuseshim: "), 2, "each port once in\n%s", run.err);
    second = strchr(run.out, '\n') + 1;
    CHECK_CONTAINS(run.err, strtok(run.out, "\n"), "the first port");
    CHECK_CONTAINS(run.err, strtok((char *)(uintptr_t)second, "\n"), "the second port");
}

/* Its TCP socket is the kernel's, and nobody's descriptor; the port is our own. */
static void check_smc(void)
{
    struct run_result run = run_shimmed("smc", "explain", told_json);
    const char *record = told_record(run.err, "bind_failed", 0);

    if (run.status == CHECK_SKIPPED)
        return;
    CHECK_EQ(run.status, CHECK_PASSED, "EADDRINUSE: %s", run.err);
    CHECK_STR(json_at(record, "reason"), "bound-twice", "the reason in\n%s", record);
    CHECK_STR(json_at(record, "holders.0.relation"), "self", "whose it is");
    CHECK_STR(json_at(record, "holders.0.fd"), strtok(run.out, "\n"), "its descriptor");
}

/* Of another process nobody can tell whose the TCP socket is: it listens, and is out of sight. */
static void check_smc_of_another(void)
{
    int fd = listen_smc();
    struct run_result run;
    const char *record;

    if (fd < 0)
        return;
    run = run_shimmed("beside-smc", "explain", told_json);
    record = told_record(run.err, "bind_failed", 0);
    CHECK_EQ(run.status, CHECK_PASSED, "EADDRINUSE: %s", run.err);
    CHECK_STR(json_at(record, "reason"), "listening", "the reason in\n%s", record);
    CHECK_STR(json_at(record, "holders.0.relation"), "unseen", "whose it is in\n%s", record);
    CHECK_STR(json_at(record, "holders.0.pid"), "null", "no process is named");
    close(fd);
}

/* Without a rule here, with their address. Of the packet socket, which has no holder, under log. */
static void check_unnamed(void)
{
    struct run_result run;

    net_sysctl("net/ipv4/ping_group_range", "0 2147483647");
    run = run_shimmed("unnamed", "log", NULL);
    CHECK_EQ(run.status, CHECK_PASSED, "the kernel's answers: %s", run.err);
    CHECK_EQ(told_lines(run.err, " 4242: why is not known [unknown]"), 1, "ping in\n%s",
             run.err);
    CHECK_CONTAINS(run.err, "packet:", "the packet socket's address in\n%s", run.err);
}

/* There is Bluetooth in the machine's first network namespace only. */
static void check_bluetooth(void)
{
    static const char address[] = "bluetooth:rfcomm:00:00:00:00:00:00:channel 28";
    struct run_result run = run_shimmed("bluetooth", "explain", NULL);

    if (run.status == CHECK_SKIPPED)
        return;
    CHECK_EQ(run.status, CHECK_PASSED, "EADDRINUSE: %s", run.err);
    CHECK_CONTAINS(run.err, address, "the address in\n%s", run.err);
    run = run_shimmed("bluetooth", "explain", told_json);
    CHECK_STR(json_at(told_record(run.err, "bind_failed", 0), "address"), address, "its record");
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return play(argv[1]);
    check_bluetooth();
    net_own_namespace();
    check_netlink();
    check_vsock();
    check_vsock_ports();
    check_smc();
    check_smc_of_another();
    check_unnamed();
    return CHECK_PASSED;
}
