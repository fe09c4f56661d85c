/* Claim: a failure has one id, whenever it is printed, and every other failure has another: of
 * another time, thread, address, call, host or boot, or the next repeat within one tick. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "records.h"

enum { OTHERS_MAX = 32 };

static struct sample sample;
static uint64_t ids[OTHERS_MAX];
static size_t count;

static void expect_another(void)
{
    uint64_t id = record_id(&sample.record);
    size_t i;

    for (i = 0; i < count; i++)
        assert_int_not_equal(id, ids[i]);
    ids[count++] = id;
}

static void begin(void)
{
    sample_time_wait(&sample);
    sample.record.evidence = NULL; /* as in a repeat: the caller is the record's own */
    sample.record.caller.host = "web-1";
    sample.record.caller.boot = "1";
}

static void one(void **state)
{
    uint64_t first;

    (void)state;
    begin();
    first = record_id(&sample.record);
    begin();
    assert_int_equal(record_id(&sample.record), first);
}

static void others(void **state)
{
    struct record *record = &sample.record;

    (void)state;
    begin();
    expect_another();
    begin(), record->time_us++, expect_another();
    begin(), record->caller.pid++, expect_another();
    begin(), record->caller.tid++, expect_another();
    begin(), record->caller.host = "web-2", expect_another();
    begin(), record->caller.host = NULL, expect_another();
    begin(), record->caller.boot = "2", expect_another();
    begin(), record->event = EVENT_LISTEN_FAILED, expect_another();
    begin(), record->fd++, expect_another();
    begin(), record->address.port++, expect_another();
    begin(), record->address.address[3]++, expect_another();
    begin(), record->repeats = 10, expect_another();
    begin(), record->repeats = 100, expect_another();
    begin(), record->walk = 3, expect_another();
    begin(), record->address = sample_endpoint("/run/x", 0), expect_another();
    begin(), record->address = sample_endpoint("/run/y", 0), expect_another();
    begin(), record->address = sample_endpoint("@run/y", 0), expect_another();
    assert_int_equal(count, 17);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
