#include "past/past_candidates.h"

#include <string.h>

struct gathering {
    struct past_candidates *found;
    enum protocol protocol;
    const struct endpoint *local;
    struct past_here here;
    struct scratch *scratch;
};

static bool is_about(const struct gathering *gathering, const struct past_bind *bind)
{
    const struct endpoint *local = gathering->local;

    if (bind->protocol != PROTOCOL_NONE && bind->protocol != gathering->protocol)
        return false;
    if (local->family == FAMILY_UNIX)
        return endpoint_equal(&bind->local, local);
    return bind->local.family != FAMILY_UNIX &&
           (bind->local.port == local->port || bind->local.port == 0);
}

/* Of one process's binds within a tick of the clock the numbers tell. */
static bool is_older(const struct past_bind *a, const struct past_bind *b)
{
    return a->time_us < b->time_us || (a->time_us == b->time_us && a->number < b->number);
}

/* The place for BIND in the list, or NULL if the list is full of younger ones. */
static struct past_candidate *place_for(struct past_candidates *found,
                                        const struct past_bind *bind)
{
    size_t at = found->count;

    while (at > 0 && is_older(&found->list[at - 1].bind, bind))
        at--;
    if (found->count == PAST_CANDIDATES_MAX) {
        found->complete = false;
        if (at == PAST_CANDIDATES_MAX)
            return NULL;
        found->count--;
    }
    memmove(&found->list[at + 1], &found->list[at],
            (found->count - at) * sizeof found->list[0]);
    found->count++;
    return &found->list[at];
}

static const char *copy(const char *text, struct scratch *scratch)
{
    return text[0] == '\0' ? NULL : scratch_copy(scratch, text, strlen(text));
}

static void keep(struct gathering *gathering, const struct past_file *file,
                 const struct past_bind *bind)
{
    const struct history_process *process = &file->process;
    struct past_candidate *candidate = place_for(gathering->found, bind);

    if (candidate == NULL)
        return;
    *candidate = (struct past_candidate){
        .bind = *bind,
        .binder = past_binder_of(&gathering->here, file, bind),
        .comm = copy(process->comm, gathering->scratch),
        .exe = copy(process->exe, gathering->scratch),
        .stack = past_stack(file, bind, gathering->scratch),
    };
    if (candidate->binder.elsewhere)
        candidate->binder.pid = 0; /* none of those that are seen here */
}

static bool visit(void *context, struct past_file *file)
{
    struct gathering *gathering = context;

    if (!past_is_of_here(&gathering->here, &file->process))
        return true;
    for (uint32_t i = 0; i < file->record_count; i++) {
        struct past_bind bind;

        if (past_bind_at(file, i, &bind) && is_about(gathering, &bind) &&
            past_confirm(file, &bind))
            keep(gathering, file, &bind);
    }
    return true;
}

struct past_candidates *past_gather(enum protocol protocol, const struct endpoint *local,
                                    const char *folder, struct scratch *scratch)
{
    struct gathering gathering = {.protocol = protocol, .local = local, .scratch = scratch};
    const struct past_visitor visitor = {visit, &gathering};
    struct past_result result;
    int port = local->family == FAMILY_UNIX ? 0 : local->port;

    gathering.found = scratch_take(scratch, sizeof *gathering.found);
    if (gathering.found == NULL)
        return NULL;
    gathering.found->complete = true;
    past_here(&gathering.here);
    result = past_each(folder, port, PAST_BUDGET_MS, &visitor);
    gathering.found->skipped = result.skipped;
    if (result.error < 0 || !result.complete)
        gathering.found->complete = false;
    return gathering.found;
}
