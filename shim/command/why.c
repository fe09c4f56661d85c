/* reuseshim why: who or what holds an address, and what a bind would meet there now. */
#include <stddef.h>

#include "command/answer.h"
#include "command/command.h"
#include "command/connect.h"

enum { WORDS_MAX = 64 }; /* of a message that is not in quotes */

enum option { OPTION_VERBOSE = 0, OPTION_CONNECT };

static int run(struct arguments *arguments)
{
    static struct answers answers;
    struct where where;
    char error[WHERE_ERROR_MAX];
    bool connects = false;
    int code, option;

    while ((option = arguments_next(arguments)) >= 0)
        *(option == OPTION_CONNECT ? &connects : &answers.verbose) = true;
    arguments_want(arguments, 1, WORDS_MAX);
    if (!where_parse_words(arguments->words, arguments->count, &where, error))
        arguments_wrong(arguments, "%s", error);
    if (connects && (where.protocol != PROTOCOL_TCP || where.locals[0].port == 0))
        arguments_wrong(arguments, "--connect takes an ADDRESS:PORT of TCP");
    if (connects)
        return connect_tell(&where, arguments->json);
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
    [OPTION_VERBOSE] = {"verbose", 'v', NULL, "stacks and options of both sides, and every cure"},
    [OPTION_CONNECT] = {"connect", 'c', NULL, "is a port left for a connection to WHERE?"},
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
               "--connect tells whether connect() to ADDRESS:PORT would get a local port, and\n"
               "who has these ports. It sends nothing. Exit code: 0 one is left, 2 none is, but\n"
               "a TIME_WAIT ends, 1 none is, 4 cannot be asked, or connect() fails otherwise.\n"
               "\n"
               "Exit code: 0 free, 1 held, 2 held but frees itself (the time is printed),\n"
               "3 usage, 4 cannot see, or bind() fails for another reason than who has it.\n",
    .flags = flags,
    .flag_count = sizeof flags / sizeof *flags,
    .has_json = true,
    .usage_exit = EXIT_USAGE,
    .run = run,
};
