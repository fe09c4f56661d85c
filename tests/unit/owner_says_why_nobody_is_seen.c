/* owner_find(): where no process can be named it says why: nobody can have it (leftovers), whose
 * queue it is in, or what limited the look; and it blames nothing where nothing limited it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "mounts.h"
#include "facts/owner.h"
#include "facts/owner_complete.h"
#include "net.h"
#include "rows.h"
#include "run.h"

enum { NOBODY = 64917 }; /* whose processes are ours alone: others run tests as nobody */

static const ino_t first_pid_namespace = 0xeffffffcu; /* PROC_PID_INIT_INO */

static struct rows rows;
static struct holder holders[16];
static char memory[64 * 1024];

static uint32_t look(void)
{
    struct scratch scratch = {memory, memory + sizeof memory};
    uint32_t limits = 0;

    rows_to_holders(&rows, holders);
    owner_find(holders, rows.count, &(struct viewer){.pid = getpid()}, &scratch, &limits);
    return limits;
}

static void get_rows(int port)
{
    rows_get(&rows, sockdiag_each,
             &(struct diag_query){.protocol = PROTOCOL_TCP, .port = (uint16_t)port});
    CHECK_RESULT(rows.result.error, 0, "the dump");
}

static void leftovers_have_no_owner(void)
{
    get_rows(net_time_wait("127.0.0.1", 0, 1, 0));
    CHECK_EQ(rows.count, 1, "rows");
    CHECK_EQ(look(), 0, "limits");
    CHECK_STR(relation_name(holders[0].owner.relation), "none", "of a TIME_WAIT");
}

static void queued_connections_are_the_listeners(void)
{
    int listener = net_listener("::", 0, 0, 0);
    int client = net_tcp("127.0.0.1");
    size_t queued;

    CHECK_RESULT(net_connect(client, "127.0.0.1", net_port(listener)), 0, "connect");
    net_wait_rows(net_port(listener), NET_ESTABLISHED, 1);
    get_rows(net_port(listener));
    CHECK_EQ(rows.count, 2, "rows");
    CHECK_EQ(look(), 0, "limits");
    queued = holders[0].socket.state == STATE_ESTABLISHED ? 0 : 1;
    CHECK_EQ(holders[queued].inode, 0, "inode of a connection in the queue");
    CHECK_STR(relation_name(holders[queued].owner.relation), "self", "of the queued connection");
    CHECK_EQ(holders[queued].owner.pid, getpid(), "pid");
    CHECK_EQ(holders[queued].owner.fd, -1, "descriptor");
    CHECK(holders[1 - queued].owner.fd == listener, "the listener has one");
    close(client);
    close(listener);
}

static void send_descriptor(int to, int fd)
{
    char control[CMSG_SPACE(sizeof fd)] = "";
    struct iovec byte = {control, 1};
    struct msghdr message = {
        .msg_iov = &byte, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
    };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    CHECK_EQ(sendmsg(to, &message, 0), 1, "sendmsg");
}

/* May even root not look at some process, as in a container or beside a guarded first process? */
static bool is_somebody_guarded(void)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    bool guarded = false;

    while (!guarded && (entry = readdir(proc)) != NULL) {
        char path[64], target[64];

        snprintf(path, sizeof path, "/proc/%.16s/fd/0", entry->d_name);
        guarded = readlink(path, target, sizeof target) < 0 && (errno == EACCES || errno == EPERM);
    }
    closedir(proc);
    return guarded;
}

static void a_socket_in_flight_blames_nothing(void)
{
    uint32_t expected = 0;
    int listener = net_listener("127.0.0.1", 0, 0, 0);
    struct stat namespace;
    int pair[2], port = net_port(listener);

    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0, "socketpair");
    send_descriptor(pair[0], listener);
    close(listener);
    get_rows(port);
    CHECK_EQ(rows.count, 1, "rows");
    CHECK_EQ(stat("/proc/self/ns/pid", &namespace), 0, "stat");
    if (is_somebody_guarded())
        expected = 1u << VISIBILITY_UNPRIVILEGED;
    else if (namespace.st_ino != first_pid_namespace)
        expected = 1u << VISIBILITY_OTHER_PID_NAMESPACE;
    CHECK_EQ(look(), expected, "limits");
    CHECK_STR(relation_name(holders[0].owner.relation), "unseen", "of a socket in flight");
    close(pair[0]);
    close(pair[1]);
}

