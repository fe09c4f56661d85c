/* A record has some 50 keys, most of which no report asks for: each is found, or not, by one look
 * into a table that is made at the first. */
#include "command/report_keys.h"

#include <stddef.h>
#include <string.h>

enum { PLACES = 256 };

static const struct {
    const char *name;
    enum report_key key;
} keys[] = {
    {"v", KEY_V},
    {"time", KEY_TIME},
    {"event", KEY_EVENT},
    {"id", KEY_ID},
    {"host", KEY_HOST},
    {"boot", KEY_BOOT},
    {"version", KEY_VERSION},
    {"unit", KEY_UNIT},
    {"container", KEY_CONTAINER},
    {"comm", KEY_COMM},
    {"pid", KEY_PID},
    {"tid", KEY_TID},
    {"fd", KEY_FD},
    {"proto", KEY_PROTO},
    {"address", KEY_ADDRESS},
    {"port", KEY_PORT},
    {"reason", KEY_REASON},
    {"repeats", KEY_REPEATS},
    {"walk", KEY_WALK},
    {"frees_in_ms", KEY_FREES_IN_MS},
    {"result", KEY_RESULT},
    {"would_succeed", KEY_WOULD_SUCCEED},
    {"holders", KEY_HOLDERS},
    {"cures", KEY_CURES},
    {"state", KEY_STATE},
    {"started", KEY_STARTED},
    {"bound_at", KEY_BOUND_AT},
    {"risk", KEY_RISK},
    {"text", KEY_TEXT},
    {"MESSAGE", KEY_MESSAGE}, /* the journal */
    {"message", KEY_MESSAGE}, /* Vector, Logstash */
    {"msg", KEY_MESSAGE},     /* rsyslog's own JSON */
    {"log", KEY_MESSAGE},     /* Docker's json-file, Fluent Bit */
    {"body", KEY_MESSAGE},    /* OpenTelemetry */
    {"__REALTIME_TIMESTAMP", KEY_JOURNAL_TIME},
    {"_HOSTNAME", KEY_JOURNAL_HOST},
    {"hostname", KEY_JOURNAL_HOST},
    {"_BOOT_ID", KEY_JOURNAL_BOOT},
    {"_SYSTEMD_UNIT", KEY_JOURNAL_UNIT},
    {"CONTAINER_NAME", KEY_JOURNAL_CONTAINER},
    {"_PID", KEY_JOURNAL_PID},
    {"REUSESHIM_EVENT", KEY_JOURNAL_EVENT},
    {"REUSESHIM_REASON", KEY_JOURNAL_REASON},
    {"REUSESHIM_PROGRAM", KEY_JOURNAL_PROGRAM},
    {"REUSESHIM_PROTOCOL", KEY_JOURNAL_PROTOCOL},
};

/* Numbers in keys, from 1 on; 0 = free. */
static unsigned char places[PLACES];

static size_t place_of(const char *name, size_t length)
{
    return (length * 37 + (unsigned char)name[0] * 5u + (unsigned char)name[length / 2] * 11u +
            (unsigned char)name[length > 0 ? length - 1 : 0]) %
           PLACES;
}

static void make_places(void)
{
    size_t at;

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        at = place_of(keys[i].name, strlen(keys[i].name));
        while (places[at] != 0)
            at = (at + 1) % PLACES;
        places[at] = (unsigned char)(i + 1);
    }
}

enum report_key report_key(const char *name)
{
    static int made;
    size_t at;

    if (!made)
        make_places();
    made = 1;
    if (name == NULL)
        return KEY_NONE;
    for (at = place_of(name, strlen(name)); places[at] != 0; at = (at + 1) % PLACES)
        if (strcmp(keys[places[at] - 1].name, name) == 0)
            return keys[places[at] - 1].key;
    return KEY_NONE;
}
