/* An explanation as a whole: which lines there are, and in which order. The reader is in a hurry:
 * a server does not start, and perhaps only the first line is on the screen. */
#include "report/message.h"

#include <stdint.h>
#include <string.h>

#include "report/words.h"

enum {
    LINES_MAX = 10,      /* of an explanation that is not verbose */
    CURES_SHOWN_MAX = 2, /* 'fix' and 'or' */
    PARTS_MAX = 24
};

/* A part of an explanation, which may be left out where there are too many lines. */
enum part { PART_ANSWER = 0, PART_NEEDED, PART_SOCKETS, PART_UNSEEN, PART_FOR_GOOD, PART_OR };

struct parts {
    struct page *page;
    size_t count;
    struct {
        enum part part;
        size_t start; /* byte of the text */
    } list[PARTS_MAX];
};

static void begin_part(struct parts *parts, enum part part)
{
    if (parts->count == PARTS_MAX)
        return;
    parts->list[parts->count].part = part;
    parts->list[parts->count].start = parts->page->text->used;
    parts->count++;
}

static void drop_part(struct parts *parts, size_t index)
{
    struct text *text = parts->page->text;
    size_t start = parts->list[index].start;
    size_t end = index + 1 < parts->count ? parts->list[index + 1].start : text->used;

    memmove(text->start + start, text->start + end, text->used - end + 1);
    text->used -= end - start;
    for (size_t i = index; i + 1 < parts->count; i++) {
        parts->list[i].part = parts->list[i + 1].part;
        parts->list[i].start = parts->list[i + 1].start - (end - start);
    }
    parts->count--;
}

/* Leaves out what helps least, until the rest can be taken in at a glance. */
static void shorten(struct parts *parts)
{
    enum part part;

    for (part = PART_OR; part > PART_NEEDED; part--)
        for (size_t i = parts->count; i-- > 0;)
            if (parts->list[i].part == part &&
                page_lines(parts->page, parts->list[0].start) > LINES_MAX)
                drop_part(parts, i);
}

static void add_cures(const struct message *message, struct parts *parts)
{
    size_t most = message->verbose ? CURES_MAX : CURES_SHOWN_MAX;

    begin_part(parts, PART_NEEDED);
    for (size_t n = 0; n < most && line_cure(message, n == 0 ? "fix" : "or", CURE_NOW, n); n++)
        begin_part(parts, PART_OR);
    begin_part(parts, PART_FOR_GOOD);
    line_cure(message, "for good", CURE_FOR_GOOD, 0);
    for (size_t n = 1; message->verbose && line_cure(message, "or", CURE_FOR_GOOD, n); n++)
        ;
}

static void explain(const struct message *message)
{
    struct parts parts = {.page = message->page};

    begin_part(&parts, PART_ANSWER);
    line_answer(message);
    add_cures(message, &parts);
    begin_part(&parts, PART_NEEDED);
    line_holder(message);
    begin_part(&parts, PART_NEEDED);
    line_rule(message);
    begin_part(&parts, PART_SOCKETS);
    if (message->verbose || message_needs_places(message))
        lines_sockets(message);
    if (message->verbose)
        line_frees(message);
    begin_part(&parts, PART_UNSEEN);
    lines_unseen(message);
    if (!message->verbose)
        shorten(&parts);
}

void human_explain(struct text *text, const struct evidence *evidence,
                   const struct verdict *verdict, const struct manner *manner)
{
    struct page page = {text, manner->color, manner->width, text->used, 0};
    size_t start = text->used;
    struct message message = message_of(&page, evidence, verdict, manner->verbose);

    explain(&message);
    if (text->cut)
        page_mark_cut(text, start);
}

void human_last_word(struct text *text, const struct evidence *evidence,
                     const struct verdict *verdict)
{
    struct page page = {text, false, SIZE_MAX, text->used, 0};
    struct message message = message_of(&page, evidence, verdict, false);

    line_answer(&message);
    page_forget(&page, text->used - 1); /* its line end */
    if (verdict->cure_count > 0) {
        const struct cure *cure = &verdict->cures[0];
        const char *words = cure->command[0] != '\0' ? cure->command : cure->text;

        text_add(text, "; fix: ");
        text_shown(text, words, strlen(words), CURE_COMMAND_MAX);
    }
    text_char(text, '\n');
}

static bool is_failure(const struct record *record)
{
    return record->event == EVENT_BIND_FAILED || record->event == EVENT_LISTEN_FAILED;
}

void human_print(struct text *text, const struct record *record, const struct manner *manner)
{
    struct page page = {text, manner->color, manner->width, text->used, 0};
    size_t start = text->used;

    if (!is_failure(record)) {
        human_event(&page, record);
    } else if (record->repeats == 0 && record->walk == 0 && record->evidence != NULL &&
               record->verdict != NULL) {
        struct message message =
            message_of(&page, record->evidence, record->verdict, manner->verbose);

        explain(&message);
    } else {
        line_repeat(&page, record);
    }
    if (text->cut)
        page_mark_cut(text, start);
}
