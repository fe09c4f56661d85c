/* Claim: the table of binds finds what was added, the newest first; when it is full it gives up the
 * oldest; sockets bound to port 0 cannot push out those with a port; and what a fork caught half
 * changed is begun anew; and what could not be recorded is counted, and told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "facts/own_binds.h"
#include "table/lock.h"
#include "table/table.h"

enum { FOUND_MAX = 8 };

static const struct trace trace = {.count = 2, .pc = {0x1000, 0x2000}};

static struct endpoint at(uint16_t port)
{
    return (struct endpoint){.family = FAMILY_INET, .port = port, .address = {127, 0, 0, 1}};
}

static size_t find(uint16_t port, struct bound *found)
{
    struct endpoint local = at(port);

    return table_find(PROTOCOL_TCP, &local, found, FOUND_MAX);
}

static void add(uint16_t port, int fd)
{
    struct endpoint local = at(port);

    table_add(PROTOCOL_TCP, &local, fd, &trace);
}

static void finds_the_newest_first(void **state)
{
    struct bound found[FOUND_MAX];

    (void)state;
    add(80, 3);
    add(80, 4);
    assert_int_equal(find(80, found), 2);
    assert_int_equal(found[0].fd, 4);
    assert_int_equal(found[1].fd, 3);
    assert_int_equal(found[0].local.port, 80);
    assert_int_equal(found[0].trace.count, 2);
    assert_int_equal(found[0].trace.pc[1], 0x2000);
    assert_int_equal(find(81, found), 0);
    add(80, 3); /* again: the newest now, and not twice */
    assert_int_equal(find(80, found), 2);
    assert_int_equal(found[0].fd, 3);
}

/* As in a signal handler that has interrupted the recording of a bind: it is not waited for. */
static void what_cannot_be_recorded_is_told(void **state)
{
    static char memory[256 * 1024];
    struct scratch scratch = {memory, memory + sizeof memory};
    struct evidence evidence = {.attempt.socket = {.protocol = PROTOCOL_TCP, .local = at(99)}};
    struct bound found[FOUND_MAX];
    unsigned int i;

    (void)state;
    own_binds_match(&evidence, &scratch);
    assert_int_equal(evidence.unrecorded, 0);
    for (i = 0; i < TABLE_SHARDS; i++)
        assert_true(lock_take(i));
    add(99, 3);
    assert_int_equal(find(99, found), 0); /* which is a look, and no loss */
    for (i = 0; i < TABLE_SHARDS; i++)
        lock_release(i);
    assert_int_equal(find(99, found), 0);
    own_binds_match(&evidence, &scratch);
    assert_int_equal(evidence.unrecorded, 1);
}

/* What descriptor FD is bound to: the last of its binds, while it is the same socket. */
static void knows_the_last_of_a_descriptor(void **state)
{
    enum { FD = 200 };
    struct endpoint local;

    (void)state;
    assert_false(table_last_of(FD, &local));
    descriptor_open(FD, PROTOCOL_TCP);
    add(90, FD);
    descriptor_bind(FD, true);
    assert_true(table_last_of(FD, &local));
    assert_int_equal(local.port, 90);
    descriptor_open(FD, PROTOCOL_TCP);
    add(91, FD);
    descriptor_bind(FD, true);
    assert_true(table_last_of(FD, &local));
    assert_int_equal(local.port, 91);
    add(0, FD);
    assert_true(table_last_of(FD, &local));
    assert_int_equal(local.port, 91); /* that bind was not seen to have worked */
    descriptor_bind(FD, true);
    assert_true(table_last_of(FD, &local));
    assert_int_equal(local.port, 0);
}

static void tells_unix_names_apart(void **state)
{
    struct endpoint local = {.family = FAMILY_UNIX, .path_length = 5, .path = "/a\0bc"};
    struct bound found[FOUND_MAX];

    (void)state;
    table_add(PROTOCOL_UNIX, &local, 7, &trace);
    assert_int_equal(table_find(PROTOCOL_UNIX, &local, found, FOUND_MAX), 1);
    assert_int_equal(found[0].local.path_length, 5);
    local.path[4] = 'd';
    assert_int_equal(table_find(PROTOCOL_UNIX, &local, found, FOUND_MAX), 0);
}

static void gives_up_the_oldest(void **state)
{
    struct bound found[FOUND_MAX];
    int i;

    (void)state;
    for (i = 0; i < 4 * TABLE_MAX; i++)
        add((uint16_t)(1000 + i % 60000), i % 100);
    assert_true(table_count() <= TABLE_MAX);
    assert_int_equal(find(80, found), 0);
    assert_true(find((uint16_t)(1000 + (i - 1) % 60000), found) >= 1);
    assert_int_equal(found[0].fd, (i - 1) % 100);
}

static void port_zero_has_its_own_share(void **state)
{
    struct bound found[FOUND_MAX];
    int fd;

    (void)state;
    add(443, 9);
    for (fd = 0; fd < 20000; fd++)
        add(0, fd);
    assert_true(find(443, found) >= 1);
    assert_true(table_count() <= TABLE_MAX);
}

/* A lock held at fork is free in the child, and the shard begins anew; the parent's stays. */
static void a_torn_shard_begins_anew(void **state)
{
    struct bound found[FOUND_MAX];
    unsigned int i;
    int status;
    pid_t pid;

    (void)state;
    add(443, 9);
    for (i = 0; i < TABLE_SHARDS; i++) {
        assert_true(lock_take(i));
        assert_false(lock_was_torn(i));
    }
    pid = fork();
    if (pid == 0) {
        size_t before = find(443, found);

        add(443, 9);
        _exit(before == 0 && find(443, found) == 1 ? 0 : 1);
    }
    for (i = 0; i < TABLE_SHARDS; i++)
        lock_release(i);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_true(find(443, found) >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_newest_first),
        cmocka_unit_test(what_cannot_be_recorded_is_told),
        cmocka_unit_test(tells_unix_names_apart),
        cmocka_unit_test(gives_up_the_oldest),      cmocka_unit_test(port_zero_has_its_own_share),
        cmocka_unit_test(a_torn_shard_begins_anew),
        cmocka_unit_test(knows_the_last_of_a_descriptor),
    };

    lock_init(true);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
