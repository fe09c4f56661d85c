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

enum { ID = 4242, OTHER_ID = 4243 };

static int netlink(unsigned id)
{
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_pid = id};
    int fd = net_socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);

    return bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 ? 0 : -errno;
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

int main(int argc, char **argv)
{
    if (argc > 1)
        return play(argv[1]);
    net_own_namespace();
    check_netlink();
    check_vsock();
    return CHECK_PASSED;
}
