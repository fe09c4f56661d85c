/* The wordings of reasons that a holder gives. Each begins with who or what has the address, and
 * since when; then comes the kernel's rule; then which side lacks the option. */
#include "report/human_why.h"

#include <string.h>

#include "report/words.h"

void story_add_port(const struct story *story)
{
    if (story->want->protocol == PROTOCOL_UNIX)
        endpoint_print(story->text, &story->want->local);
    else
        text_unsigned(story->text, story->want->local.port);
}

static void add_held_address(const struct story *story)
{
    endpoint_print(story->text, &story->held->socket.local);
}

void story_add_holder(const struct story *story, const char *does)
{
    words_holder(story->text, story->held);
    text_join(story->text, " ", does, " ", NULL);
    add_held_address(story);
    words_details(story->text, story->held, story->attempt->time_us, story->attempt->caller.uid);
    text_char(story->text, '.');
    words_remarks(story->text, story->held);
}

/* ---- A live socket that was bound ---- */

/* That we had it before somebody else took it. */
static void add_loss(const struct story *story)
{
    const struct memory *before = &story->evidence->before;
    bool own = before->pid == story->attempt->caller.pid;

    if (before->bound_at_us == 0)
        return;
    if (own) {
        text_add(story->text, " This process had it before: it bound it ");
        words_ago(story->text, before->bound_at_us, story->attempt->time_us);
        text_add(story->text, ", and has closed it since.");
        return;
    }
    text_add(story->text, " The previous run of this program, ");
    words_process(story->text, before->comm, before->pid);
    text_add(story->text, ", had it before");
    text_add(story->text, "; it ended");
    words_end(story->text, before->ended_us, before->found_dead_us, story->attempt->time_us);
    text_char(story->text, '.');
}

void why_listening(const struct story *story)
{
    story_add_holder(story, "listens on");
    add_loss(story);
    rule_overlap(story);
    rule_option(story);
}

void why_bound_twice(const struct story *story)
{
    const struct owner *owner = &story->held->owner;
    bool listens = story->held->socket.state == STATE_LISTEN;

    if (owner->relation == RELATION_SELF) {
        text_add(story->text, "This program holds it itself: ");
        if (owner->fd >= 0) {
            text_add(story->text, "fd ");
            text_number(story->text, owner->fd);
        } else {
            text_add(story->text, "another of its sockets");
        }
        text_add(story->text, " was bound to ");
        add_held_address(story);
        text_add(story->text, " ");
        if (story->held->memory.bound_at_us != 0)
            words_ago(story->text, story->held->memory.bound_at_us, story->attempt->time_us);
        else
            text_add(story->text, "earlier");
        text_add(story->text, listens ? ", and listens." : ".");
        words_remarks(story->text, story->held);
    } else {
        story_add_holder(story, listens ? "listens on" : "has a socket bound to");
    }
    rule_overlap(story);
    rule_option(story);
}

void why_bound_idle(const struct story *story)
{
    story_add_holder(story, "has a socket bound to");
    text_add(story->text, " It does not listen: it has not called listen() yet, or it was shut "
                          "down and never closed.");
    add_loss(story);
    rule_overlap(story);
    rule_option(story);
}

void why_datagram_held(const struct story *story)
{
    story_add_holder(story, "has a UDP socket on");
    add_loss(story);
    rule_overlap(story);
    rule_option(story);
}

void why_reuseport_owner(const struct story *story)
{
    story_add_holder(story, story->held->socket.state == STATE_LISTEN ? "listens on" : "has");
    text_add(story->text, " Both sockets have SO_REUSEPORT, but the kernel shares a port by it "
                          "only among sockets of one user: that one belongs to uid ");
    text_number(story->text, story->held->socket.uid);
    text_add(story->text, ", this one to uid ");
    text_number(story->text, story->want->uid);
    text_char(story->text, '.');
}

void why_reuseport_one_sided(const struct story *story)
{
    story_add_holder(story, story->held->socket.state == STATE_LISTEN ? "listens on" : "has");
    rule_overlap(story);
    text_add(story->text, " This socket has SO_REUSEPORT and that one has not: a port is shared "
                          "only if every socket on it has the option.");
}

