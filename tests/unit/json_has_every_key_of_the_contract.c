/* Claim: a failure's record has every key of the contract in its order, with null for what is not
 * known; and every other event is valid JSON with the keys that all records have. */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "json_valid.h"
#include "records.h"

static char buffer[65536];

static void print(const struct record *record)
{
    struct text text = text_in(buffer, sizeof buffer);
    char *id;

    json_print(&text, record);
    assert_false(text.cut);
    assert_int_equal(buffer[text.used - 1], '\n');
    assert_null(memchr(buffer, '\n', text.used - 1));
    assert_true(json_valid(buffer, text.used - 1));
    id = strstr(buffer, "\"id\":\"");
    if (id != NULL && strspn(id + 6, "0123456789abcdef") == 16)
        memset(id + 6, '.', 16);
}

#define FRAMES                                                                                     \
    "[{\"pc\":\"0x401a42\",\"module\":\"/usr/bin/server\",\"offset\":\"0x1a42\","                  \
    "\"build_id\":\"0badcafe\",\"symbol\":\"open_listener\",\"symbol_offset\":66},"                \
    "{\"pc\":\"0x401b30\",\"module\":\"/usr/bin/server\",\"offset\":\"0x1b30\","                   \
    "\"build_id\":\"0badcafe\",\"symbol\":\"main\",\"symbol_offset\":145},"                        \
    "{\"pc\":\"0x7f027000\",\"module\":\"/lib/libc.so.6\",\"offset\":\"0x27000\","             \
    "\"build_id\":null,\"symbol\":\"__libc_start_call_main\",\"symbol_offset\":122}]"

#define HEAD(event)                                                                                \
    "{\"v\":1,\"time\":\"2024-02-29T23:59:59.123456Z\",\"event\":\"" event                         \
    "\",\"pid\":4711,\"tid\":4712,\"comm\":\"server\",\"exe\":\"/usr/bin/server\","             \
    "\"host\":null,\"version\":\"" REUSESHIM_VERSION "\",\"boot\":null,"

/* The id is another test's. */
#define ID "\"id\":\"................\","

#define SOCKET                                                                                     \
    "\"call\":\"bind\",\"fd\":5,\"errno\":\"EADDRINUSE\",\"proto\":\"tcp\",\"family\":\"inet\","   \
    "\"address\":\"0.0.0.0\",\"port\":8080,"

static void failure_in_full(void **state)
{
    struct sample sample;

    (void)state;
    sample_time_wait(&sample);
    print(&sample.record);
    assert_string_equal(
        buffer,
        HEAD("bind_failed") ID SOCKET
        "\"flags\":{\"reuseaddr\":true,\"reuseaddr_by\":\"policy\",\"reuseport\":false,"
        "\"v6only\":null},\"reason\":\"time-wait\",\"overlap\":\"wildcard\","
        "\"lacks_reuseaddr\":\"holder\",\"frees_in_ms\":52400,"
        "\"would_succeed\":{\"newcomer_reuseaddr\":false,\"both_reuseaddr\":true,"
        "\"newcomer_reuseport\":null,\"both_reuseport\":true,\"newcomer_v6only\":false},"
        "\"holders\":[{\"address\":\"127.0.0.1\",\"port\":8080,\"remote_address\":null,"
        "\"remote_port\":null,\"state\":\"TIME_WAIT\",\"count\":12,\"pid\":null,\"comm\":null,"
        "\"exe\":null,\"uid\":null,\"started\":null,\"relation\":\"none\",\"fd\":null,"
        "\"others\":null,\"others_complete\":null,"
        "\"flags\":{\"reuseaddr\":false,\"reuseport\":null,\"v6only\":null},\"timer_ms\":52400,"
        "\"cgroup\":null,\"unit\":null,\"args\":null,\"program\":null,\"cwd\":null,"
        "\"user\":null,\"parent\":null,\"supervisor\":null,\"container\":null,\"ending\":null,"
        "\"bound_at\":\"2024-02-29T23:58:59.123456Z\","
        "\"bound_by\":{\"pid\":4200,\"comm\":\"server\",\"exe\":null,\"sure\":true,"
        "\"ended\":true,"
        "\"ended_at\":\"2024-02-29T23:59:52.123456Z\","
        "\"ended_by\":\"2024-02-29T23:59:52.123456Z\","
        "\"bound_at\":\"2024-02-29T23:58:59.123456Z\"},"
        "\"stack\":" FRAMES "}],\"stack\":" FRAMES ",\"cures\":["
        "{\"id\":\"wait\",\"text\":\"wait\",\"command\":\"REUSESHIM_POLICY=force+wait:60s\","
        "\"risk\":\"safe\"},{\"id\":\"free\",\"text\":\"free it now\","
        "\"command\":\"reuseshim free tcp:8080\",\"risk\":\"root\"},{\"id\":\"next-time\","
        "\"text\":\"this run has the option: once it has started, its own restarts cannot meet "
        "this\",\"command\":null,\"risk\":null}],\"visibility\":\"full\"}\n");
}

static void owners_and_options_of_holders(void **state)
{
    struct sample sample;

    (void)state;
    sample_time_wait(&sample);
    sample_owner(&sample.holders[0], RELATION_OTHER, "nginx", 812, 6);
    sample.holders[0].owner.others = 3;
    print(&sample.record);
    assert_non_null(strstr(buffer, "\"fd\":6,\"others\":3,\"others_complete\":true,"
                                   "\"flags\":{\"reuseaddr\":false,"));
    sample.holders[0].owner.others = 0;
    sample.holders[0].owner.others_complete = false;
    sample.holders[0].some_lack.reuseaddr = true; /* which of them does is not known */
    print(&sample.record);
    assert_non_null(strstr(buffer, "\"fd\":6,\"others\":0,\"others_complete\":false,"
                                   "\"flags\":{\"reuseaddr\":null,"));
}

