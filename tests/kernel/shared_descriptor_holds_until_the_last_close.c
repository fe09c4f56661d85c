/* Rule: a socket holds its port until the last descriptor of it is closed, wherever that is: a
 * forked child, or a message in flight.
 * Source: sock_close() runs when the struct file's last reference goes; fork(2), unix(7)
 * SCM_RIGHTS.
 * Relied on by: the reason `bound-twice`; facts/owner, which may find several owners or none. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "net.h"
#include "run.h"

static int hold(void *unused)
{
    (void)unused;
    run_say("holding");
    run_until_stopped();
    return 0;
}

/* Puts the descriptor into a message that nobody reads. */
static void post(int through, int fd)
{
    char byte = 'x';
    struct iovec part = { &byte, 1 };
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
                              .msg_controllen = sizeof control };

    memset(&control, 0, sizeof control);
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    CHECK(sendmsg(through, &message, 0) == 1, "sendmsg: %s", check_errno_name(errno));
}

int main(void)
{
    struct run_child child;
    char line[32];
    int fd, port, mail[2];

    net_own_namespace();
    fd = net_bound_tcp("127.0.0.1", 0, 0, 0);
    port = net_port(fd);
    child = run_start_function(hold, NULL);
    run_line(&child, line, sizeof line);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, mail) == 0, "socketpair");
    post(mail[0], fd);
    close(fd);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 0), -EADDRINUSE, "the child has it");
    CHECK_EQ(run_stop(&child), 0, "the child ends");
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 0), -EADDRINUSE, "a message has it");
    close(mail[0]);
    close(mail[1]);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 0), 0, "nobody has it");
    return CHECK_PASSED;
}
