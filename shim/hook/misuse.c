#include "hook/misuse.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>

#include "base/sys.h"
#include "confine/confinement.h"
#include "facts/newcomer.h"
#include "hook/capture.h"
#include "hook/filter.h"
#include "table/descriptor.h"
#include "table/table.h"

enum {
    NOTES_MAX = 8,
    TOLD_MAX = 32,
    ELSEWHERE_MAX = 4096,
    FAILURES_MAX = 16,
    FAILURES_EACH_MS = 1000 /* so many of them are looked at in that time */
};

/* A suspicious setsockopt: where it was made. The newest NOTES_MAX; a note is only read back if the
 * descriptor's own past says that there is one. Torn writes by two threads at once could mix up two
 * stacks of misuse: 'owner' says which descriptor a note belongs to, and is written last. */
struct note {
    _Atomic int owner; /* descriptor + 1 */
    int level;
    int error; /* errno, or 0 where the call worked */
    struct trace trace;
};

static struct note notes[NOTES_MAX];
static _Atomic unsigned int next_note;

/* SO_COOKIE of the sockets whose bind failed last: a number may go to another socket. */
static _Atomic uint64_t failures[FAILURES_MAX];
static _Atomic unsigned int next_failure;

/* Failures looked at since then. Two threads at once may count one too few. */
static _Atomic unsigned int looked_at;
static _Atomic int64_t looked_since_ms;

/* What has been told: the misuse and the place of the call. */
static _Atomic uintptr_t told[TOLD_MAX];

static bool tell_once(enum misuse misuse, const struct trace *trace)
{
    uintptr_t place = trace->count > 0 ? trace->pc[0] : 1;

    return repeat_is_first(told, TOLD_MAX, place * MISUSE_COUNT + (uintptr_t)misuse);
}

/* ERROR is the errno of a setsockopt that failed, or 0. */
static void tell(enum misuse misuse, enum call call, int fd, int level, int error, int other_fd,
                 const struct trace *trace)
{
    struct room room;
    struct record record;
    int domain, type;

    if (!tell_once(misuse, trace) || !say_open(&room))
        return;
    record = say_record(&room, EVENT_MISUSE, call, fd);
    record.misuse = misuse;
    record.level = level;
    if (misuse != MISUSE_IGNORED_FAILURE) { /* which is about no option */
        record.option = SO_REUSEADDR;
        record.value = 1;
    }
    if (error != 0) {
        record.result = -1;
        record.error = error;
    }
    record.other_fd = other_fd;
    record.address = newcomer_local(fd);
    newcomer_kind(fd, &domain, &type, &record.protocol);
    record.stack = say_stack(trace, &room);
    say_write(&room, &record);
    say_close(&room);
}

static void note(int fd, int level, enum option_kind kind, int error)
{
    struct note *place = &notes[atomic_fetch_add(&next_note, 1) % NOTES_MAX];
    struct option_event event = {.kind = kind, .value = true};

    atomic_store(&place->owner, 0);
    place->level = level;
    place->error = error;
    capture_stack(&place->trace);
    atomic_store(&place->owner, fd + 1);
    descriptor_option(fd, &event);
}

/* SO_REUSEADDR is 2, which is IP_TTL and TCP_MAXSEG at those levels: a value of 1 makes it
 * suspicious, no more. */
void misuse_note_option(int fd, int level, int option, const void *value, unsigned int length,
                        int result, int error)
{
    int number;

    if (descriptor_phase(fd) != PHASE_FRESH || option != SO_REUSEADDR)
        return;
    if (level == SOL_SOCKET && result < 0 && error == EINVAL && length < sizeof number) {
        note(fd, level, OPTION_WRONG_LENGTH, error);
        return;
    }
    if ((level != IPPROTO_IP && level != IPPROTO_TCP) || length < sizeof number ||
        (result < 0 && (confinement_is_on() || !sys_readable(value, sizeof number))))
        return;
    memcpy(&number, value, sizeof number);
    if (number == 1)
        note(fd, level, OPTION_WRONG_LEVEL, result < 0 ? error : 0);
}

static bool is_connected(int fd)
{
    char bytes[ENDPOINT_SOCKADDR_MAX];
    socklen_t length = sizeof bytes;

    return sys_call(SYS_getpeername, fd, bytes, &length) == 0;
}

static bool option_is_on(int fd)
{
    int now;

    return sys_get_option(fd, SOL_SOCKET, SO_REUSEADDR, &now) == 0 && now != 0;
}

/* Was FD bound to port 0? Nobody starts again on a port that the kernel chose. */
static bool has_any_port(int fd, const struct endpoint *local)
{
    enum { LOOKED_AT = 64 };
    struct bound *found;
    struct room room;
    bool any = false;
    size_t i = 0, count = 0;

    if (!say_open(&room))
        return false;
    found = scratch_take(&room.scratch, LOOKED_AT * sizeof *found);
    if (found != NULL)
        count = table_find(descriptor_protocol(fd), local, found, LOOKED_AT);
    while (i < count && found[i].fd != fd)
        i++;
    any = i < count && found[i].local.port == 0;
    say_close(&room);
    return any;
}

/* The descriptor may be another socket by now: an accepted one has a peer, and one that was not
 * bound has no port. Of other protocols than TCP none keeps a port in TIME_WAIT, and raw and ping
 * sockets have had the option from the start. */
