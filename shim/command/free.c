/* reuseshim free: ends what closed connections have left behind. A live process is never touched:
 * its socket would go on holding the port, and nobody would see it any more
 * (tests/kernel/sock_destroy_frees_leftovers.c). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sys.h"
#include "command/answer.h"
#include "command/command.h"
#include "command/console.h"
#include "command/destroy.h"
#include "facts/facts.h"
#include "report/errors.h"
#include "report/json_text.h"
#include "report/words.h"

enum { JSON_SIZE = 4096 };

static bool is_leftover(const struct holder *holder)
{
    return holder->owner.relation == RELATION_NONE && holder->socket.protocol == PROTOCOL_TCP;
}

/* The first holder that a process has, or may have; NULL if all are leftovers. */
static const struct holder *live_holder(const struct answers *answers)
{
    for (size_t i = 0; i < answers->count; i++)
        for (size_t h = 0; h < answers->looks[i].evidence.holder_count; h++)
            if (!is_leftover(&answers->looks[i].evidence.holders[h]))
                return &answers->looks[i].evidence.holders[h];
    return NULL;
}

static void refuse(const struct answers *answers, const char *name)
{
    const struct holder *live = live_holder(answers);
    char buffer[256];
    struct text who = text_in(buffer, sizeof buffer);

    if (live == NULL) {
        console_error("free cannot remove what holds %s", name);
        return;
    }
    words_holder(&who, live, WORDS_NAME_MAX);
    if (live->owner.pid > 0)
        console_error("%s is not freed: %s is alive and would keep it; free ends only what "
                      "closed connections have left behind",
                      name, buffer);
    else
        console_error(
            "%s is not freed: a socket on it (%s) may belong to a live process; free ends "
            "only what closed connections have left behind",
            name, socket_state_name(live->socket.state));
}

static void tell_error(const char *name, int error)
{
    char buffer[128];
    struct text text = text_in(buffer, sizeof buffer);

    error_print_sentence(&text, -error);
    if (error == -EPERM)
        console_error("ending sockets needs CAP_NET_ADMIN: sudo reuseshim free %s", name);
    else if (error == -EOPNOTSUPP)
        console_error("this kernel cannot end these connections (TIME_WAIT: Linux 6.0 and later "
                      "can; CONFIG_INET_DIAG_DESTROY); wait instead: reuseshim wait %s",
                      name);
    else
        console_error("the leftovers could not be ended: %s", buffer);
}

/* Of a bare port both addresses: the second finds what the first does not cover. */
static struct destroyed end_leftovers(const struct answers *answers)
{
    struct destroyed all = {.total = 0};
    void *memory = sys_map(FACTS_SCRATCH_SIZE);
    size_t state;

    for (size_t i = 0; i < answers->count && memory != NULL; i++) {
        struct scratch scratch = {memory, (char *)memory + FACTS_SCRATCH_SIZE};
        struct destroyed one = destroy_leftovers(&answers->looks[i].evidence.attempt, &scratch);

        for (state = 0; state < STATE_COUNT; state++)
            all.by_state[state] += one.by_state[state];
        all.total += one.total;
        all.kept += one.kept;
        all.error = all.error == 0 ? one.error : all.error;
    }
    if (memory == NULL)
        all.error = -ENOMEM;
    else
        sys_unmap(memory, FACTS_SCRATCH_SIZE);
    return all;
}

/* "ended 12 TIME_WAIT and 1 FIN_WAIT2 on tcp:80" */
static void tell_ended(const struct destroyed *destroyed, const char *name)
{
    unsigned int state, left = 0;
    const char *before = "ended ";

    for (state = 0; state < STATE_COUNT; state++)
        left += destroyed->by_state[state] > 0;
    for (state = 0; state < STATE_COUNT; state++) {
        if (destroyed->by_state[state] == 0)
            continue;
        printf("%s%u %s", before, destroyed->by_state[state],
               socket_state_name((enum socket_state)state));
        before = --left > 1 ? ", " : " and ";
    }
    if (destroyed->total > 0)
        printf(" on %s\n", name);
}

static void print_json(const struct destroyed *destroyed, const char *name, bool is_free)
{
    struct text text = console_text(JSON_SIZE);
    unsigned int state;

    json_begin(&text);
    json_words(&text, "where", name);
    json_open(&text, "ended", '{');
    for (state = 0; state < STATE_COUNT; state++)
        if (destroyed->by_state[state] > 0)
            json_unsigned(&text, socket_state_name((enum socket_state)state),
                          destroyed->by_state[state]);
    json_close(&text, '{');
    json_answer(&text, "free", answer_of(is_free));
    json_end(&text);
    console_print(&text);
}

/* What stands in the way is told at length, unless a machine reads it. */
static int give_up(const struct arguments *arguments, const struct answers *answers,
                   const struct destroyed *destroyed, const char *name, int code)
{
    if (arguments->json)
        print_json(destroyed, name, false);
    else if (code == EXIT_HELD)
        answers_explain(answers);
    return code;
}

static int free_it(const struct arguments *arguments, struct answers *answers)
{
    static struct where where;
    struct destroyed destroyed = {.total = 0};
    char name[ENDPOINT_TEXT_MAX + 16];
    struct text text = text_in(name, sizeof name);

    where = *answers->where;
    where_print(&text, &where);
    if (!answers_unheld(answers)) {
        if (live_holder(answers) != NULL || where.protocol != PROTOCOL_TCP) {
            refuse(answers, name);
            return give_up(arguments, answers, &destroyed, name, EXIT_HELD);
        }
        destroyed = end_leftovers(answers);
        if (destroyed.error != 0)
            tell_error(name, destroyed.error);
        if (destroyed.kept > 0)
            console_error("%u connections that no process has are left to end by themselves: this "
                          "kernel (Linux before 6.10) would keep them for ever if free ended "
                          "them; wait instead: reuseshim wait %s",
                          destroyed.kept, name);
        if (destroyed.error == -EPERM ||
            (destroyed.error == -EOPNOTSUPP && destroyed.total == 0))
            return give_up(arguments, answers, &destroyed, name, EXIT_CANNOT_SEE);
        answers_close(answers);
        answers_look(answers, &where);
    }
    if (!arguments->json)
        tell_ended(&destroyed, name);
    if (!answers_unheld(answers)) {
        refuse(answers, name);
        return give_up(arguments, answers, &destroyed, name, EXIT_HELD);
    }
    if (arguments->json)
        print_json(&destroyed, name, true);
    else
        printf("%s is free%s\n", name, destroyed.total == 0 ? ": there was nothing to end" : "");
    return EXIT_FREE;
}

static int run(struct arguments *arguments)
{
    static struct answers answers;
    struct where where;
    char error[WHERE_ERROR_MAX];
    int code;

    arguments_want(arguments, 1, 1);
    if (!where_parse(arguments->words[0], &where, error))
        arguments_wrong(arguments, "%s", error);
    answers_look(&answers, &where);
    code = free_it(arguments, &answers);
    answers_close(&answers);
    return code;
}

const struct subcommand free_subcommand = {
    .name = "free",
    .usage = "[OPTION]... WHERE",
    .summary = "Ends what closed connections have left behind on an address",
    .details = "WHERE is as for: reuseshim why. Ends connections in TIME_WAIT and those that no\n"
               "process has any more (SOCK_DESTROY); never touches a live process. Needs\n"
               "CAP_NET_ADMIN.\n"
               "\n"
               "Exit code: 0 free now, 1 still held, 3 usage, 4 not permitted.\n",
    .has_json = true,
    .usage_exit = EXIT_USAGE,
    .run = run,
};
