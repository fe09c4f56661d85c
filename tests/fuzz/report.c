/* libFuzzer target: whatever lines a log has, the page that is made of them has no markup but our
 * own, no control character, and ends as it should. Odd first byte: the lines as they are; even:
 * each is the value of one key of a record that is sound else.
 *
 * All memory that the report asks for is one piece, which each input has anew: its own free() does
 * nothing here (see tests/builds.mk). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/console.h"
#include "command/report.h"
#include "report/json_text.h"

enum { MEMORY_SIZE = 64 << 20, LINE_MAX_HERE = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void report_free(void *memory);

static _Alignas(16) char memory[MEMORY_SIZE];
static size_t used;

void report_free(void *given)
{
    (void)given;
}

void *console_memory(size_t size)
{
    char *taken = memory + used;

    size = (size + 15) & ~(size_t)15;
    if (size > MEMORY_SIZE - used)
        abort();
    used += size;
    memset(taken, 0, size);
    return taken;
}

void *console_grown(void *old, size_t *room, size_t count, size_t size)
{
    size_t more = *room * 2 + 8;
    void *grown;

    if (count < *room)
        return old;
    grown = console_memory(more * size);
    if (old != NULL)
        memcpy(grown, old, *room * size);
    *room = more;
    return grown;
}

void console_error(const char *format, ...)
{
    (void)format;
    abort();
}

const char *console_shown(const char *string)
{
    return string;
}

struct text console_text(size_t size)
{
    return text_in(console_memory(size), size);
}

void console_print(struct text *text)
{
    (void)text;
}

static bool is_ours(const char *tag)
{
    static const char *const tags[] = {
        "!DOCTYPE", "html", "head", "meta", "title", "style", "body", "a", "header", "h1", "h2",
        "h3",
        "h4", "p", "main", "div", "table", "caption", "tr", "th", "td", "section", "i", "b", "span",
        "label", "br", "input", "details", "summary", "ol", "li", "output", "dl", "dt", "dd",
        "script"};
    size_t i, length;

    tag += *tag == '/';
    for (i = 0; i < sizeof tags / sizeof *tags; i++) {
        length = strlen(tags[i]);
        if (strncmp(tag, tags[i], length) == 0 && strchr(" >", tag[length]) != NULL)
            return true;
    }
    return false;
}

static void require(bool truth)
{
    if (!truth)
        abort();
}

/* Nothing but our own is between the style and the script. */
static void check_page(const char *page)
{
    const char *at = strstr(page, "</style>"), *end = strstr(page, "<script nonce=");
    size_t open = 0;
    bool quoted = false;

    require(at != NULL && end != NULL && strstr(end, "</script>\n</body>\n</html>\n") != NULL);
    for (; at < end; at++) {
        require((unsigned char)*at >= ' ' || *at == '\n');
        require(*at != '<' || (open == 0 && is_ours(at + 1)));
        require(*at != '>' || open == 1);
        quoted = open == 1 && quoted != (*at == '"');
        open += *at == '<';
        open -= *at == '>';
        if (open == 1 && !quoted) /* no attribute that runs a script */
            require(strncmp(at, " on", 3) != 0);
    }
}

/* BYTES as the value of the Nth key of a record. */
static size_t make_record(char *line, const char *bytes, size_t size, unsigned int which)
{
    static const char *const keys[] = {"comm", "host", "unit", "proto", "address", "reason",
                                       "version", "id"};
    struct text text = text_in(line, LINE_MAX_HERE);

    text_add(&text,
             "{\"v\":1,\"time\":\"2026-11-27T22:00:00.000000Z\",\"event\":\"bind_failed\",\"pid\":7,");
    text_format(&text, "\"port\":%u,\"%s\":", which, keys[which % 8]);
    json_string(&text, bytes, size);
    text_add(&text, ",\"holders\":[{\"state\":");
    json_string(&text, bytes, size);
    text_add(&text, ",\"comm\":");
    json_string(&text, bytes, size);
    text_add(&text, "}],\"cures\":[{\"id\":\"wait\",\"risk\":\"safe\",\"text\":");
    json_string(&text, bytes, size);
    text_add(&text, "}]}");
    return text.cut ? 0 : text.used;
}

static void gather(struct report *report, const uint8_t *data, size_t size, bool whole)
{
    static char line_bytes[LINE_MAX_HERE + 1];
    struct line line;
    unsigned int number = 0;
    const uint8_t *end = data + size, *stop;
    size_t length;

    for (; data < end; data = stop + 1) {
        stop = memchr(data, '\n', (size_t)(end - data));
        stop = stop != NULL ? stop : end;
        length = (size_t)(stop - data) < 400 || whole ? (size_t)(stop - data) : 400;
        length = length < LINE_MAX_HERE ? length : LINE_MAX_HERE;
        if (whole)
            memcpy(line_bytes, data, length);
        else
            length = make_record(line_bytes, (const char *)data, length, number++);
        line_bytes[length] = '\0';
        line_read(&line, line_bytes, length);
        report_gather(report, &line);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static size_t kept;
    struct report report = {.filter = {.port = -1, .since_us = INT64_MIN, .until_us = INT64_MAX},
                            .keep_cures = true};
    char none[2] = "x", *page = NULL;
    size_t length = 0;
    FILE *usual = stdout;
    struct line line;

    if (kept == 0) {
        line_read(&line, none, 1); /* what it keeps for all lines */
        kept = used;
    }
    if (size > 0)
        gather(&report, data + 1, size - 1, data[0] % 2 == 1);
    report_outages(&report);
    stdout = open_memstream(&page, &length);
    require(stdout != NULL && report_print_html(&report, "-"));
    fclose(stdout);
    stdout = usual;
    check_page(page);
    free(page);
    line_read(&line, none, 1); /* gives back what the last line has needed */
    used = kept;
    return 0;
}
