/* Options by getopt_long, from the subcommand's own table. */
#include <assert.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/command.h"
#include "command/console.h"

/* What getopt_long returns for an option: above every letter. */
enum { FIRST_FLAG = 256, FLAG_HELP = 512, FLAG_VERSION, FLAG_JSON };

enum { MEANING_COLUMN = 26, HELP_WIDTH = 80 };

struct table {
    struct option options[FLAGS_MAX + 4]; /* ours, help, version, json, the end */
    char letters[2 * FLAGS_MAX + 8];
};

static void add_letter(char **at, char letter, bool has_value)
{
    *(*at)++ = letter;
    if (has_value)
        *(*at)++ = ':';
}

static struct option option_of(const char *name, bool has_value, int code)
{
    return (struct option){name, has_value ? required_argument : no_argument, NULL, code};
}

static void fill_table(struct table *table, const struct subcommand *subcommand)
{
    char *letter = table->letters;
    size_t i;

    assert(subcommand->flag_count <= FLAGS_MAX);
    memset(table, 0, sizeof *table);
    if (subcommand->stops_early)
        *letter++ = '+';
    add_letter(&letter, 'h', false);
    for (i = 0; i < subcommand->flag_count; i++) {
        const struct flag *flag = &subcommand->flags[i];

        table->options[i] = option_of(flag->name, flag->value != NULL, FIRST_FLAG + (int)i);
        if (flag->letter != 0)
            add_letter(&letter, flag->letter, flag->value != NULL);
    }
    table->options[i++] = option_of("help", false, FLAG_HELP);
    table->options[i++] = option_of("version", false, FLAG_VERSION);
    if (subcommand->has_json)
        table->options[i] = option_of("json", false, FLAG_JSON);
}

static int flag_of_letter(const struct subcommand *subcommand, int letter)
{
    for (size_t i = 0; i < subcommand->flag_count; i++)
        if (subcommand->flags[i].letter == letter)
            return (int)i;
    return -1;
}

static _Noreturn void point_to_help(const struct arguments *arguments)
{
    console_error("see: reuseshim %s --help", arguments->subcommand->name);
    exit(arguments->subcommand->usage_exit);
}

_Noreturn void arguments_wrong(const struct arguments *arguments, const char *what, ...)
{
    char message[1024];
    va_list list;

    va_start(list, what);
    vsnprintf(message, sizeof message, what, list);
    va_end(list);
    console_error("%s", message);
    point_to_help(arguments);
}

int64_t arguments_number(const struct arguments *arguments, const char *what, int64_t most)
{
    char *end;
    long long number = strtoll(arguments->value, &end, 10);

    if (*arguments->value == '\0' || *end != '\0' || number < 0 || number > most)
        arguments_wrong(arguments, "'%s' is no %s", console_shown(arguments->value), what);
    return number;
}

int64_t arguments_age_us(const struct arguments *arguments)
{
    static const char units[] = "smhd";
    static const int64_t seconds[] = {1, 60, 3600, 86400};
    char *end;
    long long number = strtoll(arguments->value, &end, 10);
    const char *unit = *end == '\0' ? NULL : strchr(units, *end);

    if (number <= 0 || number > 100000000 || unit == NULL || end[1] != '\0')
        arguments_wrong(arguments, "'%s' is no time, as in 90s, 30m, 24h or 7d",
                        console_shown(arguments->value));
    return number * seconds[unit - units] * 1000000;
}

static void leave(struct arguments *arguments)
{
    arguments->count = arguments->argc - optind;
    arguments->words = arguments->argv + optind;
}

int arguments_next(struct arguments *arguments)
{
    struct table table;
    int code;

    fill_table(&table, arguments->subcommand);
    for (;;) {
        code = getopt_long(arguments->argc, arguments->argv, table.letters, table.options, NULL);
        arguments->value = optarg;
        if (code >= FIRST_FLAG && code < FLAG_HELP)
            return code - FIRST_FLAG;
        switch (code) {
        case -1: leave(arguments); return -1;
        case 'h':
        case FLAG_HELP: arguments_help(arguments->subcommand); exit(console_finish(EXIT_YES));
        case FLAG_VERSION: console_version(); exit(console_finish(EXIT_YES));
        case FLAG_JSON: arguments->json = true; break;
        case '?': point_to_help(arguments); /* getopt_long has said what is wrong */
        default: return flag_of_letter(arguments->subcommand, code);
        }
    }
}

/* The first word of USAGE that is no option: "WHERE" of "[OPTION]... WHERE". */
static const char *missing_word(const char *usage)
{
    static char word[64];

    while (*usage == '[')
        usage += strcspn(usage, " ") + strspn(usage + strcspn(usage, " "), " ");
    snprintf(word, sizeof word, "%.*s", (int)strcspn(usage, " "), usage);
    return word;
}

void arguments_want(struct arguments *arguments, int at_least, int at_most)
{
    if (arguments->words == NULL)
        arguments_next(arguments);
    if (arguments->count < at_least)
        arguments_wrong(arguments, "%s: %s is missing", arguments->subcommand->name,
                        missing_word(arguments->subcommand->usage));
    if (arguments->count > at_most)
        arguments_wrong(arguments, "unexpected argument '%s'",
                        console_shown(arguments->words[at_most]));
}

void arguments_fold(const char *text, int column)
{
    size_t width = (size_t)(HELP_WIDTH - column), end;

    for (; strlen(text) > width; text += end + 1) {
        for (end = width; end > 0 && text[end] != ' ';)
            end--;
        printf("%.*s\n%*s", (int)end, text, column, "");
    }
    printf("%s\n", text);
}

/* "  -p, --policy=POLICY     MEANING", the meaning folded at its column. */
static void help_line(const char *name, char letter, const char *value, const char *meaning)
{
    char head[80];

    snprintf(head, sizeof head, "  %c%c%s --%s%s%s", letter != 0 ? '-' : ' ',
             letter != 0 ? letter : ' ', letter != 0 ? "," : " ", name, value != NULL ? "=" : "",
             value != NULL ? value : "");
    if (strlen(head) + 2 > MEANING_COLUMN)
        printf("%s\n%*s", head, MEANING_COLUMN, "");
    else
        printf("%-*s", MEANING_COLUMN, head);
    arguments_fold(meaning, MEANING_COLUMN);
}

void arguments_help(const struct subcommand *subcommand)
{
    printf("usage: reuseshim %s %s\n\n%s.\n\n", subcommand->name, subcommand->usage,
           subcommand->summary);
    for (size_t i = 0; i < subcommand->flag_count; i++) {
        const struct flag *flag = &subcommand->flags[i];

        help_line(flag->name, flag->letter, flag->value, flag->meaning);
    }
    if (subcommand->has_json)
        help_line("json", 0, NULL, "one JSON object for each result");
    help_line("help", 'h', NULL, "this text");
    help_line("version", 0, NULL, "the version");
    if (subcommand->details != NULL)
        printf("\n%s", subcommand->details);
}
