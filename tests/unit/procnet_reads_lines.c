/* procnet_row() reads the lines of /proc/net exactly, and nothing that is not one. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <stdio.h>

#include "facts/procnet.h"

static const char listener[] =
    "   0: _ADDRESS:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 "
    "12345 1 0000000000000000 100 0 0 10 0";

/* The kernel prints addresses as numbers of the machine, so the test does: at "ADDRESS:". */
static size_t print(char *line, const char *pattern, const char *address)
{
    char digits[9];
    struct in_addr in;

    assert_int_equal(inet_pton(AF_INET, address, &in), 1);
    snprintf(digits, sizeof digits, "%08X", in.s_addr);
    strcpy(line, pattern);
    memcpy(strstr(line, "_ADDRESS"), digits, 8);
    return strlen(line);
}

static void a_listener(void **state)
{
    char line[256];
    struct diag_row row;
    size_t length = print(line, listener, "127.0.0.1");

    (void)state;
    assert_true(procnet_row(line, length, PROTOCOL_TCP, FAMILY_INET, &row));
    assert_int_equal(row.socket.protocol, PROTOCOL_TCP);
    assert_int_equal(row.socket.state, STATE_LISTEN);
    assert_int_equal(row.socket.local.family, FAMILY_INET);
    assert_memory_equal(row.socket.local.address, "\x7f\0\0\1", 4);
    assert_int_equal(row.socket.local.port, 8080);
    assert_int_equal(row.remote.family, FAMILY_NONE);
    assert_int_equal(row.socket.uid, 1000);
    assert_int_equal(row.inode, 12345);
    assert_int_equal(row.timer_ms, -1);
    assert_int_equal(row.socket.options.v6only, ANSWER_UNKNOWN);
}

static void a_time_wait_has_no_user(void **state)
{
    const char *pattern = " 12: _ADDRESS:1F90 0100007F:D431 06 00000000:00000000 03:0000176F "
                          "00000000     0        0 0 3 0000000000000000";
    char line[256];
    struct diag_row row;
    size_t length = print(line, pattern, "127.0.0.1");

    (void)state;
    assert_true(procnet_row(line, length, PROTOCOL_TCP, FAMILY_INET, &row));
    assert_int_equal(row.socket.state, STATE_TIME_WAIT);
    assert_true(row.socket.minisocket);
    assert_int_equal(row.timer_ms, 59990);
    assert_int_equal(row.socket.uid, UID_UNKNOWN);
    assert_int_equal(row.remote.port, 0xd431);
}

#ifdef __mips__
#define STREAM "0002"
#define DGRAM "0001"
#else
#define STREAM "0001"
#define DGRAM "0002"
#endif

static void unix_names(void **state)
{
    static const char path[] = "ffff8880: 00000002 00000000 00010000 " STREAM " 01 777 /run/a b.sock";
    static const char name[] = "ffff8880: 00000002 00000000 00000000 " DGRAM " 01    78 @x@y";
    static const char met[] = "ffff8880: 00000003 00000000 00000000 " DGRAM " 03    78 @x@y";
    static const char bare[] = "ffff8880: 00000003 00000000 00000000 " STREAM " 03 79";
    struct diag_row row;

    (void)state;
    assert_true(procnet_row(path, sizeof path - 1, PROTOCOL_UNIX, FAMILY_UNIX, &row));
    assert_int_equal(row.socket.state, STATE_LISTEN);
    assert_int_equal(row.unix_type, SOCK_STREAM);
    assert_int_equal(row.inode, 777);
    assert_int_equal(row.socket.local.path_length, 13);
    assert_memory_equal(row.socket.local.path, "/run/a b.sock", 13);
    assert_true(procnet_row(name, sizeof name - 1, PROTOCOL_UNIX, FAMILY_UNIX, &row));
    assert_int_equal(row.socket.state, STATE_BOUND);
    assert_int_equal(row.socket.local.path_length, 4);
    assert_memory_equal(row.socket.local.path, "\0x@y", 4);
    /* Somebody has connected to a datagram socket. */
    assert_true(procnet_row(met, sizeof met - 1, PROTOCOL_UNIX, FAMILY_UNIX, &row));
    assert_int_equal(row.socket.state, STATE_BOUND);
    assert_true(procnet_row(bare, sizeof bare - 1, PROTOCOL_UNIX, FAMILY_UNIX, &row));
    assert_int_equal(row.socket.state, STATE_ESTABLISHED);
    assert_int_equal(row.socket.local.path_length, 0);
}

static void headers_and_half_lines_are_none(void **state)
{
    static const char tcp[] = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when";
    static const char names[] = "Num       RefCount Protocol Flags    Type St Inode Path";
    char line[256];
    size_t length = print(line, listener, "127.0.0.1");
    size_t inode_end = (size_t)(strstr(line, "12345") + 1 - line);
    struct diag_row row;

    (void)state;
    assert_false(procnet_row(tcp, sizeof tcp - 1, PROTOCOL_TCP, FAMILY_INET, &row));
    assert_false(procnet_row(names, sizeof names - 1, PROTOCOL_UNIX, FAMILY_UNIX, &row));
    for (size_t cut = 0; cut < inode_end; cut++)
        assert_false(procnet_row(line, cut, PROTOCOL_TCP, FAMILY_INET, &row));
    assert_false(procnet_row(line, length, PROTOCOL_TCP, FAMILY_INET6, &row));
}

static void syn_recv_is_left_out(void **state)
{
    char line[256];
    struct diag_row row;
    size_t length = print(line, listener, "127.0.0.1");

    (void)state;
    memcpy(strstr(line, " 0A "), " 03 ", 4);
    assert_false(procnet_row(line, length, PROTOCOL_TCP, FAMILY_INET, &row));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listener),
        cmocka_unit_test(a_time_wait_has_no_user),
        cmocka_unit_test(unix_names),
        cmocka_unit_test(headers_and_half_lines_are_none),
        cmocka_unit_test(syn_recv_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL) == 0 ? 0 : 1;
}
