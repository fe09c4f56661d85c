#include "hook/calls.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/rare.h"
#include "base/sys.h"
#include "confine/confinement.h"
#include "facts/newcomer.h"
#include "facts/recall.h"
#include "hook/apply.h"
#include "hook/capture.h"
#include "hook/explain.h"
#include "hook/guard.h"
#include "hook/last_word.h"
#include "hook/misuse.h"
#include "hook/next.h"
#include "hook/remember.h"
#include "hook/setup.h"
#include "table/descriptor.h"
#include "past/history.h"
#include "table/table.h"

/* ---- socket ---- */

bool calls_log_unbound(enum protocol protocol, int domain)
{
    struct policy_subject subject = {.protocol = protocol, .family = family_of_domain(domain)};

    return policy_rule_has(policy_match(&setup_settings()->policy, &subject), ACTION_LOG);
}

HOT enum protocol protocol_asked(int domain, int type, int protocol)
{
    int bare = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (bare == SOCK_STREAM && protocol == 0 && (domain == AF_INET || domain == AF_INET6))
        return PROTOCOL_TCP; /* the usual, without a call */
    return protocol_of(domain, bare, protocol);
}

RARE static int log_socket(int domain, int type, int protocol, int fd)
{
    int error = errno;

    if (calls_log_unbound(protocol_asked(domain, type, protocol), domain) && guard_enter()) {
        explain_log_socket(domain, type, fd, fd < 0 ? error : 0);
        guard_leave();
    }
    errno = error;
    return fd;
}

/* A call of PLACE (0 = none that ends a walk) has worked while walks are open. */
RARE static void look_after_walks(uintptr_t place)
{
    int error = errno;

    if (guard_enter()) {
        if (place != 0)
            walk_worked(place);
        confinement_hold();
        explain_walks(false);
        confinement_release();
        guard_leave();
    }
    errno = error;
}

int calls_socket(int domain, int type, int protocol)
{
    int fd = next_socket(domain, type, protocol);

    if (fd >= 0) {
        descriptor_open(fd, protocol_asked(domain, type, protocol));
        history_forget(fd);
    }
    setup_stacks();
    if (walk_is_open())
        look_after_walks(0);
    return setup_mode() == MODE_POLICY ? log_socket(domain, type, protocol, fd) : fd;
}

/* ---- bind and listen ---- */

/* Copies the program's sockaddr to LOCAL: after the kernel has accepted it, or where it can be
 * read. */
static void read_address(const struct sockaddr *address, socklen_t length, bool accepted,
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

/* FD was bound to LOCAL, in order: the table's entry is about the descriptor as it was before. */
static void remember(const struct endpoint *local, int fd, const struct trace *trace)
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

/* After the kernel's answer: what this process should remember, and what should be told. REPEAT is
 * that of explain_wants(), or NULL if nothing is wanted. */
static void conclude(struct made *made, bool logs, const struct repeat *repeat)
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
            walk_worked(made->place);
        explain_walks(false);
    }
    if (logs)
        explain_log(made);
    misuse_check_made(made);
    if (asks)
        confinement_release();
    if (binds)
        remember(&made->local, made->fd, &trace);
    else if (made->call == CALL_BIND)
        follow_failed_bind(made);
    else if (made->result == 0) {
        descriptor_listen(made->fd);
        history_listen(made->fd);
    }
}

/* One answer of the kernel, with errno as the program had it before. */
static int ask(const struct made *made, int before)
{
    errno = before;
    return made->call == CALL_BIND ? next_bind(made->fd, made->address, made->length)
                                   : next_listen(made->fd, made->backlog);
}

/* So that nobody wonders what the program waits for. */
static void explain_before_waiting(struct made *made, uint32_t waits_ms)
{
    struct trace trace;
    struct repeat repeat;

    if (!guard_enter())
        return;
    if (explain_wants(made, &repeat)) {
        capture_stack(&trace);
        made->trace = &trace;
        made->waits_ms = waits_ms;
        explain_failure(made, &repeat);
        made->waits_ms = 0;
    }
    guard_leave();
}

/* Asks the kernel under PLAN, and again if the plan says so. */
static int ask_under(const struct plan *plan, struct made *made, int before)
{
    int64_t started_ms = 0;

    apply_before(plan, made);
    for (;;) {
        int result = ask(made, before);
        int error = errno;

        if (result == 0 || error != EADDRINUSE)
            return result;
        made->result = result;
        made->error = error;
        if (!apply_unlink(plan, made)) {
            if (apply_waits(plan) > 0 && started_ms == 0)
                explain_before_waiting(made, apply_waits(plan));
            if (!apply_wait(plan, &started_ms)) {
                errno = error;
                return result;
            }
        }
    }
}

/* A filter may kill for getsockname, but not for the look whether there is one. */
static struct endpoint bound_address(int fd)
{
    return confinement_is_on() ? recall_local(fd) : newcomer_local(fd);
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
        read_address(made->address, made->length, true, &made->local);
    if (made->call == CALL_LISTEN && (made->error == EADDRINUSE || logs))
        made->local = bound_address(made->fd);
    conclude(made, logs,
             wants_telling(made, &repeat) ? &repeat : NULL);
    guard_leave();
}

static int finish(struct made *made, int result, bool logs)
{
    int error = errno;

    made->result = result;
    made->error = result < 0 ? error : 0;
    conclude_guarded(made, logs);
    errno = error;
    return result;
}

