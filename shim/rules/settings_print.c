#include <string.h>

#include "rules/settings.h"

enum {
    WINDOW = 72,     /* bytes of a value that are shown at most */
    BEFORE = 48,     /* of these, bytes in front of the column when both ends are left out */
    SHOWN_MAX = 4 * WINDOW /* bytes of that on a terminal, all of them as \xNN */
};

static bool continues_character(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* The part of VALUE around byte AT. Starts and ends between characters where it can. */
static void print_around(struct text *text, const char *value, size_t at)
{
    size_t length = strlen(value);
    size_t start = 0, end = length;
    size_t step;

    if (length > WINDOW) {
        start = at > BEFORE ? at - BEFORE : 0;
        if (start > length - WINDOW)
            start = length - WINDOW;
        end = start + WINDOW;
        for (step = 0; step < 3 && start > 0 && continues_character(value[start]); step++)
            start++;
        for (step = 0; step < 3 && end < length && continues_character(value[end]); step++)
            end--;
    }
    text_add(text, start > 0 ? "..." : "");
    text_shown(text, value + start, end - start, SHOWN_MAX);
    text_add(text, end < length ? "..." : "");
}

void settings_print_error(struct text *text, enum variable variable, const char *value,
                          const struct reader_error *error)
{
    text_format(text, "reuseshim: %s=\"", variable_name(variable));
    print_around(text, value, error->column - 1);
    text_format(text, "\": column %zu: expected %s; the default (%s) is used", error->column,
                error->expected, variable_default(variable));
}
