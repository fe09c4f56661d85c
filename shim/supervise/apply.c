#include "supervise/apply.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/sys.h"
#include "facts/newcomer.h"
#include "facts/probe.h"

static const struct policy_rule explain = {.actions = 1u << ACTION_EXPLAIN};
const struct apply_plan apply_explain = {&explain, 0, 0};

static bool is_inet(const struct apply_plan *plan)
{
    return plan->domain == AF_INET || plan->domain == AF_INET6;
}

struct apply_plan apply_decide(const struct policy *policy, int fd, struct told *told)
{
    struct apply_plan plan = apply_explain;
    struct policy_subject subject = {.family = FAMILY_OTHER, .local = &told->local};

    if (newcomer_kind(fd, &plan.domain, &plan.type, &told->protocol) < 0)
        return plan;
    subject.protocol = told->protocol;
    subject.family = family_of_domain(plan.domain);
    plan.rule = policy_match(policy, &subject);
    return plan;
}

/* Sets one option if it is not there yet, and tells of it under log. */
static void set(const struct apply_plan *plan, int fd, struct told *told, int level, int option,
                int value)
{
    int now;
    bool failed;

    if (sys_get_option(fd, level, option, &now) == 0 && (now != 0) == (value != 0))
        return;
    failed = sys_set_option(fd, level, option, value) < 0;
    told->by_policy |= !failed && option == SO_REUSEADDR && level == SOL_SOCKET;
    if (policy_rule_has(plan->rule, ACTION_LOG))
        tell_policy(EVENT_FORCED, told, level, option, value,
                    failed ? "the kernel refused it" : NULL);
}

static void apply_reuse(const struct apply_plan *plan, int fd, struct told *told)
{
    bool force = policy_rule_has(plan->rule, ACTION_FORCE);
    bool clear = policy_rule_has(plan->rule, ACTION_CLEAR);
    bool share = policy_rule_has(plan->rule, ACTION_SHARE);
    const char *reason;

    if (!force && !clear && !share)
        return;
    reason = policy_left_alone(plan->rule, told->protocol, is_inet(plan), plan->type == SOCK_DGRAM,
                               told->local.port);
    if (reason != NULL) {
        if (policy_rule_has(plan->rule, ACTION_LOG))
            tell_policy(EVENT_LEFT_ALONE, told, SOL_SOCKET, share ? SO_REUSEPORT : SO_REUSEADDR,
                        !clear, reason);
        return;
    }
    if (force || clear)
        set(plan, fd, told, SOL_SOCKET, SO_REUSEADDR, force);
    if (share)
        set(plan, fd, told, SOL_SOCKET, SO_REUSEPORT, 1);
}

void apply_options(const struct apply_plan *plan, int fd, struct told *told)
{
    const struct endpoint *local = &told->local;

    apply_reuse(plan, fd, told);
    if (policy_rule_has(plan->rule, ACTION_V6ONLY) && told->notice->call == CALL_BIND &&
        plan->domain == AF_INET6 && local->family == FAMILY_INET6 &&
        endpoint_is_wildcard(local) && !endpoint_is_mapped(local))
        set(plan, fd, told, IPPROTO_IPV6, IPV6_V6ONLY, 1);
}

/* Only of a socket that has its port, and is no connection: as the library has it. */
void apply_keep(const struct apply_plan *plan, int fd, const struct told *told)
{
    bool force = policy_rule_has(plan->rule, ACTION_FORCE);
    bool clear = policy_rule_has(plan->rule, ACTION_CLEAR);
    char bytes[ENDPOINT_SOCKADDR_MAX];
    socklen_t length = sizeof bytes;
    int now;

    if ((!force && !clear) || told->local.port == 0 ||
        sys_call(SYS_getpeername, fd, bytes, &length) == 0 ||
        policy_left_alone(plan->rule, told->protocol, is_inet(plan), plan->type == SOCK_DGRAM,
                          told->local.port) != NULL)
        return;
    if (sys_get_option(fd, SOL_SOCKET, SO_REUSEADDR, &now) == 0 && (now != 0) != force)
        sys_set_option(fd, SOL_SOCKET, SO_REUSEADDR, force);
}

/* May the caller remove FILE, too? We may be more than it is. */
static bool may_remove(const struct told *told, const struct sys_file *file)
{
    char path[32];
    struct text text = text_in(path, sizeof path);
    struct sys_file process;

    text_format(&text, "/proc/%d", (int)told->notice->tid);
    return sys_file_of_path(AT_FDCWD, path, &process) == 0 &&
           (process.uid == geteuid() || process.uid == file->uid);
}

/* The path as the caller would find it, from its own folder. Looked at again right before
 * the file goes: it must still be the socket that was found to be stale. */
bool apply_unlink(const struct apply_plan *plan, const struct told *told)
{
    char path[ENDPOINT_PATH_MAX + 1], folder[48];
    struct text text = text_in(folder, sizeof folder);
    struct sys_file before, now;
    bool gone;

    if (!policy_rule_has(plan->rule, ACTION_UNLINK) || told->notice->call != CALL_BIND ||
        told->local.family != FAMILY_UNIX || told->local.path_length == 0 ||
        endpoint_is_abstract(&told->local))
        return false;
    memcpy(path, told->local.path, told->local.path_length);
    path[told->local.path_length] = '\0';
    text_format(&text, "/proc/%d/cwd", (int)told->notice->tid);
    if (sys_call(SYS_chdir, folder) < 0)
        return false;
    gone = sys_file_of_path(AT_FDCWD, path, &before) == 0 &&
           may_remove(told, &before) && probe_path(&told->local) == PATH_STALE &&
           sys_file_of_path(AT_FDCWD, path, &now) == 0 && sys_file_same(&before, &now) &&
           sys_call(SYS_unlinkat, AT_FDCWD, path, 0) == 0;
    sys_call(SYS_chdir, "/");
    return gone;
}

/* Libraries try one netlink port id after the other; other families have no rule of waiting. */
bool apply_waits(const struct apply_plan *plan)
{
    return policy_rule_has(plan->rule, ACTION_WAIT) && (is_inet(plan) || plan->domain == AF_UNIX);
}
