/* bind and listen under rules. */
#include "hook/calls_parts.h"

#include <errno.h>

#include "confine/confinement.h"
#include "facts/newcomer.h"
#include "hook/apply.h"
#include "hook/capture.h"
#include "hook/guard.h"
#include "hook/next.h"
#include "hook/setup.h"
#include "table/table.h"

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
        calls_read_address(made->address, made->length, true, &made->local);
    if (made->local.family != FAMILY_NONE)
        subject.family = made->local.family;
    rule = policy_match(&setup_settings()->policy, &subject);
    errno = error;
    return policy_rule_has(rule, ACTION_OFF)
               ? result
               : calls_finish(made, result, policy_rule_has(rule, ACTION_LOG));
}

RARE int calls_make_under_policy(struct made *made)
{
    int before = errno;
    struct plan plan;

    made->past = descriptor_word(made->fd);
    if (setup_only_watches() && confinement_is_on())
        return watch_confined(made, before);
    if (made->call == CALL_BIND)
        calls_read_address(made->address, made->length, false, &made->local);
    else
        made->local = newcomer_local(made->fd);
    plan = apply_decide(made);
    if (policy_rule_has(plan.rule, ACTION_OFF))
        return ask(made, before);
    return calls_finish(made, ask_under(&plan, made, before),
                        policy_rule_has(plan.rule, ACTION_LOG));
}
