/* What helps, and only what would really work: one row for each cure, in the order of telling. */
#include "rules/cures_parts.h"

#include <assert.h>

enum harm {
    HARM_NONE = 0,
    HARM_SAFE,
    HARM_ROOT,
    HARM_ENDS,
    HARM_ENDS_ALL,
    HARM_AT_ONCE,
    HARM_SPLITS,
    HARM_COUNT
};

static const char harms[][16] = {
    [HARM_NONE] = "",          [HARM_SAFE] = "safe",           [HARM_ROOT] = "root",
    [HARM_ENDS] = "ends it",   [HARM_ENDS_ALL] = "ends them",  [HARM_AT_ONCE] = "ends it hard",
    [HARM_SPLITS] = "splits clients",
};
static_assert(sizeof harms / sizeof *harms == HARM_COUNT, "one each");

struct row {
    char id[20];
    uint8_t kind; /* enum cure_kind */
    uint8_t risk; /* enum risk */
    uint8_t harm; /* enum harm */
    bool (*when)(const struct failure *failure);
    void (*word)(const struct failure *failure, struct text *text, struct text *command);
};

/* The least harmful first of what gives this very address now; then what gives another one, or
 * takes time; then what keeps it from happening again. To free leftovers harms nobody either, and
 * takes no time: for root that comes before waiting. */
