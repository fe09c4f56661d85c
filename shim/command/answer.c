#include "command/answer.h"

#include <string.h>
#include <unistd.h>

#include "command/command.h"
#include "command/console.h"
#include "command/holders.h"
#include "command/symbol_name.h"
#include "command/bind_error.h"
#include "report/errors.h"
#include "report/json_text.h"
#include "report/page.h"
#include "report/record.h"
#include "report/words.h"

enum { TEXT_SIZE = 4 * RECORD_BYTES_MAX, TABLE_WIDTH = 80, WIDTH_MAX = 120 };

static const char no_such_sockets[] = "this machine has no such sockets";

void answers_look(struct answers *answers, const struct where *where)
{
    answers->where = where;
    answers->count = 0;
    for (size_t i = 0; i < where->count; i++)
        if (look_at(&answers->looks[answers->count], where->protocol, &where->locals[i],
                    answers->count > 0 ? &answers->looks[answers->count - 1] : NULL))
            answers->count++;
}

void answers_close(struct answers *answers)
{
    for (size_t i = 0; i < answers->count; i++)
        look_close(&answers->looks[i]);
}

int answers_exit(const struct answers *answers, bool with_option)
{
    static const int order[] = {EXIT_HELD, EXIT_FREES_ITSELF, EXIT_CANNOT_SEE};

    for (size_t rank = 0; rank < sizeof order / sizeof *order; rank++)
        for (size_t i = 0; i < answers->count; i++)
            if (look_exit(&answers->looks[i], with_option) == order[rank])
                return order[rank];
    return answers->count > 0 ? EXIT_FREE : EXIT_CANNOT_SEE;
}

bool answers_unheld(const struct answers *answers)
{
    for (size_t i = 0; i < answers->count; i++)
        if (answers->looks[i].without.works != ANSWER_YES)
            return false;
    return answers->count > 0;
}

int answers_bind_error(const struct answers *answers)
{
    int found = 0;

    for (size_t i = 0; i < answers->count; i++) {
        int error = answers->looks[i].without.error;

        if (error != 0 && (found == 0 || !bind_error_may_pass(error)))
            found = error;
    }
    return found;
}

int64_t answers_frees_in_ms(const struct answers *answers, bool with_option)
{
    int64_t longest = -1;

    if (answers_exit(answers, with_option) != EXIT_FREES_ITSELF)
        return -1;
    for (size_t i = 0; i < answers->count; i++)
        if (answers->looks[i].verdict.frees_in_ms > longest)
            longest = answers->looks[i].verdict.frees_in_ms;
    return longest;
}

/* ---- For people ---- */

/* The look that the explanation begins with: of the worst, the one that lasts longest. */
static const struct look *worst(const struct answers *answers)
{
    int code = answers_exit(answers, false);
    const struct look *found = NULL;

    for (size_t i = 0; i < answers->count; i++) {
        const struct look *look = &answers->looks[i];

        if (look_exit(look, false) == code &&
            (found == NULL || look->verdict.frees_in_ms > found->verdict.frees_in_ms))
            found = look;
    }
    return found;
}

/* Where nothing that has it is to be explained. */
static void add_headline(struct text *text, const struct answers *answers, bool color)
{
    const struct look *look = worst(answers);

    text_add(text, color ? "\033[1m" : "");
    where_print(text, answers->where);
    text_add(text, color ? "\033[0m" : "");
    if (answers_exit(answers, false) == EXIT_FREE) {
        text_add(text, " is free");
    } else if (look->without.works == ANSWER_YES) {
        text_add(text, ": no socket has it, but bind() fails: ");
        error_print_sentence(text, look->without.error);
    } else {
        text_add(text, ": whether it is free cannot be seen from here");
    }
    text_char(text, '\n');
}

/* Two columns: without and with the option. */
static void add_trial(struct text *text, const struct trial *trial)
{
    switch (trial->works) {
    case ANSWER_YES: text_add(text, trial->error != 0 ? "free" : "works"); break;
    case ANSWER_NO: text_add(text, "refused"); break;
    default: text_add(text, "not known"); break;
    }
}

static void add_other_error(struct text *text, const struct look *look)
{
    if (look->without.error == 0)
        return;
    text_add(text, "  (but: ");
    error_print_sentence(text, look->without.error);
    text_char(text, ')');
}

static void add_trials(struct text *text, const struct answers *answers, size_t fold)
{
    size_t i, start, width = strlen("BIND NOW");
    char buffer[ENDPOINT_TEXT_MAX];

    if (answers->where->protocol == PROTOCOL_UNIX)
        return; /* the options mean nothing there, and the headline has said the rest */
    for (i = 0; i < answers->count; i++) {
        struct text local = text_in(buffer, sizeof buffer);

        endpoint_print(&local, &answers->looks[i].evidence.attempt.socket.local);
        if (local.used > width)
            width = local.used;
    }
    text_char(text, '\n');
    start = text->used;
    text_add(text, "BIND NOW");
    text_column(text, width + 2);
    text_add(text, "WITHOUT SO_REUSEADDR  WITH IT\n");
    console_fold(text, start, fold);
    for (i = 0; i < answers->count; i++) {
        const struct look *look = &answers->looks[i];

        start = text->used;
        endpoint_print(text, &look->evidence.attempt.socket.local);
        text_column(text, width + 2);
        add_trial(text, &look->without);
        text_column(text, width + 24);
        add_trial(text, &look->with);
        add_other_error(text, look);
        text_char(text, '\n');
        console_fold(text, start, fold);
    }
}

