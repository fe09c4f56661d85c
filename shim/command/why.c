/* reuseshim why: who or what holds an address, and what a bind would meet there now. */
#include <stddef.h>

#include "command/answer.h"
#include "command/command.h"

static int run(struct arguments *arguments)
{
    static struct answers answers;
    struct where where;
    char error[WHERE_ERROR_MAX];
    int code;

    while (arguments_next(arguments) >= 0)
        answers.verbose = true;
    arguments_want(arguments, 1, 1);
    if (!where_parse(arguments->words[0], &where, error))
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
    .details = "WHERE is [PROTO:][ADDR:]PORT, as in 80, http, udp:53, 127.0.0.1:80 or\n"
               "tcp:[::1]:80; or a UNIX socket: a path with a '/', @NAME (abstract) or\n"
               "unix:NAME. PROTO is tcp (the default), tcp4, tcp6, udp, udp4, udp6 or unix; a\n"
               "port without address means the wildcard addresses of IPv4 and IPv6.\n"
               "\n"
               "Exit code: 0 free, 1 held, 2 held but frees itself (the time is printed),\n"
               "3 usage, 4 cannot see, or bind() fails for another reason than who has it.\n",
    .flags = flags,
    .flag_count = sizeof flags / sizeof *flags,
    .has_json = true,
    .usage_exit = EXIT_USAGE,
    .run = run,
};
