/* Claim: whatever a program, a path, a symbol or a unit is called, what people read on a terminal
 * has no control character in it but the line end; and in however little room, it is a whole text
 * that ends with a line end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "records.h"

#define EVIL "\033[2J\r\n\xc2\x9b\x07\x7f\xff\xed\xa0\x80"

static const struct manner plain = {.width = PAGE_WIDTH};
static const struct manner colored = {.color = true, .width = PAGE_WIDTH};

static void make_evil(struct sample *sample, const char *address)
{
    static const struct place places[] = {{0x1000, "/" EVIL, 0x1, EVIL, EVIL, 1}};
    struct holder *holder;

    sample_init(sample, address, 80);
    sample->record.caller = (struct caller){
        .pid = 4711, .tid = 4711, .comm = EVIL, .exe = EVIL, .unit = EVIL, .cgroup = EVIL};
    sample->record.stack = sample->evidence.attempt.stack = (struct stack){places, 1};
    sample->record.text = EVIL;
    if (sample->record.address.family == FAMILY_UNIX) {
        memcpy(sample->record.address.path, "/" EVIL, sizeof "/" EVIL);
        sample->record.address.path_length = sizeof "/" EVIL;
        sample->evidence.attempt.socket.local = sample->record.address;
    }
    holder = sample_add(sample, sample_holder(address, 80, STATE_LISTEN));
    holder->socket.local = sample->record.address;
    sample_owner(holder, RELATION_OTHER, EVIL, 99, 3);
    holder->unit = EVIL;
    holder->cgroup = EVIL;
    holder->memory = (struct memory){.bound_at_us = 1, .pid = 98, .comm = EVIL};
    holder->memory.stack = sample->record.stack;
    sample->evidence.path = PATH_STALE; /* its cure has the path in a command */
    sample_judge(sample);
}

static void check_clean(const char *buffer, size_t used)
{
    size_t at = 0;

    assert_int_equal(buffer[used - 1], '\n');
    while (at < used) {
        size_t length = text_utf8_length(buffer + at, used - at);
        unsigned char c = (unsigned char)buffer[at];

        if (length == 0 || (c < 0x20 && c != '\n') || c == 0x7f ||
            (c == 0xc2 && (unsigned char)buffer[at + 1] < 0xa0))
            fail_msg("byte %zu is 0x%02x in: %s", at, c, buffer);
        at += length;
    }
}

static void names_are_shown(void **state)
{
    static const char *const addresses[] = {"0.0.0.0", "/evil"};
    static char buffer[65536];
    struct sample sample;
    unsigned int event;
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++)
        for (event = 0; event < EVENT_CONFIG_ERROR; event++) {
            struct text text = text_in(buffer, sizeof buffer);

            make_evil(&sample, addresses[i]);
            sample.record.event = (enum event)event;
            human_print(&text, &sample.record, &plain);
            assert_false(text.cut);
            check_clean(buffer, text.used);
            assert_non_null(strstr(buffer, "\\x1b[2J\\x0d\\x0a\\xc2\\x9b\\x07\\x7f\\xff\\xed"));
        }
}

static void any_room_is_enough(void **state)
{
    struct sample sample;
    struct text full;
    char *whole = malloc(65536);
    size_t size;

    (void)state;
    make_evil(&sample, "/evil");
    sample.record.caller.comm = "\xf0\x9f\x98\x80\xc3\xa9\xe2\x82\xac";
    full = text_in(whole, 65536);
    human_print(&full, &sample.record, &colored);
    for (size = 5; size <= full.used + 1; size++) {
        char *room = malloc(size); /* so that a sanitizer sees a step beyond it */
        struct text text = text_in(room, size);
        const char *escape;
        size_t at;

        human_print(&text, &sample.record, &colored);
        assert_int_equal(text.cut, size <= full.used);
        assert_int_equal(room[text.used], '\0');
        assert_int_equal(strlen(room), text.used);
        assert_int_equal(room[text.used - 1], '\n');
        for (at = 0; at < text.used; at += text_utf8_length(room + at, text.used - at))
            assert_int_not_equal(text_utf8_length(room + at, text.used - at), 0);
        for (escape = room; (escape = strchr(escape, '\033')) != NULL; escape++)
            assert_true(strspn(escape + 1, "[0123456789;") + 1 ==
                        (size_t)(strchr(escape, 'm') - escape));
        free(room);
    }
    free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_shown),
        cmocka_unit_test(any_room_is_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
