/* The line 'rule': the kernel's rule (rules/conflict.h) in the words of one case, and which side
 * lacks the option. Sentences follow each other with a blank between them. */
#include "report/message.h"

#include "report/words.h"

static bool is_connection(const struct party *party)
{
    return party->protocol == PROTOCOL_TCP && party->state != STATE_LISTEN &&
           party->state != STATE_BOUND;
}

/* ---- Why the two addresses overlap, where that is not plain ---- */

static void add_overlap(const struct message *message)
{
    const struct endpoint *want = &message->want->local, *held = &message->held->socket.local;
    char first[ENDPOINT_TEXT_MAX / 4], second[ENDPOINT_TEXT_MAX / 4];
    struct text wider = text_in(first, sizeof first);
    struct text other = text_in(second, sizeof second);
    enum overlap overlap = message->verdict->overlap;
    bool want_first = overlap == OVERLAP_WILDCARD ? endpoint_is_wildcard(want)
                                                  : endpoint_is_mapped(want);

    if (overlap == OVERLAP_DUAL_STACK) {
        text_add(message->text, held->family == FAMILY_INET6
                                  ? "The IPv6 socket has the port for IPv4 too: it lacks "
                                    "IPV6_V6ONLY. "
                                  : "An IPv6 socket without IPV6_V6ONLY wants the port for IPv4 "
                                    "too. ");
        return;
    }
    if (overlap == OVERLAP_SHADOW) {
        text_add(message->text, "An IPv6 connection without IPV6_V6ONLY counts against 0.0.0.0. ");
        return;
    }
    if ((overlap != OVERLAP_WILDCARD && overlap != OVERLAP_MAPPED) ||
        is_connection(&message->held->socket)) /* a server's connections are on its addresses */
        return;
    endpoint_print_address(&wider, want_first ? want : held);
    endpoint_print_address(&other, want_first ? held : want);
    if (overlap == OVERLAP_WILDCARD)
        text_format(message->text, "%s means every address, so %s too. ", first, second);
    else
        text_format(message->text, "%s is %s, written as an IPv6 address. ", first, second);
}

/* ---- Which side lacks SO_REUSEADDR ---- */

/* Is it known of each socket that the count stands for that it lacks the option? */
static bool all_lack_option(const struct message *message)
{
    const struct evidence *evidence = message->evidence;

    for (size_t i = 0; i < evidence->holder_count; i++) {
        const struct holder *holder = &evidence->holders[i];

        if (holder->socket.state == message->held->socket.state &&
            holder_refuses(holder) &&
            holder_options(holder).reuseaddr != ANSWER_NO)
            return false;
    }
    return true;
}

/* NULL where both have it: then the rule is not what refuses the call. */
static const char *who_lacks(const struct message *message)
{
    bool thought = message_is_hypothetical(message);
    bool some = message->count > 1 && !all_lack_option(message);
    enum answer own = message->want->options.reuseaddr;

    switch (message->verdict->lacks) {
    case LACKS_BOTH:
        return thought ? some ? "at least one lacks it" : "the other side lacks it"
               : some  ? "this side lacks it, at least one of those too"
                       : "neither has it";
    case LACKS_HOLDER:
        return some ? "at least one lacks it"
               : thought ? "the other side lacks it"
                         : "only this one has it";
    case LACKS_NEWCOMER:
        return thought ? "the other side has it" : "only the other has it";
    case LACKS_UNKNOWN:
        return thought || own == ANSWER_UNKNOWN ? "what the other side has cannot be seen"
               : own == ANSWER_YES ? "this side has it, what the other has cannot be seen"
                                   : "this side lacks it, what the other has cannot be seen";
    default: return NULL;
    }
}

static void add_option(const struct message *message)
{
    const struct party *held = &message->held->socket;
    const char *lacks = who_lacks(message);

    if (held->protocol == PROTOCOL_TCP && held->state == STATE_LISTEN)
        text_add(message->text, "SO_REUSEADDR never helps while another socket listens. ");
    else if (lacks == NULL)
        return;
    else if (held->protocol != PROTOCOL_TCP && held->protocol != PROTOCOL_UNIX)
        text_format(message->text, "Sharing takes SO_REUSEADDR on both sides: %s. ", lacks);
    else if (message->count > 1)
        text_format(message->text, "Both sides need SO_REUSEADDR (%llu in %s): %s. ",
                    (unsigned long long)message->count, socket_state_name(held->state), lacks);
    else
        text_format(message->text, "Both sides need SO_REUSEADDR (%s): %s. ",
                    socket_state_name(held->state), lacks);
}

