#include "inquiry/inquiry.h"

#include "facts/people.h"
#include "facts/pick.h"

/* Asks as long as an answer could change the judgement. Each question is asked once at most. */
static void ask_while_open(struct evidence *evidence)
{
    enum question question;

    verdict_deduce(evidence);
    while ((question = verdict_question(evidence)) != QUESTION_NONE) {
        facts_ask(evidence, question);
        verdict_deduce(evidence);
    }
}

enum { LOOKS_MAX = 3 };

/* On the last one, where the port is never the same, nothing is concluded from asking. */
static void look(struct evidence *evidence, const struct viewer *viewer, struct scratch *scratch,
                 bool asks)
{
    facts_gather(evidence, viewer, scratch);
    evidence->may_ask = evidence->may_ask && asks;
    ask_while_open(evidence);
    facts_remember(evidence, viewer, scratch);
    ask_while_open(evidence);
}

static void look_at_one_moment(struct evidence *evidence, const struct viewer *viewer,
                               struct scratch *scratch)
{
    struct evidence *given = scratch_take(scratch, sizeof *given);
    int looks = 1;

    if (given != NULL)
        *given = *evidence;
    look(evidence, viewer, scratch, true);
    while (given != NULL && looks < LOOKS_MAX && verdict_needs_one_moment(evidence) &&
           !facts_still_so(evidence)) {
        looks++;
        *evidence = *given;
        look(evidence, viewer, scratch, looks < LOOKS_MAX);
    }
}

/* Another port is wanted where another live process has this one, or perhaps one that is out of
 * sight. */
static bool may_stay(const struct evidence *evidence, const struct verdict *verdict)
{
    enum relation relation = verdict->decisive < evidence->holder_count
                                 ? evidence->holders[verdict->decisive].owner.relation
                                 : RELATION_UNKNOWN;

    return verdict->reason == REASON_KERNEL || relation == RELATION_UNSEEN ||
           (verdict->never_frees && relation != RELATION_SELF);
}

/* 80 is served as 8080 by habit, 443 as 8443: the number before that one, where the look begins. */
static uint16_t low_port_twin(uint16_t port)
{
    enum { HABIT = 8000 };

    return (uint16_t)(port + HABIT - 1);
}

static void find_free_port(struct evidence *evidence, const struct verdict *verdict)
{
    const struct party *want = &evidence->attempt.socket;
    bool low = verdict->reason == REASON_LOW_PORT;

    if ((may_stay(evidence, verdict) || low) && want->local.port != 0 &&
        want->protocol != PROTOCOL_UNIX && want->protocol != PROTOCOL_NONE &&
        !evidence->confined)
        evidence->free_port = pick_beside(
            want->protocol, low ? low_port_twin(want->local.port) : want->local.port, PICK_TRIES);
}

void inquiry_make(struct evidence *evidence, struct verdict *verdict, const struct viewer *viewer,
                  struct scratch *scratch)
{
    look_at_one_moment(evidence, viewer, scratch);
    verdict_reach(evidence, verdict);
    people_describe(evidence, verdict->decisive, viewer, scratch);
    find_free_port(evidence, verdict);
    cures_find(evidence, verdict);
}
