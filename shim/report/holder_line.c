/* The line 'holder': what people know the holder by. What is not known is not said: no user, no
 * age, no name is ever guessed. */
#include "report/story.h"

#include <string.h>

#include "report/words.h"
#include "rules/keeper.h"

enum { ARGS_SHOWN_MAX = 60, ID_DIGITS = 12 };

/* A list with commas, opened by its first entry. */
struct list {
    struct text *text;
    size_t start; /* byte of the text */
};

static void next_entry(const struct list *list)
{
    if (list->text->used > list->start)
        text_add(list->text, ", ");
}

/* ---- Who ---- */

static const struct identity *identity_of(const struct holder *holder)
{
    static const struct identity nothing;

    return holder->owner.identity != NULL ? holder->owner.identity : &nothing;
}

static void add_user(const struct list *list, const struct holder *holder)
{
    int64_t uid = holder->owner.uid != UID_UNKNOWN ? holder->owner.uid : holder->socket.uid;
    const char *user = identity_of(holder)->user;

    if (uid == UID_UNKNOWN && user == NULL)
        return;
    next_entry(list);
    if (user != NULL || uid == 0)
        text_format(list->text, "user %-32s", user != NULL ? user : "root");
    else
        text_format(list->text, "uid %lld", (long long)uid);
}

/* The container, or the unit: who else there is to ask about it. */
static void add_home(const struct list *list, const struct holder *holder)
{
    const struct container *container = &identity_of(holder)->container;
    const struct supervisor *supervisor = &identity_of(holder)->supervisor;
    const char *engine = container_engine_name(container->engine);

    if (engine != NULL && (container->name != NULL || container->id != NULL)) {
        next_entry(list);
        text_format(list->text, "%s container ", engine);
        if (container->name != NULL)
            words_shown(list->text, container->name, WORDS_NAME_MAX);
        else
            text_bytes(list->text, container->id, text_length(container->id, ID_DIGITS));
    } else if (holder->unit != NULL) {
        next_entry(list);
        text_format(list->text, "unit %-128s", holder->unit);
    } else if (supervisor->kind != SUPERVISOR_NONE && supervisor->name != NULL) {
        next_entry(list);
        text_format(list->text, "kept by %s as %-64s", supervisor_kind_name(supervisor->kind),
                    supervisor->name);
    }
}

/* "started 4 min ago by npm[29621]" */
static void add_age(const struct list *list, const struct story *story)
{
    const struct identity *identity = identity_of(story->held);
    const struct memory *memory = &story->held->memory;
    bool bound = memory->bound_at_us != 0 && !memory->ended;
    int64_t since_us = bound ? memory->bound_at_us : story->held->owner.started_us;

    if (since_us != 0) {
        next_entry(list);
        text_add(list->text, bound ? "bound " : "started ");
        words_ago(list->text, since_us, story->attempt->time_us);
    }
    if (identity->parent <= 1 || identity->parent_comm == NULL)
        return;
    if (since_us == 0 || bound)
        next_entry(list);
    text_add(list->text, since_us == 0 || bound ? "started by " : " by ");
    words_process(list->text, identity->parent_comm, identity->parent, WORDS_NAME_MAX);
}

static const char *relation_words(enum relation relation)
{
    switch (relation) {
    case RELATION_PARENT: return "the parent of this process";
    case RELATION_CHILD: return "a child of this process";
    case RELATION_ANCESTOR: return "an ancestor of this process";
    case RELATION_DESCENDANT: return "a descendant of this process";
    case RELATION_SIBLING: return "a child of the same parent";
    case RELATION_SAME_PROGRAM: return "the same program";
    default: return NULL;
    }
}

static void add_process(const struct list *list, const struct story *story)
{
    const struct owner *owner = &story->held->owner;
    const struct identity *identity = identity_of(story->held);
    const char *relation = relation_words(owner->relation);

    next_entry(list);
    if (identity->args != NULL && !owner->by_fork) /* else it has our own */
        identity_print_args(list->text, identity->args, ARGS_SHOWN_MAX, true);
    else
        words_process(list->text, owner->comm, owner->pid, WORDS_NAME_MAX);
    if (identity->cwd != NULL && strcmp(identity->cwd, "/") != 0 && !owner->by_fork)
        text_format(list->text, ", in %-48s", identity->cwd);
    if (relation != NULL)
        text_format(list->text, ", %s", relation);
}

static void add_own(const struct list *list, const struct story *story)
{
    const struct owner *owner = &story->held->owner;

    if (owner->fd >= 0)
        text_format(list->text, "this process, fd %d", owner->fd);
    else
        text_add(list->text, "this process");
    if (story->held->memory.bound_at_us != 0) {
        text_add(list->text, ", bound ");
        words_ago(list->text, story->held->memory.bound_at_us, story->attempt->time_us);
    }
}

