#include "command/list_print.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command/symbol_name.h"
#include "unwind/modules.h"
#include "proc/process.h"
#include "report/json_parts.h"
#include "report/words.h"

/* Columns of the table, from 0. */
enum { AT_AGE = 0, AT_PROCESS = 12, AT_SOCKET = 33, AT_STATE = 61, AT_OPTIONS = 78, AT_PLACE = 90 };

static const char *const states[] = {
    [LIST_UNKNOWN] = NULL,          [LIST_BOUND] = "bound",   [LIST_LISTENS] = "listening",
    [LIST_CONNECTED] = "connected", [LIST_CLOSED] = "closed", [LIST_ENDED] = "ended",
};
static_assert(sizeof states / sizeof *states == LIST_STATE_COUNT, "a name for each");

/* Names the first COUNT frames of ROW's stack. */
static void name_frames(struct list_row *row, size_t count, struct scratch *scratch)
{
    size_t some = row->stack.count < count ? row->stack.count : count;
    struct place *places = scratch_take(scratch, row->stack.count * sizeof *places);

    if (places == NULL || row->stack.count == 0)
        return;
    memcpy(places, row->stack.places, row->stack.count * sizeof *places);
    modules_name(places, some, scratch);
    row->stack.places = places;
}

/* At least one blank before column COLUMN of the line that began at START. */
static void pad(struct text *text, size_t start, size_t column)
{
    do
        text_char(text, ' ');
    while (!text->cut && text->used - start < column);
}

static void add_options(struct text *text, const struct list_row *row)
{
    enum answer address = descriptor_option_at_bind(&row->bind.past, OPTION_REUSEADDR);
    enum answer port = descriptor_option_at_bind(&row->bind.past, OPTION_REUSEPORT);

    if (row->local.family == FAMILY_UNIX)
        text_add(text, "-");
    else if (address == ANSWER_UNKNOWN)
        text_add(text, "?");
    else
        text_add(text, address == ANSWER_NO ? "addr 0" : "addr 1");
    if (port == ANSWER_YES)
        text_add(text, " port 1");
}

void list_print_head(struct text *text)
{
    static const struct {
        size_t at;
        const char *title;
    } columns[] = {{AT_PROCESS, "PROCESS"},
                   {AT_SOCKET, "SOCKET"},
                   {AT_STATE, "STATE"},
                   {AT_OPTIONS, "REUSE"},
                   {AT_PLACE, "BOUND BY"}};
    size_t start = text->used;

    text_add(text, "BOUND");
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        pad(text, start, columns[i].at);
        text_add(text, columns[i].title);
    }
    text_char(text, '\n');
}

static bool is_in_other_hands(const struct list_row *row)
{
    return row->moved && row->owner.pid > 0 &&
           (row->elsewhere || row->owner.pid != row->process.pid);
}

/* "server[4200]"; "server[7 inside]" where that is no number of ours. */
static void add_process(struct text *text, const struct list_row *row)
{
    if (!row->elsewhere) {
        words_process(text, row->process.comm, row->process.pid, WORDS_NAME_MAX);
        return;
    }
    words_shown(text, row->process.comm, WORDS_NAME_MAX);
    text_char(text, '[');
    text_number(text, row->process.pid);
    text_add(text, " inside]");
}

static void add_state(struct text *text, const struct list_row *row, int64_t now_us)
{
    text_add(text, states[row->state] == NULL ? "?" : states[row->state]);
    if (is_in_other_hands(row)) {
        text_add(text, " in ");
        words_process(text, row->owner.comm, row->owner.pid, WORDS_NAME_MAX);
    }
    if (row->state == LIST_ENDED)
        words_end(text, row->ended_us, row->found_dead_us, now_us);
}

void list_print_row(struct text *text, struct list_row *row, int64_t now_us,
                    struct scratch *scratch)
{
    size_t start = text->used;
    struct stack first;

    words_ago(text, row->bind.time_us, now_us);
    pad(text, start, AT_PROCESS);
    add_process(text, row);
    pad(text, start, AT_SOCKET);
    if (row->bind.protocol != PROTOCOL_NONE)
        text_join(text, protocol_name(row->bind.protocol), " ", NULL);
    endpoint_print(text, &row->local);
    pad(text, start, AT_STATE);
    add_state(text, row, now_us);
    pad(text, start, AT_OPTIONS);
    add_options(text, row);
    if (row->stack.count > 0) {
        pad(text, start, AT_PLACE);
        name_frames(row, 1, scratch);
        symbol_name_stack(&row->stack);
        first = (struct stack){row->stack.places, 1};
        words_stack(text, &first, WORDS_FRAMES_MAX);
    }
    text_char(text, '\n');
}