static const struct row rows[] = {
    {"force", CURE_NOW, RISK_SAFE, HARM_SAFE, when_force, word_force},
    {"force-multicast", CURE_NOW, RISK_SAFE, HARM_SAFE, when_multicast, word_multicast},
    {"force-multicast", CURE_NOW, RISK_DISRUPTS, HARM_SPLITS, when_multicast_and_unicast,
     word_multicast_and_unicast},
    {"free", CURE_NOW, RISK_ROOT, HARM_ROOT, when_free_by_root, word_free_by_root},
    {"wait", CURE_NOW, RISK_SAFE, HARM_SAFE, when_wait_alone, word_wait},
    {"wait-ending", CURE_NOW, RISK_SAFE, HARM_SAFE, when_ending, word_ending},
    {"unlink", CURE_NOW, RISK_SAFE, HARM_SAFE, when_unlink, word_unlink},
    {"retry", CURE_NOW, RISK_SAFE, HARM_SAFE, when_retry, word_retry},
    {"told-twice", CURE_NOW, RISK_NONE, HARM_NONE, when_told_twice, word_told_twice},
    {"sibling", CURE_NOW, RISK_NONE, HARM_NONE, when_sibling, word_sibling},
    {"fix-program", CURE_NOW, RISK_NONE, HARM_NONE, when_fix, word_fix},
    {"free", CURE_NOW, RISK_ROOT, HARM_ROOT, when_free_by_others, word_free},
    {"own-address", CURE_NOW, RISK_NONE, HARM_NONE, when_not_local, word_own_address},
    {"wait-address", CURE_NOW, RISK_SAFE, HARM_SAFE, when_wait_address, word_wait_address},
    {"look-outside", CURE_NOW, RISK_SAFE, HARM_SAFE, when_look_outside, word_look_outside},
    {"look-around", CURE_NOW, RISK_SAFE, HARM_SAFE, when_look_around, word_look_around},
    {"look", CURE_NOW, RISK_ROOT, HARM_ROOT, when_look, word_look},
    {"stop-container", CURE_NOW, RISK_DISRUPTS, HARM_ENDS, when_stop_container,
     word_stop_container},
    {"stop-kept", CURE_NOW, RISK_DISRUPTS, HARM_ENDS, when_stop_kept, word_stop_kept},
    {"stop-unit", CURE_NOW, RISK_DISRUPTS, HARM_ENDS_ALL, when_stop_unit, word_stop_unit},
    {"stop", CURE_NOW, RISK_DISRUPTS, HARM_ENDS, when_stop_supervised, word_stop_supervised},
    {"stop", CURE_NOW, RISK_DISRUPTS, HARM_ENDS, when_stop, word_stop},
    {"stop-hard", CURE_NOW, RISK_DISRUPTS, HARM_AT_ONCE, when_stop_hard, word_stop_hard},
    {"stop-all", CURE_NOW, RISK_DISRUPTS, HARM_ENDS_ALL, when_stop_all, word_stop_all},
    {"hangs", CURE_NOW, RISK_NONE, HARM_NONE, when_hangs, word_hangs},
    {"first", CURE_NOW, RISK_NONE, HARM_NONE, when_first, word_first},
    {"another-port", CURE_NOW, RISK_SAFE, HARM_SAFE, when_another_port, word_another_port},
    {"another-address", CURE_NOW, RISK_SAFE, HARM_SAFE, when_another_address,
     word_another_address},
    {"open-port", CURE_NOW, RISK_ROOT, HARM_ROOT, when_low_port, word_open_port},
    {"see-name", CURE_NOW, RISK_SAFE, HARM_SAFE, when_see_name, word_see_name},
    {"stop-nfs", CURE_NOW, RISK_DISRUPTS, HARM_ENDS, when_stop_nfs, word_stop_nfs},
    {"see-tunnel", CURE_NOW, RISK_SAFE, HARM_SAFE, when_see_tunnel, word_see_tunnel},
    {"wait-leaving", CURE_NOW, RISK_SAFE, HARM_SAFE, when_leaving, word_leaving},
    {"v6only", CURE_NOW, RISK_DISRUPTS, HARM_SPLITS, when_v6only, word_v6only},
    {"v6only", CURE_NOW, RISK_DISRUPTS, HARM_SPLITS, when_v6only_other, word_v6only_other},
    {"share", CURE_NOW, RISK_DISRUPTS, HARM_SPLITS, when_share, word_share},
    {"share", CURE_NOW, RISK_DISRUPTS, HARM_SPLITS, when_share_both, word_share_both},
    {"widen", CURE_NOW, RISK_ROOT, HARM_ROOT, when_widen, word_widen},
    {"force-from-now-on", CURE_FOR_GOOD, RISK_SAFE, HARM_NONE, when_force_both, word_force_both},
    {"own-option", CURE_FOR_GOOD, RISK_SAFE, HARM_NONE, when_own_option, word_own_option},
    {"wait-always", CURE_FOR_GOOD, RISK_SAFE, HARM_NONE, when_wait_always, word_wait_always},
    {"unlink-always", CURE_FOR_GOOD, RISK_SAFE, HARM_NONE, when_unlink, word_unlink_always},
    {"reserve", CURE_FOR_GOOD, RISK_ROOT, HARM_ROOT, when_reserve, word_reserve},
    {"right", CURE_FOR_GOOD, RISK_ROOT, HARM_ROOT, when_low_port, word_right},
    {"next-time", CURE_FOR_GOOD, RISK_NONE, HARM_NONE, when_next_time, word_next_time},
};

/* One more cure, where it applies and there is room. Half a command must not be pasted. */
static void consider(const struct failure *failure, struct verdict *verdict, const struct row *row)
{
    struct cure *cure = &verdict->cures[verdict->cure_count];
    struct text text, command;

    if (verdict->cure_count == CURES_MAX || !row->when(failure))
        return;
    text = text_in(cure->text, sizeof cure->text);
    command = text_in(cure->command, sizeof cure->command);
    row->word(failure, &text, &command);
    if (text.cut || command.cut || text.used == 0)
        return;
    cure->id = row->id;
    cure->risk = (enum risk)row->risk;
    cure->kind = (enum cure_kind)row->kind;
    cure->harm = row->harm == HARM_NONE ? NULL : harms[row->harm];
    verdict->cure_count++;
}

void cures_find(const struct evidence *evidence, struct verdict *verdict)
{
    const struct failure failure = {
        evidence, verdict, &evidence->attempt,
        verdict->decisive < evidence->holder_count ? &evidence->holders[verdict->decisive] : NULL};

    verdict->cure_count = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        consider(&failure, verdict, &rows[i]);
}
