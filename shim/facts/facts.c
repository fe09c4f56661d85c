/* Theory of operation
 *
 * One listing of the kernel is the frame of all evidence. Each row that may be in the newcomer's
 * way becomes a holder (add_holder), and all that follows fills these holders in: who owns them and
 * what their options are (owner), which bind of this process made them (own_binds), which bind
 * of another one (past). Rows without a process that are alike become one holder with a count.
 *
 * A listing is of one moment, and a failure may be over when it is read. So what was seen is summed
 * up in a number that does not depend on the order of rows: facts_still_so() reads the listing
 * again and compares the sums. Whoever concludes from what was not there has to ask that.
 *
 * Three ways lead to the rows: netlink (sockdiag); where a sandbox refuses netlink, /proc/net;
 * where neither can be asked, this process's own table alone. Which of them it was, and what could
 * not be seen, stands in the evidence as limits: a holder that was not seen is never told as one
 * that is not there.
 *
 * A few options can be learnt by probes alone, that is by binds of our own. They are asked for from
 * outside (facts_ask), since rules know which of them matter, and a probe is not made for nothing.
 */
#include "facts/facts.h"

#include <assert.h>
#include <errno.h>
#include <stdalign.h>
#include <stddef.h>
#include <string.h>

#include "base/sys.h"
#include "facts/apart.h"
#include "facts/unlisted.h"
#include "facts/newcomer.h"
#include "past/past_match.h"
#include "proc/ports.h"
#include "facts/probe.h"
#include "facts/procnet.h"
#include "facts/range.h"
#include "facts/own_binds.h"
#include "facts/sockdiag.h"
#include "facts/unixfile.h"

static_assert(sizeof(struct holder) % alignof(max_align_t) == 0, "holders lie side by side");

/* That a probe with SO_REUSEPORT leaves no trace was measured on this version and later ones. */
enum { REUSEPORT_PROBED_SINCE = SYS_RELEASE(6, 1) };

/* Before it a bind that works, and is closed, keeps outgoing connections from sharing that port
 * (probe_may_keep_outgoing_connections_from_sharing of tests/kernel/). */
enum { SHARING_KEPT_SINCE = SYS_RELEASE(6, 18) };

/* What a dump's rows are gathered into. */
struct gathering {
    struct evidence *evidence;
    struct scratch *scratch;
    const struct sys_file *path; /* AF_UNIX path names: the file, or NULL */
    bool connected;              /* AF_UNIX: those that are connected, too */
};

static void limit(struct evidence *evidence, enum visibility visibility)
{
    evidence->limits |= 1u << visibility;
}

/* Connections without a process are told by number, not one by one: nobody can tell them apart. */
static bool joins(const struct holder *holder, const struct diag_row *row)
{
    return holder->inode == 0 && row->inode == 0 && holder->socket.state == row->socket.state &&
           holder->socket.minisocket == row->socket.minisocket &&
           holder->socket.device == row->socket.device &&
           endpoint_equal(&holder->socket.local, &row->socket.local);
}

static bool join(struct evidence *evidence, const struct diag_row *row)
{
    for (size_t i = 0; row->inode == 0 && i < evidence->holder_count; i++) {
        struct holder *holder = &evidence->holders[i];

        if (!joins(holder, row))
            continue;
        holder->count++;
        if (row->timer_ms > holder->timer_ms)
            holder->timer_ms = row->timer_ms;
        if (!endpoint_equal(&holder->remote, &row->remote))
            holder->remote.family = FAMILY_NONE;
        return true;
    }
    return false;
}

/* A number for one socket in one state, never 0. Numbers are added up, whatever the order. */
static uint64_t number_of(const struct diag_row *row)
{
    uint64_t number = (row->cookie ^ row->inode << 20) * 16 + (uint64_t)row->socket.state;

    return (number ^ number >> 29) * UINT64_C(0x9e3779b97f4a7c15) | 1;
}

