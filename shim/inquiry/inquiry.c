#include "inquiry/inquiry.h"

#include "facts/people.h"

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

void inquiry_make(struct evidence *evidence, struct verdict *verdict, const struct viewer *viewer,
                  struct scratch *scratch)
{
    facts_gather(evidence, viewer, scratch);
    settle(evidence);
    facts_remember(evidence, viewer, scratch);
    settle(evidence);
    verdict_reach(evidence, verdict);
    people_describe(evidence, verdict->decisive, viewer, scratch);
    cures_find(evidence, verdict);
}
