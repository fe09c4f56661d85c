#include "facts/own_binds.h"

#include "proc/image.h"
#include "unwind/modules.h"
#include "facts/newcomer.h"
#include "proc/procstat.h"
#include "table/table.h"

enum { FOUND_MAX = 256 }; /* entries looked at for one port */

/* The descriptor has not been given out again by socket(), nor bound again, since BOUND. */
static bool is_current(const struct bound *bound)
{
    enum phase now = descriptor_phase(bound->fd);

    return descriptor_binds(bound->fd) == bound->binds &&
           (now == PHASE_BOUND || now == PHASE_LISTENING);
}

struct endpoint own_binds_local(int fd)
{
    enum phase now = descriptor_phase(fd);
    struct endpoint local;

    if ((now == PHASE_BOUND || now == PHASE_LISTENING) && table_last_of(fd, &local) &&
        (local.family == FAMILY_UNIX || local.port != 0))
        return local;
    return (struct endpoint){.family = FAMILY_NONE};
}

static struct endpoint bound_address(const struct bound *bound)
{
    bool any_port = bound->local.family != FAMILY_UNIX && bound->local.port == 0;

    return any_port && is_current(bound) ? newcomer_local(bound->fd) : bound->local;
}

/* A relative by fork has our descriptors under our numbers, if it was made after the bind. */
static bool may_have_inherited(const struct bound *bound, const struct owner *owner)
{
    if (!owner->by_fork || owner->fd != bound->fd)
        return false;
    return owner->relation == RELATION_PARENT ||
           owner->started_us + PROCSTAT_TICK_US > bound->time_us;
}

/* How sure is it that BOUND made HOLDER? 2: the descriptor is still that very socket. 1: the
 * descriptor moved on (dup and close, or only a relative has it), but this process has, or the
 * relative inherited, a socket with exactly that address, and this is the last bind seen to it.
 * 0: not at all. */
static int strength(const struct bound *bound, const struct holder *holder)
{
    struct endpoint local = bound_address(bound);
    uint64_t cookie;

    if (!endpoint_equal(&local, &holder->socket.local))
        return 0;
    cookie = newcomer_cookie(bound->fd);
    if (holder->cookie != 0 && cookie == holder->cookie)
        return 2;
    if (is_current(bound) && cookie != 0)
        return holder->owner.pid <= 0 && newcomer_is_wrapper(bound->fd) ? 2 : 0;
    return holder->owner.relation == RELATION_SELF || may_have_inherited(bound, &holder->owner);
}

static void remember(struct holder *holder, const struct bound *bound,
                     const struct evidence *evidence, struct scratch *scratch)
{
    holder->memory.bound_at_us = bound->time_us;
    holder->memory.pid = evidence->attempt.caller.pid;
    holder->memory.comm = evidence->attempt.caller.comm;
    holder->memory.exe = evidence->attempt.caller.exe;
    holder->memory.stack = modules_stack(&bound->trace, scratch);
}

/* Our own descriptor is that socket: so much is known without any /proc. */
static void claim(struct owner *owner, const struct bound *bound, const struct caller *us)
{
    if (owner->relation == RELATION_SELF)
        return;
    *owner = (struct owner){.relation = RELATION_SELF,
                            .pid = us->pid,
                            .fd = bound->fd,
                            .comm = us->comm,
                            .exe = us->exe,
                            .same_program = true,
                            .uid = us->uid};
}

/* Fills FOUND, room for FOUND_MAX or NULL, with what the table has. Returns how many entries. */
static size_t find(const struct evidence *evidence, struct bound *found)
{
    const struct party *socket = &evidence->attempt.socket;

    return found == NULL ? 0
                         : table_find(socket->protocol, &socket->local, found, FOUND_MAX);
}

void own_binds_match(struct evidence *evidence, struct scratch *scratch)
{
    struct loan loan = scratch_borrow(scratch, FOUND_MAX * sizeof(struct bound));
    const struct bound *found = loan.memory;
    size_t count = find(evidence, loan.memory);

    evidence->unrecorded = table_skipped();
    for (size_t h = 0; h < evidence->holder_count; h++) {
        struct owner *owner = &evidence->holders[h].owner;
        const struct bound *best = NULL;
        int best_strength = 0;

        if (owner->relation == RELATION_PARENT || owner->relation == RELATION_CHILD)
            owner->by_fork = image_is_ours(owner->pid, &owner->started_us);

        for (size_t i = 0; i < count && best_strength < 2; i++) {
            int now = strength(&found[i], &evidence->holders[h]);

            if (now > best_strength) {
                best_strength = now;
                best = &found[i];
            }
        }
        if (best_strength == 2)
            claim(owner, best, &evidence->attempt.caller);
        if (best != NULL)
            remember(&evidence->holders[h], best, evidence, scratch);
    }
    scratch_repay(scratch, &loan);
}

/* Unless nothing at all may be asked, the descriptor itself tells whether it is still bound
 * there. */
static bool may_be_bound(const struct bound *bound, bool confined)
{
    struct endpoint now;

    if (confined)
        return true;
    now = newcomer_local(bound->fd);
    return endpoint_equal(&now, &bound->local);
}

void own_binds_only(struct evidence *evidence, struct scratch *scratch)
{
    bool confined = evidence->confined;
    struct bound *found = scratch_take(scratch, FOUND_MAX * sizeof *found); /* may map nothing */
    size_t count = find(evidence, found);
    struct holder *holders = scratch_take(scratch, count * sizeof *holders);

    if (holders == NULL)
        return;
    evidence->holders = holders;
    for (size_t i = 0; i < count; i++) {
        struct holder *holder = &holders[evidence->holder_count];
        struct descriptor now = descriptor_get(found[i].fd);

        if (!is_current(&found[i]) || found[i].fd == evidence->attempt.fd ||
            !may_be_bound(&found[i], confined))
            continue;
        holder->socket = (struct party){
            .protocol = evidence->attempt.socket.protocol,
            .local = found[i].local,
            .state = now.phase == PHASE_LISTENING ? STATE_LISTEN : STATE_BOUND,
            .options.reuseaddr = descriptor_option_at_bind(&now, OPTION_REUSEADDR),
            .options.reuseport = descriptor_option_at_bind(&now, OPTION_REUSEPORT),
            .uid = UID_UNKNOWN,
        };
        if (conflict_between(&evidence->attempt.socket, &holder->socket).meets == ANSWER_NO &&
            found[i].local.family != FAMILY_UNIX)
            continue;
        holder->count = 1;
        holder->timer_ms = -1;
        holder->owner = (struct owner){.relation = RELATION_SELF,
                                       .pid = evidence->attempt.caller.pid,
                                       .fd = found[i].fd,
                                       .uid = UID_UNKNOWN};
        holder->memory.bound_at_us = found[i].time_us;
        holder->memory.pid = evidence->attempt.caller.pid;
        if (!confined)
            remember(holder, &found[i], evidence, scratch);
        evidence->holder_count++;
    }
}
