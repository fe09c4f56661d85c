#include "command/look.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/sys.h"
#include "command/command.h"
#include "command/bind_error.h"
#include "command/patience.h"
#include "command/remembered.h"
#include "facts/origin.h"
#include "facts/probe.h"
#include "facts/sockdiag.h"
#include "inquiry/inquiry.h"

/* ---- The attempt ---- */

/* What a fresh IPv6 socket has: net.ipv6.bindv6only. */
static enum answer default_v6only(const struct endpoint *local)
{
    char value[8];

    if (local->family != FAMILY_INET6)
        return ANSWER_UNKNOWN;
    if (endpoint_is_mapped(local))
        return ANSWER_NO;
    if (!endpoint_is_wildcard(local))
        return ANSWER_YES; /* a native address makes it so */
    if (sys_read_file(AT_FDCWD, "/proc/sys/net/ipv6/bindv6only", value, sizeof value) <= 0)
        return ANSWER_NO;
    return answer_of(value[0] == '1');
}

static struct attempt attempt_for(enum protocol protocol, const struct endpoint *local)
{
    return (struct attempt){
        .call = CALL_BIND,
        .fd = -1,
        .socket = {.protocol = protocol,
                   .local = *local,
                   .options = {ANSWER_NO, ANSWER_NO, default_v6only(local)},
                   .state = STATE_BOUND,
                   .uid = (int64_t)geteuid()},
        .domain = family_domain(local->family),
        .type = protocol == PROTOCOL_UNIX  ? 0
                : protocol == PROTOCOL_TCP ? SOCK_STREAM
                                           : SOCK_DGRAM,
        .time_us = sys_realtime_us(),
    };
}

/* The kernel's own answer, where it may be asked: TCP. Of others only what no socket causes. */
static struct trial try_bind(const struct attempt *attempt, bool with_option)
{
    int result = probe_result(attempt, with_option);

    if (result == -EOPNOTSUPP)
        return (struct trial){ANSWER_UNKNOWN, bind_error_find(attempt)};
    if (result == 0 || result == -EADDRINUSE)
        return (struct trial){answer_of(result == 0), 0};
    return (struct trial){ANSWER_UNKNOWN, -result};
}

/* ---- What follows where the kernel could not be asked ---- */

/* The whole list was read, and every kind of socket that can have the port is in it. */
static bool saw_everything(const struct evidence *evidence)
{
    const struct party *want = &evidence->attempt.socket;

    if (want->protocol == PROTOCOL_UNIX && !endpoint_is_abstract(&want->local))
        return evidence->path != PATH_UNKNOWN;
    return evidence->kernel_asked && evidence->left_out == 0 &&
           (want->protocol != PROTOCOL_TCP || evidence->bound_seen);
}

static bool is_it(void *name, const struct diag_row *row)
{
    return !endpoint_equal(name, &row->socket.local);
}

/* Is there a connected socket with that abstract name? One that was bound holds it, one that was
 * accepted does not, and nothing tells which it is. */
static bool is_listed(const struct party *want)
{
    struct endpoint name = want->local;
    struct diag_query query = {.protocol = PROTOCOL_UNIX};

    return !sockdiag_each(&query, &(struct diag_visitor){is_it, &name}).complete;
}

static enum answer works_by_rule(const struct look *look)
{
    const struct evidence *evidence = &look->evidence;
    enum answer works = saw_everything(evidence) ? ANSWER_YES : ANSWER_UNKNOWN;

    if (evidence->path == PATH_LIVE || evidence->path == PATH_STALE || evidence->path >= PATH_OTHER)
        return ANSWER_NO;
    if (evidence->attempt.socket.protocol == PROTOCOL_UNIX && evidence->holder_count > 0)
        return ANSWER_NO;
    if (endpoint_is_abstract(&evidence->attempt.socket.local))
        return is_listed(&evidence->attempt.socket) ? ANSWER_UNKNOWN : works;
    for (size_t i = 0; i < evidence->holder_count; i++)
        works = answer_and(works, answer_not(evidence->holders[i].conflict.refused));
    return works;
}

static void complete(struct look *look)
{
    if (look->without.works == ANSWER_UNKNOWN)
        look->without.works = works_by_rule(look);
    if (look->evidence.path == PATH_LIVE || look->evidence.path == PATH_STALE ||
        look->evidence.path >= PATH_OTHER)
        look->without.error = look->with.error = 0; /* EADDRINUSE comes first */
    if (look->with.works == ANSWER_UNKNOWN)
        look->with.works = look->without.works == ANSWER_YES
                               ? ANSWER_YES
                               : look->verdict.would[IF_NEWCOMER_REUSEADDR];
}

