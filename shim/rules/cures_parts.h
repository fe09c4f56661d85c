/* The parts of the cures: when each applies (cures.c), its words (cures_words.c), and both of those
 * that stop somebody (cures_stop.c). Inside rules/ only. */
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

/* IS it true of each holder that refuses the call, and is there one? */
bool cure_every_refusing(const struct patient *patient, bool (*is)(const struct holder *));

/* What no process has any more. NULL is nothing. */
bool cure_is_dead(const struct holder *holder);

/* Would a process that has it give the port up at once by ending? */
bool cure_is_bare(const struct holder *holder);

/* Is it the program itself, in this process or in a relative by fork alone? */
bool cure_is_ours(const struct owner *owner);

/* Can the process that has it be ended, with nothing else? */
bool cure_is_endable(const struct holder *holder);

/* Is it certain that the call would have worked? */
bool cure_would(const struct patient *patient, enum what_if what_if);

bool cure_applies_stop(const struct patient *patient);
bool cure_applies_stop_all(const struct patient *patient);
bool cure_applies_stop_kept(const struct patient *patient);

/* Adds the setting that tries again for MS, and a little longer. */
void cure_add_wait(struct text *text, int64_t ms);

/* Each adds what to do to TEXT, for people, and to COMMAND, for a shell; nothing to COMMAND if
 * there is none to give. The cure must apply. */
void cure_word_stop(const struct patient *patient, struct text *text, struct text *command);
void cure_word_stop_all(const struct patient *patient, struct text *text, struct text *command);
void cure_word_stop_kept(const struct patient *patient, struct text *text, struct text *command);
void cure_word_look(const struct patient *patient, struct text *text, struct text *command);
void cure_word_look_outside(const struct patient *patient, struct text *text,
                            struct text *command);
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
