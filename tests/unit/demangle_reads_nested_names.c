/* Claim: names of C++, Rust and D are shown as people write them, and what is not understood as it
 * is; no name, whole or cut at any byte, reads beyond its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/demangle.h"

static const struct {
    const char *symbol, *name; /* NULL = not understood */
} rows[] = {
    {"_ZN4node7TCPWrap4BindERKN2v820FunctionCallbackInfoINS1_5ValueEEE", "node::TCPWrap::Bind"},
    {"_ZNK3app6Server6listenEi", "app::Server::listen"},
    {"_ZN3app6ServerC1Ev", "app::Server::Server"},
    {"_ZN3app6ServerD2Ev", "app::Server::~Server"},
    {"_ZN12_GLOBAL__N_14openEv", "(anonymous)::open"},
    {"_ZNSt6threadC2Ev", "std::thread::thread"},
    {"_ZN3app4PoolIiLi4EE4bindEv", "app::Pool::bind"},
    {"_Z13open_listeneri", "open_listener"},
    {"_ZL8start_upv", "start_up"},
    {"_ZN7mycrate6server4bind17h0123456789abcdefE", "mycrate::server::bind"},
    {"_RNvNtCs1234_7mycrate6server4bind", "mycrate::server::bind"},
    {"_D3app6server4bindFiZv", "app.server.bind"},
    {"main", NULL},
    {"_Zfoo", NULL},
    {"_ZN", NULL},
    {"_ZN4nod", NULL},
    {"_R", NULL},
    {"_Dx", NULL},
    {"", NULL},
};

static void reads_each_row(void **state)
{
    char buffer[256];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text text = text_in(buffer, sizeof buffer);
        bool read;

        text_add(&text, "at ");
        read = demangle(&text, rows[i].symbol);
        if (read != (rows[i].name != NULL))
            fail_msg("%s: %s", rows[i].symbol, buffer);
        assert_string_equal(buffer + 3, read ? rows[i].name : "");
    }
}

/* A sanitizer, or valgrind, would see a byte too many. */
static void survives_every_cut(void **state)
{
    char buffer[256];
    size_t i, length;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (length = 0; length <= strlen(rows[i].symbol); length++) {
            char *cut = strndup(rows[i].symbol, length);
            struct text text = text_in(buffer, 8 + length % 64);

            demangle(&text, cut);
            assert_true(text.used < text.size);
            free(cut);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_each_row),
        cmocka_unit_test(survives_every_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
