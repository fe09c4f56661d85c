#include "inquiry/inquiry.h"

#include "facts/people.h"
#include "facts/pick.h"

/* Asks as long as an answer could change the judgement. Each question is asked once at most. */
static void settle(struct evidence *evidence)
{
    enum question question;

    verdict_deduce(evidence);
    while ((question = verdict_question(evidence)) != QUESTION_NONE) {
        facts_ask(evidence, question);
        verdict_deduce(evidence);
    }
}

/* Another port is wanted where somebody lives who has this one. */
static void find_free_port(struct evidence *evidence, const struct verdict *verdict)
{
    const struct party *want = &evidence->attempt.socket;

    if (verdict->never_frees && want->local.port != 0 && want->protocol != PROTOCOL_UNIX &&
        want->protocol != PROTOCOL_NONE && !(evidence->limits >> VISIBILITY_SECCOMP & 1))
        evidence->free_port = pick_beside(want->protocol, want->local.port);
}

void inquiry_make(struct evidence *evidence, struct verdict *verdict, const struct viewer *viewer,
                  struct scratch *scratch)
{
    facts_gather(evidence, viewer, scratch);
    settle(evidence);
    facts_remember(evidence, viewer, scratch);
    settle(evidence);
    verdict_reach(evidence, verdict);
    people_describe(evidence, verdict->decisive, viewer, scratch);
    find_free_port(evidence, verdict);
    cures_find(evidence, verdict);
}
