#include "report/answer_words.h"

#include "report/words.h"

bool answer_is_to_wait(const struct message *message)
{
    return message->verdict->frees_in_ms >= 0 &&
           (message_is_hypothetical(message) ||
            message->verdict->would[IF_NEWCOMER_REUSEADDR] != ANSWER_YES);
}

static void say_bound_twice(const struct answer_words *words)
{
    const struct owner *owner = &words->message->held->owner;

    if (owner->relation == RELATION_PARENT && !words->brief)
        text_format(words->text, "%s: its parent %s has it", words->start, words->holder);
    else if (owner->relation == RELATION_CHILD && !words->brief)
        text_format(words->text, "%s: its child %s has it", words->start, words->holder);
    else
        text_format(words->text, words->brief ? "%s: %s has it" : "%s: %s has it already",
                    words->start, words->holder);
}

static void say_connections(const struct answer_words *words)
{
    const struct message *message = words->message;

    if (message->held->owner.pid <= 0)
        text_format(words->text, "%s: connections are open", words->start);
    else if (words->brief)
        text_format(words->text, words->note ? "%s: connections of %s" : "%s: %s has it",
                    words->start, words->holder);
    else
        text_format(words->text, "%s: %s still has %llu connection%s", words->start,
                    words->holder, (unsigned long long)message->count,
                    message->count == 1 ? "" : "s");
}

static void say_time_wait(const struct answer_words *words)
{
    const struct message *message = words->message;

    if (!answer_is_to_wait(message) && !message_is_hypothetical(message))
        text_format(words->text,
                    words->brief ? "%s without SO_REUSEADDR"
                                 : "%s without SO_REUSEADDR: closed connections hold it",
                    words->start);
    else if (words->brief)
        text_format(words->text, words->note ? "%s: closed connections" : "%s: old connections",
                    words->start);
    else if (words_is_previous_run(message->held, &message->attempt->caller))
        text_format(words->text, "%s: closed connections of its last run", words->start);
    else
        text_format(words->text, "%s: closed connections hold it", words->start);
}

static void say_closing(const struct answer_words *words)
{
    text_format(words->text,
                words->brief ? "%s: connections close" : "%s: old connections are still closing",
                words->start);
}

static void say_ports_exhausted(const struct answer_words *words)
{
    const struct range *range = &words->message->evidence->range;
    unsigned int all = (unsigned int)range->last - range->first + 1;

    if (range->first == 0)
        text_format(words->text, "%s gets no free port: none is left", words->caller);
    else if (words->brief)
        text_format(words->text, "%s gets no port: none of %u is free", words->caller, all);
    else
        text_format(words->text, "%s gets no free port: none from %u to %u is left",
                    words->caller, range->first, range->last);
}

/* A process inherited the socket from the one that bound it; or the socket listens on another
 * address, which covers this one. */
static void say_listening(const struct answer_words *words)
{
    const struct holder *held = words->message->held;
    char bytes[ENDPOINT_TEXT_MAX + WORDS_NAME_MAX];
    struct text other = text_in(bytes, sizeof bytes);

    if (words->brief && !words->note) {
        text_format(words->text, "%s: %s has it", words->start, words->holder);
    } else if (held->memory.handed_down && held->memory.comm != NULL && words->brief) {
        text_format(words->text, "%s: %s inherited it", words->start, words->holder);
    } else if (held->memory.handed_down && held->memory.comm != NULL) {
        words_process(&other, held->memory.comm, held->memory.pid, WORDS_NAME_MAX);
        text_format(words->text, "%s: %s inherited it from %s", words->start, words->holder, bytes);
    } else if (endpoint_equal(&held->socket.local, &words->message->want->local) ||
               held->owner.pid <= 0 || held->owner.others > 0 || held->owner.stopped) {
        text_format(words->text, words->brief ? "%s: %s has it" : "%s: %s listens on it",
                    words->start, words->holder);
    } else {
        endpoint_print(&other, &held->socket.local);
        text_format(words->text, words->brief ? "%s: %s has %s" : "%s: %s listens on %s",
                    words->start, words->holder, bytes);
    }
}

