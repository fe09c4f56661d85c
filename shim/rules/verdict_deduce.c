/* What follows about options that nobody could read, and what the kernel has to be asked. */
#include "rules/verdict_parts.h"

#include <errno.h>

/* Returns true if that was news. */
static bool set_if_unknown(enum answer *option, enum answer value)
{
    if (*option != ANSWER_UNKNOWN)
        return false;
    *option = value;
    return true;
}

/* A socket with SO_REUSEADDR and without SO_REUSEPORT got its bind: each holder that it meets has
 * SO_REUSEADDR. */
static void deduce_from_success(struct evidence *evidence)
{
    for (size_t i = 0; i < evidence->holder_count; i++) {
        struct holder *holder = &evidence->holders[i];

        if (conflict_between(&evidence->attempt.socket, &holder->socket).meets == ANSWER_YES)
            set_if_unknown(&holder->socket.options.reuseaddr, ANSWER_YES);
    }
}

/* One with SO_REUSEPORT as well, and else like the attempt: each holder that it meets, and that
 * SO_REUSEADDR does not excuse, has SO_REUSEPORT. */
static void deduce_from_shared_success(struct evidence *evidence)
{
    for (size_t i = 0; i < evidence->holder_count; i++) {
        struct holder *holder = &evidence->holders[i];

        if (conflict_between(&evidence->attempt.socket, &holder->socket).counts == ANSWER_YES)
            set_if_unknown(&holder->socket.options.reuseport, ANSWER_YES);
    }
}

/* The holders that may be to blame under NEWCOMER's options: none if one is certainly to blame.
 * Returns how many, and the last of them in LAST. */
static size_t suspects(struct evidence *evidence, const struct party *newcomer,
                       struct holder **last)
{
    size_t count = 0;

    for (size_t i = 0; i < evidence->holder_count; i++) {
        struct conflict conflict = conflict_between(newcomer, &evidence->holders[i].socket);

        if (conflict.refused == ANSWER_YES)
            return 0;
        if (conflict.refused == ANSWER_UNKNOWN) {
            *last = &evidence->holders[i];
            count++;
        }
    }
    return count;
}

/* SO_REUSEPORT on both sides would have let NEWCOMER in: so one side lacks it. */
static bool user_does_not_matter(const struct party *newcomer, const struct holder *holder)
{
    return holder->socket.minisocket ||
           (newcomer->uid != UID_UNKNOWN && newcomer->uid == holder->socket.uid);
}

/* Somebody refused NEWCOMER. If only one holder can have done so, it did, and what would have
 * excused it, it lacks. */
static void deduce_from_refusal(struct evidence *evidence, const struct party *newcomer)
{
    struct holder *only = NULL;
    struct options *options;
    bool several;

    if (suspects(evidence, newcomer, &only) != 1 || evidence->left_out > 0)
        return;
    options = &only->socket.options;
    several = only->count > 1; /* one of them is enough to refuse the call */
    /* Only V6ONLY leaves open whether two addresses meet: it must be off, then. */
    if (conflict_between(newcomer, &only->socket).meets == ANSWER_UNKNOWN)
        only->some_lack.v6only = set_if_unknown(&options->v6only, ANSWER_NO) && several;
    if (newcomer->options.reuseaddr == ANSWER_YES && only->socket.state != STATE_LISTEN &&
        set_if_unknown(&options->reuseaddr, ANSWER_NO))
        only->some_lack.reuseaddr = several;
    if (newcomer->options.reuseport == ANSWER_YES && user_does_not_matter(newcomer, only) &&
        set_if_unknown(&options->reuseport, ANSWER_NO))
        only->some_lack.reuseport = several;
}

void verdict_deduce(struct evidence *evidence)
{
    struct party with_option = evidence->attempt.socket;
    struct party with_reuseport = evidence->attempt.socket;

    with_reuseport.options.reuseport = ANSWER_YES;
    with_option.options.reuseaddr = ANSWER_YES;
    with_option.options.reuseport = ANSWER_NO; /* as the probe was */
    if (evidence->attempt.error == EADDRINUSE) /* first: it tells who meets the attempt at all */
        deduce_from_refusal(evidence, &evidence->attempt.socket);
    if (evidence->probe == ANSWER_YES)
        deduce_from_success(evidence);
    else if (evidence->probe == ANSWER_NO)
        deduce_from_refusal(evidence, &with_option);
    if (evidence->probe_reuseport == ANSWER_YES)
        deduce_from_shared_success(evidence);
    else if (evidence->probe_reuseport == ANSWER_NO)
        deduce_from_refusal(evidence, &with_reuseport);
    for (size_t i = 0; i < evidence->holder_count; i++)
        evidence->holders[i].conflict =
            conflict_between(&evidence->attempt.socket, &evidence->holders[i].socket);
}

