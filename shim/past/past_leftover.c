/* Theory of operation
 *
 * A leftover was accepted by a socket that listened, and carries that one's options. Nothing on it
 * says whose it was, so all that were remembered to listen there before it began may have left it,
 * but:
 *  - one bind after another is itself a proof. Had the earlier process left something that
 *    refuses, the later bind would have failed: so if one of the two had no SO_REUSEADDR, and one
 *    no SO_REUSEPORT, nothing older was left;
 *  - what a process leaves, it leaves when it ends, and FIN_WAIT takes no longer than LINGER_US to
 *    become TIME_WAIT or nothing.
 * And those that were not remembered: while a socket listens without SO_REUSEPORT, nobody else can;
 * and the kernel gives its port to no outgoing connection. What began well after its end is not its
 * own, then. Where the end is not known (kill -9, or its process lives and has closed it), or the
 * leftover began after it, a port outside of the range of outgoing ports can have been used only by
 * another server that the shim did not see: its process is told as the last seen there. Inside of
 * the range it can have been used by any program: nobody is told.
 */
#include "past/past_leftover.h"

#include "proc/ports.h"

enum {
    TIME_WAIT_US = 60 * 1000 * 1000, /* TCP_TIMEWAIT_LEN, include/net/tcp.h */
    LINGER_US = 130 * 1000 * 1000,   /* tcp_fin_timeout (60 s), and tcp_orphan_retries before it */
    CLOSING_US = 2 * 1000 * 1000,    /* from the end of a process to TIME_WAIT, usually much less */
    CLOCKS_APART_US = 50 * 1000
};

static int64_t start_of(const struct past_candidate *candidate)
{
    return candidate->bind.listened_us > 0 ? candidate->bind.listened_us
                                           : candidate->bind.time_us;
}

/* The socket's connections have addresses like HELD. */
static bool covers(const struct endpoint *bound, const struct endpoint *held)
{
    if (bound->port != held->port)
        return false;
    if (endpoint_equal(bound, held))
        return true;
    if (!endpoint_is_wildcard(bound))
        return false;
    if (bound->family == FAMILY_INET6 && endpoint_is_mapped(bound))
        return held->family == FAMILY_INET6 && endpoint_is_mapped(held);
    return bound->family == held->family;
}

static bool surely_lacks(const struct past_candidate *candidate, enum option_kind kind)
{
    return past_option(&candidate->bind, kind) == ANSWER_NO;
}

/* LATER could not have been bound over something that EARLIER had left. At bind() counts, but what
 * was changed afterwards is not known to be as it was then: only what never changed is used. */
static bool proves_clean(const struct past_candidate *later, const struct past_candidate *earlier)
{
    return (surely_lacks(later, OPTION_REUSEADDR) || surely_lacks(earlier, OPTION_REUSEADDR)) &&
           (surely_lacks(later, OPTION_REUSEPORT) || surely_lacks(earlier, OPTION_REUSEPORT));
}

/* When the leftover began: the latest time that is possible. */
static int64_t began_us(const struct holder *holder, int64_t now_us)
{
    if (holder->socket.state != STATE_TIME_WAIT || holder->timer_ms < 0)
        return now_us;
    return now_us - (TIME_WAIT_US - holder->timer_ms * 1000);
}

/* Can nobody unseen have left it, as far as times and ports tell? UNKNOWN: another server can,
 * where this one was the last that was seen. */
static enum answer is_plausible(const struct past_candidate *candidate,
                                const struct holder *holder, int64_t began)
{
    const struct past_binder *binder = &candidate->binder;
    bool alone = surely_lacks(candidate, OPTION_REUSEPORT);

    if (candidate->holds)
        return alone ? ANSWER_YES : ANSWER_UNKNOWN;
    if (binder->lives == ANSWER_NO && binder->ended_us != 0) {
        if (began > binder->ended_us + CLOSING_US)
            return ANSWER_NO;
        return alone && began <= binder->ended_us + CLOCKS_APART_US ? ANSWER_YES : ANSWER_UNKNOWN;
    }
    if (binder->found_dead_us != 0 && began > binder->found_dead_us + LINGER_US)
        return ANSWER_NO;
    return range_may_give(holder->socket.local.port) ? ANSWER_NO : ANSWER_UNKNOWN;
}

static enum answer agreed(enum answer a, enum answer b)
{
    return a == b ? a : ANSWER_UNKNOWN;
}

struct past_leftover past_leftover(const struct past_candidates *found,
                                   const struct holder *holder, int64_t now_us)
{
    struct past_leftover left = {NULL, false, ANSWER_UNKNOWN, ANSWER_UNKNOWN};
    const struct past_candidate *last = NULL; /* the youngest so far that may have left it */
    int64_t began = began_us(holder, now_us);
    bool several = false;

    if (!found->complete)
        return left;
    for (size_t i = 0; i < found->count; i++) {
        const struct past_candidate *one = &found->list[i];

        if (!covers(&one->bind.local, &holder->socket.local) ||
            start_of(one) > began + CLOCKS_APART_US ||
            (one->binder.ended_us != 0 && one->binder.lives == ANSWER_NO &&
             began > one->binder.ended_us + LINGER_US))
            continue;
        if (last == NULL) {
            enum answer plausible = is_plausible(one, holder, began);

            if (plausible == ANSWER_NO)
                return left;
            left = (struct past_leftover){one, plausible == ANSWER_YES,
                                          past_option(&one->bind, OPTION_REUSEADDR),
                                          past_option(&one->bind, OPTION_REUSEPORT)};
        } else if (proves_clean(last, one)) {
            break;
        } else {
            several = true;
            left.reuseaddr = agreed(left.reuseaddr, past_option(&one->bind, OPTION_REUSEADDR));
            left.reuseport = agreed(left.reuseport, past_option(&one->bind, OPTION_REUSEPORT));
        }
        last = one;
    }
    if (several)
        left.only = NULL;
    return left;
}
