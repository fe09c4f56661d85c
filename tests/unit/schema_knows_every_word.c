/* Claim: every word that a record can have for a value is in docs/record.schema.json. The words are
 * asked of the code, table by table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/record.h"
#include "rules/identity.h"

static char schema[512 * 1024];

static int read_schema(void **state)
{
    FILE *file = fopen("docs/record.schema.json", "re");
    size_t length;

    (void)state;
    if (file == NULL)
        return -1;
    length = fread(schema, 1, sizeof schema - 1, file);
    fclose(file);
    return length > 1000 && length < sizeof schema - 1 ? 0 : -1;
}

static const char *reason_word(unsigned int i) { return reason_id((enum reason)i); }
static const char *misuse_word(unsigned int i) { return misuse_id((enum misuse)i); }
static const char *event_word(unsigned int i) { return event_name((enum event)i); }
static const char *lacks_word(unsigned int i) { return lacks_name((enum lacks)i); }
static const char *what_if_word(unsigned int i) { return what_if_name((enum what_if)i); }
static const char *risk_word(unsigned int i) { return risk_name((enum risk)i); }
static const char *relation_word(unsigned int i) { return relation_name((enum relation)i); }
static const char *overlap_word(unsigned int i) { return overlap_name((enum overlap)i); }
static const char *call_word(unsigned int i) { return call_name((enum call)i); }

static const char *visibility_word(unsigned int i)
{
    return visibility_name((enum visibility)i);
}

/* A socket whose state is not known has null. */
static const char *state_word(unsigned int i)
{
    const char *name = socket_state_name((enum socket_state)i);

    return name != NULL && strcmp(name, "UNKNOWN") == 0 ? NULL : name;
}

static const struct {
    const char *what;
    const char *(*word)(unsigned int i); /* NULL where the record says null */
    unsigned int count;
} tables[] = {
    {"reasons", reason_word, REASON_COUNT},       {"misuses", misuse_word, MISUSE_COUNT},
    {"events", event_word, EVENT_COUNT},          {"lacks", lacks_word, LACKS_COUNT},
    {"what if", what_if_word, IF_COUNT},          {"risks", risk_word, RISK_COUNT},
    {"relations", relation_word, RELATION_COUNT}, {"overlaps", overlap_word, OVERLAP_COUNT},
    {"states", state_word, STATE_COUNT},          {"calls", call_word, CALL_COUNT},
    {"visibilities", visibility_word, VISIBILITY_COUNT},
};

static void has_every_word(void **state)
{
    size_t table;
    unsigned int i, lacking = 0;

    (void)state;
    for (table = 0; table < sizeof tables / sizeof *tables; table++)
        for (i = 0; i < tables[table].count; i++) {
            const char *word = tables[table].word(i);
            char quoted[64];

            if (word == NULL)
                continue;
            snprintf(quoted, sizeof quoted, "\"%s\"", word);
            if (strstr(schema, quoted) != NULL)
                continue;
            print_error("%s: the schema lacks \"%s\"\n", tables[table].what, word);
            lacking++;
        }
    assert_int_equal(lacking, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup(has_every_word, read_schema)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
