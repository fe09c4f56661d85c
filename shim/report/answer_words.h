/* The sentences of an answer: one for each reason, several where they differ in what is known.
 * Internal to answer_line.c and answer_words.c. */
#ifndef REUSESHIM_REPORT_ANSWER_WORDS_H
#define REUSESHIM_REPORT_ANSWER_WORDS_H

#include "report/message.h"

/* What the sentences are made of. */
struct answer_words {
    const struct message *message;
    struct text *text;
    const char *caller;
    const char *want;
    const char *start;  /* add_beginning */
    const char *holder; /* add_holder */
    bool note;  /* with what is odd about the holder */
    bool brief; /* the shorter sentence */
};

/* Does the address free itself, so that there is nothing to do but wait? */
bool answer_is_to_wait(const struct message *message);

/* Adds the sentence for the reason of the message. */
void answer_say(const struct answer_words *words);

#endif
