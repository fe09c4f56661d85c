/* The first line of an explanation: who cannot have what, and who or what has it. Often only this
 * line is read, so it is whole within PAGE_WIDTH columns: it is tried in one form after the other,
 * each shorter than the one before. */
#include "report/answer_words.h"

#include <string.h>

#include "report/words.h"

/* How much is told. */
struct form {
    bool address; /* with the address, not only the port */
    bool pid;     /* with the caller's process id */
    bool note;    /* with what is odd about the holder, and with the protocol */
    bool brief;   /* the shorter sentence */
    uint16_t name; /* bytes of a program's name */
    uint16_t path; /* bytes of a path: its end */
};

static const struct form forms[] = {
    {true, true, true, false, WORDS_NAME_MAX, PAGE_WIDTH},
    {true, false, true, false, WORDS_NAME_MAX, 40},
    {false, false, true, false, WORDS_NAME_MAX, 40},
    {false, false, true, true, WORDS_NAME_MAX, 24},
    {false, false, false, true, WORDS_NAME_MAX, 24},
    {false, false, false, true, 12, 12},
    {false, false, false, true, 8, 9},
    {false, false, false, true, 5, 9},
    {false, false, false, true, 3, 6},
};

/* Bytes: a name and what is said of it, a path of PAGE_WIDTH, an address. */
enum { FORM_COUNT = sizeof forms / sizeof *forms, PART_SIZE = 144 };

/* ---- What, and who ---- */

static void add_path(struct text *text, const struct endpoint *local, size_t limit)
{
    char buffer[ENDPOINT_TEXT_MAX];
    struct text path = text_in(buffer, sizeof buffer);
    size_t start;

    endpoint_print(&path, local);
    if (path.used <= limit) {
        text_add(text, buffer);
        return;
    }
    start = path.used - (limit - strlen("..."));
    while (((unsigned char)buffer[start] & 0xc0) == 0x80) /* not within a character */
        start++;
    text_join(text, "...", buffer + start, NULL);
}

/* "8080", "127.0.0.1:8080", "UDP 53", "/run/app.sock" */
static void add_want(struct text *text, const struct party *want, const struct form *form)
{
    const struct endpoint *local = &want->local;
    bool ip = local->family == FAMILY_INET || local->family == FAMILY_INET6;
    bool both = want->options.v6only != ANSWER_YES || local->family == FAMILY_INET;

    if (form->note && want->protocol == PROTOCOL_UDP)
        text_add(text, "UDP ");
    if (form->note && want->protocol == PROTOCOL_UDPLITE)
        text_add(text, "UDP-Lite ");
    if (form->note && want->protocol == PROTOCOL_SCTP)
        text_add(text, "SCTP ");
    if (!form->address && protocol_is_named(want->protocol) && local->family != FAMILY_UNIX)
        text_format(text, "%s %u", protocol_name(want->protocol), endpoint_number(local));
    else if (!ip)
        add_path(text, local, form->path);
    else if (form->address && !(endpoint_is_wildcard(local) && both))
        endpoint_print(text, local);
    else
        text_unsigned(text, local->port);
}

static void add_caller(struct text *text, const struct caller *caller, const struct form *form)
{
    if (caller->comm == NULL && caller->pid <= 0)
        text_add(text, "this process");
    else
        words_process(text, caller->comm, form->pid || caller->comm == NULL ? caller->pid : 0,
                      form->name);
}

/* Only its user is known. */
static bool is_unseen(const struct holder *holder)
{
    return holder != NULL && holder->owner.pid <= 0 && holder->owner.comm == NULL &&
           holder->owner.relation != RELATION_KERNEL && holder->owner.relation != RELATION_NONE &&
           holder->socket.uid != UID_UNKNOWN;
}

/* The holder, as the subject of a sentence in the singular. */
static void add_holder(const struct message *message, const struct form *form, struct text *text)
{
    struct page page = {.text = text, .color = message->page->color};

    page_tone(&page, TONE_STRONG);
    if (message->held != NULL && message->held->owner.relation == RELATION_SELF)
        text_format(text, message->held->owner.fd < 0 ? "its own socket" : "its own fd %d",
                    message->held->owner.fd);
    else if (form->brief && is_unseen(message->held))
        words_user(text, message->held);
    else
        words_holder(text, message->held, form->name);
    page_tone(&page, TONE_PLAIN);
    if (message->held == NULL || !form->note || message->held->owner.pid <= 0 ||
        message->held->owner.relation == RELATION_SELF)
        return;
    if (message->held->owner.others > 0)
        text_format(text, " (and %u more)", message->held->owner.others);
    else if (message->held->owner.stopped)
        text_add(text, " (stopped)");
}

/* ---- The beginning ---- */

