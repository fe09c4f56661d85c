/* One explanation, line by line: what each line draws on, and a function for each. Inside report/
 * only. docs/reasons.md shows the result for every reason. */
#ifndef REUSESHIM_REPORT_MESSAGE_H
#define REUSESHIM_REPORT_MESSAGE_H

#include "report/page.h"
#include "report/record.h"

struct message {
    struct page *page;
    struct text *text; /* of page */
    const struct evidence *evidence;
    const struct verdict *verdict;
    const struct attempt *attempt;
    const struct party *want;  /* attempt->socket */
    const struct holder *held; /* that decided; NULL if none did */
    uint64_t count;            /* sockets that refuse, of the same state as held */
    bool verbose;
};

struct message message_of(struct page *page, const struct evidence *evidence,
                      const struct verdict *verdict, bool verbose);

/* True for 'reuseshim why': no socket of this side exists. */
bool message_is_hypothetical(const struct message *message);

/* The answer: "reuseshim: node[29709] cannot bind 8080: node[29640] listens on it [listening]", at
 * most PAGE_WIDTH columns. What is too long is shortened in this order: the pid of the caller, the
 * address to its port, the sentence, the names. For 'why' it begins with "8080 is taken: ". */
void line_answer(const struct message *message);

/* The same for the Nth failure of its kind, of which only RECORD's reason is known. */
void line_repeat(struct page *page, const struct record *record);

/* Who the holder is. */
void line_holder(const struct message *message);

/* The Nth cure (from 0) of KIND behind KEY; returns false if there is none. */
bool line_cure(const struct message *message, const char *key, enum cure_kind kind, size_t n);

/* The kernel's rule in this case, with the side that lacks the option. */
void line_rule(const struct message *message);

/* Does the place of either bind decide the case? */
bool message_needs_places(const struct message *message);

/* Both sockets, with their options and stacks, and what else refuses the call. Only the places
 * where message_needs_places() asks for them and the text is not verbose. */
void lines_sockets(const struct message *message);

/* When the address frees itself. */
void line_frees(const struct message *message);

/* What could not be looked at, and why: all of it, or the first of it. */
void lines_unseen(const struct message *message);

/* A line with KEY and STACK; none where the stack is not known. */
void line_stack(struct page *page, const char *key, const struct stack *stack);

/* The events that are no failure: a line each, misuse a few. */
void human_event(struct page *page, const struct record *record);

#endif
