/* The line 'holder': what people know the holder by. What is not known is not said: no user, no
 * age, no name is ever guessed. */
#include "report/message.h"

#include <string.h>

#include "report/words.h"
#include "rules/proxy.h"

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
static void add_age(const struct list *list, const struct message *message)
{
    const struct identity *identity = identity_of(message->held);
    const struct memory *memory = &message->held->memory;
    bool bound = memory->bound_at_us != 0 && !memory->ended;
    int64_t since_us = bound ? memory->bound_at_us : message->held->owner.started_us;

    if (since_us != 0) {
        next_entry(list);
        text_add(list->text, bound ? "bound " : "started ");
        words_ago(list->text, since_us, message->attempt->time_us);
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

static void add_process(const struct list *list, const struct message *message)
{
    const struct owner *owner = &message->held->owner;
    const struct identity *identity = identity_of(message->held);
    const char *relation = relation_words(owner->relation);

    next_entry(list);
    if (identity->args != NULL && !owner->by_fork) /* else it has our own */
        identity_print_args(list->text, identity->args, ARGS_SHOWN_MAX);
    else
        words_process(list->text, owner->comm, owner->pid, WORDS_NAME_MAX);
    if (identity->cwd != NULL && strcmp(identity->cwd, "/") != 0 && !owner->by_fork)
        text_format(list->text, ", in %-48s", identity->cwd);
    if (relation != NULL)
        text_format(list->text, ", %s", relation);
}

static void add_own(const struct list *list, const struct message *message)
{
    const struct owner *owner = &message->held->owner;

    if (owner->fd >= 0)
        text_format(list->text, "this process, fd %d", owner->fd);
    else
        text_add(list->text, "this process");
    if (message->held->memory.bound_at_us != 0) {
        text_add(list->text, ", bound ");
        words_ago(list->text, message->held->memory.bound_at_us, message->attempt->time_us);
    }
}

/* Of what is left of connections: the run that they belonged to. */
static void add_last_run(const struct message *message)
{
    const struct memory *memory = &message->held->memory;

    if (memory->bound_at_us == 0)
        return;
    if (memory->unsure)
        text_add(message->text, "last seen there: ");
    if (memory->comm != NULL || memory->pid > 0)
        words_process(message->text, memory->comm, memory->pid, WORDS_NAME_MAX);
    else
        text_add(message->text, "a process");
    if (memory->pid == 0)
        text_add(message->text, " of another pid namespace");
    if (words_is_previous_run(message->held, &message->attempt->caller))
        text_add(message->text, ", the last run of this program");
    if (memory->ended_us == 0) {
        text_add(message->text, ", bound ");
        words_ago(message->text, memory->bound_at_us, message->attempt->time_us);
    }
    if (memory->ended) {
        text_add(message->text, memory->ended_us == 0 ? "; it has ended" : ", ended");
        words_end(message->text, memory->ended_us, memory->found_dead_us,
                  message->attempt->time_us);
    }
}

static void add_who(const struct message *message)
{
    const struct owner *owner = &message->held->owner;
    const struct list list = {message->text, message->text->used};

    if (owner->relation == RELATION_SELF) {
        add_own(&list, message);
    } else if (owner->relation == RELATION_NONE) {
        add_last_run(message);
    } else if (owner->relation != RELATION_KERNEL) {
        if (owner->comm != NULL || owner->pid > 0)
            add_process(&list, message);
        add_user(&list, message->held);
        add_home(&list, message->held);
        add_age(&list, message);
    }
}

/* ---- What is odd about it: sentences, each with a blank in front ---- */

/* How the owner came to a socket that another process bound. */
static void add_descent(const struct message *message)
{
    const struct memory *memory = &message->held->memory;
    const struct owner *owner = &message->held->owner;
    char bytes[WORDS_NAME_MAX + 32];
    struct text name = text_in(bytes, sizeof bytes);

    words_process(&name, memory->comm, memory->pid, WORDS_NAME_MAX);
    if (!memory->handed_down) {
        if (memory->ended && memory->pid != owner->pid && owner->pid > 0)
            text_format(message->text, " %s bound it, and has ended.", bytes);
    } else if (memory->exe != NULL && owner->exe != NULL && strcmp(memory->exe, owner->exe) != 0) {
        text_format(message->text, " %s started it without close-on-exec on the socket.", bytes);
    } else {
        text_format(message->text, " It has the socket since %s forked it.", bytes);
    }
}

static void add_remarks(const struct message *message)
{
    const struct owner *owner = &message->held->owner;

    add_descent(message);
    if (identity_of(message->held)->vitals.dying)
        text_add(message->text, " It is ending already.");
    if (owner->stopped)
        text_add(message->text, " It is stopped (Ctrl-Z or SIGSTOP) and keeps its sockets.");
    if (proxy_of(owner) != PROXY_NONE)
        text_join(message->text, " ", proxy_meaning(proxy_of(owner)), NULL);
    if (owner->exe_deleted)
        text_add(message->text, " Its program file was replaced or removed since its start.");
    if (owner->others > 0)
        text_format(message->text, " %s%u more process%s the same socket open.",
                    owner->others_complete ? "" : "At least ", owner->others,
                    owner->others == 1 ? " has" : "es have");
}

/* That this program had the address before somebody else took it. */
static void add_loss(const struct message *message)
{
    const struct memory *before = &message->evidence->before;
    char bytes[WORDS_NAME_MAX + 32];
    struct text name = text_in(bytes, sizeof bytes);

    if (before->bound_at_us == 0)
        return;
    if (before->pid == message->attempt->caller.pid) {
        text_add(message->text, " This process bound the address itself ");
        words_ago(message->text, before->bound_at_us, message->attempt->time_us);
        text_add(message->text, ", and has closed it since.");
        return;
    }
    words_process(&name, before->comm, before->pid, WORDS_NAME_MAX);
    text_format(message->text, " The last run of this program, %s, had the address; it ended",
                bytes);
    words_end(message->text, before->ended_us, before->found_dead_us, message->attempt->time_us);
    text_char(message->text, '.');
}

/* Does the first line say as much? */
static bool is_told(const struct message *message, size_t start)
{
    char bytes[WORDS_NAME_MAX + 32];
    struct text name = text_in(bytes, sizeof bytes);

    words_process(&name, message->held->owner.comm, message->held->owner.pid, WORDS_NAME_MAX);
    return strcmp(message->text->start + start, bytes) == 0;
}

void line_holder(const struct message *message)
{
    size_t start = message->text->used, words, end;

    if (message->held == NULL)
        return;
    page_begin(message->page, "holder");
    words = message->text->used;
    add_who(message);
    end = message->text->used;
    if (end > words && message->held->owner.relation != RELATION_NONE) {
        text_char(message->text, '.');
        add_remarks(message);
        add_loss(message);
    }
    if (message->text->used == end + 1) /* a list is no sentence */
        page_forget(message->page, end);
    if (is_told(message, words))
        page_forget(message->page, start);
    else
        page_end(message->page);
}
