#include "report/words.h"

#include <string.h>

void words_shown(struct text *text, const char *string, size_t limit)
{
    if (string != NULL)
        text_shown(text, string, strlen(string), limit);
}

/* Waiting takes no longer than is said, and nothing is older than it is. */
static void add_time(struct text *text, int64_t ms, bool rounds_up)
{
    static const struct {
        int64_t below_ms;
        int64_t unit_ms;
        char unit[5];
    } steps[] = {
        {1000, 1, " ms"},
        {120 * 1000, 1000, " s"},
        {120 * 60 * 1000, 60 * 1000, " min"},
        {48 * 3600 * 1000, 3600 * 1000, " h"},
        {INT64_MAX, (int64_t)24 * 3600 * 1000, " d"},
    };
    size_t i;

    if (ms < 0)
        ms = 0;
    for (i = 0; i + 1 < sizeof steps / sizeof *steps && ms >= steps[i].below_ms; i++)
        ;
    text_number(text, ms / steps[i].unit_ms + (rounds_up && ms % steps[i].unit_ms > 0));
    text_add(text, steps[i].unit);
}

void words_duration(struct text *text, int64_t ms)
{
    add_time(text, ms, true);
}

void words_ago(struct text *text, int64_t then_us, int64_t now_us)
{
    int64_t ms = now_us > then_us ? (now_us - then_us) / 1000 : 0;

    if (ms < 1000) {
        text_add(text, "just now");
        return;
    }
    add_time(text, ms, false);
    text_add(text, " ago");
}

void words_end(struct text *text, int64_t ended_us, int64_t found_dead_us, int64_t now_us)
{
    if (ended_us == 0 && (found_dead_us == 0 || now_us - found_dead_us < 1000000))
        return;
    text_add(text, ended_us != 0 ? " " : " at least ");
    words_ago(text, ended_us != 0 ? ended_us : found_dead_us, now_us);
}

void words_count(struct text *text, uint64_t count, const char *thing)
{
    text_unsigned(text, count);
    text_join(text, " ", thing, count == 1 ? "" : "s", NULL);
}

void words_process(struct text *text, const char *comm, int32_t pid, size_t limit)
{
    if (comm != NULL)
        words_shown(text, comm, limit);
    if (comm != NULL && pid > 0)
        text_format(text, "[%d]", (int)pid);
    else if (pid > 0)
        text_format(text, "pid %d", (int)pid);
}

void words_user(struct text *text, const struct holder *holder)
{
    if (holder->socket.uid == 0)
        text_add(text, "user root");
    else
        text_format(text, "uid %lld", (long long)holder->socket.uid);
}

/* What the kernel shows to everybody of a socket whose process cannot be looked at. */
static void add_unseen_holder(struct text *text, const struct holder *holder)
{
    if (holder->socket.uid == UID_UNKNOWN)
        text_add(text, "another socket");
    else if (holder->socket.uid == 0)
        text_add(text, "a process of root");
    else
        text_format(text, "a process of uid %lld", (long long)holder->socket.uid);
}

void words_holder(struct text *text, const struct holder *holder, size_t limit)
{
    if (holder == NULL)
        text_add(text, "another socket");
    else if (holder->owner.relation == RELATION_SELF)
        text_add(text, "this process");
    else if (holder->owner.relation == RELATION_KERNEL)
        text_add(text, "the kernel");
    else if (holder->owner.relation == RELATION_NONE)
        text_add(text, "a socket without a process");
    else if (holder->owner.comm != NULL || holder->owner.pid > 0)
        words_process(text, holder->owner.comm, holder->owner.pid, limit);
    else
        add_unseen_holder(text, holder);
}

bool words_is_previous_run(const struct holder *holder, const struct caller *caller)
{
    const struct memory *memory = &holder->memory;

    return memory->bound_at_us != 0 && !memory->unsure &&
           (memory->ended || memory->ended_us != 0) &&
           (memory->exe == NULL || caller->exe == NULL || strcmp(memory->exe, caller->exe) == 0);
}

bool words_options(struct text *text, const struct options *options, bool asks_reuseport)
{
    bool reuseaddr = options->reuseaddr != ANSWER_UNKNOWN;
    bool reuseport = options->reuseport == ANSWER_YES ||
                     (asks_reuseport && options->reuseport == ANSWER_NO);

    if (reuseaddr)
        text_add(text, options->reuseaddr == ANSWER_YES ? "SO_REUSEADDR 1" : "SO_REUSEADDR 0");
    if (reuseport)
        text_join(text, reuseaddr ? ", " : "",
                  options->reuseport == ANSWER_YES ? "SO_REUSEPORT 1" : "SO_REUSEPORT 0", NULL);
    return reuseaddr || reuseport;
}
