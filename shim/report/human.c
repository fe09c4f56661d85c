#include "report/human_lines.h"

#include "report/errors.h"
#include "report/words.h"

void human_caller(struct text *text, const struct caller *caller)
{
    if (caller->comm == NULL && caller->pid <= 0)
        return;
    text_add(text, "  ");
    words_process(text, caller->comm, caller->pid);
}

/* "reuseshim: bind(0.0.0.0:8080) failed" */
static void print_call(struct page *page, const struct record *record)
{
    struct text *text = page->text;

    page_tone(page, TONE_HEADLINE);
    text_join(text, "reuseshim: ", call_name(record->call), "(", NULL);
    if (record->address.family != FAMILY_NONE) {
        endpoint_print(text, &record->address);
    } else if (record->fd >= 0) {
        text_add(text, "fd ");
        text_number(text, record->fd);
    }
    text_add(text, ") failed");
}

static void print_reason(struct page *page, const struct record *record)
{
    page_tone(page, TONE_PLAIN);
    if (record->verdict == NULL)
        return;
    text_add(page->text, " [");
    page_tone(page, TONE_REASON);
    text_add(page->text, reason_id(record->verdict->reason));
    page_tone(page, TONE_PLAIN);
    text_char(page->text, ']');
}

static void print_fd(struct text *text, const struct record *record)
{
    if (record->fd < 0)
        return;
    text_add(text, " fd ");
    text_number(text, record->fd);
}

static void print_headline(struct page *page, const struct record *record)
{
    size_t start = page->text->used, joint;

    print_call(page, record);
    text_add(page->text, ": ");
    error_print_sentence(page->text, record->error);
    print_reason(page, record);
    joint = page->text->used;
    human_caller(page->text, &record->caller);
    print_fd(page->text, record);
    if (record->protocol != PROTOCOL_NONE)
        text_join(page->text, " ", protocol_name(record->protocol), NULL);
    page_split(page, start, joint);
    text_char(page->text, '\n');
}

static void print_repeat(struct page *page, const struct record *record)
{
    print_call(page, record);
    text_add(page->text, " again");
    print_reason(page, record);
    text_add(page->text, ": ");
    text_unsigned(page->text, record->repeats);
    text_add(page->text, record->repeats == 1 ? " time so far" : " times so far");
    human_caller(page->text, &record->caller);
    print_fd(page->text, record);
    text_char(page->text, '\n');
}

/* Told once of a program that looks for a free port (table/walk.h). */
static void print_walk(struct page *page, const struct record *record)
{
    print_call(page, record);
    page_tone(page, TONE_PLAIN);
    text_format(page->text,
                ": %-s[%d] tries one port after the other; only the last is told, if none is free\n",
                record->caller.comm, (int)record->caller.pid);
}

static void explain(struct page *page, const struct evidence *evidence,
                    const struct verdict *verdict)
{
    struct story story = story_of(page->text, evidence, verdict);

    page_begin(page, "why");
    story_why(&story);
    page_end(page);
    if (evidence->attempt.fd >= 0)
        line_this(page, &story);
    lines_held(page, &story);
    line_frees(page, &story);
    lines_help(page, &story);
    lines_unseen(page, &story);
}

void human_explain(struct text *text, const struct evidence *evidence,
                   const struct verdict *verdict, bool color, size_t width)
{
    struct page page = {text, color, width, text->used};
    size_t start = text->used;

    explain(&page, evidence, verdict);
    if (text->cut)
        page_mark_cut(text, start);
}

static bool is_failure(const struct record *record)
{
    return record->event == EVENT_BIND_FAILED || record->event == EVENT_LISTEN_FAILED;
}

void human_print(struct text *text, const struct record *record, bool color, size_t width)
{
    struct page page = {text, color, width, text->used};
    size_t start = text->used;

    if (!is_failure(record)) {
        human_event(&page, record);
    } else if (record->repeats > 0) {
        print_repeat(&page, record);
    } else if (record->walk > 0) {
        print_walk(&page, record);
    } else {
        print_headline(&page, record);
        if (record->evidence != NULL && record->verdict != NULL)
            explain(&page, record->evidence, record->verdict);
    }
    if (text->cut)
        page_mark_cut(text, start);
}