static void failure_told_short(void **state)
{
    struct sample sample;

    (void)state;
    sample_time_wait(&sample);
    sample.record.evidence = NULL;
    sample.record.repeats = 100;
    print(&sample.record);
    assert_string_equal(
        buffer,
        HEAD("bind_failed") ID SOCKET
        "\"flags\":{\"reuseaddr\":null,\"reuseaddr_by\":null,\"reuseport\":null,\"v6only\":null},"
        "\"reason\":\"time-wait\",\"overlap\":null,\"lacks_reuseaddr\":\"unknown\","
        "\"frees_in_ms\":null,\"would_succeed\":{\"newcomer_reuseaddr\":null,"
        "\"both_reuseaddr\":null,\"newcomer_reuseport\":null,\"both_reuseport\":null,"
        "\"newcomer_v6only\":null},\"holders\":[],\"stack\":[],\"cures\":[],\"visibility\":null,"
        "\"repeats\":100}\n");
}

static void unix_addresses(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "@bus\n", 0);
    print(&sample.record);
    assert_non_null(strstr(buffer, "\"proto\":\"unix\",\"family\":\"unix\","
                                   "\"address\":\"@bus\\n\",\"port\":null,"));
    sample.record.address.path_length = 0;
    print(&sample.record);
    assert_non_null(strstr(buffer, "\"family\":\"unix\",\"address\":null,\"port\":null,"));
    sample.record.address = (struct endpoint){.family = FAMILY_NONE};
    print(&sample.record);
    assert_non_null(strstr(buffer, "\"family\":null,\"address\":null,\"port\":null,"));
}

static void port_range(void **state)
{
    struct sample sample;

    (void)state;
    sample_init(&sample, "::", 0);
    sample.evidence.range = (struct range){32768, 60999, 2, 3, true, false};
    sample.evidence.left_out = 9;
    sample_judge(&sample);
    print(&sample.record);
    assert_non_null(strstr(buffer, "\"v6only\":false},\"reason\":\"ports-exhausted\""));
    assert_non_null(strstr(buffer, "\"holders\":[],\"holders_left_out\":9,\"stack\":[]"));
    assert_non_null(strstr(buffer, "\"visibility\":\"full\",\"range\":{\"first\":32768,"
                                   "\"last\":60999,\"reserved\":2,\"taken\":3,\"own\":true}}\n"));
}

static void expect(struct record *record, const char *rest)
{
    print(record);
    assert_string_equal(strstr(buffer, "\"boot\":null,") + 12, rest);
}

static void other_events(void **state)
{
    struct sample sample;
    struct record *record = &sample.record;
    char numbers[80];

    (void)state;
    sample_init(&sample, "::1", 80);
    record->result = 0;
    record->error = 0;
    record->event = EVENT_SETSOCKOPT;
    record->call = CALL_SETSOCKOPT;
    record->level = SOL_SOCKET;
    record->option = SO_REUSEADDR;
    record->value = 1;
    expect(record, "\"call\":\"setsockopt\",\"fd\":5,\"result\":0,\"errno\":null,\"proto\":\"tcp\","
                   "\"family\":\"inet6\",\"address\":\"::1\",\"port\":80,\"level\":\"SOL_SOCKET\","
                   "\"option\":\"SO_REUSEADDR\",\"value\":1,\"stack\":[]}\n");
    record->event = EVENT_MISUSE;
    record->misuse = MISUSE_WRONG_LEVEL;
    record->level = 99;
    print(record);
    assert_non_null(strstr(buffer, "\"misuse\":\"wrong-level\",\"text\":\"SO_REUSEADDR is "));
    snprintf(numbers, sizeof numbers, "\"other_fd\":null,\"level\":\"99\",\"option\":\"%d\",",
             SO_REUSEADDR);
    assert_non_null(strstr(buffer, numbers));
    record->event = EVENT_LISTEN;
    record->call = CALL_LISTEN;
    record->backlog = 128;
    record->result = -1;
    record->error = EADDRINUSE;
    print(record);
    assert_non_null(strstr(buffer, "\"result\":-1,\"errno\":\"EADDRINUSE\""));
    assert_non_null(strstr(buffer, "\"port\":80,\"backlog\":128,\"stack\":[]}\n"));
    record->event = EVENT_SOCKET;
    record->domain = AF_INET6;
    record->type = SOCK_DGRAM | SOCK_CLOEXEC;
    print(record);
    assert_non_null(strstr(buffer, "\"domain\":\"inet6\",\"type\":\"dgram\",\"stack\""));
    record->event = EVENT_CONFIG_ERROR;
    record->text = "a \"line\"";
    expect(record, "\"text\":\"a \\\"line\\\"\"}\n");
}

static void every_event_has_its_name(void **state)
{
    static const char *const names[] = {
        "socket",        "setsockopt", "bind",       "listen", "bind_failed",
        "listen_failed", "forced",     "left_alone", "misuse", "config_error",
        "why"};
    struct sample sample;
    unsigned int event;

    (void)state;
    for (event = 0; event < sizeof names / sizeof *names; event++) {
        char part[64] = "\"event\":\"";

        sample_time_wait(&sample);
        sample.record.event = (enum event)event;
        print(&sample.record);
        strcat(strcat(part, names[event]), "\"");
        assert_non_null(strstr(buffer, part));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failure_in_full),
        cmocka_unit_test(owners_and_options_of_holders),
        cmocka_unit_test(failure_told_short),
        cmocka_unit_test(unix_addresses),
        cmocka_unit_test(port_range),
        cmocka_unit_test(other_events),
        cmocka_unit_test(every_event_has_its_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