static void add_holder(struct gathering *gathering, const struct diag_row *row)
{
    struct evidence *evidence = gathering->evidence;
    struct holder *holder = NULL;

    evidence->rows += number_of(row);
    if (join(evidence, row))
        return;
    if (evidence->holder_count < HOLDERS_MAX)
        holder = scratch_take(gathering->scratch, sizeof *holder);
    if (holder == NULL) {
        evidence->left_out++;
        return;
    }
    if (evidence->holder_count == 0)
        evidence->holders = holder;
    holder->socket = row->socket;
    holder->remote = row->remote;
    holder->count = 1;
    holder->inode = row->inode;
    holder->cookie = row->cookie;
    holder->cgroup_id = row->cgroup_id;
    holder->timer_ms = row->timer_ms;
    holder->outgoing = row->outgoing;
    holder->owner = (struct owner){.relation = RELATION_UNSEEN, .fd = -1, .uid = UID_UNKNOWN};
    evidence->holder_count++;
}

/* The newcomer itself is bound already when listen fails. */
static bool is_in_the_way(const struct attempt *attempt, const struct diag_row *row)
{
    return (attempt->cookie == 0 || row->cookie != attempt->cookie) &&
           conflict_between(&attempt->socket, &row->socket).meets != ANSWER_NO &&
           !apart_from(&attempt->socket, &row->socket);
}

static bool visit_inet(void *context, const struct diag_row *row)
{
    struct gathering *gathering = context;
    struct evidence *evidence = gathering->evidence;

    if (evidence->attempt.cookie == 0 || row->cookie != evidence->attempt.cookie)
        evidence->resets &= ~probe_resets_met(&row->socket);
    if (is_in_the_way(&evidence->attempt, row))
        add_holder(gathering, row);
    return true;
}

/* The same sum again. */
struct recount {
    const struct attempt *attempt;
    uint64_t rows;
};

static bool visit_again(void *context, const struct diag_row *row)
{
    struct recount *recount = context;

    if (is_in_the_way(recount->attempt, row))
        recount->rows += number_of(row);
    return true;
}

bool facts_still_so(const struct evidence *evidence)
{
    const struct party *socket = &evidence->attempt.socket;
    struct diag_query query = {.protocol = socket->protocol, .port = socket->local.port};
    struct recount recount = {&evidence->attempt, 0};

    if (!evidence->repeatable)
        return true;
    return sockdiag_each(&query, &(struct diag_visitor){visit_again, &recount}).error != 0 ||
           recount.rows == evidence->rows;
}

static bool visit_unix(void *context, const struct diag_row *row)
{
    struct gathering *gathering = context;
    const struct attempt *attempt = &gathering->evidence->attempt;
    bool same;

    if (gathering->path != NULL)
        same = row->file_inode == (uint32_t)gathering->path->inode &&
               row->file_device_major == gathering->path->device_major &&
               row->file_device_minor == gathering->path->device_minor;
    else
        same = endpoint_is_abstract(&attempt->socket.local) &&
               (attempt->type == 0 || row->unix_type == attempt->type) &&
               endpoint_equal(&row->socket.local, &attempt->socket.local);
    if (same && row->remote.family == FAMILY_NONE) {
        add_holder(gathering, row);
    } else if (same && gathering->connected) {
        struct diag_row bound = *row;

        bound.socket.state = STATE_BOUND; /* which is what matters */
        bound.remote.family = FAMILY_NONE;
        add_holder(gathering, &bound);
    }
    return true;
}

