#include "command/destroy.h"

#include <string.h>
#include <unistd.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/sys.h"
#include "facts/netlink.h"

#ifndef SOCK_DESTROY
#define SOCK_DESTROY 21 /* linux/sock_diag.h, Linux 4.5 */
#endif

enum {
    BATCH_MAX =
        2048,        /* sockets listed before they are ended: a dump must not change under itself */
    ROUNDS_MAX = 64  /* lists made, the last of them empty: an end to it in any case */
};

/* To the kernel. */
struct channel {
    int fd;
    uint32_t sequence; /* of the last request */
    char *reply;       /* NETLINK_REPLY_SIZE bytes */
    enum answer ends_orphans; /* NO also where that could not be found out */
};

struct batch {
    const struct endpoint *remote; /* only the connection to it; NULL = all that meet ATTEMPT */
    const struct attempt *attempt;
    struct diag_row *rows;
    size_t count;
};

bool destroy_is_leftover(const struct diag_row *row)
{
    const uint32_t closed_here =
        1u << STATE_FIN_WAIT1 | 1u << STATE_FIN_WAIT2 | 1u << STATE_CLOSING | 1u << STATE_LAST_ACK;

    return row->socket.protocol == PROTOCOL_TCP && row->inode == 0 && row->cookie != 0 &&
           (row->socket.minisocket || (closed_here >> row->socket.state & 1u) != 0);
}

static bool is_meant(const struct batch *batch, const struct diag_row *row)
{
    if (batch->remote != NULL)
        return row->remote.port == batch->remote->port;
    return conflict_between(&batch->attempt->socket, &row->socket).meets != ANSWER_NO;
}

static bool collect(void *context, const struct diag_row *row)
{
    struct batch *batch = context;

    if (destroy_is_leftover(row) && is_meant(batch, row))
        batch->rows[batch->count++] = *row;
    return batch->count < BATCH_MAX;
}

size_t destroy_request(const struct diag_row *row, uint32_t sequence, void *message)
{
    const bool inet6 = row->socket.local.family == FAMILY_INET6;
    const size_t address_size = inet6 ? 16 : 4;
    struct inet_diag_req_v2 request = {
        .sdiag_family = (uint8_t)family_domain(row->socket.local.family),
        .sdiag_protocol = IPPROTO_TCP,
        .idiag_states = ~0u,
        .id = {.idiag_sport = htons(row->socket.local.port),
               .idiag_dport = htons(row->remote.port),
               .idiag_if = row->socket.device,
               .idiag_cookie = {(uint32_t)row->cookie, (uint32_t)(row->cookie >> 32)}},
    };
    struct nlmsghdr header = {
        .nlmsg_len = NLMSG_HDRLEN + sizeof request,
        .nlmsg_type = SOCK_DESTROY,
        .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
        .nlmsg_seq = sequence,
    };

    memcpy(request.id.idiag_src, row->socket.local.address, address_size);
    memcpy(request.id.idiag_dst, row->remote.address, address_size);
    memcpy(message, &header, sizeof header);
    memcpy((char *)message + NLMSG_HDRLEN, &request, sizeof request);
    return header.nlmsg_len;
}

static bool ignore(void *context, const void *message, size_t length)
{
    (void)context, (void)message, (void)length;
    return true;
}

static int end_one(struct channel *channel, const struct diag_row *row)
{
    static const struct netlink_visitor visitor = {ignore, NULL};
    uint32_t message[SOCKDIAG_REQUEST_MAX / sizeof(uint32_t)];
    size_t size = destroy_request(row, ++channel->sequence, message);

    return netlink_dump(channel->fd, message, size, channel->reply, &visitor).error;
}

/* ---- Does this kernel end a connection that no process has? ---- */

/* Its own end of a connection, closed while the other end takes no more: it waits in FIN_WAIT1. */
struct orphan {
    struct endpoint local, remote; /* ports only */
    int other;                     /* the other end: closing it ends the orphan in any case */
};

static uint16_t port_of(int fd)
{
    struct sockaddr_in address = {.sin_port = 0};
    socklen_t length = sizeof address;

    return getsockname(fd, (struct sockaddr *)&address, &length) == 0 ? ntohs(address.sin_port) : 0;
}

/* On the loopback, with ports that the kernel gives. Nothing of it blocks. */
static bool orphan_make(struct orphan *orphan)
{
    enum { KIND = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC };
    static const char bytes[4096];
    const struct sockaddr_in loopback = {.sin_family = AF_INET,
                                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in address = loopback;
    int listener = socket(AF_INET, KIND, 0), closing = socket(AF_INET, KIND, 0);
    int small = 1;

    orphan->other = -1;
    if (listener >= 0 && closing >= 0 &&
        setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof small) == 0 &&
        setsockopt(closing, SOL_SOCKET, SO_SNDBUF, &small, sizeof small) == 0 &&
        bind(listener, (const struct sockaddr *)&loopback, sizeof loopback) == 0 &&
        listen(listener, 1) == 0) {
        address.sin_port = htons(port_of(listener));
        (void)connect(closing, (const struct sockaddr *)&address, sizeof address);
        orphan->other = accept(listener, NULL, NULL);
        while (send(closing, bytes, sizeof bytes, MSG_NOSIGNAL) > 0)
            ;
        orphan->local = (struct endpoint){.port = port_of(closing)};
        orphan->remote = (struct endpoint){.port = port_of(listener)};
    }
    if (closing >= 0)
        close(closing);
    if (listener >= 0)
        close(listener);
    return orphan->other >= 0;
}

