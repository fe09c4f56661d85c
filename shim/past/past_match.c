#include "past/past_match.h"

#include <string.h>

#include "unwind/modules.h"
#include "past/past_candidates.h"
#include "past/past_leftover.h"
#include "proc/process_walk.h"
#include "proc/procstat.h"

enum {
    CLOCKS_APART_US = 100 * 1000, /* start times are told in steps of 10 ms */
    GENERATIONS_MAX = 64
};

struct match {
    const struct past_candidates *found;
    struct scratch *scratch;
};

/* ---- Live sockets ---- */

/* Bound to the address that HOLDER has. Which port the kernel picked for port 0 is not in the
 * file. */
static bool is_address_of(const struct past_candidate *candidate, const struct holder *holder)
{
    struct endpoint local = candidate->bind.local;

    if (local.family != FAMILY_UNIX && local.port == 0) {
        if (candidate->bind.fd != holder->owner.fd)
            return false;
        local.port = holder->socket.local.port;
    }
    return endpoint_equal(&local, &holder->socket.local);
}

/* Did CANDIDATE bind this very socket? No two sockets ever have the same cookie. UNKNOWN where one
 * is not known: a bind's is noted only where that takes no system call of its own. */
static enum answer is_same_socket(const struct past_candidate *candidate,
                                  const struct holder *holder)
{
    if (candidate->bind.cookie == 0 || holder->cookie == 0)
        return ANSWER_UNKNOWN;
    return answer_of(candidate->bind.cookie == holder->cookie);
}

static bool is_ancestor(int32_t pid, int32_t of)
{
    struct procstat stat;
    int left = GENERATIONS_MAX;

    while (of > 1 && left-- > 0 && procstat_read(-1, of, &stat) == 0) {
        if (stat.parent == pid)
            return true;
        of = stat.parent;
    }
    return false;
}

/* May OWNER be a descendant of CANDIDATE's process, started after the bind? Of a dead one only if
 * that is known to have lived then; its end is noted to the kernel's tick. */
static bool may_descend(const struct owner *owner, const struct past_candidate *candidate)
{
    const struct past_binder *binder = &candidate->binder;

    return owner->started_us + CLOCKS_APART_US >= candidate->bind.time_us &&
           (binder->lives == ANSWER_YES
                ? is_ancestor(binder->pid, owner->pid)
                : binder->lives == ANSWER_NO &&
                      owner->started_us <= binder->ended_us + PROCSTAT_TICK_US);
}

/* HOLDER's owner has the socket from CANDIDATE's process, which has it still. */
static bool is_shared(const struct past_candidate *candidate, const struct holder *holder)
{
    return candidate->binder.lives == ANSWER_YES &&
           process_socket_at(-1, candidate->binder.pid, candidate->bind.fd) ==
               (int64_t)holder->inode;
}

/* From the youngest bind of the address to older ones. */
static const struct past_candidate *find_live(struct match *search, const struct holder *holder)
{
    const struct past_candidate *moved = NULL;
    struct procstat owner;
    size_t same = 0;

    if (procstat_read(-1, holder->owner.pid, &owner) < 0)
        return NULL;
    for (size_t i = 0; i < search->found->count; i++) {
        const struct past_candidate *candidate = &search->found->list[i];
        enum answer proof = is_same_socket(candidate, holder);

        if (proof == ANSWER_YES)
            return candidate;
        if (proof == ANSWER_NO || !is_address_of(candidate, holder))
            continue;
        if (candidate->binder.pid == holder->owner.pid &&
            candidate->binder.start_ticks == owner.start_ticks) {
            if (candidate->bind.fd == holder->owner.fd)
                return candidate;
            same++;
            moved = moved == NULL ? candidate : moved;
        } else if (same == 0) {
            return is_shared(candidate, holder) ? candidate : NULL;
        }
    }
    return same == 1 ? moved : NULL;
}

/* ---- All holders ---- */

