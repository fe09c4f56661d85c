/* Claim: of one place's failures WALK_TOLD_MAX are told in full, the next is announced, the rest is
 * silent; the last is kept until the walk has paused, or the process ends, or a call of that place
 * has worked; another place has a measure of its own; and a place may have more told when some time
 * has gone by. A child of fork keeps nothing of its parent's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "table/lock.h"
#include "table/walk.h"

enum { PLACE = 0x1000, OTHER = 0x2000 };

static int64_t now_ms = 1000000;

static enum walk_step step(uintptr_t place, unsigned int port)
{
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct failed_call failure = {CALL_BIND, 5, {0}, place, &where, sizeof where};
    enum walk_step step;
    uint64_t tried;

    assert_true(walk_lock());
    step = walk_count(&failure, now_ms, true, &tried);
    walk_unlock();
    return step;
}

/* The port that is kept, 0 if none. */
static unsigned int kept(bool at_exit)
{
    struct walk_last last;
    struct sockaddr_in where;

    if (!walk_take_last(now_ms, at_exit, &last))
        return 0;
    assert_int_equal(last.failure.length, sizeof where);
    memcpy(&where, last.failure.address, sizeof where);
    return ntohs(where.sin_port);
}

static void walk_of(uintptr_t place, unsigned int first, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++)
        step(place, first + i);
}

static int begin(void **state)
{
    (void)state;
    walk_worked(PLACE, 0);
    walk_worked(OTHER, 0);
    now_ms += 10 * WALK_REFILL_MS;
    return 0;
}

static void tells_few(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < WALK_TOLD_MAX; i++)
        assert_int_equal(step(PLACE, 5000 + i), WALK_TELL);
    assert_int_equal(kept(true), 0);
    assert_false(walk_is_open());
    assert_int_equal(step(PLACE, 5003), WALK_ANNOUNCE);
    assert_true(walk_is_open());
    for (unsigned int i = 4; i < 1000; i++)
        assert_int_equal(step(PLACE, 5000 + i), WALK_SILENT);
    assert_int_equal(step(OTHER, 5003), WALK_TELL);
}

static void keeps_until_a_pause(void **state)
{
    (void)state;
    walk_of(PLACE, 6000, 10);
    assert_int_equal(kept(false), 0);
    now_ms += WALK_PAUSE_MS - 1;
    assert_int_equal(kept(false), 0);
    now_ms += 1;
    assert_int_equal(kept(false), 6009);
    assert_int_equal(kept(false), 0);
    assert_false(walk_is_open());
}

static void keeps_until_exit(void **state)
{
    (void)state;
    walk_of(PLACE, 6000, 10);
    walk_of(OTHER, 7000, 10);
    assert_int_equal(kept(true) + kept(true), 6009 + 7009);
    assert_int_equal(kept(true), 0);
}

static void keeps_until_one_works(void **state)
{
    (void)state;
    walk_of(PLACE, 6000, 10);
    walk_of(OTHER, 7000, 10);
    walk_worked(PLACE, 0);
    assert_true(walk_is_open());
    assert_int_equal(kept(true), 7009);
    assert_int_equal(kept(true), 0);
}

static void keeps_nothing_that_is_told(void **state)
{
    (void)state;
    walk_of(PLACE, 6000, 10);
    now_ms += WALK_REFILL_MS;
    assert_int_equal(step(PLACE, 6010), WALK_TELL);
    assert_int_equal(kept(true), 0);
    assert_int_equal(step(PLACE, 6011), WALK_ANNOUNCE);
}

/* A place that was told of and then had the next free port expects what it met. */
static void knows_who_goes_on(void **state)
{
    (void)state;
    assert_int_equal(step(PLACE, 6000), WALK_TELL);
    assert_true(walk_is_open());
    walk_worked(PLACE, 6002);
    assert_false(walk_is_open());
    assert_int_equal(step(PLACE, 6002), WALK_ANNOUNCE);
    assert_int_equal(step(PLACE, 6004), WALK_SILENT);
    walk_worked(PLACE, 6006);
    now_ms += 10 * WALK_REFILL_MS;
    assert_int_equal(step(PLACE, 6006), WALK_SILENT);
    assert_int_equal(kept(true), 6006);
}

