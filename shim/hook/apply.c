#include "hook/apply.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/sys.h"
#include "facts/newcomer.h"
#include "facts/probe.h"
#include "hook/setup.h"
#include "table/descriptor.h"
#include "past/history.h"

static bool is_relative(const struct endpoint *local)
{
    return local->family == FAMILY_UNIX && local->path_length > 0 && local->path[0] != '\0' &&
           local->path[0] != '/';
}

struct plan apply_decide(const struct made *made)
{
    static const struct policy_rule explain = {.actions = 1u << ACTION_EXPLAIN};
    struct plan plan = {&explain, PROTOCOL_NONE, 0, 0};
    struct policy_subject subject = {.family = FAMILY_OTHER, .local = &made->local};
    char folder[POLICY_FOLDER_MAX];

    if (newcomer_kind(made->fd, &plan.domain, &plan.type, &plan.protocol) < 0)
        return plan;
    subject.protocol = plan.protocol;
    subject.family = family_of_domain(plan.domain);
    if (is_relative(&made->local) && sys_call(SYS_getcwd, folder, sizeof folder) > 0)
        subject.folder = folder;
    plan.rule = policy_match(&setup_settings()->policy, &subject);
    return plan;
}

/* Sets one option if it is not there yet, as descriptor history and log should show it. */
static void set(const struct plan *plan, const struct made *made, enum option_kind kind, int value)
{
    static const struct {
        int level, option;
        char why[16];
    } options[] = {
        [OPTION_REUSEADDR] = {SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR"},
        [OPTION_REUSEPORT] = {SOL_SOCKET, SO_REUSEPORT, "SO_REUSEPORT"},
        [OPTION_V6ONLY] = {IPPROTO_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY"},
    };
    struct option_event event = {.kind = kind, .value = value != 0, .by_policy = true};
    int now;

    if (sys_get_option(made->fd, options[kind].level, options[kind].option, &now) == 0 &&
        (now != 0) == (value != 0))
        return;
    event.failed =
        sys_set_option(made->fd, options[kind].level, options[kind].option, value) < 0;
    descriptor_option(made->fd, &event);
    if (policy_rule_has(plan->rule, ACTION_LOG))
        explain_policy(EVENT_FORCED, made, options[kind].level, options[kind].option, value,
                       event.failed ? "the kernel refused it" : NULL);
}

static void apply_reuse(const struct plan *plan, const struct made *made)
{
    bool force = policy_rule_has(plan->rule, ACTION_FORCE);
    bool clear = policy_rule_has(plan->rule, ACTION_CLEAR);
    bool share = policy_rule_has(plan->rule, ACTION_SHARE);
    const char *reason;

    if (!force && !clear && !share)
        return;
    reason = policy_left_alone(plan->rule, plan->protocol,
                               plan->domain == AF_INET || plan->domain == AF_INET6,
                               plan->type == SOCK_DGRAM, made->local.port);
    if (reason != NULL) {
        if (policy_rule_has(plan->rule, ACTION_LOG))
            explain_policy(EVENT_LEFT_ALONE, made, SOL_SOCKET, share ? SO_REUSEPORT : SO_REUSEADDR,
                           !clear, reason);
        return;
    }
    descriptor_keep(made->fd, force, clear);
    if (force || clear)
        set(plan, made, OPTION_REUSEADDR, force);
    if (share)
        set(plan, made, OPTION_REUSEPORT, 1);
}

void apply_before(const struct plan *plan, const struct made *made)
{
    const struct endpoint *local = &made->local;

    apply_reuse(plan, made);
    if (policy_rule_has(plan->rule, ACTION_V6ONLY) && made->call == CALL_BIND &&
        plan->domain == AF_INET6 && local->family == FAMILY_INET6 &&
        endpoint_is_wildcard(local) && !endpoint_is_mapped(local))
        set(plan, made, OPTION_V6ONLY, 1);
}

/* The number may be another socket's by now: one that is connected, or has no port. */
static bool is_still_ours(int fd)
{
    char bytes[ENDPOINT_SOCKADDR_MAX];
    socklen_t length = sizeof bytes;

    return newcomer_local(fd).port != 0 && sys_call(SYS_getpeername, fd, bytes, &length) < 0;
}

void apply_keep(int fd, int value)
{
    struct descriptor past = descriptor_get(fd);
    struct option_event event = {.kind = OPTION_REUSEADDR, .by_policy = true};

    if ((!(past.forced && value == 0) && !(past.cleared && value != 0)) || !is_still_ours(fd))
        return;
    event.value = past.forced;
    event.failed = sys_set_option(fd, SOL_SOCKET, SO_REUSEADDR, past.forced) < 0;
    descriptor_option(fd, &event);
    if (!event.failed)
        history_option(fd, OPTION_REUSEADDR, event.value);
}

/* The file is looked at again right before it goes: it must still be the socket that was found to
 * be stale. */
bool apply_unlink(const struct plan *plan, const struct made *made)
{
    char path[ENDPOINT_PATH_MAX + 1];
    struct sys_file before, now;

    if (!policy_rule_has(plan->rule, ACTION_UNLINK) || made->call != CALL_BIND ||
        made->local.family != FAMILY_UNIX || made->local.path_length == 0 ||
        endpoint_is_abstract(&made->local))
        return false;
    memcpy(path, made->local.path, made->local.path_length);
    path[made->local.path_length] = '\0';
    if (sys_file_of_path(AT_FDCWD, path, &before) < 0 || probe_path(&made->local) != PATH_STALE ||
        sys_file_of_path(AT_FDCWD, path, &now) < 0 || !sys_file_same(&before, &now))
        return false;
    return sys_call(SYS_unlinkat, AT_FDCWD, path, 0) == 0;
}

/* Libraries try one netlink port id after the other; other families have no rule of waiting. */
uint32_t apply_waits(const struct plan *plan)
{
    bool waits = policy_rule_has(plan->rule, ACTION_WAIT) &&
                 (plan->domain == AF_INET || plan->domain == AF_INET6 || plan->domain == AF_UNIX);

    return waits ? plan->rule->wait_ms : 0;
}

bool apply_wait(const struct plan *plan, int64_t *started_ms)
{
    long pause[2] = {0, 0}; /* the kernel's old timespec: seconds, nanoseconds */
    int64_t pause_ms;

    if (!apply_waits(plan))
        return false;
    pause_ms = policy_pause_ms(plan->rule, sys_monotonic_ms(), started_ms);
    if (pause_ms == 0)
        return false;
    pause[1] = (long)pause_ms * 1000000;
    /* bind is no cancellation point: no nanosleep() */
    sys_call(SYS_ppoll, NULL, 0, pause, NULL, 0);
    return true;
}
