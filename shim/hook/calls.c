#include "hook/calls.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/sys.h"
#include "facts/newcomer.h"
#include "hook/apply.h"
#include "hook/capture.h"
#include "hook/explain.h"
#include "hook/guard.h"
#include "hook/misuse.h"
#include "hook/next.h"
#include "hook/remember.h"
#include "hook/setup.h"
#include "memory/descriptor.h"
#include "memory/history.h"
#include "memory/table.h"

static bool logs_unbound(enum protocol protocol, enum family family)
{
    struct policy_subject subject = {protocol, family, NULL};

    return setup_mode() == MODE_POLICY &&
           policy_rule_has(policy_match(&setup_settings()->policy, &subject), ACTION_LOG);
}

/* ---- socket ---- */

static enum family family_of(int domain)
{
    return domain == AF_INET    ? FAMILY_INET
           : domain == AF_INET6 ? FAMILY_INET6
           : domain == AF_UNIX  ? FAMILY_UNIX
                                : FAMILY_OTHER;
}

int calls_socket(int domain, int type, int protocol)
{
    int fd = next_socket(domain, type, protocol);
    int error = errno;
    enum protocol kind =
        protocol_of(domain, type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), protocol);

    if (fd >= 0) {
        descriptor_open(fd, kind);
        history_forget(fd);
    }
    setup_stacks();
    if (logs_unbound(kind, family_of(domain)) && guard_enter()) {
        explain_log_socket(domain, type, fd, fd < 0 ? error : 0);
        guard_leave();
    }
    errno = error;
    return fd;
}

/* ---- setsockopt ---- */

static bool option_kind_of(int level, int option, enum option_kind *kind)
{
    if (level == SOL_SOCKET && option == SO_REUSEADDR)
        *kind = OPTION_REUSEADDR;
    else if (level == SOL_SOCKET && option == SO_REUSEPORT)
        *kind = OPTION_REUSEPORT;
    else if (level == IPPROTO_IPV6 && option == IPV6_V6ONLY)
        *kind = OPTION_V6ONLY;
    else
        return false;
    return true;
}

/* The kernel has read an int from VALUE if the call worked; but of IPV6_V6ONLY it takes no memory
 * at all for 0. Test: tests/hostile/bad_input_gets_the_kernels_answer.c */
static void note_option(int fd, enum option_kind kind, const void *value, bool worked)
{
    struct option_event event = {.kind = kind, .failed = !worked};
    int number = 0;

    if (worked && value != NULL)
        memcpy(&number, value, sizeof number);
    event.value = number != 0;
    descriptor_option(fd, &event);
    if (worked)
        history_option(fd, kind, event.value);
    if (kind == OPTION_REUSEADDR && worked && setup_mode() == MODE_POLICY)
        apply_keep(fd, number);
    if (kind == OPTION_REUSEADDR && number != 0)
        misuse_check_late(fd);
}

static void log_option(int fd, int level, int option, const void *value, socklen_t length,
                       int result, int error)
{
    enum protocol protocol;
    int domain, type, number = 0;

    if (newcomer_kind(fd, &domain, &type, &protocol) < 0 ||
        !logs_unbound(protocol, family_of(domain)))
        return;
    if (length >= sizeof number && (result == 0 || sys_readable(value, sizeof number)))
        memcpy(&number, value, sizeof number);
    explain_log_option(fd, level, option, number, result, error);
    if (option == SO_REUSEADDR && number != 0 && result == 0)
        misuse_check_datagram(fd);
}

int calls_setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
    int result = next_setsockopt(fd, level, option, value, length);
    enum option_kind kind;
    int error;

    if (!option_kind_of(level, option, &kind) && option != SO_REUSEADDR)
        return result;
    error = errno;
    if (option_kind_of(level, option, &kind))
        note_option(fd, kind, value, result == 0);
    if (guard_enter()) {
        if (option == SO_REUSEADDR)
            misuse_note_option(fd, level, option, value, length, result, error);
        if (level == SOL_SOCKET && setup_mode() == MODE_POLICY)
            log_option(fd, level, option, value, length, result, result < 0 ? error : 0);
        guard_leave();
    }
    errno = error;
    return result;
}