/* As wide as the terminal, but no line longer than is good to read. */
static struct manner manner_of(const struct answers *answers)
{
    size_t width = console_width();

    return (struct manner){.color = console_color(STDOUT_FILENO),
                           .verbose = answers->verbose,
                           .width = width < WIDTH_MAX ? width : WIDTH_MAX};
}

static bool tells_the_same(const struct look *a, const struct look *b)
{
    return a->verdict.reason == b->verdict.reason &&
           a->evidence.holder_count > a->verdict.decisive &&
           b->evidence.holder_count > b->verdict.decisive &&
           a->evidence.holders[a->verdict.decisive].inode ==
               b->evidence.holders[b->verdict.decisive].inode;
}

/* What was concluded there is about a call that was refused; none was made. */
static bool has_nothing_to_show(const struct look *look)
{
    return look->without.works == ANSWER_YES ||
           (look->without.works == ANSWER_UNKNOWN && look->verdict.reason == REASON_GONE);
}

static void explain_look(struct text *text, const struct look *look, const struct manner *manner)
{
    for (size_t i = 0; i < look->evidence.holder_count; i++)
        symbol_name_stack(&look->evidence.holders[i].memory.stack);
    human_explain(text, &look->evidence, &look->verdict, manner);
}

/* Of two addresses that are held by the same, one is explained. */
static void add_explanation(struct text *text, const struct answers *answers,
                            const struct manner *manner)
{
    const struct look *first = worst(answers);

    if (first == NULL || has_nothing_to_show(first))
        return;
    explain_look(text, first, manner);
    for (size_t i = 0; i < answers->count; i++) {
        const struct look *look = &answers->looks[i];

        if (look == first || has_nothing_to_show(look) || tells_the_same(look, first))
            continue;
        text_add(text, "and ");
        endpoint_print(text, &look->evidence.attempt.socket.local);
        text_add(text, ":\n");
        explain_look(text, look, manner);
    }
}

/* Against what no socket causes: once, where both addresses meet the same. */
static void add_help(struct text *text, const struct answers *answers)
{
    int told = 0;

    for (size_t i = 0; i < answers->count; i++) {
        const struct look *look = &answers->looks[i];

        if (look->without.error != told)
            bind_error_print_help(text, &look->evidence.attempt, look->without.error);
        told = look->without.error;
    }
}

void answers_explain(const struct answers *answers)
{
    struct text text = console_text(TEXT_SIZE);
    const struct manner manner = manner_of(answers);

    add_explanation(&text, answers, &manner);
    console_print(&text);
}

/* The answer, and behind it the tables that it was drawn from. */
static void add_answer(struct text *text, const struct answers *answers)
{
    const struct manner manner = manner_of(answers);
    size_t width = manner.width < TABLE_WIDTH ? manner.width : TABLE_WIDTH;
    struct holders holders = {.count = 0};
    const struct look *look = worst(answers);

    if (look == NULL || has_nothing_to_show(look))
        add_headline(text, answers, manner.color);
    add_explanation(text, answers, &manner);
    if (answers_bind_error(answers) != 0)
        add_help(text, answers);
    for (size_t i = 0; i < answers->count; i++)
        holders_add(&holders, &answers->looks[i].evidence);
    if (holders.count > 0)
        text_char(text, '\n');
    holders_print(text, &holders, width);
    add_trials(text, answers, width);
}

void answers_print(const struct answers *answers)
{
    struct text text = console_text(TEXT_SIZE);

    if (answers->count > 0) {
        add_answer(&text, answers);
    } else {
        where_print(&text, answers->where);
        text_join(&text, ": ", no_such_sockets, "\n", NULL);
    }
    console_print(&text);
}

/* ---- JSON ---- */

/* The record of a failed bind, and what only 'why' knows behind it. */
static void print_json(struct text *text, const struct look *look)
{
    const struct attempt *attempt = &look->evidence.attempt;
    struct record record = {
        .event = EVENT_WHY,
        .time_us = attempt->time_us,
        .caller = attempt->caller,
        .call = CALL_BIND,
        .fd = -1,
        .result = attempt->error != 0 ? -1 : 0,
        .error = attempt->error != 0 ? attempt->error : look->without.error,
        .protocol = attempt->socket.protocol,
        .address = attempt->socket.local,
        .other_fd = -1,
        .evidence = &look->evidence,
        .verdict = &look->verdict,
    };

    json_print(text, &record);
    text->used -= strlen("}\n"); /* and go on in the same object */
    json_open(text, "bind_now", '{');
    json_answer(text, "without_reuseaddr", look->without.works);
    json_answer(text, "with_reuseaddr", look->with.works);
    json_close(text, '{');
    json_number(text, "exit", look_exit(look, false));
    json_end(text);
}

static void print_json_of_none(struct text *text, const struct where *where)
{
    char buffer[ENDPOINT_TEXT_MAX + 16];
    struct text name = text_in(buffer, sizeof buffer);

    where_print(&name, where);
    json_begin(text);
    json_words(text, "where", buffer);
    json_words(text, "text", no_such_sockets);
    json_number(text, "exit", EXIT_CANNOT_SEE);
    json_end(text);
}

void answers_json(const struct answers *answers)
{
    struct text text = console_text(TEXT_SIZE);

    if (answers->count == 0)
        print_json_of_none(&text, answers->where);
    for (size_t i = 0; i < answers->count; i++)
        print_json(&text, &answers->looks[i]);
    console_print(&text);
}
