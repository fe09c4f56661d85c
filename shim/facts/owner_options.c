/* What only a descriptor of a socket can tell. */
#include "facts/owner.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "base/budget.h"
#include "base/constants.h"
#include "base/sys.h"
#include "facts/multicast.h"
#include "proc/process.h"

/* The process whose descriptors are being copied; the holders of one often follow each other. */
struct source {
    int32_t pid; /* 0 = none yet */
    int pidfd;   /* or -errno */
};

/* Is FD the socket of HOLDER? A cookie is never used twice, while an inode number may be. An MPTCP
 * socket has another cookie than its subflow, which is what the kernel lists. */
static bool is_socket_of(int fd, const struct holder *holder)
{
    struct sys_file file;
    uint64_t cookie = 0;
    socklen_t length = sizeof cookie;
    int protocol;

    if (sys_file_of_fd(fd, &file) != 0 || file.inode != holder->inode)
        return false;
    if (holder->cookie == 0)
        return true;
    if (sys_call(SYS_getsockopt, fd, SOL_SOCKET, SO_COOKIE, &cookie, &length) != 0)
        return false;
    return cookie == holder->cookie ||
           (sys_get_option(fd, SOL_SOCKET, SO_PROTOCOL, &protocol) == 0 &&
            protocol == IPPROTO_MPTCP);
}

static void read_answer(int fd, int level, int option, enum answer *answer)
{
    int value;

    if (sys_get_option(fd, level, option, &value) == 0)
        *answer = answer_of(value != 0);
}

static void read_from(int fd, struct holder *holder)
{
    struct options *options = &holder->socket.options;
    int device;

    read_answer(fd, SOL_SOCKET, SO_REUSEADDR, &options->reuseaddr);
    read_answer(fd, SOL_SOCKET, SO_REUSEPORT, &options->reuseport);
    if (holder->socket.local.family == FAMILY_INET6)
        read_answer(fd, IPPROTO_IPV6, IPV6_V6ONLY, &options->v6only);
    if (sys_get_option(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &device) == 0)
        holder->socket.device = (uint32_t)device;
    if (holder->socket.protocol == PROTOCOL_UDP && endpoint_is_wildcard(&holder->socket.local))
        holder->multicast = multicast_is_member(fd);
    holder->flags_seen = ANSWER_YES;
}

static void take_handle(struct source *source, int pidfd)
{
    if (source->pid != 0 && source->pidfd >= 0)
        sys_close(source->pidfd);
    source->pidfd = pidfd;
}

/* A copy of the holder's descriptor, or -errno. */
static int copy_of(struct source *source, const struct owner *owner)
{
    int fd;

    if (source->pid != owner->pid)
        take_handle(source, process_open(owner->pid));
    source->pid = owner->pid;
    if (source->pidfd < 0)
        return source->pidfd;
    fd = process_copy_descriptor(source->pidfd, owner->fd);
    if (fd != -ESRCH)
        return fd;
    take_handle(source, process_open_thread(owner->pid));
    return source->pidfd < 0 ? source->pidfd
                             : process_copy_descriptor(source->pidfd, owner->fd);
}

/* In a helper (base/sys.h), which is under a filter: is it that which answers -EPERM, where a
 * process may always look at itself? */
static bool filter_forbids(void)
{
    int own = process_open((int32_t)sys_call(SYS_getpid)), error = own;

    if (own >= 0) {
        error = process_copy_descriptor(own, -1);
        sys_close(own);
    }
    return error == -EPERM;
}

static uint32_t limit_of(int error)
{
    if (error == -EPERM && sys_place.pid != 0 && filter_forbids())
        return 1u << VISIBILITY_SECCOMP;
    if (error == -EPERM || error == -EACCES)
        return 1u << VISIBILITY_UNPRIVILEGED;
    if (error == -EMFILE || error == -ENFILE)
        return 1u << VISIBILITY_BUDGET;
    return 0; /* gone meanwhile, or a kernel that has no such call */
}

static void read_holder(struct holder *holder, struct source *source, int32_t self,
                        uint32_t *limits)
{
    bool ours = holder->owner.pid == self;
    int fd = ours ? holder->owner.fd : copy_of(source, &holder->owner);

    if (fd < 0) {
        *limits |= limit_of(fd);
        return;
    }
    if (is_socket_of(fd, holder))
        read_from(fd, holder);
    if (!ours)
        sys_close(fd);
}

void owner_read_options(struct holder *holders, size_t count, uint32_t *limits)
{
    struct source source = {0, -1};
    int32_t self = sys_pid();
    struct budget budget = budget_of(OWNER_OPTIONS_BUDGET_MS);

    for (size_t i = 0; i < count; i++) {
        if (holders[i].owner.pid == 0 || holders[i].owner.fd < 0 || holders[i].inode == 0)
            continue;
        if (budget_is_spent(&budget)) {
            *limits |= 1u << VISIBILITY_BUDGET;
            break;
        }
        read_holder(&holders[i], &source, self, limits);
    }
    take_handle(&source, -1);
}

/* Without /proc, or a descriptor to read it: what this thread is called. */
static const char *own_name(struct scratch *scratch)
{
    char name[16] = ""; /* TASK_COMM_LEN */

    if (sys_call(SYS_prctl, PR_GET_NAME, name) < 0 || name[0] == '\0')
        return NULL;
    return scratch_copy(scratch, name, text_length(name, sizeof name));
}

/* Of ourselves the kernel tells the user without a file of /proc. */
static void describe_us(int proc, struct process *process, struct scratch *scratch)
{
    int32_t self = proc >= 0 ? process_self(proc) : 0;
    struct process named = {.comm = NULL};

    if (self != 0)
        process_read_place(proc, self, process, scratch);
    /* A helper is called as the thread is that made it. */
    if (sys_place.pid != 0 && self == (int32_t)sys_call(SYS_getpid))
        process_read_names(proc, sys_place.pid, &named, scratch);
    if (named.comm != NULL)
        process->comm = named.comm;
    process->uid = geteuid();
    if (process->comm == NULL)
        process->comm = own_name(scratch);
}

void owner_describe(int32_t pid, struct caller *caller, struct scratch *scratch)
{
    struct process process = {.uid = UID_UNKNOWN};
    int proc = sys_open_at(AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY, 0);
    bool ours = pid == sys_pid();

    if (ours)
        describe_us(proc, &process, scratch);
    else if (proc >= 0)
        process_read(proc, pid, &process, scratch);
    if (proc >= 0)
        sys_close(proc);
    *caller = (struct caller){
        .pid = pid,
        .tid = ours ? sys_tid() : pid,
        .comm = process.comm,
        .exe = process.exe,
        .uid = process.uid,
        .unit = process.unit,
        .cgroup = process.cgroup,
    };
}
