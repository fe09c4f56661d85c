#include <string.h>

#include "past/past_candidates.h"
#include "past/past_match.h"
#include "proc/procstat.h"
#include "table/lock.h"
#include "table/table.h"

enum { OWN_MAX = 32 }; /* binds of one port that are looked at */

/* A live process that has no part in ours has exactly the address that is wanted. */
static const struct holder *taker_of(const struct evidence *evidence)
{
    const struct holder *taker = NULL;

    for (size_t i = 0; i < evidence->holder_count; i++) {
        const struct holder *holder = &evidence->holders[i];
        enum relation relation = holder->owner.relation;
        bool relative = relation == RELATION_PARENT || relation == RELATION_CHILD;
        int32_t binder = holder->memory.bound_at_us != 0 ? holder->memory.pid : 0;

        if (relation == RELATION_SELF || binder == evidence->attempt.caller.pid ||
            (relative && binder != holder->owner.pid))
            return NULL; /* we have it still, or somebody has it from us */
        if (taker == NULL && holder->owner.pid > 0 && holder->remote.family == FAMILY_NONE &&
            endpoint_equal(&holder->socket.local, &evidence->attempt.socket.local))
            taker = holder;
    }
    return taker;
}

/* In a child of fork the table is the parent's, until then. */
static int64_t own_bind_us(const struct attempt *attempt, struct scratch *scratch)
{
    const struct endpoint *local = &attempt->socket.local;
    struct loan loan = scratch_borrow(scratch, OWN_MAX * sizeof(struct bound));
    const struct bound *found = loan.memory;
    size_t count = 0;
    int64_t bound_us = 0;

    if (loan.memory != NULL && attempt->fd >= 0 && !lock_in_fork_child())
        count = table_find(attempt->socket.protocol, local, loan.memory, OWN_MAX);
    for (size_t i = 0; i < count && bound_us == 0; i++)
        if (endpoint_equal(&found[i].local, local))
            bound_us = found[i].time_us;
    scratch_repay(scratch, &loan);
    return bound_us;
}

/* A daemon has what its parent bound, and gives it to children of its own. Who runs another program
 * and was started when that run had ended has not. */
static bool may_have_it_from(const struct holder *taker, const struct past_binder *run)
{
    int64_t end_us = run->ended_us != 0 ? run->ended_us : run->found_dead_us;

    if (taker->memory.bound_at_us != 0)
        return taker->memory.pid == run->pid;
    return taker->owner.same_program || end_us == 0 ||
           taker->owner.started_us <= end_us + PROCSTAT_TICK_US;
}

/* The last run of the caller's program that had the address, if it has ended. */
static const struct past_candidate *previous_run(const struct evidence *evidence,
                                                 const struct past_candidates *found)
{
    const struct attempt *attempt = &evidence->attempt;

    for (size_t i = 0; i < found->count; i++) {
        const struct past_candidate *one = &found->list[i];

        if (!endpoint_equal(&one->bind.local, &attempt->socket.local))
            continue;
        if (one->binder.lives == ANSWER_NO && one->exe != NULL && attempt->caller.exe != NULL &&
            strcmp(one->exe, attempt->caller.exe) == 0)
            return one;
    }
    return NULL;
}

void past_match_loss(struct evidence *evidence, const char *folder, struct scratch *scratch)
{
    const struct attempt *attempt = &evidence->attempt;
    const struct holder *taker = taker_of(evidence);
    const struct past_candidate *run = NULL;
    struct memory *before = &evidence->before;
    struct past_candidates *found;

    if (taker == NULL || attempt->bound)
        return;
    before->bound_at_us = own_bind_us(attempt, scratch);
    before->pid = attempt->caller.pid;
    if (before->bound_at_us == 0 && folder != NULL && attempt->caller.exe != NULL) {
        found = past_gather(attempt->socket.protocol, &attempt->socket.local, folder, scratch);
        run = found == NULL ? NULL : previous_run(evidence, found);
        if (run != NULL && !may_have_it_from(taker, &run->binder))
            *before = (struct memory){.bound_at_us = run->bind.time_us,
                                      .pid = run->binder.pid,
                                      .ended = true,
                                      .ended_us = run->binder.ended_us,
                                      .found_dead_us = run->binder.found_dead_us,
                                      .comm = run->comm,
                                      .exe = run->exe};
    }
    /* Who had it before us, shared or not, has not taken it from us. */
    if (taker->memory.bound_at_us != 0 && taker->memory.bound_at_us < before->bound_at_us)
        before->bound_at_us = 0;
}
