/* Theory of operation
 *
 * A call of the program passes four stations: decide, the kernel, remember, tell. Which of them are
 * there is known from the mode.
 *
 * Without rules (MODE_PLAIN) nothing is decided: the kernel is asked at once, with the program's
 * own arguments. A call that worked is remembered: a bind in the table, with its stack, and in the
 * history; a listen as a note in the descriptor's word. All this is made of stores, so it takes no
 * system call once libunwind has met the place. A call that failed is counted; it is explained
 * (hook/explain.c) the first time, and then at 10, 100, 1000...
 *
 * Under rules (MODE_POLICY, calls_policy.c) the address is read first, from memory that may not be
 * readable. The first rule that matches sets options before the call, and asks the kernel again
 * after it. Under a seccomp filter that may kill for such calls, rules that only watch are matched
 * after the call, against what is remembered.
 *
 * What holds for all of them: errno is read once after the kernel and written once before the
 * return. All that is done between is done inside of the guard (hook/guard.h): a call of a signal
 * handler, or of ourselves, goes straight through. The program's arguments are passed on as they
 * are, and are read by us only after the kernel has read them or after it was asked whether they
 * can be. Frames count: the stack is walked from calls_bind() itself.
 */
#include "hook/calls.h"

#include <errno.h>
#include <netinet/in.h>

#include "base/rare.h"
#include "base/sys.h"
#include "confine/confinement.h"
#include "hook/calls_parts.h"
#include "hook/capture.h"
#include "hook/explain.h"
#include "hook/guard.h"
#include "hook/misuse.h"
#include "hook/next.h"
#include "hook/setup.h"
#include "hook/walker.h"
#include "past/history.h"
#include "table/descriptor.h"

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

/* A call of PLACE (0 = none that ends a walk) has worked on PORT while walks are open. */
RARE static void look_after_walks(uintptr_t place, uint16_t port)
{
    int error = errno;

    if (guard_enter()) {
        if (place != 0)
            walk_worked(place, port);
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
        look_after_walks(0, 0);
    return setup_mode() == MODE_POLICY ? log_socket(domain, type, protocol, fd) : fd;
}

/* ---- bind and listen ---- */

RARE static int bind_under_policy(int fd, const struct sockaddr *address, socklen_t length,
                                  uintptr_t place)
{
    struct made made = {.call = CALL_BIND, .fd = fd, .address = address, .length = length,
                        .place = place};

    return calls_make_under_policy(&made);
}

/* ERROR, of the bind that FAILURE is, is to be told (REPEAT), or says nothing. */
static void conclude_failed_bind(const struct failed_call *failure, int error,
                                 const struct repeat *repeat)
{
    struct made made = {.call = CALL_BIND, .fd = failure->fd, .address = failure->address,
                        .length = failure->length, .result = -1, .error = error,
                        .place = failure->place, .past = failure->past};

    if (repeat != NULL)
        calls_read_address(made.address, made.length, true, &made.local);
    calls_conclude(&made, false, repeat);
}

/* Apart, but not rare: a program may try a thousand ports, or one port a thousand times. What has
 * been told, or is a step of a walk, costs no more than a count. */
__attribute__((noinline)) static int bind_failed(int fd, const struct sockaddr *address,
                                                 socklen_t length, uintptr_t place)
{
    struct failed_call failure;
    struct repeat repeat;
    int error = errno;

    if (!guard_enter())
        return -1;
    /* One by one: as a whole, it would be cleared first by an instruction that takes as long as all
     * the rest (rep stos of -Os). */
    failure.call = CALL_BIND;
    failure.fd = fd;
    failure.past = descriptor_word(fd);
    failure.place = place;
    failure.address = address;
    failure.length = length;
    repeat.step = REPEAT_SILENT;
    if (error == EADDRINUSE && address != NULL && length <= ENDPOINT_SOCKADDR_MAX)
        repeat = walker_count(&failure);
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
    calls_read_address(address, length, true, &local);
    calls_remember(&local, fd, &trace);
    guard_leave();
    errno = error;
    if (walk_is_open())
        look_after_walks(place, local.port);
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

    return calls_make_under_policy(&made);
}

RARE static int listen_unsettled(int fd, int backlog, int result, uintptr_t place)
{
    struct made made = {.call = CALL_LISTEN, .fd = fd, .backlog = backlog, .place = place,
                        .past = descriptor_word(fd)};

    return calls_finish(&made, result, false);
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
        look_after_walks(place, 0);
    return result;
}