/* Netlink first; where it is out of reach, /proc/net. */
static void dump(struct gathering *gathering, bool (*visit)(void *, const struct diag_row *))
{
    struct evidence *evidence = gathering->evidence;
    const struct party *socket = &evidence->attempt.socket;
    struct diag_query query = {.protocol = socket->protocol,
                               .port = socket->local.port,
                               .scratch = gathering->scratch};
    struct diag_visitor visitor = {visit, gathering};
    struct diag_result result = sockdiag_each(&query, &visitor);

    evidence->repeatable = result.error == 0 && socket->protocol != PROTOCOL_UNIX &&
                           (result.bound_seen || socket->protocol != PROTOCOL_TCP);
    if (result.error != 0) {
        limit(evidence, VISIBILITY_NO_NETLINK);
        evidence->holder_count = 0;
        result = procnet_each(&query, &visitor);
        if (result.error != 0)
            limit(evidence, VISIBILITY_NO_PROC);
    }
    evidence->kernel_asked = result.error == 0 && result.complete;
    if (!result.bound_seen && socket->protocol == PROTOCOL_TCP)
        result.bound_seen = unlisted_each(&query, &visitor, &evidence->bound_limits).bound_seen;
    /* Where the time ended, or the newcomer itself would refuse to be asked about again. */
    evidence->limits |= evidence->bound_limits & 1u << VISIBILITY_BUDGET;
    if (evidence->attempt.bound && evidence->holder_count == 0)
        evidence->limits |= evidence->bound_limits;
    evidence->bound_seen = result.bound_seen;
}

/* Who owns them, which may be this process although no /proc tells, and what they are like by
 * their own descriptors. */
static void attribute(struct gathering *gathering, const struct viewer *viewer)
{
    struct evidence *evidence = gathering->evidence;

    owner_find(evidence->holders, evidence->holder_count, viewer, gathering->scratch,
               &evidence->limits);
    own_binds_match(evidence, gathering->scratch);
    if (!protocol_is_named(evidence->attempt.socket.protocol))
        owner_read_options(evidence->holders, evidence->holder_count, &evidence->limits);
}

/* Live ones, of ports that nobody bound, as far as that can be told. */
static bool has_sharing_clients(const struct evidence *evidence)
{
    size_t i = 0;

    while (i < evidence->holder_count &&
           (evidence->holders[i].outgoing != ANSWER_YES ||
            evidence->holders[i].memory.bound_at_us != 0))
        i++;
    return i < evidence->holder_count &&
           range_has(&evidence->range, evidence->attempt.socket.local.port);
}

static void gather_inet(struct gathering *gathering, const struct viewer *viewer)
{
    struct evidence *evidence = gathering->evidence;
    const struct attempt *attempt = &evidence->attempt;

    if (newcomer_is_elsewhere(attempt->fd)) {
        evidence->retry = ANSWER_NO; /* held, for the kernel said so, but not where we can look */
        return;
    }
    if (attempt->socket.local.port == 0) {
        range_look(evidence, gathering->scratch);
        return;
    }
    evidence->resets = (1u << PROBE_RESETS) - 1;
    dump(gathering, visit_inet);
    if (!evidence->kernel_asked || !evidence->bound_seen ||
        sys_kernel_release() < REUSEPORT_PROBED_SINCE)
        evidence->resets = 0; /* not certain */
    range_of_outgoing(evidence);
    if (!evidence->kernel_asked && evidence->holder_count == 0)
        own_binds_only(evidence, gathering->scratch);
    else
        attribute(gathering, viewer);
    evidence->may_ask =
        sys_kernel_release() >= SHARING_KEPT_SINCE || !has_sharing_clients(evidence);
}

