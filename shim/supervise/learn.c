#include "supervise/learn.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "base/sys.h"
#include "facts/newcomer.h"
#include "supervise/unseen.h"

static int listener;
static const struct settings *settings;
static bool explains; /* and does no more */

/* By its first argument, as the library has it. */
bool learn_is_meant(int32_t pid)
{
    char path[32], words[4096];
    struct text text = text_in(path, sizeof path);
    const char *slash;

    if (settings->only_length == 0)
        return true;
    text_format(&text, "/proc/%d/cmdline", (int)pid);
    if (sys_read_file(AT_FDCWD, path, words, sizeof words) <= 0)
        return true;
    slash = strrchr(words, '/');
    return settings_means_program(settings, slash != NULL ? slash + 1 : words);
}

/* Rules that change nothing and tell nothing of calls that work. */
static bool only_explains(const struct policy *policy)
{
    for (size_t i = 0; i < policy->count; i++)
        if (policy->rules[i].actions != 1u << ACTION_EXPLAIN)
            return false;
    return true;
}

void learn_open(int notices, const struct settings *chosen)
{
    listener = notices;
    settings = chosen;
    explains = only_explains(&settings->policy);
}

/* Without such rules, no more than tells a bound socket from all others: the rest is asked when a
 * call has failed. */
static bool learn_little(struct flight *flight)
{
    const struct notice *notice = &flight->notice;
    int copy;

    flight->told.local = endpoint_from_sockaddr(notice->address, notice->length);
    if (notice->call != CALL_BIND)
        return true;
    copy = notice_copy_descriptor(notice, notice->fd);
    if (copy < 0) {
        unseen_tell(notice, copy);
        return false;
    }
    flight->cookie = newcomer_cookie(copy);
    sys_close(copy);
    return true;
}

static bool learn_all(struct flight *flight)
{
    const struct notice *notice = &flight->notice;
    struct told *told = &flight->told;
    int copy = notice_copy_descriptor(notice, notice->fd);
    if (copy < 0) {
        unseen_tell(notice, copy);
        return false;
    }
    if (!notice_is_valid(listener, notice)) { /* the number may be another's by now */
        sys_close(copy);
        return false;
    }
    told->local = notice->call == CALL_BIND
                      ? endpoint_from_sockaddr(notice->address, notice->length)
                      : newcomer_local(copy);
    flight->plan = apply_decide(&settings->policy, copy, told);
    if (notice->call == CALL_BIND || notice->call == CALL_LISTEN) {
        if (!policy_rule_has(flight->plan.rule, ACTION_OFF))
            apply_options(&flight->plan, copy, told);
        flight->cookie = newcomer_cookie(copy);
    }
    sys_close(copy);
    return !policy_rule_has(flight->plan.rule, ACTION_OFF);
}

/* A socket() has no descriptor yet, and matters to the log alone. */
static bool learn_socket(struct flight *flight)
{
    const struct notice *notice = &flight->notice;
    int type = notice->type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
    struct policy_subject subject = {protocol_of(notice->domain, type, notice->protocol),
                                     family_of_domain(notice->domain), NULL, NULL};

    flight->plan.rule = policy_match(&settings->policy, &subject);
    return policy_rule_has(flight->plan.rule, ACTION_LOG);
}

bool learn(struct flight *flight)
{
    if (flight->notice.call == CALL_SOCKET)
        return learn_socket(flight);
    return explains ? learn_little(flight) : learn_all(flight);
}

void learn_rest(struct flight *flight)
{
    const struct notice *notice = &flight->notice;
    int copy, domain, type;

    if (!explains || flight->told.result == 0 ||
        (copy = notice_copy_descriptor(notice, notice->fd)) < 0)
        return;
    if (notice->call == CALL_LISTEN)
        flight->told.local = newcomer_local(copy);
    newcomer_kind(copy, &domain, &type, &flight->told.protocol);
    sys_close(copy);
}
