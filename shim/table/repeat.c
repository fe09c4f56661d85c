#include "table/repeat.h"

#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

enum { NOT_TOLD = 0x7fffffff, WAYS = 4, SETS = REPEAT_ADDRESSES_MAX / WAYS };

struct met {
    uint64_t key; /* 0 = free */
    int64_t looked_ms;
    int64_t met_ms;
    uint64_t count;      /* since it was told in full */
    unsigned int reason; /* told last, or NOT_TOLD */
};

/* Guarded by walk_lock(), as all that follows. A key has its place in one set. */
static struct met met[SETS][WAYS];
static int64_t looks_left = REPEAT_LOOKS_MAX;
static int64_t refilled_ms;

/* FNV-1a over words; the high bits are folded down, which a multiplication never does. */
static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 29;
}

/* The bytes of a sockaddr that say where: what fills it up may be anything. */
static uint64_t mix_address(uint64_t hash, const unsigned char *bytes, uint32_t length)
{
    enum { INET_BYTES = 8, INET6_BYTES = 28 }; /* family, port, address, and scope */
    uint64_t words[3] = {0};
    struct endpoint local;
    sa_family_t family = 0;

    if (length >= INET_BYTES)
        memcpy(&family, bytes, sizeof family);
    if (family == AF_INET) {
        memcpy(words, bytes, INET_BYTES);
        return mix(hash, words[0]);
    }
    if (family == AF_INET6 && length >= INET6_BYTES) {
        memcpy(words, bytes, 4);
        memcpy((char *)words + 4, bytes + 8, 20);
        return mix(mix(mix(hash, words[0]), words[1]), words[2]);
    }
    local = endpoint_from_sockaddr(bytes, length);
    hash = mix(hash, (uint64_t)local.family << 16 | local.port);
    memcpy(words, local.address, sizeof local.address);
    hash = mix(mix(hash, words[0]), words[1]);
    for (size_t i = 0; i < local.path_length; i++)
        hash = mix(hash, (unsigned char)local.path[i]);
    return hash;
}

static uint64_t key_of(const struct failed_call *failure)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) + (uint64_t)failure->call * 64;

    hash = mix(hash + descriptor_kind(failure->past), failure->place);
    return mix_address(hash, failure->address, failure->length) | 1;
}

static struct met *find(uint64_t key)
{
    struct met *set = met[(key >> 1) % SETS], *oldest = set;

    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].key == key)
            return &set[i];
        if (set[i].met_ms < oldest->met_ms)
            oldest = &set[i];
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
    return looks_left > 0;
}

static bool is_round(uint64_t count)
{
    while (count >= 10 && count % 10 == 0)
        count /= 10;
    return count == 1;
}

/* A look at ADDRESS is due. Known ones are looked at for a change; of the others, only as many as
 * their place may have told. */
static enum repeat_step step_of(struct met *address, const struct failed_call *failure,
                                int64_t now_ms, uint64_t *count)
{
    static const enum repeat_step steps[] = {[WALK_TELL] = REPEAT_LOOK,
                                             [WALK_ANNOUNCE] = REPEAT_WALK,
                                             [WALK_SILENT] = REPEAT_SILENT};
    bool may = may_look(now_ms);
    enum repeat_step step = REPEAT_SILENT;

    if (address->reason == NOT_TOLD)
        step = steps[walk_count(failure, now_ms, may, count)];
    else if (may)
        step = REPEAT_LOOK;
    if (step != REPEAT_LOOK)
        return step;
    looks_left--;
    address->looked_ms = now_ms;
    return step;
}

struct repeat repeat_count(const struct failed_call *failure, int64_t now_ms)
{
    struct repeat repeat;
    struct met *address;

    repeat.step = REPEAT_SILENT;
    if (!walk_lock())
        return repeat;
    if (walk_goes_on(failure, now_ms)) {
        walk_unlock();
        return repeat;
    }
    repeat.key = key_of(failure);
    address = find(repeat.key);
    address->met_ms = now_ms;
    repeat.count = ++address->count;
    repeat.reason = address->reason;
    if (address->reason != NOT_TOLD && address->count >= 10 && is_round(address->count))
        repeat.step = REPEAT_TELL;
    else if (now_ms - address->looked_ms >= REPEAT_LOOK_MS)
        repeat.step = step_of(address, failure, now_ms, &repeat.count);
    else if (address->reason == NOT_TOLD)
        walk_keep(failure, now_ms); /* its look goes on, or was left by siglongjmp */
    walk_unlock();
    return repeat;
}

struct repeat repeat_resume(const struct failed_call *failure)
{
    return (struct repeat){.step = REPEAT_LOOK, .key = key_of(failure)};
}

bool repeat_conclude(uint64_t key, unsigned int reason)
{
    struct met *address;
    bool changed;

    if (!walk_lock())
        return false;
    address = find(key);
    changed = address->reason != reason;
    if (changed) {
        address->reason = reason;
        address->count = 1;
    }
    walk_unlock();
    return changed;
}

bool repeat_is_first(_Atomic uintptr_t *told, size_t count, uintptr_t key)
{
    for (size_t i = 0; i < count; i++) {
        uintptr_t seen = 0;

        if (atomic_compare_exchange_strong(&told[i], &seen, key))
            return true;
        if (seen == key)
            return false;
    }
    return false;
}