/* The rest looks at this process's listener from a child that has closed it. */

static void become_nobody(void)
{
    CHECK_EQ(setgroups(0, NULL), 0, "setgroups");
    CHECK_EQ(setresgid(NOBODY, NOBODY, NOBODY), 0, "setresgid");
    CHECK_EQ(setresuid(NOBODY, NOBODY, NOBODY), 0, "setresuid");
}

static int without_privilege(void *argument)
{
    close(*(int *)argument);
    become_nobody();
    CHECK_EQ(look(), 1u << VISIBILITY_UNPRIVILEGED, "limits");
    CHECK_STR(relation_name(holders[0].owner.relation), "unseen", "of a foreign user's socket");
    return 0;
}

static void mount_proc(const char *options)
{
    if (!mounts_unshare() ||
        mount("proc", "/proc", "proc", 0, options) != 0)
        skip("no /proc of one's own: %s", check_errno_name(errno));
}

static int with_hidepid(void *argument)
{
    close(*(int *)argument);
    mount_proc("hidepid=2");
    become_nobody();
    CHECK_EQ(look(), 1u << VISIBILITY_HIDEPID, "limits");
    return 0;
}

/* A process is seen, and the ones that are hidden may have its socket too, if another user made
 * it. */
static int with_hidden_others(void *argument)
{
    const struct owner other = {.relation = RELATION_OTHER, .pid = 5, .fd = 3};
    struct holder seen[] = {{.inode = 1, .owner = other}, {.inode = 2, .owner = other}};
    struct owner_look look = {.proc = -1};
    uint32_t limits = 0;

    (void)argument;
    mount_proc("hidepid=2");
    become_nobody();
    look.proc = open("/proc", O_PATH);
    CHECK(look.proc >= 0, "/proc");
    seen[0].socket.uid = NOBODY;
    owner_complete(seen, 1, &look, &limits);
    CHECK_EQ(limits, 0, "limits, of our own user's");
    CHECK(seen[0].owner.others_complete && seen[0].owner.others_assumed, "which is assumed");
    owner_complete(seen, 2, &look, &limits);
    CHECK_EQ(limits, 1u << VISIBILITY_HIDEPID, "limits, of root's");
    CHECK(!seen[1].owner.others_complete, "which others may have");
    return 0;
}

static int without_proc(void *argument)
{
    close(*(int *)argument);
    CHECK_EQ(chroot("/sys"), 0, "chroot");
    CHECK_EQ(look(), 1u << VISIBILITY_NO_PROC, "limits");
    CHECK_STR(relation_name(holders[0].owner.relation), "unseen", "without /proc");
    return 0;
}

static int in_a_pid_namespace(void *argument)
{
    int status = 1;
    pid_t first;

    close(*(int *)argument);
    if (unshare(CLONE_NEWPID) != 0)
        skip("no pid namespace: %s", check_errno_name(errno));
    first = fork();
    if (first == 0) {
        mount_proc(NULL);
        CHECK_EQ(look(), 1u << VISIBILITY_OTHER_PID_NAMESPACE, "limits");
        _exit(0);
    }
    waitpid(first, &status, 0);
    return WEXITSTATUS(status);
}

static void from_elsewhere(int (*body)(void *), int listener, const char *what)
{
    struct run_result result = run_function(body, &listener);

    fputs(result.err, stderr);
    CHECK(result.status == 0 || result.status == CHECK_SKIPPED, "%s: exit status %d", what,
          result.status);
}

int main(void)
{
    int listener;

    net_own_namespace();
    leftovers_have_no_owner();
    queued_connections_are_the_listeners();
    a_socket_in_flight_blames_nothing();
    if (geteuid() != 0)
        skip("only root can look as somebody else");
    listener = net_listener("127.0.0.1", 0, 0, 0);
    get_rows(net_port(listener));
    from_elsewhere(without_privilege, listener, "unprivileged");
    from_elsewhere(with_hidepid, listener, "hidepid");
    from_elsewhere(with_hidden_others, listener, "hidepid, and somebody is seen");
    from_elsewhere(without_proc, listener, "without /proc");
    from_elsewhere(in_a_pid_namespace, listener, "another pid namespace");
    return CHECK_PASSED;
}
