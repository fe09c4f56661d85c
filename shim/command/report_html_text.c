/* Text in a page of HTML: what it says, and never markup. */
#include "command/report_html.h"

#include <string.h>

enum { SHOWN_MAX = 400 };

static void escaped(FILE *file, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        switch (bytes[i]) {
        case '&': fputs("&amp;", file); break;
        case '<': fputs("&lt;", file); break;
        case '>': fputs("&gt;", file); break;
        case '"': fputs("&quot;", file); break;
        case '\'': fputs("&#39;", file); break;
        default: fputc(bytes[i], file); break;
        }
    }
}

void html_text(FILE *file, const struct text *text)
{
    escaped(file, text->start, text->used);
}

void html_string(FILE *file, const char *string)
{
    char buffer[SHOWN_MAX * 2];
    struct text text = text_in(buffer, sizeof buffer);

    text_shown(&text, string, strlen(string), SHOWN_MAX);
    html_text(file, &text);
}

void html_name(const struct html *html, uint32_t number)
{
    html_string(html->file, report_name(html->report, number));
}