/* ---- What else there is to know of a reason ---- */

static void say_reuseport(const struct message *message)
{
    if (message->verdict->reason == REASON_REUSEPORT_OWNER)
        text_format(message->text,
                    "SO_REUSEPORT is for sockets of one user: that is uid %lld, this %lld. ",
                    (long long)message->held->socket.uid, (long long)message->want->uid);
    else
        text_add(message->text,
                 "Sharing takes SO_REUSEPORT on every socket: that one lacks it. ");
}

/* Where the kernel has given the port to a client, no option is the cure. */
static void say_outgoing(const struct message *message)
{
    const struct range *range = &message->evidence->range;

    if (message->held->memory.bound_at_us == 0 && range_has(range, message->want->local.port)) {
        text_format(message->text, "The kernel gives outgoing connections ports from %u to %u. ",
                    range->first, range->last);
        return;
    }
    if (message->held->memory.bound_at_us != 0)
        text_add(message->text, "The port was bound before the connection was made. ");
    add_option(message);
}

/* One is free, but is not tried each time (port_zero_leaves_one_of_an_odd_range of
 * tests/kernel/). */
static bool one_was_left_out(const struct message *message)
{
    const struct range *range = &message->evidence->range;
    uint32_t all = (uint32_t)range->last - range->first + 1;

    return message->want->protocol == PROTOCOL_TCP && all > 1 && all % 2 == 1 &&
           range->taken + range->reserved + 1 == all;
}

static void say_range(const struct message *message)
{
    const struct range *range = &message->evidence->range;
    char address[64];
    struct text local = text_in(address, sizeof address);

    if (range->first == 0) {
        text_add(message->text, "Port 0 asks the kernel for any free port. ");
        return;
    }
    endpoint_print_address(&local, &message->want->local);
    text_format(message->text,
                "Port 0 asks for any port from %u to %u (net.ipv4.ip_local_port_range%s): on %s, "
                "%u of %u are taken. ",
                range->first, range->last,
                range->own ? ", IP_LOCAL_PORT_RANGE of the socket" : "", address, range->taken,
                (unsigned int)range->last - range->first + 1);
    if (range->reserved > 0)
        text_format(message->text, "%u are kept out by net.ipv4.ip_local_reserved_ports. ",
                    range->reserved);
    if (one_was_left_out(message))
        text_add(message->text, "Of an odd number of ports the kernel leaves out the first or the "
                              "last in each search. ");
}

/* The sentence that a reason has whatever the options are; "" = none. */
static const char *sentence_of(const struct message *message)
{
    enum reason reason = message->verdict->reason;
    enum socket_state state = message->held == NULL ? STATE_LISTEN : message->held->socket.state;

    if (reason == REASON_LOST_LISTEN && state != STATE_LISTEN)
        return "";
    switch (reason) {
#define REASON(name, id, meaning, answer, brief, note, rule)                                       \
    case REASON_##name: return rule;
#include "rules/reasons.def"
    case REASON_COUNT: break;
    }
    return "";
}

static void add_sentences(const struct message *message)
{
    enum reason reason = message->verdict->reason;
    const char *sentence;

    if (message->held != NULL && !protocol_is_named(message->want->protocol))
        add_overlap(message);
    if (message->want->local.family == FAMILY_OTHER) { /* the first line has the end of it */
        text_add(message->text, "The address is ");
        endpoint_print(message->text, &message->want->local);
        text_add(message->text, ". ");
    }
    sentence = sentence_of(message);
    if (sentence[0] != '\0')
        text_join(message->text, sentence, " ", NULL);
    if (reason == REASON_PORTS_EXHAUSTED)
        say_range(message);
    if (message->held == NULL || protocol_is_named(message->want->protocol) ||
        reason == REASON_KERNEL || reason == REASON_SCTP_HELD)
        return;
    if (reason == REASON_REUSEPORT_OWNER || reason == REASON_REUSEPORT_ONE_SIDED) {
        say_reuseport(message);
        return;
    }
    if (reason == REASON_OUTGOING)
        say_outgoing(message);
    else if (reason != REASON_LOST_LISTEN || message->held->socket.state != STATE_LISTEN)
        add_option(message);
}

void line_rule(const struct message *message)
{
    size_t start = message->text->used, words;

    page_begin(message->page, "rule");
    words = message->text->used;
    add_sentences(message);
    if (message->text->used == words) {
        page_forget(message->page, start);
        return;
    }
    page_forget(message->page, message->text->used - 1); /* the last blank */
    page_end(message->page);
}