void misuse_check_late(int fd)
{
    enum phase phase = descriptor_phase(fd);
    struct descriptor past;
    struct endpoint local;
    struct trace trace;
    enum protocol protocol;
    int domain, type;

    if (phase != PHASE_BOUND && phase != PHASE_LISTENING)
        return;
    past = descriptor_get(fd);
    if (descriptor_option_at_bind(&past, OPTION_REUSEADDR) != ANSWER_NO ||
        filter_is_on || confinement_is_on())
        return;
    if (newcomer_kind(fd, &domain, &type, &protocol) < 0 || protocol != PROTOCOL_TCP)
        return;
    local = newcomer_local(fd);
    if (local.port == 0 || is_connected(fd)) {
        descriptor_forget(fd);
        return;
    }
    if (has_any_port(fd, &local))
        return;
    capture_stack(&trace);
    tell(MISUSE_SET_AFTER_BIND, CALL_SETSOCKOPT, fd, SOL_SOCKET, 0, -1, &trace);
}

void misuse_check_datagram(int fd)
{
    struct trace trace;
    enum protocol protocol;
    int domain, type;

    if (newcomer_kind(fd, &domain, &type, &protocol) < 0 || type != SOCK_DGRAM ||
        domain == AF_UNIX)
        return;
    capture_stack(&trace);
    tell(MISUSE_DATAGRAM_REUSE, CALL_SETSOCKOPT, fd, SOL_SOCKET, 0, -1, &trace);
}

static void tell_notes(int fd)
{
    struct descriptor past = descriptor_get(fd);

    for (size_t i = 0; i < past.event_count; i++) {
        enum option_kind kind = past.events[i].kind;

        if (kind != OPTION_WRONG_LEVEL && kind != OPTION_WRONG_LENGTH)
            continue;
        for (size_t n = 0; n < NOTES_MAX; n++)
            if (atomic_load(&notes[n].owner) == fd + 1 &&
                (notes[n].level == SOL_SOCKET) == (kind == OPTION_WRONG_LENGTH))
                tell(kind == OPTION_WRONG_LEVEL ? MISUSE_WRONG_LEVEL : MISUSE_WRONG_LENGTH,
                     CALL_SETSOCKOPT, fd, notes[n].level, notes[n].error, -1, &notes[n].trace);
    }
}

bool misuse_expects_listen(int fd)
{
    return descriptor_phase(fd) == PHASE_BIND_FAILED || descriptor_missed(fd);
}

static void note_failure(int fd)
{
    atomic_store(&failures[atomic_fetch_add(&next_failure, 1) % FAILURES_MAX], newcomer_cookie(fd));
}

/* Is it the very socket whose bind failed, with a port of the kernel's choice now? */
static bool failed_before(int fd)
{
    uint64_t cookie = newcomer_cookie(fd);

    for (size_t i = 0; cookie != 0 && i < FAILURES_MAX; i++)
        if (atomic_load(&failures[i]) == cookie)
            return newcomer_local(fd).port != 0;
    return false;
}

/* Who tries again and again, each time with a new socket, must not pay for a look at each. */
static bool may_look(void)
{
    int64_t now = sys_monotonic_ms();

    if (now - atomic_load(&looked_since_ms) >= FAILURES_EACH_MS) {
        atomic_store(&looked_since_ms, now);
        atomic_store(&looked_at, 0);
    }
    return atomic_fetch_add(&looked_at, 1) < FAILURES_MAX;
}

/* A wrong option costs something where the right one would have mattered: at a bind that failed,
 * and on a listener. */
void misuse_check_made(const struct made *made)
{
    bool worked = made->result == 0;
    bool again = descriptor_phase(made->fd) == PHASE_BIND_FAILED;
    bool failed = made->call == CALL_BIND && !worked && !again;
    bool ignored = made->call == CALL_LISTEN && worked && again;
    bool missed = (!worked || made->call == CALL_LISTEN) && descriptor_missed(made->fd);
    struct trace trace;

    if ((!failed && !ignored && !missed) || (worked ? filter_is_on : !may_look()) ||
        confinement_is_on())
        return;
    if (failed)
        note_failure(made->fd);
    if (ignored && failed_before(made->fd)) {
        capture_stack(&trace); /* of a listen that works none is taken otherwise */
        tell(MISUSE_IGNORED_FAILURE, CALL_LISTEN, made->fd, 0, 0, -1, &trace);
    }
    if (missed && !option_is_on(made->fd))
        tell_notes(made->fd);
}

static bool asked_for_reuse(const struct descriptor *past)
{
    for (size_t i = 0; i < past->event_count; i++)
        if (past->events[i].kind == OPTION_REUSEADDR && past->events[i].value &&
            !past->events[i].by_policy && !past->events[i].failed)
            return true;
    return false;
}

void misuse_look_elsewhere(const struct made *made, enum protocol protocol, struct room *room)
{
    int fd;

    (void)room;
    for (fd = 0; fd < ELSEWHERE_MAX; fd++) {
        struct descriptor past;
        enum protocol other;
        int domain, type;

        if (fd == made->fd || descriptor_phase(fd) != PHASE_FRESH)
            continue;
        past = descriptor_get(fd);
        if (!asked_for_reuse(&past) || newcomer_kind(fd, &domain, &type, &other) < 0 ||
            other != protocol || newcomer_local(fd).port != 0 || !option_is_on(fd))
            continue;
        tell(MISUSE_SET_ON_OTHER_SOCKET, made->call, made->fd, SOL_SOCKET, 0, fd, made->trace);
        return;
    }
}
