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

/* ---- socket ---- */

static enum family family_of(int domain)
{
    return domain == AF_INET    ? FAMILY_INET
           : domain == AF_INET6 ? FAMILY_INET6
           : domain == AF_UNIX  ? FAMILY_UNIX
                                : FAMILY_OTHER;
}

bool calls_log_unbound(enum protocol protocol, int domain)
{
    struct policy_subject subject = {protocol, family_of(domain), NULL};

    return policy_rule_has(policy_match(&setup_settings()->policy, &subject), ACTION_LOG);
}

__attribute__((cold, noinline)) static void log_socket(int domain, int type, enum protocol protocol, int fd)
{
    int error = errno;

    if (calls_log_unbound(protocol, domain) && guard_enter()) {
        explain_log_socket(domain, type, fd, fd < 0 ? error : 0);
        guard_leave();
    }
    errno = error;
}

int calls_socket(int domain, int type, int protocol)
{
    int fd = next_socket(domain, type, protocol);
    enum protocol kind =
        protocol_of(domain, type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), protocol);

    if (fd >= 0) {
        descriptor_open(fd, kind);
        history_forget(fd);
    }
    setup_stacks();
    if (setup_mode() == MODE_POLICY)
        log_socket(domain, type, kind, fd);
    return fd;
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
    struct repeat repeat;
    bool tells = made->error == EADDRINUSE && explain_wants(made, &repeat);

    made->trace = &trace;
    trace.count = 0;
    if (is_memorable(made) || tells || logs)
        capture_stack(&trace);
    if (is_memorable(made))
        remember(made);
    if (tells)
        explain_failure(made, &repeat);
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
    struct repeat repeat;

    if (!guard_enter())
        return;
    if (explain_wants(made, &repeat)) {
        capture_stack(&trace);
        made->trace = &trace;
        explain_failure(made, &repeat);
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

static int finish(struct made *made, int result, bool logs)
{
    int error = errno;

    made->result = result;
    made->error = result < 0 ? error : 0;
    conclude_guarded(made, logs);
    errno = error;
    return result;
}

__attribute__((cold, noinline)) static int make_under_policy(struct made *made)
{
    int before = errno;
    struct plan plan;

    made->local = made->call == CALL_BIND ? read_address(made->address, made->length, false)
                                          : newcomer_local(made->fd);
    plan = apply_decide(made);
    if (policy_rule_has(plan.rule, ACTION_OFF))
        return ask(made, before);
    return finish(made, ask_under(&plan, made, before), policy_rule_has(plan.rule, ACTION_LOG));
}

int calls_bind(int fd, const struct sockaddr *address, socklen_t length)
{
    struct made made = {.call = CALL_BIND, .fd = fd, .address = address, .length = length};

    if (setup_mode() == MODE_POLICY)
        return make_under_policy(&made);
    return finish(&made, next_bind(fd, address, length), false);
}

/* Without rules, a listen that worked needs no more than its note, unless something was wrong before
 * it. */
static bool is_settled(int fd, int result)
{
    if (result != 0 || misuse_expects_listen(fd))
        return false;
    descriptor_listen(fd);
    history_listen(fd);
    return true;
}

int calls_listen(int fd, int backlog)
{
    struct made made;
    int result;

    if (setup_mode() == MODE_POLICY) {
        made = (struct made){.call = CALL_LISTEN, .fd = fd, .backlog = backlog};
        return make_under_policy(&made);
    }
    result = next_listen(fd, backlog);
    if (is_settled(fd, result))
        return result;
    made = (struct made){.call = CALL_LISTEN, .fd = fd, .backlog = backlog};
    return finish(&made, result, false);
}
