/* The parts of the cures: the table (cures.c), when each applies (cures_when.c), its words
 * (cures_words.c) and command (cures_commands.c), and all of those that stop somebody
 * (cures_stop.c, cures_stop_words.c). Inside rules/ only. */
#ifndef REUSESHIM_RULES_CURES_PARTS_H
#define REUSESHIM_RULES_CURES_PARTS_H

#include "rules/verdict.h"

/* What a cure is chosen by. */
struct failure {
    const struct evidence *evidence;
    const struct verdict *verdict;
    const struct attempt *attempt;
    const struct holder *decisive; /* NULL if none */
};

enum { ADDRESSES_NAMED_MAX = 4 };

/* ---- When ---- */

/* IS it true of each holder that refuses the call, and is there one? */
bool failure_every(const struct failure *failure, bool (*is)(const struct holder *));

/* Is it certain that the call would have worked? */
bool failure_would(const struct failure *failure, enum what_if what_if);

/* What no process has any more. NULL is nothing. */
bool holder_is_dead(const struct holder *holder);

/* Has all arrived that it sent? Else some of it is lost where the kernel ends the socket. */
bool holder_has_sent(const struct holder *holder);

/* Would a process that has it give the port up at once by ending? */
bool holder_is_bare(const struct holder *holder);

/* Is it the program itself, in this process or in a relative by fork alone? */
bool holder_is_ours(const struct holder *holder);

/* Can the process that has it be ended, with nothing else that is needed here? */
bool holder_is_endable(const struct holder *holder);

/* What is known of the process that has it; a value of nothing if it was not looked at. */
const struct identity *holder_identity(const struct holder *holder);

bool when_force(const struct failure *failure);
bool when_multicast(const struct failure *failure);
bool when_multicast_and_unicast(const struct failure *failure);
bool when_wait(const struct failure *failure);
bool when_wait_alone(const struct failure *failure);
bool when_wait_always(const struct failure *failure);
bool when_ending(const struct failure *failure);
bool when_leaving(const struct failure *failure);
bool when_v6only(const struct failure *failure);
bool when_v6only_other(const struct failure *failure);
bool when_another_address(const struct failure *failure);
bool when_another_port(const struct failure *failure);
bool when_unlink(const struct failure *failure);
bool when_retry(const struct failure *failure);
bool when_not_local(const struct failure *failure);
bool when_wait_address(const struct failure *failure);
bool when_low_port(const struct failure *failure);
bool when_look_outside(const struct failure *failure);
bool when_look_around(const struct failure *failure);
bool when_free_by_root(const struct failure *failure);
bool when_free_by_others(const struct failure *failure);
bool when_look(const struct failure *failure);
bool when_see_name(const struct failure *failure);
bool when_stop_nfs(const struct failure *failure);
bool when_see_tunnel(const struct failure *failure);
bool when_reserve(const struct failure *failure);
bool when_widen(const struct failure *failure);
bool when_share(const struct failure *failure);
bool when_share_both(const struct failure *failure);
bool when_fix(const struct failure *failure);
bool when_told_twice(const struct failure *failure);
bool when_sibling(const struct failure *failure);
bool when_force_both(const struct failure *failure);
bool when_own_option(const struct failure *failure);
bool when_next_time(const struct failure *failure);

bool when_stop_container(const struct failure *failure);
bool when_stop_unit(const struct failure *failure);
bool when_stop_supervised(const struct failure *failure);
bool when_stop(const struct failure *failure);
bool when_stop_hard(const struct failure *failure);
bool when_stop_all(const struct failure *failure);
bool when_stop_kept(const struct failure *failure);
bool when_hangs(const struct failure *failure);
bool when_first(const struct failure *failure);

/* ---- Words ---- */

/* Adds "sudo " where ROOT is needed and the reader is not root. */
void add_sudo(const struct failure *failure, struct text *command, bool root);

/* Adds the command that starts the program again, where that is known. */
void add_start(const struct failure *failure, struct text *command);

/* Adds " && COMMAND" that starts the program again, where that is known. */
void add_then_start(const struct failure *failure, struct text *command);

/* Adds how to wait for the address, and then start the program. */
void add_wait(const struct failure *failure, struct text *command);

/* The words of a cure by POLICY, which begin with WHAT: the command to paste, or, where there is
 * none to give, the policy's name. */
void add_policy(const struct failure *failure, struct text *text, struct text *command,
                const char *what, const char *policy);

/* Adds VERB, which ends with an opening quote, and the path of the socket's file, in the folder
 * that the program is in: a shell may be in another one. Adds nothing if that is not known, or if
 * the path can't be pasted or is too long. */
void add_with_path(struct text *command, const char *verb, const struct evidence *evidence);

/* "reuseshim run -p ", with the option that a program takes which no library can be loaded into. */
const char *run_words(const struct failure *failure);

/* Adds how to start the program under POLICY: its command, or its unit's. False, with nothing
 * added, if neither is known. */
bool add_run(const struct failure *failure, struct text *command, const char *policy);

/* Adds the address that was asked for and no more, for the arguments of reuseshim. */
void add_where(struct text *text, const struct failure *failure);

/* Adds "comm[pid]", or what of it is known. */
void add_process(struct text *text, const struct owner *owner);

/* Each adds what to do to TEXT, for people, and to COMMAND, for a shell; nothing to COMMAND if
 * there is none to give. The cure must apply. */
#define WORD(name) \
    void word_##name(const struct failure *failure, struct text *text, struct text *command)
WORD(force);
WORD(multicast);
WORD(multicast_and_unicast);
WORD(wait);
WORD(wait_always);
WORD(ending);
WORD(leaving);
WORD(own_address);
WORD(wait_address);
WORD(right);
WORD(v6only);
WORD(v6only_other);
WORD(another_address);
WORD(open_port);
WORD(see_name);
WORD(stop_nfs);
WORD(see_tunnel);
WORD(another_port);
WORD(unlink);
WORD(unlink_always);
WORD(retry);
WORD(look_outside);
WORD(look_around);
WORD(free);
WORD(free_by_root);
WORD(look);
WORD(reserve);
WORD(widen);
WORD(share);
WORD(share_both);
WORD(fix);
WORD(told_twice);
WORD(sibling);
WORD(force_both);
WORD(own_option);
WORD(next_time);
WORD(stop_container);
WORD(stop_unit);
WORD(stop_supervised);
WORD(stop);
WORD(stop_hard);
WORD(stop_all);
WORD(stop_kept);
WORD(hangs);
WORD(first);

#endif
