/* The parts of a record that are more than a value. For those who write JSON of their own too. */
#ifndef REUSESHIM_REPORT_JSON_PARTS_H
#define REUSESHIM_REPORT_JSON_PARTS_H

#include "report/json_text.h"
#include "report/record.h"

/* How much is told, when room is short. */
enum detail {
    DETAIL_FULL = 0,
    DETAIL_NO_STACKS,
    DETAIL_SOME,  /* no cures either */
    DETAIL_LEAST, /* and no names of programs, files and units, no words */
    DETAIL_COUNT
};

struct shape {
    enum detail detail;
    size_t holders_until; /* holders are left out that would end beyond this byte of the text */
    size_t after_holders; /* out: where in the text the list of holders has ended */
    bool decisive_left_out; /* out */
};

/* "proto", "family", "address", "port". */
void json_socket(struct text *text, enum protocol protocol, const struct endpoint *local);

/* A list; WHEN_EMPTY_NULL: null if nothing is known. */
void json_stack(struct text *text, const char *key, const struct stack *stack, enum detail detail,
                bool when_empty_null);

/* Who bound it, which need not have it any more, nor be there: an object, or null where nobody is
 * remembered. Without NAMES those are null. */
void json_binder(struct text *text, const char *key, const struct memory *memory, bool names);

/* "container"; null where CONTAINER is NULL or none. */
void json_container(struct text *text, const struct container *container);

/* "holders", the DECISIVE one first, and "holders_left_out" if some are; an empty list without
 * EVIDENCE. */
void json_holders(struct text *text, const struct evidence *evidence, size_t decisive,
                  struct shape *shape);

/* "cures"; an empty list without VERDICT. */
void json_cures(struct text *text, const struct verdict *verdict, enum detail detail);

#endif
