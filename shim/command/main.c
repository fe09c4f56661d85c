/* reuseshim: the table of subcommands. Each is a file of its own; what they find out and how it is
 * worded is shared with the library. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command/command.h"
#include "command/console.h"
#include "command/nearest.h"
#include "command/where.h"
#include "rules/settings.h"

static const struct subcommand *const subcommands[] = {
    &run_subcommand,    &why_subcommand,       &wait_subcommand,    &free_subcommand,
    &pick_subcommand,   &verify_subcommand,    &check_subcommand,   &policy_subcommand,
    &list_subcommand,   &symbolize_subcommand, &explain_subcommand, &systemd_subcommand,
    &report_subcommand,
};

enum { VARIABLE_COLUMN = 21, SUBCOMMAND_COUNT = sizeof subcommands / sizeof *subcommands };

static void print_help(void)
{
    fputs("usage: reuseshim SUBCOMMAND [OPTION]... [ARGUMENT]...\n"
          "       reuseshim WHERE\n\n"
          "Explains and cures 'Address already in use'.\n\n",
          stdout);
    for (size_t i = 0; i < SUBCOMMAND_COUNT; i++)
        printf("  %-10s %s\n", subcommands[i]->name, subcommands[i]->summary);
    fputs("\nVariables, for the library and for run:\n\n", stdout);
    for (size_t i = 0; i < VARIABLE_COUNT; i++) {
        printf("  %-18s ", variable_name((enum variable)i));
        arguments_fold(variable_meaning((enum variable)i), VARIABLE_COLUMN);
    }
    fputs("\nEach subcommand has its own --help. The manual: man reuseshim\n", stdout);
}

static const struct subcommand *find(const char *name)
{
    for (size_t i = 0; i < SUBCOMMAND_COUNT; i++)
        if (strcmp(subcommands[i]->name, name) == 0)
            return subcommands[i];
    return NULL;
}

static int call(const struct subcommand *subcommand, int argc, char **argv)
{
    static char program[] = "reuseshim";
    struct arguments arguments = {.subcommand = subcommand, .argc = argc, .argv = argv};
    int code;

    argv[0] = program; /* getopt_long's messages begin with it */
    code = subcommand->run(&arguments);
    return console_finish(code) == code ? code : subcommand->usage_exit;
}

/* 'reuseshim 8080': the words that are no options name an address, or are a message with one. A
 * subcommand's name comes first. */
static bool is_where(int count, char **words)
{
    struct where where;
    char error[WHERE_ERROR_MAX];

    while (count > 0 && words[0][0] == '-') {
        words++;
        count--;
    }
    return count > 0 && where_parse_words(words, count, &where, error);
}

static int no_such_subcommand(const char *name)
{
    struct nearest nearest = nearest_to(name);

    for (size_t i = 0; i < SUBCOMMAND_COUNT; i++)
        nearest_consider(&nearest, subcommands[i]->name);
    if (nearest.found != NULL)
        console_error("there is no subcommand '%s'; did you mean '%s'?", console_shown(name),
                      nearest.found);
    else
        console_error("'%s' is neither a subcommand nor an address, and no message that names one: "
                      "give the port, as in reuseshim 8080, or see: reuseshim --help",
                      console_shown(name));
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    const struct subcommand *subcommand;

    if (argc < 2) {
        dup2(STDERR_FILENO, STDOUT_FILENO); /* nothing was asked for: it is a message */
        print_help();
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        (strcmp(argv[1], "help") == 0 && argc == 2)) {
        print_help();
        return console_finish(EXIT_YES);
    }
    if (strcmp(argv[1], "--version") == 0) {
        console_version();
        return console_finish(EXIT_YES);
    }
    subcommand = find(argv[1]);
    if (subcommand == NULL && strcmp(argv[1], "help") == 0) {
        subcommand = find(argv[2]);
        if (subcommand != NULL) {
            arguments_help(subcommand);
            return console_finish(EXIT_YES);
        }
    }
    if (subcommand == NULL) {
        if (is_where(argc - 1, argv + 1))
            return call(&why_subcommand, argc, argv);
        return no_such_subcommand(argv[1]);
    }
    return call(subcommand, argc - 1, argv + 1);
}
