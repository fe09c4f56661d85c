/* sockdiag_row() reads a message of the kernel exactly, believes none of its lengths, and never
 * reads beyond its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "facts/sockdiag.h"

/* A message in the making. */
struct message {
    size_t length;
    _Alignas(8) char bytes[1024];
};

static void add(struct message *message, const void *bytes, size_t size)
{
    memcpy(message->bytes + message->length, bytes, size);
    message->length += size;
}

static void add_attribute(struct message *message, uint16_t type, const void *bytes, size_t size)
{
    struct nlattr header = {.nla_len = (uint16_t)(sizeof header + size), .nla_type = type};

    add(message, &header, sizeof header);
    add(message, bytes, size);
    message->length = (message->length + 3) & ~(size_t)3; /* NLA_ALIGN */
}

static struct message message_of(const struct inet_diag_msg *inet)
{
    struct nlmsghdr header = {.nlmsg_type = SOCK_DIAG_BY_FAMILY};
    struct message message = {.length = 0};

    add(&message, &header, sizeof header);
    add(&message, inet, sizeof *inet);
    return message;
}

static const struct inet_diag_msg connection = {
    .idiag_family = AF_INET6,
    .idiag_state = 1,
    .id = {.idiag_if = 3, .idiag_cookie = {7, 1}},
    .idiag_uid = 1000,
    .idiag_inode = 4294967295u,
};

static struct message full_message(void)
{
    struct inet_diag_msg inet = connection;
    struct tcp_info info = { .tcpi_bytes_acked = 101, .tcpi_bytes_sent = 150,
                             .tcpi_bytes_retrans = 50 };
    uint64_t cgroup = 12345;
    uint8_t one = 1;
    struct message message;

    inet.id.idiag_sport = htons(8080);
    inet.id.idiag_dport = htons(443);
    inet.id.idiag_src[0] = htonl(0xfe800000u);
    inet.id.idiag_src[3] = htonl(1);
    message = message_of(&inet);
    add_attribute(&message, INET_DIAG_SKV6ONLY, &one, sizeof one);
    add_attribute(&message, INET_DIAG_CGROUP_ID, &cgroup, sizeof cgroup);
    add_attribute(&message, INET_DIAG_INFO, &info, sizeof info);
    return message;
}

/* Reads from memory that ends where the message does. */
static bool read_exactly(const struct message *message, size_t length, struct diag_row *row)
{
    char *copy = malloc(length == 0 ? 1 : length);
    bool result;

    assert_non_null(copy);
    memcpy(copy, message->bytes, length);
    result = sockdiag_row(copy, length, PROTOCOL_TCP, row);
    free(copy);
    return result;
}

static void every_field(void **state)
{
    struct message message = full_message();
    struct diag_row row;

    (void)state;
    assert_true(read_exactly(&message, message.length, &row));
    assert_int_equal(row.socket.protocol, PROTOCOL_TCP);
    assert_int_equal(row.socket.state, STATE_ESTABLISHED);
    assert_int_equal(row.socket.local.family, FAMILY_INET6);
    assert_int_equal(row.socket.local.port, 8080);
    assert_int_equal(row.socket.local.scope, 3);
    assert_int_equal(row.socket.local.address[15], 1);
    assert_int_equal(row.remote.port, 443);
    assert_int_equal(row.remote.scope, 0);
    assert_int_equal(row.socket.device, 3);
    assert_int_equal(row.inode, 4294967295u);
    assert_int_equal(row.socket.uid, 1000);
    assert_int_equal(row.cookie, (uint64_t)1 << 32 | 7);
    assert_int_equal(row.socket.options.v6only, ANSWER_YES);
    assert_int_equal(row.cgroup_id, 12345);
    assert_int_equal(row.outgoing, ANSWER_YES);
    assert_int_equal(row.timer_ms, -1);
}

static void every_cut_is_safe(void **state)
{
    struct message message = full_message();
    struct diag_row row;

    (void)state;
    for (size_t length = 0; length < message.length; length++) {
        bool whole = length >= NLMSG_HDRLEN + sizeof(struct inet_diag_msg);

        assert_int_equal(read_exactly(&message, length, &row), whole);
    }
}