static void add_wait(struct text *text, const struct message *message, const char *caller,
                     const char *want)
{
    char buffer[32];
    struct text time = text_in(buffer, sizeof buffer);
    bool sooner = message->verdict->frees_sooner;

    words_duration(&time, message->verdict->frees_in_ms);
    if (message_is_hypothetical(message))
        text_format(text, "%s is free in %s%s", want, sooner ? "at most " : "", buffer);
    else
        text_format(text, "%s must wait %s%s for %s", caller, sooner ? "up to " : "", buffer, want);
}

/* "node[29709] cannot bind 8080", "8080 is taken" */
static void add_beginning(struct text *text, const struct message *message, const char *caller,
                          const char *want)
{
    if (answer_is_to_wait(message))
        add_wait(text, message, caller, want);
    else if (message_is_hypothetical(message))
        text_format(text, "%s is taken", want);
    else if (message->verdict->reason == REASON_GONE)
        text_format(text, "%s could not bind %s", caller, want);
    else if (message->attempt->call == CALL_LISTEN)
        text_format(text, "%s cannot listen on %s", caller, want);
    else
        text_format(text, "%s cannot bind %s", caller, want);
}

/* Without the holder there is nothing to tell of it. */
static bool lacks_holder(const struct message *message)
{
    enum reason reason = message->verdict->reason;

    return message->held == NULL && reason >= REASON_BOUND_TWICE && reason <= REASON_KERNEL;
}

static void add_reason(struct page *page, enum reason reason)
{
    text_add(page->text, " [");
    page_tone(page, TONE_REASON);
    text_add(page->text, reason_id(reason));
    page_tone(page, TONE_PLAIN);
    text_char(page->text, ']');
}

static void add_form(const struct message *message, const struct form *form)
{
    char caller[PART_SIZE], want[PART_SIZE], holder[PART_SIZE], start[3 * PART_SIZE];
    struct text caller_text = text_in(caller, sizeof caller);
    struct text want_text = text_in(want, sizeof want);
    struct text holder_text = text_in(holder, sizeof holder);
    struct text start_text = text_in(start, sizeof start);
    struct answer_words words = {message, message->text, caller,     want,
                                 start, holder,      form->note, form->brief};

    add_caller(&caller_text, &message->attempt->caller, form);
    add_want(&want_text, message->want, form);
    add_holder(message, form, &holder_text);
    add_beginning(&start_text, message, caller, want);
    if (lacks_holder(message))
        text_format(message->text, "%s: why is not known", start);
    else
        answer_say(&words);
    add_reason(message->page, message->verdict->reason);
}

static void add_prefix(struct page *page)
{
    page_tone(page, TONE_HEADLINE);
    text_add(page->text, "reuseshim:");
    page_tone(page, TONE_PLAIN);
    text_char(page->text, ' ');
}

/* A narrow terminal has the first line on two. */
static void end_line(struct page *page, size_t start)
{
    page->line = start;
    page->column = 0;
    page_end(page);
}

void line_answer(const struct message *message)
{
    struct page *page = message->page;
    size_t start = page->text->used, sentence;

    if (!message_is_hypothetical(message))
        add_prefix(page);
    sentence = page->text->used;
    for (size_t i = 0; i < FORM_COUNT; i++) {
        page_forget(page, sentence);
        add_form(message, &forms[i]);
        if (page_columns(page, start) <= PAGE_WIDTH)
            break;
    }
    end_line(page, start);
}

void line_repeat(struct page *page, const struct record *record)
{
    struct party want = {.protocol = record->protocol, .local = record->address};
    size_t start = page->text->used, sentence;

    add_prefix(page);
    sentence = page->text->used;
    for (size_t i = 0; i < FORM_COUNT; i++) {
        char caller_bytes[PART_SIZE], want_bytes[PART_SIZE];
        struct text caller = text_in(caller_bytes, sizeof caller_bytes);
        struct text what = text_in(want_bytes, sizeof want_bytes);

        page_forget(page, sentence);
        add_caller(&caller, &record->caller, &forms[i]);
        add_want(&what, &want, &forms[i]);
        if (record->walk > 0) /* told once of a program that looks for a free port (table/walk.h) */
            text_format(page->text,
                        forms[i].brief ? "%s tries one port after the other, now %s"
                                       : "%s tries one port after the other, now %s; "
                                         "the last is told if none is free",
                        caller_bytes, want_bytes);
        else
            text_format(page->text, "%s cannot %s %s again, %llu time%s so far", caller_bytes,
                        record->call == CALL_LISTEN ? "listen on" : "bind", want_bytes,
                        (unsigned long long)record->repeats, record->repeats == 1 ? "" : "s");
        if (record->verdict != NULL)
            add_reason(page, record->verdict->reason);
        if (page_columns(page, start) <= PAGE_WIDTH)
            break;
    }
    end_line(page, start);
}
