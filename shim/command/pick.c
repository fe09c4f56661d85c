/* reuseshim pick: a port that a bind would get now. */
#include <stdio.h>

#include "command/command.h"
#include "command/console.h"
#include "facts/pick.h"
#include "proc/ports.h"
#include "report/json_text.h"

enum { PORT_MAX = 65535, UNPRIVILEGED_FIRST = 1024, JSON_SIZE = 64 };

/* Reads "FROM" or "FROM-TO" as it stands; false if that is neither. */
static bool read_range(const char *word, unsigned int *first, unsigned int *last)
{
    int used = 0;

    *last = PORT_MAX;
    if (word[0] < '0' || word[0] > '9')
        return false;
    if (sscanf(word, "%5u-%5u%n", first, last, &used) == 2 && word[used] == '\0')
        return *first > 0 && *first <= *last && *last <= PORT_MAX;
    used = 0;
    *last = PORT_MAX;
    return sscanf(word, "%5u%n", first, &used) == 1 && word[used] == '\0' && *first > 0 &&
           *first <= PORT_MAX;
}

/* Without a wish: the lowest that any user may have, outside of what outgoing connections get. */
static uint16_t pick_any(void)
{
    return pick_beside(PROTOCOL_TCP, UNPRIVILEGED_FIRST - 1, PORT_MAX);
}

static void print(uint16_t port, bool json)
{
    char buffer[JSON_SIZE];
    struct text text = text_in(buffer, sizeof buffer);

    if (!json) {
        if (port != 0)
            printf("%u\n", port);
        return;
    }
    json_open(&text, NULL, '{');
    json_number_if(&text, "port", port != 0, port);
    json_close(&text, '{');
    printf("%s\n", buffer);
}

static int pick(struct arguments *arguments)
{
    unsigned int first = 0, last = 0;
    uint16_t port;

    arguments_want(arguments, 0, 1);
    if (arguments->count == 1 && !read_range(arguments->words[0], &first, &last))
        arguments_wrong(arguments, "'%s' is no port, and no range as 8000-8999",
                        console_shown(arguments->words[0]));
    port = arguments->count == 0 ? pick_any()
                                 : pick_between(PROTOCOL_TCP, (uint16_t)first, (uint16_t)last);
    print(port, arguments->json);
    if (port == 0)
        console_error("no port is free there");
    return port != 0 ? EXIT_YES : EXIT_NO;
}

const struct subcommand pick_subcommand = {
    .name = "pick",
    .usage = "[FROM[-TO]]",
    .summary = "prints a TCP port that is free",
    .details = "Each port is asked of the kernel: a bind to all addresses of both families\n"
               "would work now, as the user who asks. Without FROM the lowest is taken that\n"
               "needs no right and that no outgoing connection gets.\n"
               "\n"
               "Exit: 0, or 1 if none is free.\n",
    .has_json = true,
    .usage_exit = EXIT_USAGE,
    .run = pick,
};
