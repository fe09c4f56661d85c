/* What follows from a call: what is remembered of it, and what is told. */
#include "hook/calls_parts.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/sys.h"
#include "confine/confinement.h"
#include "facts/newcomer.h"
#include "facts/own_binds.h"
#include "hook/capture.h"
#include "hook/guard.h"
#include "hook/last_word.h"
#include "hook/misuse.h"
#include "hook/remember.h"
#include "past/history.h"
#include "table/table.h"

void calls_read_address(const struct sockaddr *address, socklen_t length, bool accepted,
                        struct endpoint *local)
{
    _Alignas(struct sockaddr_storage) char bytes[ENDPOINT_SOCKADDR_MAX];

    local->family = FAMILY_NONE;
    if (length > sizeof bytes || address == NULL || (!accepted && !sys_readable(address, length)))
        return;
    if (length == sizeof(struct sockaddr_in)) /* the usual, without a loop */
        memcpy(bytes, address, sizeof(struct sockaddr_in));
    else
        memcpy(bytes, address, length);
    *local = endpoint_from_sockaddr(bytes, length);
}

HOT bool is_memorable(const struct endpoint *local)
{
    return local->family > FAMILY_NONE && local->family < FAMILY_OTHER;
}

/* In order: the table's entry is about the descriptor as it was before. */
void calls_remember(const struct endpoint *local, int fd, const struct trace *trace)
{
    enum protocol protocol =
        local->family == FAMILY_UNIX ? PROTOCOL_UNIX : descriptor_protocol(fd);

    if (is_memorable(local))
        table_add(protocol, local, fd, trace);
    descriptor_bind(fd, true);
    if (is_memorable(local))
        remember_bind(protocol, local, fd, trace);
    if (atomic_load_explicit(&last_word_is_kept, memory_order_relaxed))
        last_word_forget(local);
}

/* A socket that is bound already stays so when a second bind is refused with EINVAL. */
static void follow_failed_bind(const struct made *made)
{
    enum phase phase = descriptor_phase(made->fd);

    if (made->error != EINVAL || (phase != PHASE_BOUND && phase != PHASE_LISTENING))
        descriptor_bind(made->fd, false);
}

void calls_conclude(struct made *made, bool logs, const struct repeat *repeat)
{
    struct trace trace;
    bool binds = made->call == CALL_BIND && made->result == 0;
    bool asks = made->result != 0 || logs;

    if (asks)
        confinement_hold();
    made->trace = &trace;
    trace.count = 0;
    if (binds || repeat != NULL || logs)
        capture_stack(&trace);
    if (repeat != NULL)
        explain_failure(made, repeat);
    if (walk_is_open() && (made->result == 0 || repeat != NULL)) {
        if (made->result == 0)
            walk_worked(made->place, made->call == CALL_BIND ? made->local.port : 0);
        explain_walks(false);
    }
    if (logs)
        explain_log(made);
    misuse_check_made(made);
    if (asks)
        confinement_release();
    if (binds)
        calls_remember(&made->local, made->fd, &trace);
    else if (made->call == CALL_BIND)
        follow_failed_bind(made);
    else if (made->result == 0) {
        descriptor_listen(made->fd);
        history_listen(made->fd);
    }
}

/* A filter may kill for getsockname, but not for the look whether there is one. */
static struct endpoint bound_address(int fd)
{
    return confinement_is_on() ? own_binds_local(fd) : newcomer_local(fd);
}

static bool wants_telling(const struct made *made, struct repeat *repeat)
{
    if (made->error == EADDRINUSE)
        return explain_wants(made, repeat);
    return made->call == CALL_BIND && made->local.family != FAMILY_NONE &&
           explain_wants_once(made->error, made->address, made->length, made->place, repeat);
}

/* Remembers and tells, unless this thread is at it already (a signal handler's call). */
static void conclude_guarded(struct made *made, bool logs)
{
    bool matters = made->result == 0 || made->error == EADDRINUSE;
    struct repeat repeat;

    if (!guard_enter())
        return;
    if (made->call == CALL_BIND && made->local.family == FAMILY_NONE && matters)
        calls_read_address(made->address, made->length, true, &made->local);
    if (made->call == CALL_LISTEN && (made->error == EADDRINUSE || logs))
        made->local = bound_address(made->fd);
    calls_conclude(made, logs, wants_telling(made, &repeat) ? &repeat : NULL);
    guard_leave();
}

int calls_finish(struct made *made, int result, bool logs)
{
    int error = errno;

    made->result = result;
    made->error = result < 0 ? error : 0;
    conclude_guarded(made, logs);
    errno = error;
    return result;
}
