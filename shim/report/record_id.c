/* One id for one failure: a sum over what no two failures share all of. Within one tick of the
 * clock a thread may fail at an address more than once: then the number of the repeat differs. */
#include <string.h>

#include "past/history_format.h"
#include "report/record.h"

enum { NAME_MAX_BYTES = 64 }; /* of a host: HOST_NAME_MAX */

static uint64_t add_string(uint64_t sum, const char *string)
{
    char room[NAME_MAX_BYTES] = {0};

    if (string != NULL)
        memcpy(room, string, text_length(string, sizeof room));
    return history_sum(sum, room, sizeof room);
}

static uint64_t add_address(uint64_t sum, const struct endpoint *address)
{
    char path[(ENDPOINT_PATH_MAX + 7) / 8 * 8] = {0};

    sum = history_sum(sum, address->address, sizeof address->address);
    memcpy(path, address->path, address->path_length);
    return history_sum(sum, path, sizeof path);
}

uint64_t record_id(const struct record *record)
{
    const struct caller *caller =
        record->evidence != NULL ? &record->evidence->attempt.caller : &record->caller;
    const uint64_t numbers[] = {
        (uint64_t)record->time_us, (uint64_t)caller->pid,    (uint64_t)caller->tid,
        (uint64_t)record->event,   (uint64_t)record->fd,     record->protocol,
        record->address.family,    record->address.port,     record->address.scope,
        record->repeats,           record->walk,
    };
    uint64_t sum = add_string(add_string(1, caller->host), caller->boot);

    return add_address(history_sum(sum, numbers, sizeof numbers), &record->address);
}
