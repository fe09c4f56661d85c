#include "command/trouble.h"

#include <stdio.h>
#include <string.h>

#include "command/console.h"
#include "command/nearest.h"
#include "rules/reader.h"

/* "; did you mean 'force'?": the word of a policy's language that the wrong one is nearest to, or
 * nothing if none is near. */
static const char *hint(const char *text, const struct reader_error *error)
{
    static char sentence[64];
    char word[32];
    struct nearest nearest;
    size_t at = error->column - 1, length;

    length = at < strlen(text) ? strspn(text + at, "abcdefghijklmnopqrstuvwxyz"
                                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") : 0;
    sentence[0] = '\0';
    if (length == 0 || length >= sizeof word)
        return sentence;
    memcpy(word, text + at, length);
    word[length] = '\0';
    nearest = nearest_to(word);
    for (unsigned int i = 0; i < ACTION_COUNT; i++)
        nearest_consider(&nearest, action_name((enum action)i));
    for (unsigned int i = 0; i < SELECT_COUNT; i++)
        nearest_consider(&nearest, selector_protocol_name((enum selector_protocol)i));
    if (nearest.found != NULL && strcmp(nearest.found, word) != 0)
        snprintf(sentence, sizeof sentence, "; did you mean '%s'?", nearest.found);
    return sentence;
}

void trouble_line(const char *source, const char *text, const struct reader_error *error)
{
    size_t start, end = reader_window(text, error->column - 1, &start);
    char shown[4 * READER_WINDOW + 8];
    struct text line = text_in(shown, sizeof shown);

    text_add(&line, start > 0 ? "..." : "");
    text_shown(&line, text + start, end - start, 4 * READER_WINDOW);
    text_add(&line, text[end] != '\0' ? "..." : "");
    console_error("%s \"%s\": column %zu: expected %s%s", source, shown, error->column,
                  error->expected, hint(text, error));
}

void trouble_caret(const char *source, const char *text, const struct reader_error *error)
{
    size_t at = error->column - 1;
    size_t start, end = reader_window(text, at, &start);
    char before[4 * READER_WINDOW + 8], after[4 * READER_WINDOW + 8];
    struct text left = text_in(before, sizeof before), right = text_in(after, sizeof after);

    if (at > end)
        at = end;
    text_add(&left, start > 0 ? "..." : "");
    text_shown(&left, text + start, at - start, 4 * READER_WINDOW);
    text_shown(&right, text + at, end - at, 4 * READER_WINDOW);
    text_add(&right, text[end] != '\0' ? "..." : "");
    console_error("%s: column %zu: expected %s%s", source, error->column, error->expected,
                  hint(text, error));
    fprintf(stderr, "  %s%s\n  %*s^\n", before, after, (int)console_columns(before), "");
}
