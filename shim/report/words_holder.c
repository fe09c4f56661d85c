/* Who has a socket, in words. What is not known is not said: no user id, no age, no name is ever
 * guessed. */
#include <string.h>

#include "report/words.h"
#include "rules/keeper.h"

void words_process(struct text *text, const char *comm, int32_t pid)
{
    if (comm != NULL && pid > 0) {
        words_shown(text, comm, WORDS_NAME_MAX);
        text_char(text, '[');
        text_number(text, pid);
        text_char(text, ']');
    } else if (comm != NULL) {
        words_shown(text, comm, WORDS_NAME_MAX);
    } else if (pid > 0) {
        text_add(text, "pid ");
        text_number(text, pid);
    }
}

void words_holder(struct text *text, const struct holder *holder)
{
    const struct owner *owner = &holder->owner;
    bool known = owner->comm != NULL || owner->pid > 0;

    switch (owner->relation) {
    case RELATION_SELF: text_add(text, "This process"); return;
    case RELATION_KERNEL: text_add(text, "The kernel itself"); return;
    case RELATION_NONE: text_add(text, "A socket that no process has any more"); return;
    default: break;
    }
    if (!known) {
        text_add(text, owner->relation == RELATION_UNSEEN
                           ? "Somebody unseen"
                           : "Another socket");
        return;
    }
    words_process(text, owner->comm, owner->pid);
    if (owner->relation == RELATION_PARENT)
        text_add(text, ", the parent of this process,");
    else if (owner->relation == RELATION_CHILD)
        text_add(text, ", a child of this process,");
    else if (owner->relation == RELATION_ANCESTOR)
        text_add(text, ", an ancestor of this process,");
    else if (owner->relation == RELATION_DESCENDANT)
        text_add(text, ", a descendant of this process,");
    else if (owner->relation == RELATION_SIBLING)
        text_add(text, ", a child of the same parent,");
    else if (owner->relation == RELATION_SAME_PROGRAM)
        text_add(text, ", another process of this program,");
}

static bool is_hexadecimal(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* The container that a cgroup path names in one of the usual forms, 12 digits of its id; NULL if it
 * names none. */
static const char *container_of(const char *cgroup)
{
    static const char marks[][16] = {"/docker/", "docker-", "libpod-", "crio-",
                                        "cri-containerd-", "/lxc/", "nspawn-"};
    size_t i, digits;

    for (i = 0; i < sizeof marks / sizeof *marks; i++) {
        const char *id = strstr(cgroup, marks[i]);

        if (id == NULL)
            continue;
        id += strlen(marks[i]);
        for (digits = 0; is_hexadecimal(id[digits]); digits++)
            ;
        if (digits >= 12)
            return id;
    }
    return NULL;
}

/* A list in brackets that opens with its first entry. */
static void open_or_go_on(struct text *text, bool *open)
{
    text_add(text, *open ? ", " : " (");
    *open = true;
}

static void add_place(struct text *text, const struct holder *holder, bool *open)
{
    const char *container = holder->cgroup != NULL ? container_of(holder->cgroup) : NULL;

    if (container == NULL && holder->unit == NULL)
        return;
    open_or_go_on(text, open);
    if (container != NULL) {
        text_add(text, "in container ");
        text_bytes(text, container, 12);
    } else {
        text_add(text, "unit ");
        words_shown(text, holder->unit, WORDS_PATH_MAX);
    }
}

void words_details(struct text *text, const struct holder *holder, int64_t now_us,
                   int64_t caller_uid)
{
    const struct owner *owner = &holder->owner;
    const struct memory *memory = &holder->memory;
    bool open = false;

    if (owner->fd >= 0 && owner->pid > 0) {
        open_or_go_on(text, &open);
        text_add(text, "fd ");
        text_number(text, owner->fd);
    }
    if (memory->bound_at_us != 0 || owner->started_us != 0) {
        open_or_go_on(text, &open);
        text_add(text, memory->bound_at_us != 0 ? "bound " : "started ");
        words_ago(text, memory->bound_at_us != 0 ? memory->bound_at_us : owner->started_us, now_us);
    }
    if (owner->uid != UID_UNKNOWN && owner->uid != caller_uid && owner->pid > 0) {
        open_or_go_on(text, &open);
        text_add(text, "uid ");
        text_number(text, owner->uid);
    }
    add_place(text, holder, &open);
    if (open)
        text_char(text, ')');
}

/* How the owner came to a socket that another process bound. */
static void add_descent(struct text *text, const struct holder *holder)
{
    const struct memory *memory = &holder->memory;
    const struct owner *owner = &holder->owner;

    if (!memory->handed_down) {
        if (memory->ended && memory->pid != owner->pid && owner->pid > 0) {
            text_add(text, " It was bound by ");
            words_process(text, memory->comm, memory->pid);
            text_add(text, ", which has ended.");
        }
        return;
    }
    text_add(text, " It has it since ");
    words_process(text, memory->comm, memory->pid);
    if (memory->exe != NULL && owner->exe != NULL && strcmp(memory->exe, owner->exe) != 0)
        text_add(text, " started it without close-on-exec on the socket.");
    else
        text_add(text, " forked it.");
}

void words_remarks(struct text *text, const struct holder *holder)
{
    const struct owner *owner = &holder->owner;

    add_descent(text, holder);
    if (owner->stopped)
        text_add(text, " It is stopped (Ctrl-Z or SIGSTOP), and a stopped process keeps its "
                       "sockets.");
    if (keeper_of(owner) != KEEPER_NONE)
        text_join(text, " ", keeper_meaning(keeper_of(owner)), NULL);
    if (owner->exe_deleted)
        text_add(text, " Its program file has been replaced or removed since it started.");
    if (owner->others > 0) {
        text_add(text, owner->others_complete ? " " : " At least ");
        text_unsigned(text, owner->others);
        text_add(text, owner->others == 1 ? " more process has the same socket open."
                                          : " more processes have the same socket open.");
    }
}