static void say_name(const struct answer_words *words)
{
    const char *thing = words->message->evidence->path == PATH_FILE     ? "a file"
                        : words->message->evidence->path == PATH_FOLDER ? "a folder"
                        : words->message->evidence->path == PATH_LINK   ? "a link"
                                                                      : "no socket";

    text_format(words->text, "%s: it is %s", words->start, thing);
}

static bool listens(const struct message *message)
{
    return message->held != NULL && message->held->socket.state == STATE_LISTEN;
}

static void say_listening_since(const struct answer_words *in)
{
    text_format(in->text, in->brief             ? "%s: %s has it"
                          : listens(in->message)  ? "%s: %s listens already"
                                                : "%s: %s has it since then",
                in->start, in->holder);
}

static void say_one_sided(const struct answer_words *in)
{
    if (in->brief && !in->note)
        text_format(in->text, "%s cannot join %s on %s", in->caller, in->holder, in->want);
    else
        text_format(in->text, in->brief ? "%s: %s has it" : "%s: %s lacks SO_REUSEPORT", in->start,
                    in->holder);
}

static void say_unseen(const struct answer_words *in)
{
    if (in->message->held != NULL && in->message->held->socket.uid != UID_UNKNOWN)
        text_format(in->text, "%s: %s has it", in->start, in->holder);
    else
        text_format(in->text, "%s: an unseen socket has it", in->start);
}

/* The row's form that fits. */
static const char *form_of(const struct answer_words *in, const char *answer, const char *brief,
                           const char *note)
{
    if (!in->brief || brief[0] == '\0')
        return answer;
    return in->note && note[0] != '\0' ? note : brief;
}

/* What rules/reasons.def has for the reason. */
static void say_row(const struct answer_words *in)
{
    const char *form = "";

    switch (in->message->verdict->reason) {
#define REASON(name, id, meaning, answer, brief, note, rule)                                       \
    case REASON_##name: form = form_of(in, answer, brief, note); break;
#include "rules/reasons.def"
    case REASON_COUNT: break;
    }
    text_format(in->text, "%s: ", in->start);
    for (; *form != '\0'; form++) {
        if (*form != '%')
            text_char(in->text, *form);
        else if (*++form == 'h' || in->message->held != NULL)
            text_add(in->text, in->holder);
        else
            text_add(in->text, "another socket");
    }
}

/* Bound to a device (SO_BINDTODEVICE), the socket takes only what this device has, or its VRF. */
static void say_not_local(const struct answer_words *in)
{
    if (in->message->want->device != 0)
        text_format(in->text, "%s: its device has no such address", in->start);
    else
        say_row(in);
}

void answer_say(const struct answer_words *in)
{
    switch (in->message->verdict->reason) {
    case REASON_BOUND_TWICE: say_bound_twice(in); break;
    case REASON_CONNECTIONS: say_connections(in); break;
    case REASON_CLOSING: say_closing(in); break;
    case REASON_TIME_WAIT: say_time_wait(in); break;
    case REASON_PORTS_EXHAUSTED: say_ports_exhausted(in); break;
    case REASON_LISTENING: say_listening(in); break;
    case REASON_REUSEPORT_ONE_SIDED: say_one_sided(in); break;
    case REASON_UNSEEN: say_unseen(in); break;
    case REASON_LOST_LISTEN: say_listening_since(in); break;
    case REASON_UNIX_LIVE:
        text_format(in->text,
                    listens(in->message) && !in->brief ? "%s: %s listens on it" : "%s: %s has it",
                    in->start, in->holder);
        break;
    case REASON_UNIX_NOT_A_SOCKET: say_name(in); break;
    case REASON_NOT_LOCAL: say_not_local(in); break;
    case REASON_LOW_PORT:
        text_format(in->text,
                    in->brief ? "%s: below %u it needs root" : "%s: ports below %u need root",
                    in->start, in->message->evidence->free_from);
        break;
    default: say_row(in); break;
    }
}
