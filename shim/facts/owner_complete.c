#include "facts/owner_complete.h"

#include "base/sys.h"
#include "facts/kernel_socket.h"

/* The inode of the first pid namespace, PROC_PID_INIT_INO of include/linux/proc_ns.h. */
static const uint64_t first_pid_namespace = 0xeffffffcu;

/* A connection that its program has closed, or its leftover. */
static bool is_leftover(const struct party *socket)
{
    return socket->minisocket || socket->state == STATE_TIME_WAIT ||
           socket->state == STATE_FIN_WAIT1 || socket->state == STATE_FIN_WAIT2 ||
           socket->state == STATE_CLOSING || socket->state == STATE_LAST_ACK;
}

/* The listener in whose queue the connection CHILD waits. It has its listener's family; one on the
 * very address goes before one on the wildcard, as in the kernel. */
static const struct holder *listener_of(const struct holder *holders, size_t count,
                                        const struct party *child)
{
    const struct holder *wildcard = NULL;

    for (size_t i = 0; i < count; i++) {
        const struct holder *holder = &holders[i];
        const struct endpoint *local = &holder->socket.local;

        if (holder->socket.state != STATE_LISTEN || holder->owner.pid == 0 ||
            holder->socket.protocol != child->protocol || local->family != child->local.family ||
            local->port != child->local.port)
            continue;
        if (endpoint_equal(local, &child->local))
            return holder;
        if (endpoint_is_wildcard(local))
            wildcard = holder;
    }
    return wildcard;
}

static void complete(struct holder *holder, const struct holder *holders, size_t count)
{
    const struct holder *listener = NULL;

    if (is_leftover(&holder->socket)) {
        holder->owner.relation = RELATION_NONE;
        return;
    }
    if (holder->socket.state == STATE_ESTABLISHED || holder->socket.state == STATE_CLOSE_WAIT)
        listener = listener_of(holders, count, &holder->socket);
    if (listener == NULL)
        return;
    holder->owner = listener->owner;
    holder->owner.fd = -1;
    holder->owner.others = 0;
    holder->owner.others_complete = false;
    holder->cgroup = listener->cgroup;
    holder->unit = listener->unit;
}

void owner_complete_without_inode(struct holder *holders, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (holders[i].inode == 0)
            complete(&holders[i], holders, count);
}

static bool is_first_pid_namespace(int proc)
{
    struct sys_file file;

    return sys_file_of_target(proc, "self/ns/pid", &file) != 0 ||
           file.inode == first_pid_namespace;
}

/* What of this /proc is not ours to see. The first process is always there, unless those of others
 * are hidden. */
static uint32_t what_is_barred(const struct owner_look *look)
{
    struct sys_file file;
    uint32_t limits = 0;

    if (sys_file_of_path(look->proc, "1", &file) == -ENOENT)
        limits |= 1u << VISIBILITY_HIDEPID;
    if (look->blocked)
        limits |= 1u << VISIBILITY_UNPRIVILEGED;
    return limits;
}

/* Why a socket has an inode and no owner that could be seen. */
static uint32_t what_limited(const struct owner_look *look, uint32_t barred)
{
    uint32_t limits = barred;

    if (look->proc == -EXDEV)
        return 1u << VISIBILITY_OTHER_PID_NAMESPACE;
    if (look->proc < 0)
        return 1u << VISIBILITY_NO_PROC;
    if (limits == 0 && !look->expired && !is_first_pid_namespace(look->proc))
        limits |= 1u << VISIBILITY_OTHER_PID_NAMESPACE;
    return limits;
}

/* The kernel's own, if a part of it says so. A socket on the wildcard address shares its port with
 * no other that has it not by SO_REUSEPORT, so the port is enough. */
static bool is_kernels(struct holder *holder)
{
    const struct party *socket = &holder->socket;
    const char *user = NULL;

    if ((socket->state == STATE_LISTEN || socket->state == STATE_BOUND) &&
        endpoint_is_wildcard(&socket->local))
        user = kernel_socket_user(socket->protocol, socket->local.port);
    if (user == NULL)
        return false;
    holder->owner.relation = RELATION_KERNEL;
    holder->owner.comm = user;
    return true;
}

/* Who else may have the HOLDER's socket where some processes are BARRED? A program that has it from
 * another user has it, as a rule, from a process of that user, which has it still: the worker of a
 * server that was started by root. A socket of our own user's is seldom in other hands, and the few
 * that are guarded from root itself seldom have any. */
static uint32_t note_others(struct holder *holder, uint32_t barred, int64_t user)
{
    struct owner *owner = &holder->owner;

    if (barred == 0)
        return 0;
    owner->others_assumed =
        user == 0 || owner->relation == RELATION_SELF || holder->socket.uid == user;
    if (owner->others_assumed)
        return 0;
    owner->others_complete = false;
    return barred;
}

void owner_complete(struct holder *holders, size_t count, const struct owner_look *look,
                    uint32_t *limits)
{
    uint32_t barred = look->proc < 0 ? 0 : what_is_barred(look);
    int64_t user = sys_call(SYS_geteuid);
    bool unseen = false;

    for (size_t i = 0; i < count; i++) {
        if (holders[i].owner.pid != 0) {
            holders[i].owner.others_complete = !look->expired;
            *limits |= note_others(&holders[i], barred, user);
            holders[i].owner.others_by_number = look->brief && holders[i].owner.others_complete;
            holders[i].owner.others_assumed |= holders[i].owner.others_by_number;
        } else if (holders[i].inode != 0 && !is_kernels(&holders[i])) {
            unseen = true;
        }
    }
    owner_complete_without_inode(holders, count);
    if (unseen)
        *limits |= what_limited(look, barred);
    if (look->expired)
        *limits |= 1u << VISIBILITY_BUDGET;
}