/* Rules that change nothing, under a filter that may kill for any call that the program does not
 * make itself: what the socket is comes from memory, and its address is read when the kernel has
 * read it. */
static int watch_confined(struct made *made, int before)
{
    struct policy_subject subject = {descriptor_protocol(made->fd), FAMILY_OTHER, &made->local,
                                     NULL};
    const struct policy_rule *rule;
    int result = ask(made, before), error = errno;

    if (made->call == CALL_LISTEN)
        table_last_of(made->fd, &made->local);
    else if (result == 0 || error == EADDRINUSE)
        read_address(made->address, made->length, true, &made->local);
    if (made->local.family != FAMILY_NONE)
        subject.family = made->local.family;
    rule = policy_match(&setup_settings()->policy, &subject);
    errno = error;
    return policy_rule_has(rule, ACTION_OFF)
               ? result
               : finish(made, result, policy_rule_has(rule, ACTION_LOG));
}

RARE static int make_under_policy(struct made *made)
{
    int before = errno;
    struct plan plan;

    made->past = descriptor_word(made->fd);
    if (setup_only_watches() && confinement_is_on())
        return watch_confined(made, before);
    if (made->call == CALL_BIND)
        read_address(made->address, made->length, false, &made->local);
    else
        made->local = newcomer_local(made->fd);
    plan = apply_decide(made);
    if (policy_rule_has(plan.rule, ACTION_OFF))
        return ask(made, before);
    return finish(made, ask_under(&plan, made, before), policy_rule_has(plan.rule, ACTION_LOG));
}

RARE static int bind_under_policy(int fd, const struct sockaddr *address, socklen_t length,
                                  uintptr_t place)
{
    struct made made = {.call = CALL_BIND, .fd = fd, .address = address, .length = length,
                        .place = place};

    return make_under_policy(&made);
}

/* ERROR, of the bind that FAILURE is, is to be told (REPEAT), or says nothing. */
static void conclude_failed_bind(const struct failure *failure, int error,
                                 const struct repeat *repeat)
{
    struct made made = {.call = CALL_BIND, .fd = failure->fd, .address = failure->address,
                        .length = failure->length, .result = -1, .error = error,
                        .place = failure->place, .past = failure->past};

    if (repeat != NULL)
        read_address(made.address, made.length, true, &made.local);
    conclude(&made, false, repeat);
}

/* Apart, but not rare: a program may try a thousand ports, or one port a thousand times. What has
 * been told, or is a step of a walk, costs no more than a count. */
__attribute__((noinline)) static int bind_failed(int fd, const struct sockaddr *address,
                                                 socklen_t length, uintptr_t place)
{
    struct failure failure = {CALL_BIND, fd, descriptor_word(fd), place, address, length};
    struct repeat repeat = {.step = REPEAT_SILENT};
    int error = errno;

    if (!guard_enter())
        return -1;
    if (error == EADDRINUSE && address != NULL && length <= ENDPOINT_SOCKADDR_MAX)
        repeat = repeat_count(&failure, sys_monotonic_ms());
    else if (!explain_wants_once(error, address, length, place, &repeat))
        repeat.step = REPEAT_SILENT;
    if (repeat.step != REPEAT_SILENT || !descriptor_failed_before(failure.past))
        conclude_failed_bind(&failure, error, repeat.step == REPEAT_SILENT ? NULL : &repeat);
    guard_leave();
    errno = error;
    return -1;
}

/* The usual, in one function: each of our own frames on the stack makes the walk longer. */
int calls_bind(int fd, const struct sockaddr *address, socklen_t length, uintptr_t place)
{
    struct endpoint local;
    struct trace trace;
    int error;

    if (setup_mode() == MODE_POLICY)
        return bind_under_policy(fd, address, length, place);
    if (next_bind(fd, address, length) < 0)
        return bind_failed(fd, address, length, place);
    if (!guard_enter())
        return 0;
    error = errno;
    capture_stack(&trace);
    read_address(address, length, true, &local);
    remember(&local, fd, &trace);
    guard_leave();
    errno = error;
    if (walk_is_open())
        look_after_walks(place);
    return 0;
}

/* Without rules, a listen that worked needs no more than its note, unless something was wrong
 * before it. */
static bool is_settled(int fd, int result)
{
    if (result != 0 || misuse_expects_listen(fd))
        return false;
    descriptor_listen(fd);
    history_listen(fd);
    return true;
}

RARE static int listen_under_policy(int fd, int backlog, uintptr_t place)
{
    struct made made = {.call = CALL_LISTEN, .fd = fd, .backlog = backlog, .place = place};

    return make_under_policy(&made);
}

RARE static int listen_unsettled(int fd, int backlog, int result, uintptr_t place)
{
    struct made made = {.call = CALL_LISTEN, .fd = fd, .backlog = backlog, .place = place,
                        .past = descriptor_word(fd)};

    return finish(&made, result, false);
}

int calls_listen(int fd, int backlog, uintptr_t place)
{
    int result;

    if (setup_mode() == MODE_POLICY)
        return listen_under_policy(fd, backlog, place);
    result = next_listen(fd, backlog);
    if (!is_settled(fd, result))
        return listen_unsettled(fd, backlog, result, place);
    if (walk_is_open())
        look_after_walks(place);
    return result;
}
