/* Records as JSON: one object, one line, the keys in the order of docs/records.md. What is not
 * known is null and never left out, so that readers need not ask twice. */
#include "report/json_parts.h"

#include "report/errors.h"
#include "report/names.h"

static void print_common(struct text *text, const struct record *record, enum detail detail)
{
    const struct caller *caller =
        record->evidence != NULL ? &record->evidence->attempt.caller : &record->caller;
    bool names = detail != DETAIL_LEAST;

    json_number(text, "v", 1);
    json_time(text, "time", record->time_us);
    json_words(text, "event", event_name(record->event));
    json_number_if(text, "pid", record->caller.pid > 0, record->caller.pid);
    json_number_if(text, "tid", record->caller.tid > 0, record->caller.tid);
    json_words(text, "comm", names ? record->caller.comm : NULL);
    json_words(text, "exe", names ? record->caller.exe : NULL);
    json_words(text, "host", caller->host);
    json_words(text, "version", REUSESHIM_VERSION);
    json_words(text, "boot", caller->boot);
    if (!names)
        return;
    if (caller->unit != NULL)
        json_words(text, "unit", caller->unit);
    if (caller->cgroup != NULL)
        json_words(text, "cgroup", caller->cgroup);
    if (caller->identity != NULL && caller->identity->container.engine != ENGINE_NONE)
        json_container(text, &caller->identity->container);
}

static void print_error(struct text *text, int error)
{
    if (error == 0) {
        json_null(text, "errno");
        return;
    }
    json_key(text, "errno");
    text_char(text, '"');
    error_print_name(text, error);
    text_char(text, '"');
}

/* A number that has a name in C: the name, or the number in a string. */
static void print_named(struct text *text, const char *key, const char *name, int number)
{
    json_key(text, key);
    text_char(text, '"');
    names_print(text, name, number);
    text_char(text, '"');
}

/* ---- bind_failed and listen_failed ---- */

static void print_flags(struct text *text, const struct evidence *evidence)
{
    static const struct options unknown = {ANSWER_UNKNOWN, ANSWER_UNKNOWN, ANSWER_UNKNOWN};
    static const char setters[][8] = {
        [SETTER_NOBODY] = "", [SETTER_PROGRAM] = "program", [SETTER_POLICY] = "policy"};
    const struct attempt *attempt = evidence != NULL ? &evidence->attempt : NULL;
    const struct options *options = attempt != NULL ? &attempt->socket.options : &unknown;
    enum setter setter = attempt != NULL ? attempt->reuseaddr_by : SETTER_NOBODY;
    bool has_v6only = attempt != NULL && attempt->socket.local.family == FAMILY_INET6;

    json_open(text, "flags", '{');
    json_answer(text, "reuseaddr", options->reuseaddr);
    json_words(text, "reuseaddr_by", setter != SETTER_NOBODY ? setters[setter] : NULL);
    json_answer(text, "reuseport", options->reuseport);
    json_answer(text, "v6only", has_v6only ? options->v6only : ANSWER_UNKNOWN);
    json_close(text, '{');
}

static void print_verdict(struct text *text, const struct verdict *verdict, bool whole)
{
    json_words(text, "reason", verdict != NULL ? reason_id(verdict->reason) : NULL);
    json_words(text, "overlap", whole ? overlap_name(verdict->overlap) : NULL);
    json_words(text, "lacks_reuseaddr", lacks_name(whole ? verdict->lacks : LACKS_UNKNOWN));
    json_number_if(text, "frees_in_ms", whole && verdict->frees_in_ms >= 0,
                   whole ? verdict->frees_in_ms : 0);
    json_open(text, "would_succeed", '{');
    for (unsigned int i = 0; i < IF_COUNT; i++)
        json_answer(text, what_if_name((enum what_if)i),
                    whole ? verdict->would[i] : ANSWER_UNKNOWN);
    json_close(text, '{');
}

static void print_range(struct text *text, const struct range *range)
{
    json_open(text, "range", '{');
    json_number(text, "first", range->first);
    json_number(text, "last", range->last);
    json_unsigned(text, "reserved", range->reserved);
    json_unsigned(text, "taken", range->taken);
    json_answer(text, "own", answer_of(range->own));
    json_close(text, '{');
}

/* The same for one failure wherever its record is read, and another for every other one. */
static void print_id(struct text *text, const struct record *record)
{
    json_key(text, "id");
    text_char(text, '"');
    text_hex(text, record_id(record), 16);
    text_char(text, '"');
}

