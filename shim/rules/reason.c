/* The words of the verdict. */
#include "rules/verdict.h"

#include <assert.h>
#include <string.h>

/* Characters in place, in this table and others: a pointer would take 32 bytes more, with its
 * relocation. */
static const char ids[][20] = {
#define REASON(name, id, ...) id,
#include "rules/reasons.def"
};

/* Apart from the ids, so that the library goes without: only the command asks for them. */
static const char meanings[][84] = {
#define REASON(name, id, meaning, ...) meaning,
#include "rules/reasons.def"
};

static const char lacks_names[][9] = {
    [LACKS_UNKNOWN] = "unknown", [LACKS_NEWCOMER] = "newcomer", [LACKS_HOLDER] = "holder",
    [LACKS_BOTH] = "both",       [LACKS_NEITHER] = "neither",
};
static_assert(sizeof lacks_names / sizeof *lacks_names == LACKS_COUNT, "one name each");

static const char what_if_names[][19] = {
    [IF_NEWCOMER_REUSEADDR] = "newcomer_reuseaddr", [IF_BOTH_REUSEADDR] = "both_reuseaddr",
    [IF_NEWCOMER_REUSEPORT] = "newcomer_reuseport", [IF_BOTH_REUSEPORT] = "both_reuseport",
    [IF_NEWCOMER_V6ONLY] = "newcomer_v6only",
};
static_assert(sizeof what_if_names / sizeof *what_if_names == IF_COUNT, "one name each");

static const char risk_names[][9] = {
    [RISK_NONE] = "",
    [RISK_SAFE] = "safe",
    [RISK_ROOT] = "root",
    [RISK_DISRUPTS] = "disrupts",
};
static_assert(sizeof risk_names / sizeof *risk_names == RISK_COUNT, "one name each");

const char *reason_id(enum reason reason)
{
    return ids[reason];
}

const char *reason_meaning(enum reason reason)
{
    return meanings[reason];
}

enum reason reason_by_id(const char *id)
{
    unsigned int reason;

    for (reason = 0; reason < REASON_COUNT; reason++)
        if (strcmp(ids[reason], id) == 0)
            return (enum reason)reason;
    return REASON_COUNT;
}

const char *lacks_name(enum lacks lacks)
{
    return lacks_names[lacks];
}

const char *what_if_name(enum what_if what_if)
{
    return what_if_names[what_if];
}

const char *risk_name(enum risk risk)
{
    return risk == RISK_NONE ? NULL : risk_names[risk];
}
