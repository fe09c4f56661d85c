#include "command/destroy.h"

#include <string.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/sys.h"

#ifndef SOCK_DESTROY
#define SOCK_DESTROY 21 /* linux/sock_diag.h, Linux 4.5 */
#endif

enum {
    BATCH_MAX =
        2048,        /* sockets listed before they are ended: a dump must not change under itself */
    ROUNDS_MAX = 64, /* lists made, the last of them empty: an end to it in any case */
    REPLY_SIZE = 512, /* bytes: an nlmsgerr with the request's header, or all of it */
    REPLY_TIMEOUT_S = 1
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

    return row->protocol == PROTOCOL_TCP && row->inode == 0 && row->cookie != 0 &&
           (row->minisocket || (closed_here >> row->state & 1u) != 0);
}

static bool collect(void *context, const struct diag_row *row)
{
    struct batch *batch = context;
    const struct party held = {.protocol = row->protocol,
                               .local = row->local,
                               .options.v6only = row->v6only,
                               .device = row->device,
                               .state = row->state,
                               .uid = row->uid,
                               .connected = true,
                               .minisocket = row->minisocket};

    if (destroy_is_leftover(row) &&
        conflict_between(&batch->attempt->socket, &held).meets != ANSWER_NO)
        batch->rows[batch->count++] = *row;
    return batch->count < BATCH_MAX;
}

size_t destroy_request(const struct diag_row *row, uint32_t sequence, void *message)
{
    const bool inet6 = row->local.family == FAMILY_INET6;
    const size_t address_size = inet6 ? 16 : 4;
    struct inet_diag_req_v2 request = {
        .sdiag_family = (uint8_t)family_domain(row->local.family),
        .sdiag_protocol = IPPROTO_TCP,
        .idiag_states = ~0u,
        .id = {.idiag_sport = htons(row->local.port),
               .idiag_dport = htons(row->remote.port),
               .idiag_if = row->device,
               .idiag_cookie = {(uint32_t)row->cookie, (uint32_t)(row->cookie >> 32)}},
    };
    struct nlmsghdr header = {
        .nlmsg_len = NLMSG_HDRLEN + sizeof request,
        .nlmsg_type = SOCK_DESTROY,
        .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
        .nlmsg_seq = sequence,
    };

    memcpy(request.id.idiag_src, row->local.address, address_size);
    memcpy(request.id.idiag_dst, row->remote.address, address_size);
    memcpy(message, &header, sizeof header);
    memcpy((char *)message + NLMSG_HDRLEN, &request, sizeof request);
    return header.nlmsg_len;
}

static int open_netlink(void)
{
    const struct timeval timeout = {.tv_sec = REPLY_TIMEOUT_S};
    long fd = sys_call(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

    if (fd >= 0)
        sys_call(SYS_setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, (socklen_t)sizeof timeout);
    return (int)fd;
}

/* The kernel's answer to request SEQUENCE. */
static int read_answer(int fd, uint32_t sequence)
{
    char reply[REPLY_SIZE];
    struct nlmsghdr header;
    int error;
    long got;

    do {
        got = sys_call(SYS_recvfrom, fd, reply, sizeof reply, 0, NULL, NULL);
        if (got == -EINTR)
            continue;
        if (got < 0)
            return (int)got;
        if ((size_t)got < NLMSG_HDRLEN + sizeof error)
            return -EPROTO;
        memcpy(&header, reply, sizeof header);
    } while (got == -EINTR || header.nlmsg_seq != sequence);
    if (header.nlmsg_type != NLMSG_ERROR)
        return -EPROTO;
    memcpy(&error, reply + NLMSG_HDRLEN, sizeof error);
    return error;
}

static int end_one(int fd, const struct diag_row *row, uint32_t sequence)
{
    uint32_t message[SOCKDIAG_REQUEST_MAX / sizeof(uint32_t)];
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    size_t size = destroy_request(row, sequence, message);
    long sent;

    do
        sent = sys_call(SYS_sendto, fd, message, size, MSG_NOSIGNAL, &kernel,
                        (socklen_t)sizeof kernel);
    while (sent == -EINTR);
    return sent < 0 ? (int)sent : read_answer(fd, sequence);
}

/* Ends what BATCH lists. What is gone, or is another socket by now, is no error. Returns how many
 * have gone, so that there may be less to list. */
static size_t end_batch(int fd, const struct batch *batch, uint32_t *sequence,
                        struct destroyed *destroyed)
{
    size_t i, gone = 0;

    for (i = 0; i < batch->count; i++) {
        int error = end_one(fd, &batch->rows[i], ++*sequence);

        if (error == 0) {
            destroyed->by_state[batch->rows[i].state]++;
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
    int fd = batch.rows == NULL ? -ENOMEM : open_netlink();
    unsigned int round;

    if (fd < 0)
        return (struct destroyed){.error = fd};
    for (round = 0; round < ROUNDS_MAX; round++) {
        struct diag_result result;

        batch.count = 0;
        result = sockdiag_each(&query, &visitor);
        if (result.error != 0 && destroyed.error == 0)
            destroyed.error = result.error;
        if (result.error != 0 || end_batch(fd, &batch, &sequence, &destroyed) == 0)
            break;
    }
    sys_close(fd);
    return destroyed;
}
