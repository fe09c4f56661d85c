#include "table/walk.h"

#include <string.h>
#include <sys/socket.h>

#include "table/lock.h"

struct walk {
    uintptr_t place; /* 0 = free */
    bool ports;      /* else names */
    int64_t met_ms;
    int64_t refilled_ms;
    uint64_t tried;
    uint32_t left;    /* failures that may be told in full */
    bool announced;
    bool keeps;   /* 'last' is to be told */
    bool writing; /* 'last' is being changed */
    struct walk_last last;
};

/* Guarded by LOCK_REPEAT. */
static struct walk walks[WALK_PLACES_MAX];
_Atomic bool walk_keeps;

bool walk_lock(void)
{
    if (!lock_take(LOCK_REPEAT) && !lock_is_mine(LOCK_REPEAT))
        return false;
    lock_was_torn(LOCK_REPEAT); /* all are numbers: half a change does no harm */
    return true;
}

void walk_unlock(void)
{
    lock_release(LOCK_REPEAT);
}

/* The walk of PLACE; of the others, one that keeps nothing is given up first. */
static struct walk *find(uintptr_t place, bool ports, int64_t now_ms)
{
    struct walk *oldest = &walks[0];

    for (size_t i = 0; i < WALK_PLACES_MAX; i++) {
        struct walk *walk = &walks[i];

        if (walk->place == place && walk->ports == ports)
            return walk;
        if (walk->keeps < oldest->keeps ||
            (walk->keeps == oldest->keeps && walk->met_ms < oldest->met_ms))
            oldest = walk;
    }
    oldest->place = place;
    oldest->ports = ports;
    oldest->met_ms = oldest->refilled_ms = now_ms;
    oldest->left = WALK_TOLD_MAX;
    oldest->tried = 0;
    oldest->announced = oldest->keeps = oldest->writing = false;
    return oldest;
}

static void refill(struct walk *walk, int64_t now_ms)
{
    int64_t earned = (now_ms - walk->refilled_ms) / WALK_REFILL_MS;

    if (now_ms - walk->met_ms >= WALK_PAUSE_MS)
        walk->tried = 0;
    if (earned <= 0)
        return;
    walk->left = walk->left + earned > WALK_TOLD_MAX ? WALK_TOLD_MAX
                                                     : walk->left + (uint32_t)earned;
    walk->refilled_ms = now_ms;
    walk->announced = false;
}

static void keep(struct walk *walk, const struct failure *failure)
{
    if (walk->writing)
        return;
    walk->writing = true;
    walk->last.failure = *failure;
    memcpy(walk->last.bytes, failure->address, failure->length);
    walk->writing = false;
    if (walk->keeps)
        return;
    walk->keeps = true;
    lock_mark(LOCK_MARK_WALK);
    atomic_store_explicit(&walk_keeps, true, memory_order_relaxed);
}

static bool has_port(const struct failure *failure)
{
    sa_family_t family = AF_UNSPEC;

    if (failure->length >= sizeof family)
        memcpy(&family, failure->address, sizeof family);
    return family != AF_UNIX;
}

enum walk_step walk_count(const struct failure *failure, int64_t now_ms, bool may_tell,
                          uint64_t *tried)
{
    struct walk *walk = find(failure->place, has_port(failure), now_ms);

    refill(walk, now_ms);
    walk->met_ms = now_ms;
    *tried = ++walk->tried;
    if (may_tell && walk->left > 0) {
        walk->left--;
        walk->keeps = false; /* what is told last is the last */
        return WALK_TELL;
    }
    keep(walk, failure);
    if (walk->announced || !may_tell)
        return WALK_SILENT;
    walk->announced = true;
    return WALK_ANNOUNCE;
}

/* Is there another one? */
static void look_again(void)
{
    bool any = false;

    for (size_t i = 0; i < WALK_PLACES_MAX; i++)
        any = any || walks[i].keeps;
    atomic_store_explicit(&walk_keeps, any, memory_order_relaxed);
}

static bool take(int64_t now_ms, bool at_exit, struct walk_last *last)
{
    for (size_t i = 0; i < WALK_PLACES_MAX; i++) {
        struct walk *walk = &walks[i];

        if (!walk->keeps || (!at_exit && now_ms - walk->met_ms < WALK_PAUSE_MS))
            continue;
        walk->keeps = false;
        *last = walk->last;
        last->failure.address = last->bytes;
        look_again();
        return true;
    }
    return false;
}

/* A child of fork has a copy of what its parent keeps and will tell. */
static bool forget_parents(void)
{
    if (lock_marked(LOCK_MARK_WALK))
        return false;
    for (size_t i = 0; i < WALK_PLACES_MAX; i++)
        walks[i].keeps = false;
    look_again();
    return true;
}

bool walk_take_last(int64_t now_ms, bool at_exit, struct walk_last *last)
{
    bool taken;

    if (!walk_lock())
        return false;
    taken = !forget_parents() && take(now_ms, at_exit, last);
    walk_unlock();
    return taken;
}

void walk_worked(uintptr_t place)
{
    if (!walk_lock())
        return;
    for (size_t i = 0; i < WALK_PLACES_MAX; i++)
        if (walks[i].place == place)
            walks[i].keeps = false;
    look_again();
    walk_unlock();
}