/* Another service's port is not the next one. */
static void knows_who_does_not(void **state)
{
    static const uint16_t elsewhere[] = {0, 80, 5999, 6000 + WALK_STEP_MAX + 1};

    (void)state;
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++) {
        now_ms += 10 * WALK_REFILL_MS;
        assert_int_equal(step(OTHER, 6000), WALK_TELL);
        walk_worked(OTHER, elsewhere[i]);
        assert_int_equal(step(OTHER, 7000), WALK_TELL);
    }
    now_ms += WALK_PAUSE_MS;
    assert_int_equal(kept(false), 0);
    assert_false(walk_is_open());
}

static void expects_a_known_walker(void **state)
{
    enum { KNOWN = 0x3000 };
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(700)};
    const struct failed_call failure = {CALL_BIND, 5, {0}, KNOWN, &where, sizeof where};

    (void)state;
    walk_expect(&failure, now_ms);
    assert_int_equal(step(KNOWN, 701), WALK_SILENT);
    assert_int_equal(kept(true), 701);
    walk_expect(&failure, now_ms);
    walk_worked(KNOWN, 702);
    assert_int_equal(kept(true), 0);
}

/* The short way for a step of a walk that is announced, and no other. */
static void goes_on_in_short(void **state)
{
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(6100)};
    struct failed_call failure = {CALL_BIND, 5, {0}, 0x4000, &where, sizeof where};

    (void)state;
    walk_of(0x4000, 6000, 3);
    assert_true(walk_lock());
    assert_false(walk_goes_on(&failure, now_ms));
    walk_unlock();
    assert_int_equal(step(0x4000, 6003), WALK_ANNOUNCE);
    assert_true(walk_lock());
    assert_true(walk_goes_on(&failure, now_ms));
    failure.place = 0x5000;
    assert_false(walk_goes_on(&failure, now_ms));
    failure.place = 0x4000;
    assert_false(walk_goes_on(&failure, now_ms + WALK_REFILL_MS));
    walk_unlock();
    assert_int_equal(kept(true), 6100);
}

static void keeps_one_of_each_place(void **state)
{
    (void)state;
    for (uintptr_t place = 1; place <= 3 * WALK_PLACES_MAX; place++)
        walk_of(place, 6000, 10);
    for (int i = 0; i < WALK_PLACES_MAX; i++)
        assert_int_equal(kept(true), 6009);
    assert_int_equal(kept(true), 0);
}

static void leaves_it_to_the_parent(void **state)
{
    int status;
    pid_t child;

    (void)state;
    walk_of(PLACE, 6000, 10);
    child = fork();
    if (child == 0) {
        bool none = kept(true) == 0 && !walk_is_open();

        walk_of(PLACE, 8000, 1);
        _exit(none && kept(true) == 8000 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(kept(true), 6009);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(tells_few, begin),
        cmocka_unit_test_setup(keeps_until_a_pause, begin),
        cmocka_unit_test_setup(keeps_until_exit, begin),
        cmocka_unit_test_setup(keeps_until_one_works, begin),
        cmocka_unit_test_setup(keeps_nothing_that_is_told, begin),
        cmocka_unit_test_setup(keeps_one_of_each_place, begin),
        cmocka_unit_test_setup(knows_who_goes_on, begin),
        cmocka_unit_test_setup(knows_who_does_not, begin),
        cmocka_unit_test_setup(expects_a_known_walker, begin),
        cmocka_unit_test_setup(goes_on_in_short, begin),
        cmocka_unit_test_setup(leaves_it_to_the_parent, begin),
    };

    lock_init(true);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
