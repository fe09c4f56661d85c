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

enum { ID_COLUMN = 22, WIDTH = 80, JSON_SIZE = 64 * 1024, ID_MAX = 64 };

/* One id with its meaning, wherever it comes from. */
struct entry {
    const char *id;
    const char *kind;
    const char *meaning;
};

static struct entry reason_entry(unsigned int reason)
{
    return (struct entry){reason_id((enum reason)reason), "reason",
                          reason_meaning((enum reason)reason)};
}

static struct entry misuse_entry(unsigned int misuse)
{
    return (struct entry){misuse_id((enum misuse)misuse), "misuse",
                          misuse_meaning((enum misuse)misuse)};
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
        *entry = i < REASON_COUNT ? reason_entry(i) : misuse_entry(i - REASON_COUNT);
        if (strcmp(entry->id, id) == 0)
            return true;
    }
    return false;
}

/* ---- The table ---- */

static void print_row(const struct entry *entry)
{
    const char *at = entry->meaning;

    printf("  %-*s", ID_COLUMN - 2, entry->id);
    while (strlen(at) > WIDTH - ID_COLUMN) {
        size_t end = WIDTH - ID_COLUMN;

        while (end > 0 && at[end] != ' ')
            end--;
        printf("%.*s\n%*s", (int)end, at, ID_COLUMN, "");
        at += end + 1;
    }
    printf("%s\n", at);
}

static void print_table(void)
{
    struct entry entry;

    puts("Reasons:");
    for (unsigned int i = 1; i <= REASON_COUNT; i++) { /* 'unknown', the first, comes last */
        entry = reason_entry(i % REASON_COUNT);
        print_row(&entry);
    }
    puts("\nMisuse of the option:");
    for (unsigned int i = 0; i < MISUSE_COUNT; i++) {
        entry = misuse_entry(i);
        print_row(&entry);
    }
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
    bool code = false;

    printf("%s%s%s\n", bold, *heading + 3, plain);
    for (line = heading + 1; *line != NULL && !ends_section(*line); line++) {
        if (strncmp(*line, "```", 3) == 0)
            code = !code;
        else if (is_blank(*line) && (line[1] == NULL || ends_section(line[1])))
            break;
        else if (code)
            puts(*line);
        else
            puts(*line);
    }
}

static void print_json(const struct entry *entry)
{
    struct text text = console_text(JSON_SIZE);
    struct text body = console_text(JSON_SIZE);
    const char *const *line = section_of(entry->id);

    for (line += line != NULL; line != NULL && *line != NULL && !ends_section(*line); line++)
        text_join(&body, *line, "\n", NULL);
    json_open(&text, NULL, '{');
    json_number(&text, "v", 1);
    json_words(&text, "id", entry->id);
    json_words(&text, "kind", entry->kind);
    json_words(&text, "meaning", entry->meaning);
    json_words(&text, "text", body.used > 0 ? body.start : NULL);
    json_close(&text, '{');
    text_char(&text, '\n');
    console_print(&text);
}

static int no_such_reason(const char *id)
{
    struct nearest nearest = nearest_to(id);

    for (unsigned int i = 0; i < ENTRY_COUNT; i++)
        nearest_consider(&nearest, i < REASON_COUNT ? reason_entry(i).id
                                                    : misuse_entry(i - REASON_COUNT).id);
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
    heading = section_of(id);
    if (arguments->json)
        print_json(&entry);
    else if (heading != NULL)
        print_section(heading, console_color(STDOUT_FILENO));
    else
        printf("%s\n\n%s\n", entry.id, entry.meaning);
    return EXIT_YES;
}

static void json_table(void)
{
    struct entry entry;

    for (unsigned int i = 0; i < REASON_COUNT; i++) {
        entry = reason_entry(i);
        print_json(&entry);
    }
    for (unsigned int i = 0; i < MISUSE_COUNT; i++) {
        entry = misuse_entry(i);
        print_json(&entry);
    }
}

static int run(struct arguments *arguments)
{
    arguments_want(arguments, 0, 1);
    if (arguments->count == 1)
        return explain_one(arguments, arguments->words[0]);
    if (arguments->json)
        json_table();
    else
        print_table();
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