/* Of what is left of connections: the run that they belonged to. */
static void add_last_run(const struct story *story)
{
    const struct memory *memory = &story->held->memory;

    if (memory->bound_at_us == 0)
        return;
    if (memory->unsure)
        text_add(story->text, "last seen there: ");
    if (memory->comm != NULL || memory->pid > 0)
        words_process(story->text, memory->comm, memory->pid, WORDS_NAME_MAX);
    else
        text_add(story->text, "a process");
    if (memory->pid == 0)
        text_add(story->text, " of another pid namespace");
    if (words_is_previous_run(story->held, &story->attempt->caller))
        text_add(story->text, ", the last run of this program");
    if (memory->ended_us == 0) {
        text_add(story->text, ", bound ");
        words_ago(story->text, memory->bound_at_us, story->attempt->time_us);
    }
    if (memory->ended) {
        text_add(story->text, memory->ended_us == 0 ? "; it has ended" : ", ended");
        words_end(story->text, memory->ended_us, memory->found_dead_us, story->attempt->time_us);
    }
}

static void add_who(const struct story *story)
{
    const struct owner *owner = &story->held->owner;
    const struct list list = {story->text, story->text->used};

    if (owner->relation == RELATION_SELF) {
        add_own(&list, story);
    } else if (owner->relation == RELATION_NONE) {
        add_last_run(story);
    } else if (owner->relation != RELATION_KERNEL) {
        if (owner->comm != NULL || owner->pid > 0)
            add_process(&list, story);
        add_user(&list, story->held);
        add_home(&list, story->held);
        add_age(&list, story);
    }
}

/* ---- What is odd about it: sentences, each with a blank in front ---- */

/* How the owner came to a socket that another process bound. */
static void add_descent(const struct story *story)
{
    const struct memory *memory = &story->held->memory;
    const struct owner *owner = &story->held->owner;
    char bytes[WORDS_NAME_MAX + 32];
    struct text name = text_in(bytes, sizeof bytes);

    words_process(&name, memory->comm, memory->pid, WORDS_NAME_MAX);
    if (!memory->handed_down) {
        if (memory->ended && memory->pid != owner->pid && owner->pid > 0)
            text_format(story->text, " %s bound it, and has ended.", bytes);
    } else if (memory->exe != NULL && owner->exe != NULL && strcmp(memory->exe, owner->exe) != 0) {
        text_format(story->text, " %s started it without close-on-exec on the socket.", bytes);
    } else {
        text_format(story->text, " It has the socket since %s forked it.", bytes);
    }
}

static void add_remarks(const struct story *story)
{
    const struct owner *owner = &story->held->owner;

    add_descent(story);
    if (identity_of(story->held)->vitals.dying)
        text_add(story->text, " It is ending already.");
    if (owner->stopped)
        text_add(story->text, " It is stopped (Ctrl-Z or SIGSTOP) and keeps its sockets.");
    if (keeper_of(owner) != KEEPER_NONE)
        text_join(story->text, " ", keeper_meaning(keeper_of(owner)), NULL);
    if (owner->exe_deleted)
        text_add(story->text, " Its program file was replaced or removed since its start.");
    if (owner->others > 0)
        text_format(story->text, " %s%u more process%s the same socket open.",
                    owner->others_complete ? "" : "At least ", owner->others,
                    owner->others == 1 ? " has" : "es have");
}

/* That this program had the address before somebody else took it. */
static void add_loss(const struct story *story)
{
    const struct memory *before = &story->evidence->before;
    char bytes[WORDS_NAME_MAX + 32];
    struct text name = text_in(bytes, sizeof bytes);

    if (before->bound_at_us == 0)
        return;
    if (before->pid == story->attempt->caller.pid) {
        text_add(story->text, " This process bound the address itself ");
        words_ago(story->text, before->bound_at_us, story->attempt->time_us);
        text_add(story->text, ", and has closed it since.");
        return;
    }
    words_process(&name, before->comm, before->pid, WORDS_NAME_MAX);
    text_format(story->text, " The last run of this program, %s, had the address; it ended", bytes);
    words_end(story->text, before->ended_us, before->found_dead_us, story->attempt->time_us);
    text_char(story->text, '.');
}

/* Does the first line say as much? */
static bool is_told(const struct story *story, size_t start)
{
    char bytes[WORDS_NAME_MAX + 32];
    struct text name = text_in(bytes, sizeof bytes);

    words_process(&name, story->held->owner.comm, story->held->owner.pid, WORDS_NAME_MAX);
    return strcmp(story->text->start + start, bytes) == 0;
}

void line_holder(const struct story *story)
{
    size_t start = story->text->used, words, end;

    if (story->held == NULL)
        return;
    page_begin(story->page, "holder");
    words = story->text->used;
    add_who(story);
    end = story->text->used;
    if (end > words && story->held->owner.relation != RELATION_NONE) {
        text_char(story->text, '.');
        add_remarks(story);
        add_loss(story);
    }
    if (story->text->used == end + 1) /* a list is no sentence */
        page_forget(story->page, end);
    if (is_told(story, words))
        page_forget(story->page, start);
    else
        page_end(story->page);
}
