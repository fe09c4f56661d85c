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
    bool copes;   /* it has gone on to the next port: nothing more is told of its steps */
    bool watches; /* for whether it copes */
    uint16_t told_port;
    bool keeps;   /* 'last' is to be told */
    bool writing; /* 'last' is being changed */
    struct walk_last last;
};

/* Guarded by LOCK_REPEAT. */
static struct walk walks[WALK_PLACES_MAX];
static struct walk *latest = walks; /* counted last */
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

void walk_tidy(void)
{
    if (!lock_is_mine(LOCK_REPEAT))
        return;
    for (size_t i = 0; i < WALK_PLACES_MAX; i++)
        if (walks[i].writing)
            walks[i].keeps = walks[i].writing = false;
    walk_unlock();
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
    oldest->copes = oldest->watches = false;
    return oldest;
}

static void refill(struct walk *walk, int64_t now_ms)
{
    int64_t earned = (now_ms - walk->refilled_ms) / WALK_REFILL_MS;

    if (now_ms - walk->met_ms >= WALK_PAUSE_MS)
        walk->tried = 0;
    if (earned <= 0 || walk->copes)
        return;
    walk->left = walk->left + earned > WALK_TOLD_MAX ? WALK_TOLD_MAX
                                                     : walk->left + (uint32_t)earned;
    walk->refilled_ms = now_ms;
    walk->announced = false;
}

static void open_up(void)
{
    lock_mark(LOCK_MARK_WALK);
    atomic_store_explicit(&walk_keeps, true, memory_order_relaxed);
}

/* Once for each step of a walk: what is copied in one piece of a length that the compiler does not
 * know, or field by field as `rep movs` of -Os, takes as long as all the rest of it. */
static void copy(struct walk_last *last, const struct failed_call *failure)
{
    enum { USUAL = 16 }; /* a sockaddr_in */

    last->failure.call = failure->call;
    last->failure.fd = failure->fd;
    last->failure.past = failure->past;
    last->failure.place = failure->place;
    last->failure.length = failure->length;
    if (failure->length == USUAL)
        memcpy(last->bytes, failure->address, USUAL);
    else
        memcpy(last->bytes, failure->address, failure->length);
}

static void keep(struct walk *walk, const struct failed_call *failure)
{
    if (walk->writing)
        return;
    walk->writing = true;
    copy(&walk->last, failure);
    walk->writing = false;
    if (walk->keeps)
        return;
    walk->keeps = true;
    open_up();
}

static bool has_port(const struct failed_call *failure)
{
    sa_family_t family = AF_UNSPEC;

    if (failure->length >= sizeof family)
        memcpy(&family, failure->address, sizeof family);
    return family != AF_UNIX;
}

static void watch(struct walk *walk, const struct failed_call *failure)
{
    walk->told_port = endpoint_from_sockaddr(failure->address, failure->length).port;
    walk->watches = walk->told_port != 0;
    if (walk->watches)
        open_up();
}

enum walk_step walk_count(const struct failed_call *failure, int64_t now_ms, bool may_tell,
                          uint64_t *tried)
{
    struct walk *walk = find(failure->place, has_port(failure), now_ms);

    refill(walk, now_ms);
    latest = walk;
    walk->met_ms = now_ms;
    *tried = ++walk->tried;
    if (may_tell && walk->left > 0) {
        walk->left--;
        walk->keeps = false; /* what is told last is the last */
        watch(walk, failure);
        return WALK_TELL;
    }
    keep(walk, failure);
    if (walk->announced || !may_tell)
        return WALK_SILENT;
    walk->announced = true;
    return WALK_ANNOUNCE;
}

bool walk_goes_on(const struct failed_call *failure, int64_t now_ms)
{
    struct walk *walk = latest;

    if (walk->place != failure->place || !walk->announced ||
        now_ms - walk->met_ms >= WALK_PAUSE_MS ||
        (!walk->copes && now_ms - walk->refilled_ms >= WALK_REFILL_MS) ||
        walk->ports != has_port(failure))
        return false;
    walk->met_ms = now_ms;
    walk->tried++;
    keep(walk, failure);
    return true;
}

void walk_expect(const struct failed_call *failure, int64_t now_ms)
{
    struct walk *walk;

    if (!walk_lock())
        return;
    walk = find(failure->place, has_port(failure), now_ms);
    walk->copes = walk->announced = true;
    walk->watches = false;
    walk->left = 0;
    walk->met_ms = now_ms;
    latest = walk;
    keep(walk, failure);
    walk_unlock();
}

void walk_keep(const struct failed_call *failure, int64_t now_ms)
{
    struct walk *walk = find(failure->place, has_port(failure), now_ms);

    walk->met_ms = now_ms;
    keep(walk, failure);
}

/* Is there another one? */
static void look_again(void)
{
    bool any = false;

    for (size_t i = 0; i < WALK_PLACES_MAX; i++)
        any = any || walks[i].keeps || walks[i].watches;
    atomic_store_explicit(&walk_keeps, any, memory_order_relaxed);
}

static bool take(int64_t now_ms, bool at_exit, struct walk_last *last)
{
    for (size_t i = 0; i < WALK_PLACES_MAX; i++) {
        struct walk *walk = &walks[i];

        if (!at_exit && now_ms - walk->met_ms < WALK_PAUSE_MS)
            continue;
        walk->watches = false;
        if (!walk->keeps)
            continue;
        walk->keeps = false;
        *last = walk->last;
        last->failure.address = last->bytes;
        look_again();
        return true;
    }
    look_again();
    return false;
}

/* A child of fork has a copy of what its parent keeps and will tell. */
static bool forget_parents(void)
{
    if (lock_marked(LOCK_MARK_WALK))
        return false;
    for (size_t i = 0; i < WALK_PLACES_MAX; i++)
        walks[i].keeps = walks[i].watches = false;
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

/* Has it gone on from the port that was told of to the next one that is free? */
static bool went_on(const struct walk *walk, uint16_t port)
{
    return walk->watches && port > walk->told_port && port - walk->told_port <= WALK_STEP_MAX;
}

void walk_worked(uintptr_t place, uint16_t port)
{
    if (!walk_lock())
        return;
    for (size_t i = 0; i < WALK_PLACES_MAX; i++) {
        struct walk *walk = &walks[i];

        if (walk->place != place)
            continue;
        walk->copes |= went_on(walk, port);
        walk->left = walk->copes ? 0 : walk->left;
        walk->watches &= port == 0;
        walk->keeps = false;
    }
    look_again();
    walk_unlock();
}
