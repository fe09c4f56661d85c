/* The table of wordings, and those of reasons that may have no holder. The reader is in a hurry:
 * his server does not start. */
#include "report/human_why.h"

#include <assert.h>

#include "report/words.h"

struct story story_of(struct text *text, const struct evidence *evidence,
                      const struct verdict *verdict)
{
    struct story story = {text, evidence, verdict, &evidence->attempt, &evidence->attempt.socket,
                          NULL, 0};
    size_t i;

    if (verdict->decisive >= evidence->holder_count)
        return story;
    story.held = &evidence->holders[verdict->decisive];
    for (i = 0; i < evidence->holder_count; i++) {
        const struct holder *holder = &evidence->holders[i];

        if (i == verdict->decisive || (holder->socket.state == story.held->socket.state &&
                                       holder_refuses(holder)))
            story.count += holder->count;
    }
    return story;
}

static void why_unseen(const struct story *story)
{
    if (story->held == NULL) {
        text_add(story->text, "The kernel still refuses it, so something holds ");
        story_add_port(story);
        text_add(story->text, "; what it is cannot be seen from here.");
        return;
    }
    text_add(story->text, "A socket on ");
    endpoint_print(story->text, &story->held->socket.local);
    text_add(story->text, " is in the way; whose it is cannot be seen from here.");
    rule_overlap(story);
    rule_option(story);
}

static void why_lost_listen(const struct story *story)
{
    text_add(story->text, "bind() worked, listen() did not: ");
    if (story->held == NULL) {
        text_add(story->text, "another socket on ");
        story_add_port(story);
        text_add(story->text, " came first.");
    } else if (story->held->socket.state == STATE_LISTEN) {
        text_add(story->text, "another socket listened first. ");
        story_add_holder(story, "listens on");
        rule_overlap(story);
    } else {
        text_add(story->text, "something has changed since then. ");
        story_add_holder(story, "has");
        rule_overlap(story);
        rule_option(story);
        return;
    }
    text_add(story->text, " Of sockets that share an address by SO_REUSEADDR only one can listen.");
}

static const char *range_name(const struct range *range)
{
    return range->own ? " (net.ipv4.ip_local_port_range, and IP_LOCAL_PORT_RANGE of the socket as "
                        "far as it lies in that)"
                      : " (net.ipv4.ip_local_port_range)";
}

/* One is free, but is not tried each time (port_zero_leaves_one_of_an_odd_range of
 * tests/kernel/). */
static bool one_was_left_out(const struct story *story)
{
    const struct range *range = &story->evidence->range;
    uint32_t all = (uint32_t)range->last - range->first + 1;

    return story->want->protocol == PROTOCOL_TCP && all > 1 && all % 2 == 1 &&
           range->taken + range->reserved + 1 == all;
}

static void why_ports_exhausted(const struct story *story)
{
    const struct range *range = &story->evidence->range;

    text_add(story->text, "Port 0 asks the kernel for any free port");
    if (range->first != 0) {
        text_add(story->text, " from ");
        text_unsigned(story->text, range->first);
        text_add(story->text, " to ");
        text_unsigned(story->text, range->last);
        text_add(story->text, range_name(range));
    }
    text_add(story->text, ", and none is left for ");
    endpoint_print_address(story->text, &story->want->local);
    if (range->first != 0) {
        text_add(story->text, ": of ");
        text_unsigned(story->text, (uint64_t)range->last - range->first + 1);
        text_add(story->text, " ports ");
        text_unsigned(story->text, range->taken);
        text_add(story->text, range->taken == 1 ? " is taken" : " are taken");
    }
    if (range->reserved > 0) {
        text_add(story->text, " and ");
        text_unsigned(story->text, range->reserved);
        text_add(story->text, " kept out (net.ipv4.ip_local_reserved_ports)");
    }
    text_char(story->text, '.');
    if (one_was_left_out(story))
        text_add(story->text, " Of an odd number of ports the kernel leaves out the first or the "
                              "last in each search.");
}

static void why_unix_stale(const struct story *story)
{
    text_add(story->text, "The socket file ");
    story_add_port(story);
    text_add(story->text, " is left over: nobody is bound to it.");
    rule_path(story);
}

static void why_unix_live(const struct story *story)
{
    if (story->held != NULL) {
        story_add_holder(story, story->held->socket.state == STATE_LISTEN ? "listens on"
                                                                        : "is bound to");
    } else {
        text_add(story->text, "A socket is bound to ");
        story_add_port(story);
        text_add(story->text, "; whose it is cannot be seen from here.");
    }
    rule_path(story);
}

static void why_unix_not_a_socket(const struct story *story)
{
    story_add_port(story);
    text_add(story->text, " exists and is no socket: it is a file, a folder, a link or the like.");
    rule_path(story);
}

static void why_unix_abstract(const struct story *story)
{
    if (story->held != NULL)
        story_add_holder(story, story->held->socket.state == STATE_LISTEN ? "listens on"
                                                                        : "is bound to");
    else
        text_add(story->text, "Another socket has this name.");
    text_add(story->text, " An abstract name is free again when the last descriptor of its socket "
                          "is closed; SO_REUSEADDR means nothing to UNIX sockets.");
}

static void why_gone(const struct story *story)
{
    text_add(story->text, "Nothing holds ");
    story_add_port(story);
    text_add(story->text, " any more: what held it went away between the failed call and this "
                          "look.");
}

static void why_unknown(const struct story *story)
{
    text_add(story->text, "Not known: what could be seen does not explain the refusal.");
}

/* Without the holder there would be nothing to tell of it. */
static bool needs_holder(enum reason reason)
{
    return reason >= REASON_BOUND_TWICE && reason <= REASON_KERNEL;
}

/* A table that is code: rows of pointers would take three times as much, with their relocations. */
static void add_wording(const struct story *story)
{
    switch (story->verdict->reason) {
    case REASON_UNKNOWN: why_unknown(story); break;
    case REASON_BOUND_TWICE: why_bound_twice(story); break;
    case REASON_REUSEPORT_OWNER: why_reuseport_owner(story); break;
    case REASON_REUSEPORT_ONE_SIDED: why_reuseport_one_sided(story); break;
    case REASON_LISTENING: why_listening(story); break;
    case REASON_DATAGRAM_HELD: why_datagram_held(story); break;
    case REASON_BOUND_IDLE: why_bound_idle(story); break;
    case REASON_CONNECTIONS: why_connections(story); break;
    case REASON_OUTGOING: why_outgoing(story); break;
    case REASON_CLOSING: why_closing(story); break;
    case REASON_TIME_WAIT: why_time_wait(story); break;
    case REASON_KERNEL: why_kernel(story); break;
    case REASON_UNSEEN: why_unseen(story); break;
    case REASON_LOST_LISTEN: why_lost_listen(story); break;
    case REASON_PORTS_EXHAUSTED: why_ports_exhausted(story); break;
    case REASON_UNIX_STALE: why_unix_stale(story); break;
    case REASON_UNIX_LIVE: why_unix_live(story); break;
    case REASON_UNIX_NOT_A_SOCKET: why_unix_not_a_socket(story); break;
    case REASON_UNIX_ABSTRACT: why_unix_abstract(story); break;
    case REASON_GONE: why_gone(story); break;
    case REASON_COUNT: break;
    }
}

void story_why(const struct story *story)
{
    if (needs_holder(story->verdict->reason) && story->held == NULL)
        why_unknown(story);
    else
        add_wording(story);
}