static void print_failure(struct text *text, const struct record *record, struct shape *shape)
{
    const struct evidence *evidence = record->evidence;
    bool whole = evidence != NULL && record->verdict != NULL;
    const struct stack *stack = whole ? &evidence->attempt.stack : &record->stack;

    if (record->event != EVENT_WHY)
        print_id(text, record);
    json_words(text, "call", call_name(record->call));
    json_number_if(text, "fd", record->fd >= 0, record->fd);
    print_error(text, record->error);
    json_socket(text, record->protocol, &record->address);
    print_flags(text, whole ? evidence : NULL);
    print_verdict(text, record->verdict, whole);
    json_holders(text, whole ? evidence : NULL, whole ? record->verdict->decisive : 0, shape);
    json_stack(text, "stack", stack, shape->detail, false);
    json_cures(text, whole ? record->verdict : NULL, shape->detail);
    json_words(text, "visibility", whole ? visibility_name(evidence->visibility) : NULL);
    if (whole && evidence->range.first != 0 && record->verdict->reason == REASON_PORTS_EXHAUSTED)
        print_range(text, &evidence->range);
    if (whole && evidence->before.bound_at_us != 0)
        json_binder(text, "had_before", &evidence->before, shape->detail != DETAIL_LEAST);
    if (record->repeats > 0)
        json_unsigned(text, "repeats", record->repeats);
    if (record->walk > 0)
        json_unsigned(text, "walk", record->walk);
}

/* ---- The others ---- */

static void print_option(struct text *text, const struct record *record)
{
    bool has_option = record->option != 0;

    if (!has_option) {
        json_null(text, "level");
        json_null(text, "option");
        json_null(text, "value");
        return;
    }
    print_named(text, "level", level_name(record->level), record->level);
    print_named(text, "option", option_name(record->level, record->option), record->option);
    json_number(text, "value", record->value);
}

/* What only this event has. */
static void print_own_keys(struct text *text, const struct record *record, enum detail detail)
{
    const char *words = detail == DETAIL_LEAST ? NULL : record->text;

    switch (record->event) {
    case EVENT_SOCKET:
        print_named(text, "domain", domain_name(record->domain), record->domain);
        print_named(text, "type", type_name(record->type), record->type);
        break;
    case EVENT_SETSOCKOPT: print_option(text, record); break;
    case EVENT_LISTEN: json_number(text, "backlog", record->backlog); break;
    case EVENT_FORCED:
    case EVENT_LEFT_ALONE:
        print_option(text, record);
        json_words(text, "text", words);
        break;
    case EVENT_MISUSE:
        json_words(text, "misuse", misuse_id(record->misuse));
        json_words(text, "text", misuse_meaning(record->misuse));
        json_number_if(text, "other_fd", record->other_fd >= 0, record->other_fd);
        print_option(text, record);
        break;
    default: break;
    }
}

static void print_event(struct text *text, const struct record *record, enum detail detail)
{
    json_words(text, "call", call_name(record->call));
    json_number_if(text, "fd", record->fd >= 0, record->fd);
    json_number(text, "result", record->result);
    print_error(text, record->error);
    json_socket(text, record->protocol, &record->address);
    print_own_keys(text, record, detail);
    json_stack(text, "stack", &record->stack, detail, false);
}

/* ---- Fitting it in ---- */

static void print_shaped(struct text *text, const struct record *record, struct shape *shape)
{
    shape->after_holders = 0;
    json_open(text, NULL, '{');
    print_common(text, record, shape->detail);
    if (record->event == EVENT_BIND_FAILED || record->event == EVENT_LISTEN_FAILED ||
        record->event == EVENT_WHY)
        print_failure(text, record, shape);
    else if (record->event == EVENT_CONFIG_ERROR)
        json_words(text, "text", shape->detail == DETAIL_LEAST ? NULL : record->text);
    else
        print_event(text, record, shape->detail);
    json_end(text);
}

static void start_again(struct text *text, size_t start)
{
    text->used = start;
    text->start[start] = '\0';
    text->cut = false;
}

/* With as many holders as there is room for, which is known once the rest has been measured. */
static void print_with_room(struct text *text, const struct record *record, struct shape *shape)
{
    size_t start = text->used;

    shape->holders_until = 0;
    print_shaped(text, record, shape);
    if (text->cut || shape->after_holders == 0)
        return;
    shape->holders_until = text->size - 1 - (text->used - shape->after_holders) - 1;
    start_again(text, start);
    print_shaped(text, record, shape);
}

/* In full, as nearly always. If that does not fit: with fewer holders, but never without the one
 * that decided; and where that one and the rest do not fit, with less detail. */
void json_print(struct text *text, const struct record *record)
{
    size_t start = text->used;
    struct shape shape = {.holders_until = SIZE_MAX};
    unsigned int detail;

    if (text->cut)
        return;
    print_shaped(text, record, &shape);
    for (detail = DETAIL_FULL; text->cut && detail < DETAIL_COUNT; detail++) {
        shape.detail = (enum detail)detail;
        start_again(text, start);
        print_with_room(text, record, &shape);
        text->cut |= shape.decisive_left_out && detail + 1 < DETAIL_COUNT;
    }
    if (text->cut) {
        start_again(text, start);
        text->cut = true;
    }
}