static void gather_unix(struct gathering *gathering, const struct viewer *viewer)
{
    struct evidence *evidence = gathering->evidence;
    const struct endpoint *local = &evidence->attempt.socket.local;
    char path[ENDPOINT_PATH_MAX + 1];
    struct sys_file file;

    memcpy(path, local->path, local->path_length);
    path[local->path_length] = '\0';
    if (!endpoint_is_abstract(local)) {
        evidence->path = probe_path(local);
        evidence->folder = unixfile_folder(local, gathering->scratch);
        if (evidence->path != PATH_LIVE || unixfile_of_path(path, &file) < 0)
            return;
        gathering->path = &file;
    }
    dump(gathering, visit_unix);
    /* What a server accepted has its listener's name, and does not hold it; so has one that was
     * bound and has connected since, which does: if nobody else can be it
     * (unix_accepted_sockets_hold_no_name of tests/kernel/). */
    if (evidence->holder_count == 0 &&
        (evidence->path == PATH_LIVE || evidence->attempt.error == EADDRINUSE)) {
        gathering->connected = true;
        dump(gathering, visit_unix);
    }
    if (gathering->path != NULL && evidence->holder_count == 0 && unixfile_is_elsewhere(local))
        limit(evidence, VISIBILITY_OTHER_NETWORK_NAMESPACE);
    attribute(gathering, viewer);
}

/* AF_VSOCK and AF_NETLINK: if the kernel has a list of them. */
static void gather_numbered(struct gathering *gathering, const struct viewer *viewer)
{
    dump(gathering, visit_inet);
    attribute(gathering, viewer);
}

static enum visibility first_limit(uint32_t limits)
{
    unsigned int visibility;

    for (visibility = VISIBILITY_FULL + 1; visibility < VISIBILITY_COUNT; visibility++)
        if (limits >> visibility & 1)
            return (enum visibility)visibility;
    return VISIBILITY_FULL;
}

/* What no other socket causes needs no look at any. */
static bool is_of_no_socket(int error)
{
    return error == EADDRNOTAVAIL || error == EACCES;
}

void facts_gather(struct evidence *evidence, const struct viewer *viewer,
                  struct scratch *scratch)
{
    struct gathering gathering = {evidence, scratch, NULL, false};

    if (is_of_no_socket(evidence->attempt.error))
        evidence->free_from = evidence->attempt.error == EACCES ? range_free_from() : 0;
    else if (evidence->confined)
        own_binds_only(evidence, scratch);
    else if (evidence->attempt.socket.protocol == PROTOCOL_UNIX)
        gather_unix(&gathering, viewer);
    else if (evidence->attempt.socket.protocol == PROTOCOL_SCTP)
        own_binds_only(evidence, scratch); /* the kernel's list of these tells associations */
    else if (protocol_is_named(evidence->attempt.socket.protocol))
        gather_numbered(&gathering, viewer);
    else if (evidence->attempt.socket.protocol != PROTOCOL_NONE)
        gather_inet(&gathering, viewer);
    evidence->visibility = first_limit(evidence->limits);
}

/* It is held, and by none of those that were seen. */
static void retry(struct evidence *evidence)
{
    const struct attempt *attempt = &evidence->attempt;

    evidence->retry = probe_bind(attempt, attempt->socket.options.reuseaddr == ANSWER_YES);
    if (evidence->retry != ANSWER_NO)
        return;
    evidence->limits |= evidence->bound_limits;
    evidence->visibility = first_limit(evidence->limits);
}

void facts_ask(struct evidence *evidence, enum question question)
{
    const struct attempt *attempt = &evidence->attempt;

    evidence->asked |= 1u << question;
    if (question == QUESTION_REUSEADDR)
        evidence->probe = probe_bind(attempt, true);
    else if (question == QUESTION_REUSEPORT)
        evidence->probe_reuseport = probe_reuseport(attempt, evidence->resets);
    else if (question == QUESTION_RETRY)
        retry(evidence);
}

void facts_remember(struct evidence *evidence, const struct viewer *viewer,
                    struct scratch *scratch)
{
    if (evidence->confined)
        return;
    evidence->remembered = true;
    if (is_of_no_socket(evidence->attempt.error))
        return;
    if (viewer->recall != NULL)
        viewer->recall(evidence, scratch);
    if (viewer->history != NULL)
        past_match(evidence, viewer->history, scratch);
    past_match_loss(evidence, viewer->history, scratch);
}
