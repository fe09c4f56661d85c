/* The two halves of the cures: when each applies (cures.c), and its words (cures_words.c). Inside
 * rules/ only. */
#ifndef REUSESHIM_RULES_CURES_PARTS_H
#define REUSESHIM_RULES_CURES_PARTS_H

#include "rules/verdict.h"

/* What a cure is chosen by. */
struct patient {
    const struct evidence *evidence;
    const struct verdict *verdict;
    const struct attempt *attempt;
    const struct holder *decisive; /* NULL if none */
};

/* Has it a unit that stands for the server: not a login session or another scope that a shell is
 * in too? */
bool cure_is_service(const struct holder *holder);

/* Is it certain that the call would have worked? */
bool cure_would(const struct patient *patient, enum what_if what_if);

/* Each adds what to do to TEXT, for people, and to COMMAND, for a shell; nothing to COMMAND if
 * there is none to give. The cure must apply. */
void cure_word_stop(const struct patient *patient, struct text *text, struct text *command);
void cure_word_stop_all(const struct patient *patient, struct text *text, struct text *command);
void cure_word_stop_kept(const struct patient *patient, struct text *text, struct text *command);
void cure_word_fix(const struct patient *patient, struct text *text, struct text *command);
void cure_word_wait(const struct patient *patient, struct text *text, struct text *command);
void cure_word_free(const struct patient *patient, struct text *text, struct text *command);
void cure_word_force(const struct patient *patient, struct text *text, struct text *command);
void cure_word_force_multicast(const struct patient *patient, struct text *text,
                               struct text *command);
void cure_word_force_both(const struct patient *patient, struct text *text, struct text *command);
void cure_word_next_time(const struct patient *patient, struct text *text, struct text *command);
void cure_word_v6only(const struct patient *patient, struct text *text, struct text *command);
void cure_word_v6only_other(const struct patient *patient, struct text *text,
                            struct text *command);
void cure_word_another_address(const struct patient *patient, struct text *text,
                               struct text *command);
void cure_word_share(const struct patient *patient, struct text *text, struct text *command);
void cure_word_share_both(const struct patient *patient, struct text *text, struct text *command);
void cure_word_reserve(const struct patient *patient, struct text *text, struct text *command);
void cure_word_unlink(const struct patient *patient, struct text *text, struct text *command);
void cure_word_unlink_always(const struct patient *patient, struct text *text,
                             struct text *command);
void cure_word_retry(const struct patient *patient, struct text *text, struct text *command);
void cure_word_widen(const struct patient *patient, struct text *text, struct text *command);

#endif
