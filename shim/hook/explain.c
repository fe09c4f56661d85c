#include "hook/explain.h"

#include <netinet/in.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "base/sys.h"
#include "confine/helper.h"
#include "facts/newcomer.h"
#include "hook/helped.h"
#include "hook/last_word.h"
#include "hook/misuse.h"
#include "hook/say.h"
#include "hook/setup.h"
#include "hook/walker.h"
#include "inquiry/inquiry.h"
#include "table/descriptor.h"
#include "table/repeat.h"

/* Everything about one explanation; too large for a signal stack. */
struct explanation {
    struct evidence evidence;
    struct verdict verdict;
};

/* What is known of the socket without asking the kernel, for a confined process. */
static void describe_from_memory(struct attempt *attempt, struct descriptor_word word)
{
    struct descriptor past = descriptor_decode(word);
    enum family family = attempt->socket.local.family;

    attempt->domain = family_domain(family);
    attempt->socket.protocol = family == FAMILY_UNIX ? PROTOCOL_UNIX : past.protocol;
    attempt->socket.state = STATE_BOUND;
    attempt->socket.uid = UID_UNKNOWN;
    attempt->socket.options.reuseaddr = descriptor_option_at_bind(&past, OPTION_REUSEADDR);
    attempt->socket.options.reuseport = descriptor_option_at_bind(&past, OPTION_REUSEPORT);
}

/* A socket like the one that failed some time ago, and whose number may be another's by now. It is
 * asked for as that one was. Returns it, to be closed, or -errno. */
static int stand_in(const struct made *made)
{
    static const int levels[] = {SOL_SOCKET, SOL_SOCKET, IPPROTO_IPV6};
    static const int options[] = {SO_REUSEADDR, SO_REUSEPORT, IPV6_V6ONLY};
    struct descriptor past = descriptor_decode(made->past);
    int type = past.protocol == PROTOCOL_TCP ? SOCK_STREAM : SOCK_DGRAM;
    int fd = (int)sys_call(SYS_socket, family_domain(made->local.family), type | SOCK_CLOEXEC,
                           past.protocol == PROTOCOL_UDPLITE ? IPPROTO_UDPLITE : 0);

    for (size_t i = 0; fd >= 0 && i < past.event_count; i++)
        if (past.events[i].kind <= OPTION_V6ONLY && !past.events[i].failed)
            sys_set_option(fd, levels[past.events[i].kind], options[past.events[i].kind],
                           past.events[i].value);
    return fd;
}

/* The descriptor to ask about MADE: its own, or one like it. A listen that failed is made on the
 * socket that is bound there, if that still is. */
static int descriptor_of(const struct made *made)
{
    struct endpoint now;

    if (!made->later || made->local.family == FAMILY_UNIX ||
        descriptor_decode(made->past).protocol == PROTOCOL_NONE)
        return made->fd;
    if (made->call == CALL_LISTEN) {
        now = newcomer_local(made->fd);
        if (endpoint_equal(&now, &made->local))
            return made->fd;
    }
    return stand_in(made);
}

static void describe_attempt(struct evidence *evidence, const struct made *made,
                             const struct record *record)
{
    struct attempt *attempt = &evidence->attempt;

    attempt->call = made->call;
    attempt->error = made->error;
    attempt->socket.local = made->local;
    attempt->waits_ms = made->waits_ms;
    attempt->bound = made->call == CALL_LISTEN && made->local.port != 0;
    attempt->time_us = record->time_us;
    attempt->caller = record->caller;
    attempt->stack = record->stack;
    if (evidence->confined)
        describe_from_memory(attempt, made->past);
    else
        newcomer_describe(attempt);
}

static void look(struct explanation *explanation, const struct made *made,
                 const struct record *record, struct room *room)
{
    const struct settings *settings = setup_settings();
    struct viewer viewer = {.pid = record->caller.pid,
                            .fd = made->fd,
                            .history = settings->history ? settings->history_path : NULL};
    struct evidence *evidence = &explanation->evidence;
    int fd = room->confinement.on ? made->fd : descriptor_of(made);

    evidence->attempt.fd = fd;
    describe_attempt(evidence, made, record);
    evidence->stacks = trace_stacks();
    evidence->stranger = trace_stranger();
    inquiry_make(evidence, &explanation->verdict, &viewer, &room->scratch);
    if (fd >= 0 && fd != made->fd)
        sys_close(fd);
    evidence->attempt.fd = made->fd;
}

