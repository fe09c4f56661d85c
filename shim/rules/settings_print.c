#include "rules/reader.h"
#include "rules/settings.h"

void settings_print_error(struct text *text, enum variable variable, const char *value,
                          const struct reader_error *error)
{
    size_t start, end = reader_window(value, error->column - 1, &start);

    text_format(text, "reuseshim: %s=\"%s", variable_name(variable), start > 0 ? "..." : "");
    text_shown(text, value + start, end - start, 4 * READER_WINDOW); /* all of them as \xNN */
    text_format(text, "%s\": column %zu: expected %s; the default (%s) is used",
                value[end] != '\0' ? "..." : "", error->column, error->expected,
                variable_default(variable));
}
