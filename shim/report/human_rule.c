/* The kernel's rule (rules/conflict.h) in the words of one case. */
#include "report/human_why.h"

static bool is_connection(const struct party *party)
{
    return party->protocol == PROTOCOL_TCP && party->state != STATE_LISTEN &&
           party->state != STATE_BOUND;
}

static void overlap_by_wildcard(const struct story *story)
{
    const struct endpoint *want = &story->want->local;
    const struct endpoint *held = &story->held->socket.local;
    bool want_is_all = endpoint_is_wildcard(want);

    if (is_connection(&story->held->socket))
        return; /* that a server's connections are on some address of it is no surprise */
    text_char(story->text, ' ');
    endpoint_print_address(story->text, want_is_all ? want : held);
    text_add(story->text, " means every address of this machine, ");
    endpoint_print_address(story->text, want_is_all ? held : want);
    text_add(story->text, " too.");
}

static void overlap_by_mapping(const struct story *story)
{
    const struct endpoint *want = &story->want->local;
    const struct endpoint *held = &story->held->socket.local;
    bool want_is_mapped = endpoint_is_mapped(want);

    if (is_connection(&story->held->socket))
        return;
    text_char(story->text, ' ');
    endpoint_print_address(story->text, want_is_mapped ? want : held);
    text_add(story->text, " is ");
    endpoint_print_address(story->text, want_is_mapped ? held : want);
    text_add(story->text, ", written as an IPv6 address.");
}

void rule_overlap(const struct story *story)
{
    switch (story->verdict->overlap) {
    case OVERLAP_WILDCARD: overlap_by_wildcard(story); break;
    case OVERLAP_MAPPED: overlap_by_mapping(story); break;
    case OVERLAP_DUAL_STACK:
        text_add(story->text, " An IPv6 socket on :: takes the IPv4 addresses as well, unless it "
                              "has IPV6_V6ONLY.");
        break;
    case OVERLAP_SHADOW:
        text_add(story->text, " Linux counts it against 0.0.0.0 although it is one over IPv6, "
                              "because its socket is without IPV6_V6ONLY.");
        break;
    default: break;
    }
}

static const char *only_if_both(const struct story *story)
{
    return is_connection(&story->held->socket)
               ? ", and Linux lets a port be taken over only if both sides have it."
               : ", and Linux lets an address be shared only if both sides have it.";
}

/* Is it known of each socket that the count stands for that it lacks the option? */
static bool all_lack_option(const struct story *story)
{
    const struct evidence *evidence = story->evidence;
    size_t i;

    for (i = 0; i < evidence->holder_count; i++) {
        const struct holder *holder = &evidence->holders[i];

        if (holder->socket.state == story->held->socket.state &&
            holder_refuses(holder) &&
            holder_options(holder).reuseaddr != ANSWER_NO)
            return false;
    }
    return true;
}

/* For 'reuseshim why' no socket of this side exists. */
static bool is_only_thought_of(const struct story *story)
{
    return story->attempt->fd < 0;
}

/* The other side lacks the option, and perhaps this one as well. */
static void holder_lacks(const struct story *story)
{
    bool several = story->count > 1, left = story->held->socket.minisocket;
    bool both = story->verdict->lacks == LACKS_BOTH && !is_only_thought_of(story);

    if (several && !all_lack_option(story))
        text_join(story->text, both ? " This socket has no SO_REUSEADDR, and at least one of them "
                                    : " At least one of them ",
                  left ? "was made without " : "has no ", both ? "it" : "SO_REUSEADDR", NULL);
    else if (both)
        text_add(story->text, " Neither side has SO_REUSEADDR");
    else if (left)
        text_add(story->text, several ? " They were made without SO_REUSEADDR"
                                      : " It was made without SO_REUSEADDR");
    else
        text_add(story->text, several ? " They have no SO_REUSEADDR"
                                      : " That socket has no SO_REUSEADDR");
    text_add(story->text, only_if_both(story));
}

/* "They have", "That socket has". */
static const char *other_side_has(const struct story *story)
{
    return story->count > 1 ? "They have" : "That socket has";
}

static void option_unknown(const struct story *story)
{
    enum answer own = story->want->options.reuseaddr;

    text_add(story->text, " Linux lets it be shared or taken over only if both sides have "
                          "SO_REUSEADDR");
    if (own != ANSWER_UNKNOWN) {
        text_add(story->text, is_only_thought_of(story) ? ": "
                              : own == ANSWER_YES       ? ": this socket has it; "
                                                        : ": this socket does not have it; ");
        text_add(story->text, story->count > 1 ? "whether they have it cannot be seen"
                                               : "whether that one has it cannot be seen");
    }
    text_char(story->text, '.');
}

void rule_option(const struct story *story)
{
    const struct party *held = &story->held->socket;

    if (held->protocol == PROTOCOL_TCP && held->state == STATE_LISTEN) {
        text_add(story->text, " SO_REUSEADDR never helps against a listener.");
        return;
    }
    switch (story->verdict->lacks) {
    case LACKS_HOLDER:
    case LACKS_BOTH: holder_lacks(story); break;
    case LACKS_NEWCOMER:
        text_join(story->text, " ", other_side_has(story), " SO_REUSEADDR, but ",
                  is_only_thought_of(story) ? "a new socket does not by itself"
                                            : "this socket does not",
                  only_if_both(story), NULL);
        break;
    case LACKS_UNKNOWN: option_unknown(story); break;
    default: break; /* both have it: then the rule is not what refuses it */
    }
}

void rule_path(const struct story *story)
{
    text_add(story->text, " bind() creates the file and takes no name that exists already; "
                          "SO_REUSEADDR means nothing to UNIX sockets.");
}