/* ---- The look ---- */

/* Room for the evidence, and its scratch. */
static bool make_room(struct look *look, struct scratch *scratch)
{
    look->memory = sys_map(FACTS_SCRATCH_SIZE);
    if (look->memory == NULL)
        return false;
    scratch->next = look->memory;
    scratch->end = scratch->next + FACTS_SCRATCH_SIZE;
    return true;
}

static bool has_family(enum protocol protocol, const struct endpoint *local)
{
    int type = protocol == PROTOCOL_TCP ? SOCK_STREAM : SOCK_DGRAM;
    int fd = socket(family_domain(local->family), type | SOCK_CLOEXEC, 0);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* Who has typed sudo pastes what is printed into a shell without its rights. */
static void read_by_user(struct caller *caller)
{
    const char *user = getenv("SUDO_UID");
    uint64_t uid;

    if (caller->uid == 0 && user != NULL && user[0] != '\0' &&
        *text_read_number(user, &uid) == '\0' && uid < UINT32_MAX)
        caller->uid = (int64_t)uid;
}

bool look_at(struct look *look, enum protocol protocol, const struct endpoint *local,
             const struct look *before)
{
    struct viewer nobody = {.pid = 0, .history = remembered_folder(), .unhurried = true,
                            .waits = patience_tick,
                            .before = before != NULL ? &before->evidence : NULL};
    struct scratch scratch;

    *look = (struct look){.memory = NULL};
    if (!has_family(protocol, local) || !make_room(look, &scratch))
        return false;
    look->evidence.attempt = attempt_for(protocol, local);
    owner_describe((int32_t)getpid(), &look->evidence.attempt.caller, &scratch);
    read_by_user(&look->evidence.attempt.caller);
    origin_describe(&look->evidence.attempt.caller, &scratch);
    look->without = try_bind(&look->evidence.attempt, false);
    look->with = try_bind(&look->evidence.attempt, true);
    if (look->without.works == ANSWER_NO)
        look->evidence.attempt.error = EADDRINUSE;
    patience_begin();
    inquiry_make(&look->evidence, &look->verdict, &nobody, &scratch);
    patience_end();
    complete(look);
    if (look->without.works == ANSWER_NO)
        look->evidence.attempt.error = EADDRINUSE;
    return true;
}

void look_close(struct look *look)
{
    if (look->memory != NULL)
        sys_unmap(look->memory, FACTS_SCRATCH_SIZE);
    look->memory = NULL;
}

/* ---- The quick one ---- */

struct record_search {
    const struct party *want;
    enum answer works;
};

static bool visit(void *context, const struct diag_row *row)
{
    struct record_search *search = context;
    bool same = search->want->protocol == PROTOCOL_UNIX
                    ? endpoint_equal(&search->want->local, &row->socket.local)
                    : conflict_between(search->want, &row->socket).refused != ANSWER_NO;

    if (same)
        search->works = ANSWER_NO;
    return !same;
}

enum answer look_quickly(enum protocol protocol, const struct endpoint *local, bool with_option)
{
    struct attempt attempt = attempt_for(protocol, local);
    struct diag_query query = {.protocol = protocol, .port = local->port};
    struct record_search search = {&attempt.socket, ANSWER_YES};
    struct trial trial = try_bind(&attempt, with_option);
    enum path_kind path = protocol == PROTOCOL_UNIX ? probe_path(local) : PATH_UNKNOWN;

    if (trial.works != ANSWER_UNKNOWN || trial.error != 0)
        return trial.works;
    if (path != PATH_UNKNOWN)
        return answer_of(path == PATH_MISSING);
    attempt.socket.options.reuseaddr = answer_of(with_option);
    return sockdiag_each(&query, &(struct diag_visitor){visit, &search}).error == 0
               ? search.works
               : ANSWER_UNKNOWN;
}

int look_exit(const struct look *look, bool with_option)
{
    const struct trial *trial = with_option ? &look->with : &look->without;

    switch (trial->works) {
    case ANSWER_YES: return trial->error == 0 ? EXIT_FREE : EXIT_CANNOT_BIND;
    case ANSWER_NO: return look->verdict.frees_in_ms >= 0 ? EXIT_FREES_ITSELF : EXIT_HELD;
    default: return EXIT_CANNOT_SEE;
    }
}