static void lying_lengths_are_safe(void **state)
{
    static const uint16_t lies[] = {0, 1, 3, 4, 5, 8, 255, 65535};
    struct message message = full_message();
    size_t at = NLMSG_HDRLEN + sizeof(struct inet_diag_msg);
    struct diag_row row;

    (void)state;
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        memcpy(message.bytes + at, &lies[i], sizeof lies[i]);
        assert_true(read_exactly(&message, message.length, &row));
    }
}

static enum answer outgoing(uint64_t acked, uint64_t sent, uint64_t retransmitted,
                            uint32_t unacked, uint8_t tcp_state)
{
    struct inet_diag_msg inet = connection;
    struct tcp_info info = { .tcpi_bytes_acked = acked, .tcpi_bytes_sent = sent,
                             .tcpi_bytes_retrans = retransmitted, .tcpi_unacked = unacked };
    struct message message;
    struct diag_row row;

    inet.idiag_state = tcp_state;
    message = message_of(&inet);
    add_attribute(&message, INET_DIAG_INFO, &info, sizeof info);
    assert_true(read_exactly(&message, message.length, &row));
    return row.outgoing;
}

static void who_connected(void **state)
{
    (void)state;
    assert_int_equal(outgoing(1, 0, 0, 0, 1), ANSWER_YES);
    assert_int_equal(outgoing(0, 0, 0, 0, 1), ANSWER_NO);
    assert_int_equal(outgoing(11, 10, 0, 0, 8), ANSWER_YES);
    assert_int_equal(outgoing(10, 10, 0, 0, 8), ANSWER_NO);
    assert_int_equal(outgoing(11, 30, 20, 0, 1), ANSWER_YES);
    assert_int_equal(outgoing(10, 30, 20, 0, 1), ANSWER_NO);
    assert_int_equal(outgoing(5, 10, 0, 1, 1), ANSWER_UNKNOWN);
    assert_int_equal(outgoing(5, 10, 0, 0, 1), ANSWER_UNKNOWN);
    assert_int_equal(outgoing(12, 10, 0, 0, 4), ANSWER_UNKNOWN);
}

static void minisockets_have_no_user(void **state)
{
    struct inet_diag_msg inet = connection;
    struct message message;
    struct diag_row row;

    (void)state;
    inet.idiag_state = 5; /* FIN_WAIT2 */
    inet.idiag_timer = 3;
    inet.idiag_expires = 1234;
    inet.idiag_uid = 0;
    message = message_of(&inet);
    assert_true(read_exactly(&message, message.length, &row));
    assert_int_equal(row.socket.state, STATE_FIN_WAIT2);
    assert_true(row.socket.minisocket);
    assert_int_equal(row.timer_ms, 1234);
    assert_int_equal(row.socket.uid, UID_UNKNOWN);
}

static void what_is_no_row(void **state)
{
    struct inet_diag_msg inet = connection;
    struct message message = message_of(&inet);
    const uint16_t error = NLMSG_ERROR;
    struct diag_row row;

    (void)state;
    assert_false(sockdiag_row(message.bytes, message.length, PROTOCOL_UNIX, &row));
    inet.idiag_state = 3; /* SYN_RECV */
    message = message_of(&inet);
    assert_false(read_exactly(&message, message.length, &row));
    inet.idiag_state = 200;
    message = message_of(&inet);
    assert_false(read_exactly(&message, message.length, &row));
    inet = connection;
    inet.idiag_family = AF_UNIX;
    message = message_of(&inet);
    assert_false(read_exactly(&message, message.length, &row));
    message = message_of(&connection);
    memcpy(message.bytes + offsetof(struct nlmsghdr, nlmsg_type), &error, sizeof error);
    assert_false(read_exactly(&message, message.length, &row));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field),
        cmocka_unit_test(every_cut_is_safe),
        cmocka_unit_test(lying_lengths_are_safe),
        cmocka_unit_test(who_connected),
        cmocka_unit_test(minisockets_have_no_user),
        cmocka_unit_test(what_is_no_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL) == 0 ? 0 : 1;
}