void why_kernel(const struct story *story)
{
    text_add(story->text, "A socket of the kernel's own has ");
    add_held_address(story);
    text_add(story->text, ", as NFS, tunnels and the like make them. No process has it, so none "
                          "can close it: the service behind it must be stopped.");
}

/* ---- Connections ---- */

/* "A connection", "12 connections". */
static void add_connections(const struct story *story)
{
    words_count(story->text, story->count, "connection");
}

static bool is_one(const struct story *story)
{
    return story->count == 1;
}

static void add_state(const struct story *story)
{
    text_join(story->text, " (", socket_state_name(story->held->socket.state), ").", NULL);
}

/* A run of the same program that has ended, by all that is remembered. */
static bool is_previous_run(const struct story *story)
{
    const struct memory *memory = &story->held->memory;
    const char *exe = story->attempt->caller.exe;

    return memory->bound_at_us != 0 && !memory->unsure &&
           (memory->ended || memory->ended_us != 0) &&
           (memory->exe == NULL || exe == NULL || strcmp(memory->exe, exe) == 0);
}

void why_time_wait(const struct story *story)
{
    bool previous = is_previous_run(story);

    text_unsigned(story->text, story->count);
    text_add(story->text, previous ? " connection" : " closed connection");
    text_add(story->text, is_one(story) ? "" : "s");
    text_add(story->text, previous ? " of the previous run still " : " still ");
    text_add(story->text, is_one(story) ? "holds " : "hold ");
    story_add_port(story);
    add_state(story);
    rule_overlap(story);
    rule_option(story);
}

void why_closing(const struct story *story)
{
    add_connections(story);
    text_add(story->text, is_one(story) ? " that is being closed still holds "
                                        : " that are being closed still hold ");
    story_add_port(story);
    add_state(story);
    text_add(story->text, story->held->socket.state == STATE_FIN_WAIT2
                              ? " This side has closed, the other end has not."
                              : " The other end has not yet confirmed the close.");
    rule_overlap(story);
    rule_option(story);
}

void why_connections(const struct story *story)
{
    add_connections(story);
    text_join(story->text, " (", socket_state_name(story->held->socket.state), ") on ", NULL);
    story_add_port(story);
    text_add(story->text, is_one(story) ? " is still open" : " are still open");
    if (story->held->owner.pid > 0) {
        text_add(story->text, " in ");
        words_process(story->text, story->held->owner.comm, story->held->owner.pid);
        words_details(story->text, story->held, story->attempt->time_us,
                      story->attempt->caller.uid);
    }
    text_add(story->text, ". A connection keeps its listener's port, also when the listener is "
                          "gone.");
    words_remarks(story->text, story->held);
    rule_overlap(story);
    rule_option(story);
}

void why_outgoing(const struct story *story)
{
    const struct range *range = &story->evidence->range;
    /* What is remembered of an outgoing connection is a bind of its own. */
    bool bound_itself = story->held->memory.bound_at_us != 0;
    bool automatic = !bound_itself && range_has(range, story->want->local.port);

    text_add(story->text, "An outgoing connection");
    if (story->held->owner.pid > 0) {
        text_add(story->text, " of ");
        words_process(story->text, story->held->owner.comm, story->held->owner.pid);
        words_details(story->text, story->held, story->attempt->time_us,
                      story->attempt->caller.uid);
    }
    if (story->held->remote.family != FAMILY_NONE) {
        text_add(story->text, " to ");
        endpoint_print(story->text, &story->held->remote);
    }
    text_add(story->text, automatic ? " happens to use " : " uses ");
    story_add_port(story);
    text_add(story->text, " as its local port");
    text_add(story->text, bound_itself ? ", which it has bound itself." : ".");
    words_remarks(story->text, story->held);
    if (automatic) {
        text_add(story->text, " The kernel gives outgoing connections ports from ");
        text_unsigned(story->text, range->first);
        text_add(story->text, " to ");
        text_unsigned(story->text, range->last);
        text_char(story->text, '.');
    }
    rule_overlap(story);
    rule_option(story);
}