static struct record bare_record_of(const struct made *made, enum event event, struct room *room)
{
    struct record record = say_record(room, event, made->call, made->fd);

    record.result = made->result;
    record.error = made->error;
    record.backlog = made->backlog;
    record.address = made->local;
    return record;
}

static struct record record_of(const struct made *made, enum event event, struct room *room)
{
    struct record record = bare_record_of(made, event, room);

    record.stack = say_stack(made->trace, room);
    return record;
}

static enum event failed_event(const struct made *made)
{
    return made->call == CALL_BIND ? EVENT_BIND_FAILED : EVENT_LISTEN_FAILED;
}

/* Symbols are looked up only where they are told, which takes as long as to find the holder. */
static void name_places(struct explanation *explanation, const struct made *made,
                        struct record *record, struct room *room)
{
    const struct settings *settings = setup_settings();

    if (settings->format != FORMAT_JSON &&
        !human_shows_places(&explanation->verdict, settings->verbose))
        return;
    record->stack = say_stack(made->trace, room);
    explanation->evidence.attempt.stack = record->stack;
}

/* Returns the reason that the look found, or REASON_COUNT where there was nothing to look at. */
static enum reason tell(const struct made *made, const struct repeat *repeat, struct room *room)
{
    struct explanation *explanation = scratch_take(&room->scratch, sizeof *explanation);
    struct record record;

    if (explanation == NULL)
        return REASON_COUNT;
    explanation->evidence.confined = room->confinement.on;
    if (room->confinement.on)
        explanation->evidence.limits = 1u << VISIBILITY_SECCOMP;
    if (helper_was_killed())
        explanation->evidence.limits |= 1u << VISIBILITY_HELPER_KILLED;
    record = bare_record_of(made, failed_event(made), room);
    record.stack = say_modules(made->trace, room);
    look(explanation, made, &record, room);
    record.protocol = explanation->evidence.attempt.socket.protocol;
    record.address = explanation->evidence.attempt.socket.local; /* of netlink, with its family */
    record.evidence = &explanation->evidence;
    record.verdict = &explanation->verdict;
    name_places(explanation, made, &record, room);
    if (made->error != EADDRINUSE) {
        if (explanation->verdict.reason != REASON_UNKNOWN)
            say_write(room, &record);
        return explanation->verdict.reason;
    }
    if (!repeat_conclude(repeat->key, (unsigned int)explanation->verdict.reason))
        return explanation->verdict.reason;
    say_write(room, &record);
    last_word_keep(&explanation->evidence, &explanation->verdict);
    if (explanation->verdict.would[IF_NEWCOMER_REUSEADDR] == ANSWER_YES && !made->later &&
        !room->confinement.on)
        misuse_look_elsewhere(made, record.protocol, room);
    return explanation->verdict.reason;
}

/* Of the socket FD; where the kernel may not be asked, as socket() was. */
static enum protocol protocol_of_socket(int fd, const struct room *room)
{
    enum protocol protocol = descriptor_protocol(fd);
    int domain, type;

    if (!room->confinement.on)
        newcomer_kind(fd, &domain, &type, &protocol);
    return protocol;
}

/* One line: as text it has no stack. */
static struct record short_record_of(const struct made *made, struct room *room)
{
    return setup_settings()->format == FORMAT_JSON
               ? record_of(made, failed_event(made), room)
               : bare_record_of(made, failed_event(made), room);
}

static void tell_short(const struct made *made, const struct repeat *repeat, struct room *room)
{
    struct record record = short_record_of(made, room);
    struct verdict *verdict = scratch_take(&room->scratch, sizeof *verdict);

    if (verdict == NULL)
        return;
    verdict->reason = (enum reason)repeat->reason;
    record.verdict = verdict;
    record.protocol = protocol_of_socket(made->fd, room);
    record.repeats = repeat->count;
    say_write(room, &record);
}

static void tell_walk(const struct made *made, const struct repeat *repeat, struct room *room)
{
    struct record record = short_record_of(made, room);

    record.protocol = protocol_of_socket(made->fd, room);
    record.walk = repeat->count;
    say_write(room, &record);
}

