#include "facts/past_recall.h"

#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"
#include "facts/modules.h"
#include "facts/past_candidates.h"
#include "facts/past_leftover.h"
#include "memory/birth.h"

enum { CLOCKS_APART_US = 100 * 1000 }; /* start times are told in steps of 10 ms */

/* ---- Live sockets ---- */

/* FD of process PID is the socket INODE now. */
static bool has_socket(int32_t pid, int32_t fd, uint64_t inode)
{
    char path[64], link[64], wanted[64];
    struct text text = text_in(path, sizeof path);
    struct text want = text_in(wanted, sizeof wanted);

    text_add(&text, "/proc/");
    text_number(&text, pid);
    text_add(&text, "/fd/");
    text_number(&text, fd);
    text_add(&want, "socket:[");
    text_unsigned(&want, inode);
    text_char(&want, ']');
    return sys_read_link(AT_FDCWD, path, link, sizeof link) > 0 && strcmp(link, wanted) == 0;
}

/* The library is loaded there: the process's own binds would be remembered. */
static bool runs_under_shim(int32_t pid, struct scratch *scratch)
{
    enum { SIZE = 64 * 1024 };
    struct scratch rest = *scratch; /* given back at once */
    char *maps = scratch_take(&rest, SIZE);
    char path[64];
    struct text text = text_in(path, sizeof path);

    text_add(&text, "/proc/");
    text_number(&text, pid);
    text_add(&text, "/maps");
    return maps != NULL && sys_read_file(AT_FDCWD, path, maps, SIZE) > 0 &&
           strstr(maps, "libreuseshim.so") != NULL;
}

/* Bound to the address that HOLDER has. Which port the kernel picked for port 0 is not in the file. */
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

/* HOLDER's owner has the socket from CANDIDATE's process, who bound it: as a descendant, who keeps the
 * number. Somebody who ran before the bind, or would have bound it himself under our eyes, has not. */
static bool is_inherited(const struct past_candidate *candidate, const struct holder *holder,
                         struct scratch *scratch)
{
    struct birth owner;

    if (candidate->lives == ANSWER_YES &&
        has_socket(candidate->pid, candidate->bind.fd, holder->inode))
        return true;
    if (candidate->bind.fd != holder->owner.fd || candidate->bind.local.port == 0 ||
        holder->owner.started_us + CLOCKS_APART_US < candidate->bind.time_us ||
        birth_read(holder->owner.pid, &owner) < 0)
        return false;
    return (candidate->lives == ANSWER_YES && owner.parent == candidate->pid) ||
           runs_under_shim(holder->owner.pid, scratch);
}

static const struct past_candidate *find_live(const struct past_candidates *found,
                                              const struct holder *holder,
                                              struct scratch *scratch)
{
    const struct past_candidate *moved = NULL;
    struct birth owner;
    size_t i, same = 0;

    if (birth_read(holder->owner.pid, &owner) < 0)
        return NULL;
    for (i = 0; i < found->count; i++) {
        const struct past_candidate *candidate = &found->list[i];

        if (!is_address_of(candidate, holder))
            continue;
        if (candidate->pid == holder->owner.pid && candidate->born == owner.ticks) {
            if (candidate->bind.fd == holder->owner.fd)
                return candidate;
            same++;
            moved = moved == NULL ? candidate : moved;
        } else if (same == 0 && is_inherited(candidate, holder, scratch)) {
            return candidate;
        } else if (same == 0 && candidate->lives == ANSWER_YES) {
            continue; /* it had the address once, and is proved to have it no more */
        } else if (same == 0) {
            return NULL; /* the last to bind it was somebody else */
        }
    }
    return same == 1 ? moved : NULL;
}

/* ---- All holders ---- */

static void remember(struct holder *holder, const struct past_candidate *candidate,
                     struct scratch *scratch)
{
    struct memory *memory = &holder->memory;
    struct place *places = scratch_take(scratch, candidate->stack.count * sizeof *places);

    memory->bound_at_us = candidate->bind.time_us;
    memory->pid = candidate->pid;
    memory->ended = candidate->lives == ANSWER_NO;
    memory->ended_us = memory->ended ? candidate->ended_us : 0;
    memory->comm = candidate->comm;
    memory->exe = candidate->exe;
    memory->at_bind.reuseaddr =
        descriptor_option_at_bind(&candidate->bind.past, OPTION_REUSEADDR);
    memory->at_bind.reuseport =
        descriptor_option_at_bind(&candidate->bind.past, OPTION_REUSEPORT);
    memory->reuseaddr_by = past_setter(&candidate->bind);
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

static void recall_holder(struct holder *holder, const struct past_candidates *found,
                          int64_t now_us, struct scratch *scratch)
{
    struct options *options = &holder->socket.options;
    const struct past_candidate *one = NULL;

    if (holder->owner.relation == RELATION_NONE && holder->socket.protocol == PROTOCOL_TCP) {
        struct past_leftover left = past_leftover(found, holder, now_us);

        one = left.only;
        set_if_unknown(&options->reuseaddr, left.reuseaddr);
        set_if_unknown(&options->reuseport, left.reuseport);
    } else if (holder->owner.pid > 0 && holder->owner.fd >= 0 &&
               holder->remote.family == FAMILY_NONE) {
        one = find_live(found, holder, scratch);
        if (one != NULL) {
            set_if_unknown(&options->reuseaddr, past_option(&one->bind, OPTION_REUSEADDR));
            set_if_unknown(&options->reuseport, past_option(&one->bind, OPTION_REUSEPORT));
        }
    }
    if (one != NULL)
        remember(holder, one, scratch);
}

void past_recall(struct evidence *evidence, const char *folder, struct scratch *scratch)
{
    const struct party *socket = &evidence->attempt.socket;
    struct past_candidates *found = NULL;
    size_t i;

    for (i = 0; i < evidence->holder_count; i++) {
        if (evidence->holders[i].memory.bound_at_us != 0)
            continue;
        if (found == NULL)
            found = past_gather(socket->protocol, &socket->local, folder, scratch);
        if (found == NULL)
            return;
        recall_holder(&evidence->holders[i], found, evidence->attempt.time_us, scratch);
    }
    if (found != NULL)
        evidence->past_skipped = found->skipped;
}