static void remember(struct holder *holder, const struct past_candidate *candidate,
                     struct scratch *scratch)
{
    const struct owner *owner = &holder->owner;
    struct memory *memory = &holder->memory;
    struct place *places = scratch_take(scratch, candidate->stack.count * sizeof *places);

    memory->bound_at_us = candidate->bind.time_us;
    memory->pid = candidate->binder.pid;
    memory->ended = candidate->binder.lives == ANSWER_NO;
    memory->ended_us = memory->ended ? candidate->binder.ended_us : 0;
    memory->found_dead_us = memory->ended ? candidate->binder.found_dead_us : 0;
    memory->handed_down = owner->pid > 0 && owner->pid != candidate->binder.pid &&
                          owner->fd == candidate->bind.fd && may_descend(owner, candidate);
    memory->comm = candidate->comm;
    memory->exe = candidate->exe;
    if (places == NULL || candidate->stack.count == 0)
        return;
    memcpy(places, candidate->stack.places, candidate->stack.count * sizeof *places);
    modules_name(places, candidate->stack.count, scratch);
    memory->stack = (struct stack){places, candidate->stack.count};
}

static void set_if_unknown(enum answer *option, enum answer value)
{
    if (*option == ANSWER_UNKNOWN)
        *option = value;
}

static bool contradicts(enum answer known, enum answer remembered)
{
    return known != ANSWER_UNKNOWN && remembered != ANSWER_UNKNOWN && known != remembered;
}

static void match_holder(struct match *search, struct holder *holder, int64_t now_us)
{
    struct options *options = &holder->socket.options;
    const struct past_candidate *one = NULL;

    if (holder->owner.relation == RELATION_NONE && holder->socket.protocol == PROTOCOL_TCP) {
        struct past_leftover left = past_leftover(search->found, holder, now_us);

        if (contradicts(options->reuseaddr, left.reuseaddr))
            return; /* somebody unseen was here in between */
        one = left.only;
        holder->memory.unsure = one != NULL && !left.sure;
        if (left.sure) {
            set_if_unknown(&options->reuseaddr, left.reuseaddr);
            set_if_unknown(&options->reuseport, left.reuseport);
        }
    } else if (holder->owner.pid > 0 && holder->owner.fd >= 0 &&
               holder->remote.family == FAMILY_NONE) {
        one = find_live(search, holder);
        if (one != NULL) {
            set_if_unknown(&options->reuseaddr, past_option(&one->bind, OPTION_REUSEADDR));
            set_if_unknown(&options->reuseport, past_option(&one->bind, OPTION_REUSEPORT));
        }
    }
    if (one != NULL)
        remember(holder, one, search->scratch);
}

/* Which of those that were remembered are still there, under the number that was bound. */
static void note_holders(struct past_candidates *found, const struct evidence *evidence)
{
    for (size_t i = 0; found != NULL && i < found->count; i++) {
        struct past_candidate *candidate = &found->list[i];

        for (size_t h = 0; h < evidence->holder_count && !candidate->holds; h++) {
            const struct holder *holder = &evidence->holders[h];

            candidate->holds = candidate->binder.lives == ANSWER_YES &&
                               candidate->binder.pid == holder->owner.pid &&
                               candidate->bind.fd == holder->owner.fd &&
                               holder->remote.family == FAMILY_NONE &&
                               is_address_of(candidate, holder);
        }
    }
}

void past_match(struct evidence *evidence, const char *folder, struct scratch *scratch)
{
    const struct party *socket = &evidence->attempt.socket;
    struct match search = {.scratch = scratch};
    struct past_candidates *found;

    for (size_t i = 0; i < evidence->holder_count; i++) {
        if (evidence->holders[i].memory.bound_at_us != 0)
            continue;
        if (search.found == NULL) {
            found = past_gather(socket->protocol, &socket->local, folder, scratch);
            note_holders(found, evidence);
            search.found = found;
        }
        if (search.found == NULL)
            return;
        match_holder(&search, &evidence->holders[i], evidence->attempt.time_us);
    }
    if (search.found != NULL)
        evidence->past_skipped = search.found->skipped;
}
