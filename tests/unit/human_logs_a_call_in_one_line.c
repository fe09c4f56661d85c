/* Claim: under the policy log each call is one line, written as the call is written in C, with its
 * result; misuse is told with what it costs. */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "records.h"

static const struct manner plain = {.width = PAGE_WIDTH};
static const struct manner colored = {.color = true, .width = PAGE_WIDTH};

static char buffer[8192];

static struct record record_of(enum event event, enum call call)
{
    return (struct record){.event = event,
                           .call = call,
                           .time_us = SAMPLE_TIME_US,
                           .caller = {.pid = 4711, .tid = 4711, .comm = "server"},
                           .fd = 5,
                           .other_fd = -1,
                           .protocol = PROTOCOL_TCP};
}

static void expect(const struct record *record, const char *line)
{
    struct text text = text_in(buffer, sizeof buffer);

    human_print(&text, record, &plain);
    assert_string_equal(buffer, line);
}

static void calls(void **state)
{
    struct record record = record_of(EVENT_SOCKET, CALL_SOCKET);

    (void)state;
    record.domain = AF_INET;
    record.type = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
    record.result = 5;
    expect(&record, "reuseshim: socket(inet, stream) = 5  server[4711]\n");
    record = record_of(EVENT_SETSOCKOPT, CALL_SETSOCKOPT);
    record.level = SOL_SOCKET;
    record.option = SO_REUSEADDR;
    record.value = 1;
    expect(&record,
           "reuseshim: setsockopt(5, SOL_SOCKET, SO_REUSEADDR, 1) = 0  server[4711]\n");
    record.level = IPPROTO_IPV6;
    record.option = IPV6_V6ONLY;
    record.result = -1;
    record.error = EINVAL;
    expect(&record, "reuseshim: setsockopt(5, IPPROTO_IPV6, IPV6_V6ONLY, 1) = -1 EINVAL (Invalid "
                    "argument)  server[4711]\n");
    record = record_of(EVENT_BIND, CALL_BIND);
    record.address = sample_endpoint("0.0.0.0", 8080);
    record.stack = sample_stack;
    expect(&record, "reuseshim: bind(5, 0.0.0.0:8080) = 0  server[4711]  at open_listener+0x42 "
                    "(server+0x1a42) < main+0x91 (server+0x1b30)\n");
    record.result = -1;
    record.error = 4242;
    record.stack.count = 0;
    expect(&record, "reuseshim: bind(5, 0.0.0.0:8080) = -1 errno 4242  server[4711]\n");
    record = record_of(EVENT_LISTEN, CALL_LISTEN);
    record.address = sample_endpoint("::1", 8080);
    record.backlog = 128;
    expect(&record, "reuseshim: listen(5, 128) = 0  server[4711] [::1]:8080\n");
}

static void acts_of_the_policy(void **state)
{
    struct record record = record_of(EVENT_FORCED, CALL_BIND);

    (void)state;
    record.address = sample_endpoint("0.0.0.0", 8080);
    record.level = SOL_SOCKET;
    record.option = SO_REUSEADDR;
    record.value = 1;
    expect(&record, "reuseshim: forced fd 5 (0.0.0.0:8080): SO_REUSEADDR 1  server[4711]\n");
    record.event = EVENT_LEFT_ALONE;
    record.text = "port 0 never needs the option";
    record.address.port = 0;
    expect(&record, "reuseshim: left alone fd 5 (0.0.0.0:0): port 0 never needs the option  "
                    "server[4711]\n");
    record = record_of(EVENT_CONFIG_ERROR, CALL_SOCKET);
    record.text = "reuseshim: REUSESHIM_POLICY=\"x\": column 1: ...";
    expect(&record, "reuseshim: REUSESHIM_POLICY=\"x\": column 1: ...\n");
}

static void misuse(void **state)
{
    struct record record = record_of(EVENT_MISUSE, CALL_SETSOCKOPT);
    unsigned int id;

    (void)state;
    record.address = sample_endpoint("0.0.0.0", 8080);
    record.level = SOL_SOCKET;
    record.option = SO_REUSEADDR;
    record.value = 1;
    record.stack = sample_stack;
    expect(&record,
           "reuseshim: SO_REUSEADDR was set after bind() [set-after-bind]\n"
           "  who      server[4711] fd 5 (0.0.0.0:8080)\n"
           "  why      bind() looks at SO_REUSEADDR, and this socket lacked it then: a\n"
           "           restart fails while old connections are in TIME_WAIT. Set it before\n"
           "           bind().\n"
           "  this     setsockopt(5, SOL_SOCKET, SO_REUSEADDR, 1) = 0 at open_listener+0x42\n"
           "           (server+0x1a42) < main+0x91 (server+0x1b30)\n");
    for (id = 0; id < MISUSE_COUNT; id++) {
        struct text text = text_in(buffer, sizeof buffer);

        record.misuse = (enum misuse)id;
        record.other_fd = 7;
        human_print(&text, &record, &colored);
        assert_non_null(strstr(buffer, misuse_id((enum misuse)id)));
        assert_non_null(strstr(buffer, "set on fd 7\n"));
    }
}

/* Frames below main say nothing about this program; of a deep stack the innermost count. */
static void stacks_are_short(void **state)
{
    struct record record = record_of(EVENT_BIND, CALL_BIND);
    struct place places[10] = {{0, NULL, 0, NULL, NULL, 0}};
    size_t i;

    (void)state;
    for (i = 0; i < 10; i++)
        places[i] = (struct place){0x1000 + i, i < 2 ? "/opt/lib/libx.so" : NULL, i, NULL, NULL, 0};
    record.stack = (struct stack){places, 10};
    expect(&record, "reuseshim: bind(5) = 0  server[4711]  at libx.so+0x0 < libx.so+0x1 < 0x1002 < "
                    "0x1003 < 0x1004 < 0x1005 < ...\n");
    places[1] = (struct place){1, "/lib/libc.so.6", 0x8a, NULL, "start_thread", 0x10};
    places[2] = (struct place){1, "/lib/libc.so.6", 0x8b, NULL, NULL, 0};
    record.stack.count = 3;
    expect(&record, "reuseshim: bind(5) = 0  server[4711]  at libx.so+0x0\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls),
        cmocka_unit_test(acts_of_the_policy),
        cmocka_unit_test(misuse),
        cmocka_unit_test(stacks_are_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
