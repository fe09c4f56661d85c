/* setsockopt: the options that decide who may share an address, and attempts to set them. */
#include "hook/calls.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/rare.h"
#include "base/sys.h"
#include "confine/confinement.h"
#include "facts/newcomer.h"
#include "hook/apply.h"
#include "hook/explain.h"
#include "hook/guard.h"
#include "hook/misuse.h"
#include "hook/next.h"
#include "hook/setup.h"
#include "table/descriptor.h"
#include "past/history.h"

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
    /* It tells, so it keeps out of what a signal handler of this thread may have interrupted. */
    if (kind == OPTION_REUSEADDR && number != 0 && guard_enter()) {
        misuse_check_late(fd);
        guard_leave();
    }
}

/* Where a filter may kill for the question, TCP and UDP are taken for those of IPv4. */
static bool is_logged(int fd, bool confined)
{
    enum protocol protocol = descriptor_protocol(fd);
    int domain = protocol == PROTOCOL_UNIX ? AF_UNIX : AF_INET, type;

    return (confined || newcomer_kind(fd, &domain, &type, &protocol) == 0) &&
           calls_log_unbound(protocol, domain);
}

static void log_option(int fd, int level, int option, const void *value, socklen_t length,
                       int result, int error)
{
    bool confined = setup_only_watches() && confinement_is_on();
    int number = 0;

    if (!is_logged(fd, confined))
        return;
    if (length >= sizeof number &&
        (result == 0 || (!confined && sys_readable(value, sizeof number))))
        memcpy(&number, value, sizeof number);
    explain_log_option(fd, level, option, number, result, error);
    if (option == SO_REUSEADDR && number != 0 && result == 0 && !confined)
        misuse_check_datagram(fd);
}

/* What may follow from the call beside the note of it: it is told of, corrected or suspected. */
RARE static void follow_option(int fd, int level, int option, const void *value, socklen_t length,
                               int result)
{
    int error = errno;
    enum option_kind kind;

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
}

/* The usual: without rules, an option that a fresh socket has taken needs no more than its note. */
static bool is_settled(int fd, int level, int option, const void *value, int result)
{
    struct option_event event = {.value = false};
    int number = 0;

    if (result != 0 || setup_mode() != MODE_PLAIN || descriptor_phase(fd) != PHASE_FRESH ||
        !option_kind_of(level, option, &event.kind))
        return false;
    if (value != NULL)
        memcpy(&number, value, sizeof number);
    event.value = number != 0;
    descriptor_option(fd, &event);
    return true;
}

int calls_setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
    int result = next_setsockopt(fd, level, option, value, length);

    if (!is_settled(fd, level, option, value, result))
        follow_option(fd, level, option, value, length, result);
    return result;
}
