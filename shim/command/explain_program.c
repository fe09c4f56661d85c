/* How a program is told to set the option itself: the rows of docs/programs.md, built in. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "command/console.h"
#include "command/explain_program.h"
#include "command/reasons_text.h"
#include "report/json_text.h"

enum { JSON_SIZE = 4096, CELL_MAX = 512 };

/* Does WORD stand in TEXT where a word begins, in whatever case? */
static bool has_word(const char *text, const char *word)
{
    size_t length = strlen(word), i;

    for (const char *at = text; *at != '\0'; at++) {
        for (i = 0; i < length && tolower((unsigned char)at[i]) == tolower((unsigned char)word[i]);)
            i++;
        if (i == length && (at == text || !isalnum((unsigned char)at[-1])))
            return true;
    }
    return false;
}

/* The cell behind the bar at AT, without blanks around it and without the marks of code. Returns
 * the next bar; NULL if there is none. */
static const char *read_cell(const char *at, char cell[CELL_MAX])
{
    size_t used = 0;

    cell[0] = '\0';
    if (*at != '|')
        return NULL;
    for (at += 1 + (at[1] == ' '); *at != '|' && *at != '\0'; at++)
        if (*at != '`' && used + 1 < CELL_MAX)
            cell[used++] = *at;
    while (used > 0 && cell[used - 1] == ' ')
        used--;
    cell[used] = '\0';
    return *at == '|' ? at : NULL;
}

static void print_json(const char *program, const char *way)
{
    struct text text = console_text(JSON_SIZE);

    json_begin(&text);
    json_words(&text, "id", program);
    json_words(&text, "kind", "program");
    json_words(&text, "meaning", "how it is told to set SO_REUSEADDR");
    json_words(&text, "text", way);
    json_end(&text);
    console_print(&text);
}

bool explain_program(const char *typed, bool json)
{
    char program[CELL_MAX], way[CELL_MAX];
    bool all = strcmp(typed, "programs") == 0, any = false;

    if (strlen(typed) < 2)
        return false;
    for (const char *const *line = programs_text; *line != NULL; line++) {
        const char *bar = read_cell(*line, program);

        if (bar == NULL || read_cell(bar, way) == NULL || program[0] == '-' ||
            strcmp(way, "way") == 0 || (!all && !has_word(program, typed)))
            continue;
        if (json)
            print_json(program, way);
        else
            printf("%s%s\n  %s\n", any ? "\n" : "", program, way);
        any = true;
    }
    return any;
}
