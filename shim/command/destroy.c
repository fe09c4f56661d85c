#include "command/destroy.h"

#include <string.h>

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
    char *reply; /* NETLINK_REPLY_SIZE bytes */
};

struct batch {
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

static bool collect(void *context, const struct diag_row *row)
{
    struct batch *batch = context;

    if (destroy_is_leftover(row) &&
        conflict_between(&batch->attempt->socket, &row->socket).meets != ANSWER_NO)
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

static int end_one(const struct channel *channel, const struct diag_row *row, uint32_t sequence)
{
    static const struct netlink_visitor visitor = {ignore, NULL};
    uint32_t message[SOCKDIAG_REQUEST_MAX / sizeof(uint32_t)];
    size_t size = destroy_request(row, sequence, message);

    return netlink_dump(channel->fd, message, size, channel->reply, &visitor).error;
}

/* Ends what BATCH lists. What is gone, or is another socket by now, is no error. Returns how many
 * have gone, so that there may be less to list. */
static size_t end_batch(const struct channel *channel, const struct batch *batch,
                        uint32_t *sequence, struct destroyed *destroyed)
{
    size_t i, gone = 0;

    for (i = 0; i < batch->count; i++) {
        int error = end_one(channel, &batch->rows[i], ++*sequence);

        if (error == 0) {
            destroyed->by_state[batch->rows[i].socket.state]++;
            destroyed->total++;
        } else if (error != -ENOENT && error != -ESTALE) {
            destroyed->error = destroyed->error == 0 ? error : destroyed->error;
            if (error == -EPERM || error == -EOPNOTSUPP)
                break; /* the others would fare no better */
            continue;
        }
        gone++;
    }
    return gone;
}

struct destroyed destroy_leftovers(const struct attempt *attempt, struct scratch *scratch)
{
    struct destroyed destroyed = {.total = 0};
    struct diag_query query = {.protocol = PROTOCOL_TCP, .port = attempt->socket.local.port};
    struct batch batch = {attempt, scratch_take(scratch, BATCH_MAX * sizeof(struct diag_row)), 0};
    struct diag_visitor visitor = {collect, &batch};
    uint32_t sequence = 0;
    struct channel channel = {-ENOMEM, scratch_take(scratch, NETLINK_REPLY_SIZE)};
    unsigned int round;

    if (batch.rows != NULL && channel.reply != NULL)
        channel.fd = netlink_open(NETLINK_SOCK_DIAG);
    if (channel.fd < 0)
        return (struct destroyed){.error = channel.fd};
    for (round = 0; round < ROUNDS_MAX; round++) {
        struct diag_result result;

        batch.count = 0;
        result = sockdiag_each(&query, &visitor);
        if (result.error != 0 && destroyed.error == 0)
            destroyed.error = result.error;
        if (result.error != 0 || end_batch(&channel, &batch, &sequence, &destroyed) == 0)
            break;
    }
    sys_close(channel.fd);
    return destroyed;
}