/* Bind's address is counted as the program gave it, without a look at what it means. */
bool explain_wants(const struct made *made, struct repeat *repeat)
{
    _Alignas(struct sockaddr_storage) char bound[ENDPOINT_SOCKADDR_MAX];
    struct failed_call failure = {.call = made->call, .fd = made->fd, .past = made->past,
                              .place = made->place, .address = made->address,
                              .length = made->length};

    if (made->call == CALL_LISTEN) {
        failure.address = bound;
        failure.length = (uint32_t)endpoint_to_sockaddr(&made->local, bound);
    }
    *repeat = walker_count(&failure);
    return repeat->step != REPEAT_SILENT;
}

bool explain_wants_once(int error, const struct sockaddr *address, unsigned int length,
                        uintptr_t place, struct repeat *repeat)
{
    enum { PLACES_MAX = 32 };
    static _Atomic uintptr_t told[PLACES_MAX]; /* written once each, by whoever is first */
    if ((error != EADDRNOTAVAIL && error != EACCES) || address == NULL ||
        length < sizeof(struct sockaddr_in) || length > ENDPOINT_SOCKADDR_MAX ||
        (address->sa_family != AF_INET && address->sa_family != AF_INET6))
        return false;
    *repeat = (struct repeat){.step = REPEAT_LOOK};
    return repeat_is_first(told, PLACES_MAX, place * 2 + (error == EACCES) + 1);
}

void explain_failure(const struct made *made, const struct repeat *repeat)
{
    struct room room;

    if ((repeat->step == REPEAT_LOOK && helped_tells(made, repeat, tell)) || !say_open(&room))
        return;
    if (repeat->step == REPEAT_LOOK)
        tell(made, repeat, &room);
    else if (repeat->step == REPEAT_WALK)
        tell_walk(made, repeat, &room);
    else
        tell_short(made, repeat, &room);
    say_close(&room);
}

void explain_walks(bool at_exit)
{
    struct walk_last last;

    while (walk_take_last(sys_monotonic_ms(), at_exit, &last)) {
        const struct failed_call *failure = &last.failure;
        struct trace trace = {1, {failure->place}};
        struct made made = {
            .call = failure->call,
            .fd = failure->fd,
            .local = endpoint_from_sockaddr(failure->address, failure->length),
            .result = -1,
            .error = EADDRINUSE,
            .trace = &trace,
            .past = failure->past,
            .later = true,
        };
        struct repeat repeat = repeat_resume(failure);

        explain_failure(&made, &repeat);
    }
}

void explain_log(const struct made *made)
{
    struct room room;
    struct record record;

    if (!say_open(&room))
        return;
    record = record_of(made, made->call == CALL_BIND ? EVENT_BIND : EVENT_LISTEN, &room);
    record.protocol = protocol_of_socket(made->fd, &room);
    say_write(&room, &record);
    say_close(&room);
}

void explain_log_socket(int domain, int type, int result, int error)
{
    struct room room;
    struct record record;

    if (!say_open(&room))
        return;
    record = say_record(&room, EVENT_SOCKET, CALL_SOCKET, result);
    record.domain = domain;
    record.type = type;
    record.result = result;
    record.error = error;
    say_write(&room, &record);
    say_close(&room);
}

void explain_log_option(int fd, int level, int option, int value, int result, int error)
{
    struct room room;
    struct record record;

    if (!say_open(&room))
        return;
    record = say_record(&room, EVENT_SETSOCKOPT, CALL_SETSOCKOPT, fd);
    record.level = level;
    record.option = option;
    record.value = value;
    record.result = result;
    record.error = error;
    say_write(&room, &record);
    say_close(&room);
}

void explain_policy(enum event event, const struct made *made, int level, int option, int value,
                    const char *why)
{
    struct room room;
    struct record record;
    int domain, type;

    if (!say_open(&room))
        return;
    record = say_record(&room, event, made->call, made->fd);
    record.address = made->local;
    newcomer_kind(made->fd, &domain, &type, &record.protocol);
    record.level = level;
    record.option = option;
    record.value = value;
    record.text = why;
    say_write(&room, &record);
    say_close(&room);
}
