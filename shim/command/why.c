/* reuseshim why: who or what holds an address, and what a bind would meet there now. */
#include <stddef.h>

#include "command/answer.h"
#include "command/command.h"

enum { WORDS_MAX = 64 }; /* of a message that is not in quotes */

static int run(struct arguments *arguments)
{
    static struct answers answers;
    struct where where;
    char error[WHERE_ERROR_MAX];
    int code;

    while (arguments_next(arguments) >= 0)
        answers.verbose = true;
    arguments_want(arguments, 1, WORDS_MAX);
    if (!where_parse_words(arguments->words, arguments->count, &where, error))
        arguments_wrong(arguments, "%s", error);
    answers_look(&answers, &where);
    if (arguments->json)
        answers_json(&answers);
    else
        answers_print(&answers);
    code = answers_exit(&answers, false);
    answers_close(&answers);
    return code;
}

static const struct flag flags[] = {
    {"verbose", 'v', NULL, "stacks and options of both sides, and every cure"},
};

const struct subcommand why_subcommand = {
    .name = "why",
    .usage = "[OPTION]... WHERE",
    .summary = "Tells who or what holds an address, and what a bind would meet now",
    .details = "WHERE is [PROTO:][ADDR:]PORT, as in 80, http, udp:53, 53/udp, 127.0.0.1:80,\n"
               "localhost:80, tcp:[::1]:80 or http://localhost:8080/; or a UNIX socket: a path\n"
               "with a '/', @NAME (abstract) or unix:NAME; or the whole message of a program\n"
               "that failed, pasted. PROTO is tcp (the default), tcp4, tcp6, udp, udp4, udp6 or\n"
               "unix; a port without address means the wildcard addresses of IPv4 and IPv6.\n"
               "\n"
               "Exit code: 0 free, 1 held, 2 held but frees itself (the time is printed),\n"
               "3 usage, 4 cannot see, or bind() fails for another reason than who has it.\n",
    .flags = flags,
    .flag_count = sizeof flags / sizeof *flags,
    .has_json = true,
    .usage_exit = EXIT_USAGE,
    .run = run,
};