/* ---- bind and listen ---- */

/* Copies the program's sockaddr: after the kernel has accepted it, or where it can be read. */
static struct endpoint read_address(const struct sockaddr *address, socklen_t length,
                                    bool accepted)
{
    char bytes[ENDPOINT_SOCKADDR_MAX];

    if (length > sizeof bytes || address == NULL || (!accepted && !sys_readable(address, length)))
        return (struct endpoint){.family = FAMILY_NONE};
    memcpy(bytes, address, length);
    return endpoint_from_sockaddr(bytes, length);
}

static bool is_memorable(const struct made *made)
{
    return made->call == CALL_BIND && made->result == 0 && made->local.family != FAMILY_OTHER &&
           made->local.family != FAMILY_NONE;
}

static void remember(const struct made *made)
{
    enum protocol protocol =
        made->local.family == FAMILY_UNIX ? PROTOCOL_UNIX : descriptor_protocol(made->fd);

    table_add(protocol, &made->local, made->fd, made->trace);
}

/* A socket that is bound already stays so when a second bind is refused with EINVAL. */
static void follow_bind(const struct made *made)
{
    enum phase phase = descriptor_phase(made->fd);

    if (made->error != EINVAL || (phase != PHASE_BOUND && phase != PHASE_LISTENING))
        descriptor_bind(made->fd, made->result == 0);
}

/* After the kernel's answer: what this process should remember, and what should be told. */
static void conclude(struct made *made, bool logs)
{
    struct trace trace;

    made->trace = &trace;
    trace.count = 0;
    if (made->call == CALL_BIND || made->error == EADDRINUSE || logs)
        capture_stack(&trace);
    if (is_memorable(made))
        remember(made);
    if (made->result < 0 && made->error == EADDRINUSE)
        explain_failure(made);
    if (logs)
        explain_log(made);
    misuse_check_made(made);
    if (made->call == CALL_BIND)
        follow_bind(made);
    if (is_memorable(made))
        remember_bind(&made->local, made->fd, made->trace);
    if (made->result == 0 && made->call == CALL_LISTEN) {
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
static void explain_before_waiting(struct made *made)
{
    struct trace trace;

    if (!guard_enter())
        return;
    capture_stack(&trace);
    made->trace = &trace;
    explain_failure(made);
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
            if (apply_waits(plan) && started_ms == 0)
                explain_before_waiting(made);
            if (!apply_wait(plan, &started_ms)) {
                errno = error;
                return result;
            }
        }
    }
}

/* Remembers and tells, unless this thread is at it already (a signal handler's call). */
static void conclude_guarded(struct made *made, bool logs)
{
    bool accepted = made->result == 0 || made->error == EADDRINUSE;

    if (!guard_enter())
        return;
    if (made->call == CALL_BIND && made->local.family == FAMILY_NONE)
        made->local = read_address(made->address, made->length, accepted);
    if (made->call == CALL_LISTEN && (made->result < 0 || logs))
        made->local = newcomer_local(made->fd);
    conclude(made, logs);
    guard_leave();
}

static int make(struct made *made)
{
    int before = errno, error, result;
    bool logs = false;

    if (setup_mode() == MODE_POLICY) {
        struct plan plan;

        made->local = made->call == CALL_BIND ? read_address(made->address, made->length, false)
                                              : newcomer_local(made->fd);
        plan = apply_decide(made);
        if (policy_rule_has(plan.rule, ACTION_OFF))
            return ask(made, before);
        logs = policy_rule_has(plan.rule, ACTION_LOG);
        result = ask_under(&plan, made, before);
    } else {
        result = ask(made, before);
    }
    error = errno;
    made->result = result;
    made->error = result < 0 ? error : 0;
    conclude_guarded(made, logs);
    errno = error;
    return result;
}

int calls_bind(int fd, const struct sockaddr *address, socklen_t length)
{
    struct made made = {.call = CALL_BIND, .fd = fd, .address = address, .length = length};

    return make(&made);
}

int calls_listen(int fd, int backlog)
{
    struct made made = {.call = CALL_LISTEN, .fd = fd, .backlog = backlog};

    return make(&made);
}
