/* The lines of an explanation, one function for each key. Inside report/ only. */
#ifndef REUSESHIM_REPORT_HUMAN_LINES_H
#define REUSESHIM_REPORT_HUMAN_LINES_H

#include "report/human_why.h"
#include "report/page.h"
#include "report/record.h"

enum { HELD_LINES_MAX = 6 };

/* Both calls: with their options, and their stacks where known. */
void line_this(struct page *page, const struct story *story);
void lines_held(struct page *page, const struct story *story);

/* When it ends by itself. */
void line_frees(struct page *page, const struct story *story);

/* What cures it, each with its risk. */
void lines_help(struct page *page, const struct story *story);

/* What could not be looked at, and why. */
void lines_unseen(struct page *page, const struct story *story);

/* A line with KEY and STACK; none where the stack is not known. */
void line_stack(struct page *page, const char *key, const struct stack *stack);

/* The events that are no failure: a line each, misuse a few. */
void human_event(struct page *page, const struct record *record);

/* "  server[4711]", or nothing if neither is known. */
void human_caller(struct text *text, const struct caller *caller);

#endif
