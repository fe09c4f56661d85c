#include "hook/helped.h"

#include <assert.h>
#include <unistd.h>

#include "confine/confinement.h"
#include "confine/helper.h"
#include "hook/filter.h"
#include "hook/last_word.h"
#include "hook/setup.h"
#include "report/sink.h"
#include "table/descriptor.h"
#include "table/table.h"
#include "unwind/stack.h"

enum {
    RELATED_MAX = 8,         /* descriptors of ours at the address that are looked at */
    HELPER_STACK = 14 * 1024 /* bytes that it takes to make a helper, and to look and tell there */
};

struct telling {
    const struct made *made;
    const struct repeat *repeat;
    enum reason (*tell)(const struct made *made, const struct repeat *repeat, struct room *room);
    char *last_word; /* shared with the process that it is told for */
};

/* In the helper. What it changes in memory is lost but for its result. */
static int look_and_tell(void *context)
{
    const struct telling *telling = context;
    enum reason reason = REASON_COUNT;
    struct room room;

    sink_complete();
    if (say_open(&room)) {
        reason = telling->tell(telling->made, telling->repeat, &room);
        say_close(&room);
        last_word_hand_over(telling->last_word);
    }
    return (int)reason;
}
static_assert((int)REASON_COUNT <= (int)HELPER_RESULT_MAX, "a reason is a result");

/* What this process has bound at the address of MADE, for a helper to look at. */
static size_t descriptors_of(const struct made *made, int kept[RELATED_MAX])
{
    struct bound found[RELATED_MAX];
    size_t count = table_find(descriptor_protocol(made->fd), &made->local, found, RELATED_MAX), i;

    for (i = 0; i < count; i++)
        kept[i] = found[i].fd;
    return count;
}

bool helped_tells(const struct made *made, const struct repeat *repeat,
                  enum reason (*tell)(const struct made *made, const struct repeat *repeat,
                                      struct room *room))
{
    struct telling telling = {made, repeat, tell, NULL};
    enum helper_outcome outcome;
    int kept[RELATED_MAX + 3], result = 0;
    struct helper_task task = {look_and_tell, &telling, kept, 0};
    struct confinement now;

    confinement_look(&now);
    if (!now.on || filter_is_on || !helper_may_be_made(&now) || !stack_has_room(HELPER_STACK, true))
        return false;
    task.keep_count = descriptors_of(made, kept);
    kept[task.keep_count++] = made->fd;
    kept[task.keep_count++] = STDERR_FILENO;
    kept[task.keep_count++] = setup_settings()->log_fd;
    telling.last_word = last_word_share();
    outcome = helper_run(&task, &now, &result);
    last_word_adopt(telling.last_word, &made->local, now.pid);
    if (outcome != HELPER_DID)
        return false;
    if (result < (int)REASON_COUNT)
        repeat_conclude(repeat->key, (unsigned int)result);
    return true;
}
