#include "table/repeat.h"

#include <stdbool.h>
#include <string.h>

#include "table/lock.h"
#include "table/table.h"

enum { NOT_TOLD = 0x7fffffff };

struct met {
    uint64_t key; /* 0 = free */
    int64_t looked_ms;
    int64_t met_ms;
    uint64_t count;      /* since it was told in full */
    unsigned int reason; /* told last, or NOT_TOLD */
};

/* Guarded by LOCK_REPEAT. */
static struct met met[REPEAT_ADDRESSES_MAX];
static int64_t looks_left = REPEAT_LOOKS_MAX;
static int64_t refilled_ms;

/* FNV-1a over words; the high bits are folded down, which a multiplication never does. */
static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 29;
}

static uint64_t key_of(enum call call, enum protocol protocol, const struct endpoint *local)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) + (uint64_t)call * 16 + (uint64_t)protocol;
    uint64_t words[2];
    size_t i;

    memcpy(words, local->address, sizeof words);
    hash = mix(hash, (uint64_t)local->scope << 32 | (uint64_t)local->family << 16 | local->port);
    hash = mix(mix(hash, words[0]), words[1]);
    for (i = 0; i < local->path_length; i++)
        hash = mix(hash, (unsigned char)local->path[i]);
    return hash | 1;
}

static struct met *find(uint64_t key)
{
    struct met *oldest = &met[0];
    size_t i;

    for (i = 0; i < REPEAT_ADDRESSES_MAX; i++) {
        if (met[i].key == key)
            return &met[i];
        if (met[i].met_ms < oldest->met_ms)
            oldest = &met[i];
    }
    *oldest = (struct met){.key = key, .looked_ms = INT64_MIN / 2, .reason = NOT_TOLD};
    return oldest;
}

static bool may_look(int64_t now_ms)
{
    int64_t earned = (now_ms - refilled_ms) / REPEAT_REFILL_MS;

    if (earned > 0) {
        looks_left = looks_left + earned > REPEAT_LOOKS_MAX ? REPEAT_LOOKS_MAX
                                                            : looks_left + earned;
        refilled_ms = now_ms;
    }
    if (looks_left == 0)
        return false;
    looks_left--;
    return true;
}

static bool is_round(uint64_t count)
{
    while (count >= 10 && count % 10 == 0)
        count /= 10;
    return count == 1;
}

static bool enter(void)
{
    if (!lock_take(LOCK_REPEAT) && !lock_is_mine(LOCK_REPEAT))
        return false;
    lock_was_torn(LOCK_REPEAT); /* all are numbers: half a change does no harm */
    return true;
}

struct repeat repeat_count(enum call call, enum protocol protocol, const struct endpoint *local,
                           int64_t now_ms)
{
    struct repeat repeat = {REPEAT_SILENT, 0, 0};
    struct met *address;

    if (!enter())
        return repeat;
    address = find(key_of(call, protocol, local));
    address->met_ms = now_ms;
    address->count++;
    repeat.count = address->count;
    repeat.reason = address->reason;
    if (address->reason != NOT_TOLD && address->count >= 10 && is_round(address->count))
        repeat.step = REPEAT_TELL;
    else if (now_ms - address->looked_ms >= REPEAT_LOOK_MS && may_look(now_ms))
        repeat.step = REPEAT_LOOK;
    if (repeat.step == REPEAT_LOOK)
        address->looked_ms = now_ms;
    lock_release(LOCK_REPEAT);
    return repeat;
}

struct repeat repeat_conclude(enum call call, enum protocol protocol,
                              const struct endpoint *local, unsigned int reason)
{
    struct repeat repeat = {REPEAT_SILENT, 0, reason};
    struct met *address;

    if (!enter())
        return repeat;
    address = find(key_of(call, protocol, local));
    if (address->reason != reason) {
        address->reason = reason;
        address->count = 1;
        repeat.step = REPEAT_TELL;
    }
    lock_release(LOCK_REPEAT);
    return repeat;
}
