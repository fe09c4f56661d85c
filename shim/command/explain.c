/* reuseshim explain: what a reason or a misuse means, from docs/reasons.md, which is built in. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command/command.h"
#include "command/console.h"
#include "command/explain_program.h"
#include "command/nearest.h"
#include "command/reasons_text.h"
#include "report/json_text.h"
#include "report/record.h"

/* enum reason, then enum misuse */
enum { ENTRY_COUNT = (int)REASON_COUNT + (int)MISUSE_COUNT };

enum { ID_COLUMN = 22, JSON_SIZE = 64 * 1024, ID_MAX = 64 };

/* One id with its meaning, wherever it comes from. */
struct entry {
    const char *id;
    const char *kind;
    const char *meaning;
};

static struct entry entry_of(unsigned int i)
{
    enum reason reason = (enum reason)i;
    enum misuse misuse = (enum misuse)(i - REASON_COUNT);

    return i < REASON_COUNT
               ? (struct entry){reason_id(reason), "reason", reason_meaning(reason)}
               : (struct entry){misuse_id(misuse), "misuse", misuse_meaning(misuse)};
}

/* ID as messages have it, "[time-wait]", or as other tools write a state, "TIME_WAIT". */
static void plain_id(const char *typed, char id[ID_MAX])
{
    size_t used = 0;

    for (typed += typed[0] == '['; *typed != '\0' && used + 1 < ID_MAX; typed++)
        if (*typed != ']')
            id[used++] = strchr("_ ", *typed) ? '-' : (char)tolower((unsigned char)*typed);
    id[used] = '\0';
}

static bool find_entry(const char *typed, struct entry *entry)
{
    char id[ID_MAX];

    plain_id(typed, id);
    for (unsigned int i = 0; i < ENTRY_COUNT; i++) {
        *entry = entry_of(i);
        if (strcmp(entry->id, id) == 0)
            return true;
    }
    return false;
}

/* ---- The table ---- */

static void print_row(struct entry entry)
{
    printf("  %-*s", ID_COLUMN - 2, entry.id);
    arguments_fold(entry.meaning, ID_COLUMN);
}

static void print_table(void)
{
    puts("Reasons:");
    for (unsigned int i = 1; i <= REASON_COUNT; i++) /* 'unknown', the first, comes last */
        print_row(entry_of(i % REASON_COUNT));
    puts("\nMisuse of the option:");
    for (unsigned int i = REASON_COUNT; i < ENTRY_COUNT; i++)
        print_row(entry_of(i));
    puts("\nMore on each: reuseshim explain ID\n"
         "How a program sets the option: reuseshim explain PROGRAM, or all: programs");
}

/* ---- One section ---- */

/* The heading of ID's section; NULL if there is none. */
static const char *const *section_of(const char *id)
{
    const char *const *line;

    for (line = reasons_text; *line != NULL; line++)
        if (strncmp(*line, "## ", 3) == 0 && strcmp(*line + 3, id) == 0)
            return line;
    return NULL;
}

static bool ends_section(const char *line)
{
    return strncmp(line, "## ", 3) == 0 || strncmp(line, "# ", 2) == 0;
}

static bool is_blank(const char *line)
{
    return line[strspn(line, " ")] == '\0';
}

/* The marks of a code block are left out; its lines are as a terminal shows them. */
static void print_section(const char *const *heading, bool color)
{
    const char *bold = color ? "\033[1m" : "", *plain = color ? "\033[0m" : "";
    const char *const *line;

    printf("%s%s%s\n", bold, *heading + 3, plain);
    for (line = heading + 1; *line != NULL && !ends_section(*line); line++) {
        if (is_blank(*line) && (line[1] == NULL || ends_section(line[1])))
            break;
        if (strncmp(*line, "```", 3) != 0)
            puts(*line);
    }
}

static void print_json(struct entry entry)
{
    struct text text = console_text(JSON_SIZE);
    struct text body = console_text(JSON_SIZE);
    const char *const *line = section_of(entry.id);

    for (line += line != NULL; line != NULL && *line != NULL && !ends_section(*line); line++)
        text_join(&body, *line, "\n", NULL);
    json_begin(&text);
    json_words(&text, "id", entry.id);
    json_words(&text, "kind", entry.kind);
    json_words(&text, "meaning", entry.meaning);
    json_words(&text, "text", body.used > 0 ? body.start : NULL);
    json_end(&text);
    console_print(&text);
}

static int no_such_reason(const char *id)
{
    struct nearest nearest = nearest_to(id);

    for (unsigned int i = 0; i < ENTRY_COUNT; i++)
        nearest_consider(&nearest, entry_of(i).id);
    if (nearest.found != NULL)
        console_error("there is no reason '%s'; did you mean '%s'?", console_shown(id),
                      nearest.found);
    else
        console_error("there is no reason '%s'; see the list: reuseshim explain",
                      console_shown(id));
    return EXIT_USAGE;
}

static int explain_one(const struct arguments *arguments, const char *id)
{
    struct entry entry;
    const char *const *heading;

    if (!find_entry(id, &entry))
        return explain_program(id, arguments->json) ? EXIT_YES : no_such_reason(id);
    heading = section_of(entry.id);
    if (arguments->json)
        print_json(entry);
    else if (heading != NULL)
        print_section(heading, console_color(STDOUT_FILENO));
    else
        printf("%s\n\n%s\n", entry.id, entry.meaning);
    return EXIT_YES;
}

static int run(struct arguments *arguments)
{
    arguments_want(arguments, 0, 1);
    if (arguments->count == 1)
        return explain_one(arguments, arguments->words[0]);
    if (!arguments->json)
        print_table();
    for (unsigned int i = 0; i < ENTRY_COUNT && arguments->json; i++)
        print_json(entry_of(i));
    return EXIT_YES;
}

const struct subcommand explain_subcommand = {
    .name = "explain",
    .usage = "[OPTION]... [ID|PROGRAM]",
    .summary = "Tells what a reason in a message means; without ID, lists them",
    .details = "Of a PROGRAM or runtime that does not set SO_REUSEADDR itself: how it is told\n"
               "to. 'programs' lists those.\n"
               "\n"
               "Exit code: 0, or 3 for an ID that does not exist.\n",
    .has_json = true,
    .usage_exit = EXIT_USAGE,
    .run = run,
};
