/* The records of calls that worked, of what a policy did, and of misuse. */
#include <assert.h>

#include "report/errors.h"
#include "report/message.h"
#include "report/names.h"
#include "report/words.h"

/* ") = 5", ") = -1 EACCES (Permission denied)" */
static void print_result(struct text *text, const struct record *record)
{
    text_add(text, ") = ");
    text_number(text, record->result);
    if (record->error == 0)
        return;
    text_char(text, ' ');
    error_print_name(text, record->error);
    if (error_sentence(record->error) != NULL)
        text_join(text, " (", error_sentence(record->error), ")", NULL);
}

static void print_option(struct text *text, const struct record *record)
{
    names_print(text, option_name(record->level, record->option), record->option);
}

/* "(5, SOL_SOCKET, SO_REUSEADDR, 1" */
static void print_setsockopt_arguments(struct text *text, const struct record *record)
{
    text_number(text, record->fd);
    text_add(text, ", ");
    names_print(text, level_name(record->level), record->level);
    text_add(text, ", ");
    print_option(text, record);
    text_add(text, ", ");
    text_number(text, record->value);
}

static void print_arguments(struct text *text, const struct record *record)
{
    switch (record->event) {
    case EVENT_SOCKET:
        names_print(text, domain_name(record->domain), record->domain);
        text_add(text, ", ");
        names_print(text, type_name(record->type), record->type);
        break;
    case EVENT_SETSOCKOPT: print_setsockopt_arguments(text, record); break;
    case EVENT_LISTEN:
        text_number(text, record->fd);
        text_add(text, ", ");
        text_number(text, record->backlog);
        break;
    default:
        text_number(text, record->fd);
        if (record->address.family != FAMILY_NONE) {
            text_add(text, ", ");
            endpoint_print(text, &record->address);
        }
        break;
    }
}

static void print_caller(struct text *text, const struct caller *caller)
{
    if (caller->comm == NULL && caller->pid <= 0)
        return;
    text_add(text, "  ");
    words_process(text, caller->comm, caller->pid, WORDS_NAME_MAX);
}

static void print_stack(struct text *text, const struct stack *stack)
{
    if (!words_has_stack(stack))
        return;
    text_add(text, "  at ");
    words_stack(text, stack, WORDS_FRAMES_MAX);
}

static void print_logged_call(struct page *page, const struct record *record)
{
    struct text *text = page->text;

    text_join(text, "reuseshim: ", call_name(record->call), "(", NULL);
    print_arguments(text, record);
    print_result(text, record);
    print_caller(text, &record->caller);
    if (record->event == EVENT_LISTEN && record->address.family != FAMILY_NONE) {
        text_char(text, ' ');
        endpoint_print(text, &record->address);
    }
    print_stack(text, &record->stack);
    text_char(text, '\n');
}

/* " fd 5 (0.0.0.0:8080)" */
static void print_socket(struct text *text, const struct record *record)
{
    text_add(text, " fd ");
    text_number(text, record->fd);
    if (record->address.family == FAMILY_NONE)
        return;
    text_add(text, " (");
    endpoint_print(text, &record->address);
    text_char(text, ')');
}

static void print_policy_act(struct page *page, const struct record *record)
{
    struct text *text = page->text;

    text_add(text, record->event == EVENT_FORCED ? "reuseshim: forced" : "reuseshim: left alone");
    print_socket(text, record);
    if (record->event == EVENT_FORCED && record->option != 0) {
        text_add(text, ": ");
        print_option(text, record);
        text_char(text, ' ');
        text_number(text, record->value);
    }
    if (record->text != NULL) {
        text_add(text, ": ");
        words_shown(text, record->text, WORDS_PATH_MAX);
    }
    print_caller(text, &record->caller);
    text_char(text, '\n');
}

static const char misuse_headlines[][51] = {
    [MISUSE_SET_AFTER_BIND] = "SO_REUSEADDR was set after bind()",
    [MISUSE_SET_ON_OTHER_SOCKET] = "SO_REUSEADDR was set on another socket",
    [MISUSE_WRONG_LEVEL] = "SO_REUSEADDR was asked for at the wrong level",
    [MISUSE_WRONG_LENGTH] = "SO_REUSEADDR was given a value of the wrong length",
    [MISUSE_IGNORED_FAILURE] = "listen() follows a bind() that had failed",
    [MISUSE_DATAGRAM_REUSE] = "SO_REUSEADDR is on a unicast datagram socket",
};
static_assert(sizeof misuse_headlines / sizeof *misuse_headlines == MISUSE_COUNT, "one each");

static void print_misuse(struct page *page, const struct record *record)
{
    struct text *text = page->text;

    text_join(text, "reuseshim: ", misuse_headlines[record->misuse], " [", NULL);
    page_tone(page, TONE_REASON);
    text_add(text, misuse_id(record->misuse));
    page_tone(page, TONE_PLAIN);
    text_add(text, "]\n");
    page_begin(page, "who");
    words_process(text, record->caller.comm, record->caller.pid, WORDS_NAME_MAX);
    print_socket(text, record);
    if (record->other_fd >= 0)
        text_format(text, ", set on fd %d", record->other_fd);
    page_end(page);
    page_begin(page, "why");
    text_add(text, misuse_meaning(record->misuse));
    page_end(page);
    if (record->call == CALL_SETSOCKOPT) {
        page_begin(page, "this");
        text_add(text, "setsockopt(");
        print_setsockopt_arguments(text, record);
        print_result(text, record);
        if (words_has_stack(&record->stack))
            text_add(text, " at ");
        words_stack(text, &record->stack, WORDS_FRAMES_MAX);
        page_end(page);
    } else {
        line_stack(page, "this", &record->stack);
    }
}

static void print_config_error(struct page *page, const struct record *record)
{
    struct text *text = page->text;

    if (record->text != NULL)
        text_add(text, record->text);
    if (text->used == 0 || text->start[text->used - 1] != '\n')
        text_char(text, '\n');
}

void human_event(struct page *page, const struct record *record)
{
    switch (record->event) {
    case EVENT_FORCED:
    case EVENT_LEFT_ALONE: print_policy_act(page, record); break;
    case EVENT_MISUSE: print_misuse(page, record); break;
    case EVENT_CONFIG_ERROR: print_config_error(page, record); break;
    default: print_logged_call(page, record); break;
    }
}