static const char *setter_name(enum setter setter)
{
    return setter == SETTER_POLICY ? "policy" : setter == SETTER_PROGRAM ? "program" : NULL;
}

static void add_flags_at(struct text *text, const struct past_bind *bind, bool at_listen)
{
    static const struct {
        const char *name, *by;
        enum option_kind kind;
    } options[] = {{"reuseaddr", "reuseaddr_by", OPTION_REUSEADDR},
                   {"reuseport", "reuseport_by", OPTION_REUSEPORT}};

    json_open(text, at_listen ? "flags_at_listen" : "flags", '{');
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        json_answer(text, options[i].name,
                    at_listen ? past_option_at_listen(bind, options[i].kind)
                              : descriptor_option_at_bind(&bind->past, options[i].kind));
        json_words(text, options[i].by,
                   setter_name(past_setter(&bind->past, options[i].kind, at_listen)));
    }
    json_close(text, '{');
}

static void add_flags(struct text *text, const struct past_bind *bind)
{
    add_flags_at(text, bind, false);
    if (bind->listened_us != 0)
        add_flags_at(text, bind, true);
    else
        json_null(text, "flags_at_listen");
    json_open(text, "flags_kept", '{');
    json_answer(text, "reuseaddr", past_option(bind, OPTION_REUSEADDR));
    json_answer(text, "reuseport", past_option(bind, OPTION_REUSEPORT));
    json_close(text, '{');
}

static void add_unit(struct text *text, const char *cgroup)
{
    size_t count;
    const char *unit = process_unit_in(cgroup, strlen(cgroup), &count);

    if (unit == NULL) {
        json_null(text, "unit");
        return;
    }
    json_key(text, "unit");
    json_string(text, unit, count);
}

/* Who has the socket, where that is not the process that bound it. */
static void add_owner(struct text *text, const struct list_row *row)
{
    if (!is_in_other_hands(row)) {
        json_null(text, "held_by");
        return;
    }
    json_open(text, "held_by", '{');
    json_number(text, "pid", row->owner.pid);
    json_words(text, "comm", row->owner.comm);
    json_words(text, "exe", row->owner.exe);
    json_number_if(text, "fd", row->owner.fd >= 0, row->owner.fd);
    json_close(text, '{');
}

static const char *known(const char *string)
{
    return string[0] == '\0' ? NULL : string;
}

void list_print_json(struct text *text, struct list_row *row, struct scratch *scratch)
{
    const struct history_process *process = &row->process;

    name_frames(row, row->stack.count, scratch);
    json_begin(text);
    json_time(text, "bound_at", row->bind.time_us);
    json_time(text, "listened_at", row->bind.listened_us);
    json_number(text, "pid", process->pid);
    json_answer(text, "other_pid_namespace", answer_of(row->elsewhere));
    json_number_if(text, "parent", process->parent > 0, process->parent);
    json_number_if(text, "start_ticks", process->start_ticks != 0, (int64_t)process->start_ticks);
    json_words(text, "comm", known(process->comm));
    json_words(text, "exe", known(process->exe));
    json_words(text, "args", known(process->args));
    json_number(text, "uid", process->uid);
    json_words(text, "cgroup", known(process->cgroup));
    add_unit(text, process->cgroup);
    json_words(text, "policy", known(process->policy));
    json_words(text, "library", known(process->library));
    json_number(text, "fd", row->bind.fd);
    json_socket(text, row->bind.protocol, &row->local);
    json_number_if(text, "inode", row->inode != 0, (int64_t)row->inode);
    json_number_if(text, "cookie", row->cookie != 0, (int64_t)row->cookie);
    json_words(text, "state", states[row->state]);
    add_owner(text, row);
    json_answer(text, "ended", row->ended);
    json_time(text, "ended_at", row->ended_us);
    json_time(text, "ended_by", row->ended_us != 0 ? row->ended_us : row->found_dead_us);
    add_flags(text, &row->bind);
    json_stack(text, "stack", &row->stack, DETAIL_FULL, true);
    json_end(text);
}