static bool is_excused(const struct holder *holder)
{
    return holder->socket.options.reuseaddr == ANSWER_YES && holder->socket.state != STATE_LISTEN;
}

/* By a socket that is in no list: a bound-only one before Linux 6.8, as a rule. */
static bool is_held_unseen(const struct evidence *evidence)
{
    return evidence->retry == ANSWER_NO && evidence->attempt.socket.options.reuseaddr == ANSWER_NO;
}

/* A probe tells something only if no holder is known to refuse it anyway, and one is not known. At
 * listen the newcomer itself is bound already, and would refuse a probe unless it has the option.
 */
static bool probe_would_tell(const struct evidence *evidence)
{
    const struct attempt *attempt = &evidence->attempt;
    bool unknown = false;

    if (attempt->socket.protocol != PROTOCOL_TCP ||
        (attempt->bound && attempt->socket.options.reuseaddr != ANSWER_YES))
        return false;
    if (is_held_unseen(evidence))
        return true;
    for (size_t i = 0; i < evidence->holder_count; i++) {
        const struct party *held = &evidence->holders[i].socket;

        if (is_excused(&evidence->holders[i]))
            continue;
        if (held->options.reuseaddr != ANSWER_UNKNOWN || held->state == STATE_LISTEN)
            return false;
        unknown = true;
    }
    return unknown;
}

/* The last resort, since it takes two binds, one of them to remove its trace. A listener could lose
 * connections to it, and the trace of a holder's own SO_REUSEPORT would be removed too. */
static bool reuseport_would_tell(const struct evidence *evidence)
{
    const struct attempt *attempt = &evidence->attempt;
    const struct options *options = &attempt->socket.options;
    bool refused = false;

    if (attempt->socket.protocol != PROTOCOL_TCP || attempt->bound || evidence->resets == 0 ||
        !evidence->remembered || evidence->left_out > 0 || options->reuseport != ANSWER_NO ||
        options->reuseaddr == ANSWER_UNKNOWN)
        return false;
    for (size_t i = 0; i < evidence->holder_count; i++) {
        if (evidence->holders[i].socket.state == STATE_LISTEN ||
            evidence->holders[i].socket.options.reuseport == ANSWER_YES)
            return false;
        refused = refused || holder_refuses(&evidence->holders[i]);
    }
    return refused && verdict_would(evidence, IF_NEWCOMER_REUSEPORT) == ANSWER_UNKNOWN;
}

/* Then it may have gone since. */
static bool nobody_refuses(const struct evidence *evidence)
{
    size_t i = 0;

    while (i < evidence->holder_count && !holder_refuses(&evidence->holders[i]))
        i++;
    return i == evidence->holder_count && evidence->left_out == 0 && !evidence->attempt.bound;
}

enum question verdict_question(const struct evidence *evidence)
{
    static const struct {
        enum question question;
        bool (*tells)(const struct evidence *evidence);
    } questions[] = {
        {QUESTION_REUSEADDR, probe_would_tell},
        {QUESTION_REUSEPORT, reuseport_would_tell},
        {QUESTION_RETRY, nobody_refuses},
    };

    if (!evidence->may_ask)
        return QUESTION_NONE;
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        if ((evidence->asked >> questions[i].question & 1) == 0 && questions[i].tells(evidence))
            return questions[i].question;
    return QUESTION_NONE;
}

/* Its process, which nobody may see, or which has gone; its options, which may be barred. */
static bool was_looked_for_in_vain(const struct holder *holder, bool barred)
{
    if (holder->inode == 0)
        return false;
    return holder->owner.relation == RELATION_UNSEEN ||
           (!barred && holder->owner.pid > 0 && holder->owner.fd >= 0 &&
            holder->flags_seen != ANSWER_YES);
}

bool verdict_needs_one_moment(const struct evidence *evidence)
{
    if (evidence->asked != 0)
        return true;
    for (size_t i = 0; i < evidence->holder_count; i++)
        if (was_looked_for_in_vain(&evidence->holders[i], evidence->limits != 0))
            return true;
    return false;
}