/* Lists the orphan; returns how often it is there. */
static size_t orphan_find(const struct orphan *orphan, struct batch *batch)
{
    const struct diag_query query = {.protocol = PROTOCOL_TCP, .port = orphan->local.port};
    const struct diag_visitor visitor = {collect, batch};

    batch->count = 0;
    return sockdiag_each(&query, &visitor).error == 0 ? batch->count : 0;
}

static enum answer try_orphan(struct channel *channel, struct diag_row *rows)
{
    struct orphan orphan;
    struct batch batch = {.remote = &orphan.remote, .rows = rows};
    enum answer ends = ANSWER_NO;

    if (!orphan_make(&orphan))
        return ANSWER_NO;
    if (orphan_find(&orphan, &batch) == 1 && end_one(channel, &batch.rows[0]) == 0)
        ends = orphan_find(&orphan, &batch) == 0 ? ANSWER_YES : ANSWER_NO;
    close(orphan.other);
    return ends;
}

/* ---- Ending ---- */

/* Ends ROW. Returns 0 or -errno; -ECANCELED if it is left alone. */
static int end_leftover(struct channel *channel, const struct diag_row *row,
                        struct diag_row *spare)
{
    if (!row->socket.minisocket && channel->ends_orphans == ANSWER_UNKNOWN)
        channel->ends_orphans = try_orphan(channel, spare);
    if (!row->socket.minisocket && channel->ends_orphans == ANSWER_NO)
        return -ECANCELED;
    return end_one(channel, row);
}

/* Ends what BATCH lists, and leaves in it what the kernel says has ended. */
static void end_batch(struct channel *channel, struct batch *batch, struct diag_row *spare,
                      struct destroyed *destroyed)
{
    size_t ended = 0;

    destroyed->kept = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct diag_row row = batch->rows[i];
        int error = end_leftover(channel, &row, spare);

        if (error == 0)
            batch->rows[ended++] = row;
        else if (error == -ECANCELED)
            destroyed->kept++;
        else if (error != -ENOENT && error != -ESTALE && destroyed->error == 0)
            destroyed->error = error;
        if (error == -EPERM)
            break; /* the others would fare no better */
    }
    batch->count = ended;
}

static bool has_cookie(const struct batch *batch, uint64_t cookie)
{
    for (size_t i = 0; i < batch->count; i++)
        if (batch->rows[i].cookie == cookie)
            return true;
    return false;
}

/* Counts those of ENDED that are not in NOW, the list made since. */
static void count_gone(const struct batch *ended, const struct batch *now,
                       struct destroyed *destroyed)
{
    for (size_t i = 0; i < ended->count; i++) {
        if (has_cookie(now, ended->rows[i].cookie))
            continue;
        destroyed->by_state[ended->rows[i].socket.state]++;
        destroyed->total++;
    }
}

/* Lists and ends in turns, until nothing more goes. */
static void end_all(struct channel *channel, struct batch batches[2], struct diag_row *spare,
                    struct destroyed *destroyed)
{
    const struct diag_query query = {.protocol = PROTOCOL_TCP,
                                     .port = batches[0].attempt->socket.local.port};

    for (unsigned int round = 0; round < ROUNDS_MAX; round++) {
        struct batch *now = &batches[round % 2], *before = &batches[1 - round % 2];
        struct diag_visitor visitor = {collect, now};
        struct diag_result result;
        uint32_t total = destroyed->total;

        now->count = 0;
        result = sockdiag_each(&query, &visitor);
        if (result.error != 0) {
            destroyed->error = destroyed->error == 0 ? result.error : destroyed->error;
            return;
        }
        count_gone(before, now, destroyed);
        if (now->count == 0 || (round > 0 && destroyed->total == total))
            return;
        end_batch(channel, now, spare, destroyed);
        if (now->count == 0)
            return;
    }
}

struct destroyed destroy_leftovers(const struct attempt *attempt, struct scratch *scratch)
{
    struct destroyed destroyed = {.total = 0};
    struct batch batches[2] = {{.attempt = attempt}, {.attempt = attempt}};
    struct channel channel = {.fd = -ENOMEM, .ends_orphans = ANSWER_UNKNOWN};
    struct diag_row *spare = scratch_take(scratch, BATCH_MAX * sizeof *spare);

    channel.reply = scratch_take(scratch, NETLINK_REPLY_SIZE);
    for (size_t i = 0; i < 2; i++)
        batches[i].rows = scratch_take(scratch, BATCH_MAX * sizeof *batches[i].rows);
    if (batches[1].rows != NULL && spare != NULL && channel.reply != NULL)
        channel.fd = netlink_open(NETLINK_SOCK_DIAG);
    if (channel.fd < 0)
        return (struct destroyed){.error = channel.fd};
    end_all(&channel, batches, spare, &destroyed);
    sys_close(channel.fd);
    return destroyed;
}
