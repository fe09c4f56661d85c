/* The verdict: from the evidence to what is told. Pure: no I/O, no globals, no locks.
 *
 * Nothing is concluded that does not follow: from what was seen, from the kernel's rule
 * (conflict.h), and from the bare fact that the call was refused.
 */
#ifndef REUSESHIM_RULES_VERDICT_H
#define REUSESHIM_RULES_VERDICT_H

#include "rules/evidence.h"

/* REASON_UNKNOWN is 0. */
enum reason {
#define REASON(name, ...) REASON_##name,
#include "rules/reasons.def"
    REASON_COUNT
};

/* The id: "time-wait", "bound-twice", ... */
const char *reason_id(enum reason reason);

/* One sentence on what the reason means. */
const char *reason_meaning(enum reason reason);

/* The reason called ID, or REASON_COUNT. */
enum reason reason_by_id(const char *id);

/* Which side lacks SO_REUSEADDR. */
enum lacks {
    LACKS_UNKNOWN = 0,
    LACKS_NEWCOMER,
    LACKS_HOLDER,
    LACKS_BOTH,
    LACKS_NEITHER,
    LACKS_COUNT
};

/* "newcomer", "holder", "both", "neither", "unknown". */
const char *lacks_name(enum lacks lacks);

/* 'What if': would this very call have worked, had ... */
enum what_if {
    IF_NEWCOMER_REUSEADDR = 0,
    IF_BOTH_REUSEADDR,
    IF_NEWCOMER_REUSEPORT,
    IF_BOTH_REUSEPORT,
    IF_NEWCOMER_V6ONLY,
    IF_COUNT
};

/* The key of the record: "newcomer_reuseaddr", ... */
const char *what_if_name(enum what_if what_if);

enum risk { RISK_NONE = 0, RISK_SAFE, RISK_ROOT, RISK_DISRUPTS, RISK_COUNT };

/* "safe", "root", "disrupts"; NULL for RISK_NONE. */
const char *risk_name(enum risk risk);

enum { CURES_MAX = 10, CURE_TEXT_MAX = 256, CURE_COMMAND_MAX = 640 };

enum cure_kind {
    CURE_NOW = 0,    /* it helps the call that failed */
    CURE_FOR_GOOD,   /* it keeps the failure from coming again */
    CURE_KIND_COUNT
};

/* Something that would help. */
struct cure {
    const char *id;                 /* "wait", "free", "stop", ... */
    enum risk risk;
    char text[CURE_TEXT_MAX];       /* for people, without the command */
    char command[CURE_COMMAND_MAX]; /* for a shell, as it is; empty = there is none to give */
    enum cure_kind kind;
    const char *harm;               /* "safe", "root", "ends it"...; NULL = there is none to say */
};

struct verdict {
    enum reason reason;
    size_t decisive;       /* index of the holder that decided; holder_count if none did */
    size_t refusing_count; /* holders whose refusal is sure or possible */
    enum overlap overlap;  /* with the deciding holder */
    enum lacks lacks;
    int64_t frees_in_ms;   /* -1 = not by itself, or nobody knows */
    bool frees_sooner;     /* frees_in_ms is the most that it can take */
    bool never_frees;      /* a live process has it: not by itself */
    enum answer would[IF_COUNT];
    size_t cure_count;
    struct cure cures[CURES_MAX];
};

/* Fills in what follows from EVIDENCE about the options of its holders: from the probe, and from
 * the fact that the call was refused; then each holder's conflict with the attempt. Changes
 * holders[].socket.options from UNKNOWN only; where one of several sockets alike must lack an
 * option, and nobody knows which, marks it in some_lack. */
void verdict_deduce(struct evidence *evidence);

/* What the kernel should be asked next, since the answer could change the verdict; QUESTION_NONE if
 * nothing. To be asked again after each answer and verdict_deduce(). */
enum question verdict_question(const struct evidence *evidence);

/* Would it be told as a fact, if a holder had come or gone while EVIDENCE was gathered? Where
 * something follows from an answer of the kernel, or a holder's process or options were looked for
 * in vain. */
bool verdict_needs_one_moment(const struct evidence *evidence);

/* Reaches VERDICT on EVIDENCE (after verdict_deduce), all but the cures. */
void verdict_reach(const struct evidence *evidence, struct verdict *verdict);

/* May what is left of a connection (HOLDER, NULL = nothing) be of one that was made from here, and
 * not of a server? So it is where its port is one that the kernel gives by itself, nobody is known
 * to have listened there, and the other end's is a server's; for certain where it is connected to
 * itself. Then it can come again, whatever options a server has. */
bool holder_may_be_client(const struct evidence *evidence, const struct holder *holder);

/* Is it for certain: is HOLDER connected to itself? */
bool holder_is_self_connected(const struct holder *holder);

/* Adds to VERDICT the cures that would work. */
void cures_find(const struct evidence *evidence, struct verdict *verdict);

#endif
