/* Claim: an endpoint is read and printed as the C library does it, and what was printed is read
 * as the same again; a sockaddr goes in and comes out unchanged. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include <cmocka.h>

#include <linux/netlink.h>
#include <linux/vm_sockets.h>

#include "rules/endpoint.h"

enum { RANDOM_ADDRESSES = 20000 };

static const char *const addresses[] = {
    "0.0.0.0", "127.0.0.1", "255.255.255.255", "1.2.3.4", "::", "::1", "1::", "2001:db8::1",
    "fe80::1:2:3:4", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "::ffff:0.0.0.0", "1:0:0:2::3",
    "1:0:2:3:4:5:6:7", "64:ff9b::102:304", "a:b:c:d:e:f:0:0", "0:0:1::", "1::2:0:0:3",
    "2001:0DB8:0000:0000:0000:0000:0000:0001", "::1.2.3.4", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
};

static const char *const no_addresses[] = {
    "", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.04", "1..2.3", ".1.2.3", "1.2.3.", "a.b.c.d",
    ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "g::", "1:2:3:4:5:6:7:",
    ":1:2:3:4:5:6:7", "::1.2.3", "::1.2.3.4:5", "1.2.3.4::", "1:2:3:4:5:6:7:1.2.3.4", " ::1",
    "::1 ",
    "1.2.3.4 ", "-1.2.3.4", "+1.2.3.4", "0x1.2.3.4", "1::2:3:4:5:6:7:8",
};

static bool read_by_libc(const char *text, uint8_t *bytes)
{
    memset(bytes, 0, 16);
    return inet_pton(strchr(text, ':') ? AF_INET6 : AF_INET, text, bytes) == 1;
}

static void print(const struct endpoint *endpoint, char *to, size_t size)
{
    struct text text = text_in(to, size);

    endpoint_print_address(&text, endpoint);
}

static void addresses_are_read_as_libc_does(void **state)
{
    struct endpoint endpoint;
    uint8_t bytes[16];

    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        assert_true(read_by_libc(addresses[i], bytes));
        if (!endpoint_parse_address(addresses[i], strlen(addresses[i]), &endpoint))
            fail_msg("%s is refused", addresses[i]);
        assert_memory_equal(endpoint.address, bytes, 16);
        assert_int_equal(endpoint.family, strchr(addresses[i], ':') ? FAMILY_INET6 : FAMILY_INET);
        assert_int_equal(endpoint.port, 0);
    }
    for (size_t i = 0; i < sizeof no_addresses / sizeof no_addresses[0]; i++) {
        assert_false(read_by_libc(no_addresses[i], bytes));
        if (endpoint_parse_address(no_addresses[i], strlen(no_addresses[i]), &endpoint))
            fail_msg("\"%s\" is taken", no_addresses[i]);
    }
}

static void scopes_and_brackets_are_read(void **state)
{
    struct endpoint endpoint;
    char text[64];

    (void)state;
    assert_true(endpoint_parse_address("[fe80::1%3]", 11, &endpoint));
    assert_int_equal(endpoint.scope, 3);
    print(&endpoint, text, sizeof text);
    assert_string_equal(text, "fe80::1%3");
    assert_true(endpoint_parse_address("[::1]", 5, &endpoint));
    assert_false(endpoint_parse_address("[::1", 4, &endpoint));
    assert_false(endpoint_parse_address("::1]", 4, &endpoint));
    assert_false(endpoint_parse_address("[]", 2, &endpoint));
    assert_false(endpoint_parse_address("fe80::1%", 8, &endpoint));
    assert_false(endpoint_parse_address("fe80::1%lo", 10, &endpoint));
    assert_false(endpoint_parse_address("fe80::1%3x", 10, &endpoint));
    assert_false(endpoint_parse_address("[1.2.3.4]", 9, &endpoint));
    assert_true(endpoint_parse_address("1.2.3.45", 7, &endpoint)); /* no more than it was given */
    assert_int_equal(endpoint.address[3], 4);
}

/* Many zero groups, so that "::" is met in every place. */
static void random_addresses_come_back(void **state)
{
    char text[64], expected[INET6_ADDRSTRLEN];

    (void)state;
    srandom(1);
    for (int i = 0; i < RANDOM_ADDRESSES; i++) {
        struct endpoint endpoint = {.family = i % 4 ? FAMILY_INET6 : FAMILY_INET}, back;
        int length = endpoint.family == FAMILY_INET ? 4 : 16;

        for (int b = 0; b < length; b += 2) {
            endpoint.address[b] = random() % 3 ? 0 : (uint8_t)random();
            endpoint.address[b + 1] = random() % 2 ? 0 : (uint8_t)random();
        }
        print(&endpoint, text, sizeof text);
        assert_true(endpoint_parse_address(text, strlen(text), &back));
        assert_true(endpoint_equal(&endpoint, &back));
        inet_ntop(family_domain(endpoint.family), endpoint.address, expected, sizeof expected);
        if (strchr(expected, ':') == NULL || strchr(expected, '.') == NULL)
            assert_string_equal(text, expected); /* glibc has more dotted forms than RFC 5952 */
    }
}

static void sockaddrs_come_back(void **state)
{
    _Alignas(struct sockaddr_storage) char bytes[ENDPOINT_SOCKADDR_MAX] = "";
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(8080)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(443)};
    struct endpoint endpoint;

    (void)state;
    in.sin_addr.s_addr = htonl(0x01020304);
    endpoint = endpoint_from_sockaddr(&in, sizeof in);
    assert_int_equal(endpoint.family, FAMILY_INET);
    assert_int_equal(endpoint.port, 8080);
    assert_int_equal(endpoint_to_sockaddr(&endpoint, bytes), sizeof in);
    assert_memory_equal(bytes, &in, sizeof in);
    inet_pton(AF_INET6, "fe80::7", &in6.sin6_addr);
    in6.sin6_scope_id = 2;
    endpoint = endpoint_from_sockaddr(&in6, sizeof in6);
    assert_int_equal(endpoint.scope, 2);
    assert_int_equal(endpoint_to_sockaddr(&endpoint, bytes), sizeof in6);
    assert_memory_equal(bytes, &in6, sizeof in6);
    inet_pton(AF_INET6, "fd00::7", &in6.sin6_addr);
    endpoint = endpoint_from_sockaddr(&in6, sizeof in6);
    assert_int_equal(endpoint.scope, 0); /* which the kernel takes no notice of here */
}

static void short_and_strange_sockaddrs_are_no_address(void **state)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    sa_family_t strange = AF_NETLINK;
    char bytes[ENDPOINT_SOCKADDR_MAX];
    struct endpoint endpoint;

    (void)state;
    assert_int_equal(endpoint_from_sockaddr(&in, 0).family, FAMILY_NONE);
    assert_int_equal(endpoint_from_sockaddr(&in, 1).family, FAMILY_NONE);
    assert_int_equal(endpoint_from_sockaddr(&in, 15).family, FAMILY_OTHER);
    assert_int_equal(endpoint_from_sockaddr(&in6, 23).family, FAMILY_OTHER);
    assert_int_equal(endpoint_from_sockaddr(&in6, 24).family, FAMILY_INET6);
    endpoint = endpoint_from_sockaddr(&strange, sizeof strange);
    assert_int_equal(endpoint.family, FAMILY_OTHER);
    assert_int_equal(endpoint_to_sockaddr(&endpoint, bytes), 0);
    in.sin_family = AF_UNSPEC; /* an old habit that means AF_INET */
    assert_int_equal(endpoint_from_sockaddr(&in, sizeof in).family, FAMILY_INET);
}

static void expect_printed(const void *sockaddr, size_t length, const char *expected)
{
    struct endpoint endpoint = endpoint_from_sockaddr(sockaddr, length);
    char buffer[ENDPOINT_TEXT_MAX];
    struct text text = text_in(buffer, sizeof buffer);

    endpoint_print(&text, &endpoint);
    assert_string_equal(buffer, expected);
}

static void other_families_are_printed_too(void **state)
{
    struct sockaddr_vm vm = {.svm_family = AF_VSOCK, .svm_cid = 3, .svm_port = 70000};
    struct sockaddr_nl nl = {.nl_family = AF_NETLINK, .nl_pid = 4242};
    struct sockaddr packet = {.sa_family = AF_PACKET, .sa_data = {0, 3, 1}};
    struct sockaddr unheard = {.sa_family = 45};

    (void)state;
    expect_printed(&vm, sizeof vm, "vsock:3:70000");
    vm.svm_cid = VMADDR_CID_ANY;
    expect_printed(&vm, sizeof vm, "vsock:*:70000");
    expect_printed(&nl, sizeof nl, "netlink:route:4242");
    expect_printed(&packet, sizeof packet, "packet:000301");
    expect_printed(&unheard, sizeof unheard, "family 45");
}

/* The bytes behind the family as BlueZ's headers have them: bluetooth/l2cap.h, rfcomm.h. */
static void expect_bluetooth(int protocol, const char *bytes, size_t length, const char *expected)
{
    struct sockaddr_storage storage = {.ss_family = AF_BLUETOOTH};
    struct endpoint endpoint;
    char buffer[ENDPOINT_TEXT_MAX];
    struct text text = text_in(buffer, sizeof buffer);

    memcpy((char *)&storage + sizeof(sa_family_t), bytes, length);
    endpoint = endpoint_from_sockaddr(&storage, sizeof(sa_family_t) + length);
    endpoint.address[0] = (uint8_t)(protocol + 1);
    endpoint_print(&text, &endpoint);
    assert_string_equal(buffer, expected);
}

static void bluetooth_is_printed_as_its_protocol_has_it(void **state)
{
    enum { NOT_KNOWN = -1, L2CAP = 0, HCI = 1, SCO = 2, RFCOMM = 3, BNEP = 4 };

    (void)state;
    expect_bluetooth(L2CAP, "\x01\x10\x13\x71\xda\x7d\x1a\x00\0\0\0", 12,
                     "bluetooth:l2cap:00:1a:7d:da:71:13:psm 4097");
    expect_bluetooth(L2CAP, "\0\0\0\0\0\0\0\0\x04\x00\x01", 12,
                     "bluetooth:l2cap:00:00:00:00:00:00:cid 4");
    expect_bluetooth(RFCOMM, "\x13\x71\xda\x7d\x1a\x00\x03", 8,
                     "bluetooth:rfcomm:00:1a:7d:da:71:13:channel 3");
    expect_bluetooth(RFCOMM, "\0\0\0\0\0\0\x1e", 8,
                     "bluetooth:rfcomm:00:00:00:00:00:00:channel 30");
    /* Bytes, where the layout is not known. */
    expect_bluetooth(HCI, "\x01\0\x01", 4, "bluetooth:010001");
    expect_bluetooth(SCO, "\x13\x71\xda\x7d\x1a\xf0", 6, "bluetooth:1371da7d1af0");
    expect_bluetooth(BNEP, "\x01\x02", 2, "bluetooth:0102");
    expect_bluetooth(200, "\x01\x02", 2, "bluetooth:0102");
    expect_bluetooth(NOT_KNOWN, "\x13\x71\xda\x7d\x1a\x00\x03", 8, "bluetooth:1371da7d1a0003");
}

static struct endpoint unix_name(const char *name, size_t length)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};

    memcpy(un.sun_path, name, length);
    return endpoint_from_sockaddr(&un, offsetof(struct sockaddr_un, sun_path) + length);
}

static void unix_names_keep_their_bytes(void **state)
{
    struct endpoint path = unix_name("/run/x\0junk", 11);
    struct endpoint abstract = unix_name("\0name\0x", 7);
    struct endpoint nameless = unix_name("", 0);
    char full[ENDPOINT_PATH_MAX], text[ENDPOINT_TEXT_MAX];
    struct endpoint longest;

    (void)state;
    assert_int_equal(path.path_length, 6);
    assert_false(endpoint_is_abstract(&path));
    print(&path, text, sizeof text);
    assert_string_equal(text, "/run/x");
    assert_int_equal(abstract.path_length, 7);
    assert_true(endpoint_is_abstract(&abstract));
    assert_int_equal(nameless.path_length, 0);
    assert_false(endpoint_is_abstract(&nameless));
    memset(full, '\x01', sizeof full);
    longest = unix_name(full, sizeof full);
    assert_int_equal(longest.path_length, ENDPOINT_PATH_MAX);
    print(&longest, text, sizeof text);
    assert_int_equal(strlen(text), ENDPOINT_PATH_MAX * 4); /* each as \xNN */
    assert_false(endpoint_equal(&path, &abstract));
}

static void kinds_of_addresses_are_told_apart(void **state)
{
    static const struct {
        const char *address;
        bool wildcard, mapped, multicast;
    } kinds[] = {
        {"0.0.0.0", true, false, false},        {"::", true, false, false},
        {"::ffff:0.0.0.0", true, true, false},  {"::ffff:1.2.3.4", false, true, false},
        {"1.2.3.4", false, false, false},       {"::1", false, false, false},
        {"224.0.0.1", false, false, true},      {"239.1.2.3", false, false, true},
        {"240.0.0.1", false, false, false},     {"223.255.255.255", false, false, false},
        {"ff02::1", false, false, true},        {"fe80::1", false, false, false},
        {"::ffff:224.0.0.1", false, true, true}, {"::fffe:1.2.3.4", false, false, false},
    };
    struct endpoint endpoint;

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        assert_true(endpoint_parse_address(kinds[i].address, strlen(kinds[i].address), &endpoint));
        assert_int_equal(endpoint_is_wildcard(&endpoint), kinds[i].wildcard);
        assert_int_equal(endpoint_is_mapped(&endpoint), kinds[i].mapped);
        assert_int_equal(endpoint_is_multicast(&endpoint), kinds[i].multicast);
    }
}

static void protocols_are_told_by_the_kernels_numbers(void **state)
{
    (void)state;
    assert_int_equal(protocol_of(AF_INET, SOCK_STREAM, 0), PROTOCOL_TCP);
    assert_int_equal(protocol_of(AF_INET6, SOCK_STREAM, IPPROTO_TCP), PROTOCOL_TCP);
    assert_int_equal(protocol_of(AF_INET, SOCK_STREAM, 262), PROTOCOL_TCP); /* MPTCP */
    assert_int_equal(protocol_of(AF_INET, SOCK_DGRAM, 0), PROTOCOL_UDP);
    assert_int_equal(protocol_of(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE), PROTOCOL_UDPLITE);
    assert_int_equal(protocol_of(AF_INET, SOCK_STREAM, IPPROTO_SCTP), PROTOCOL_SCTP);
    assert_int_equal(protocol_of(AF_INET6, SOCK_SEQPACKET, IPPROTO_SCTP), PROTOCOL_SCTP);
    assert_int_equal(protocol_of(AF_VSOCK, SOCK_SEQPACKET, 0), PROTOCOL_VSOCK);
    assert_int_equal(protocol_of(AF_NETLINK, SOCK_RAW, 15), PROTOCOL_NETLINK);
    assert_int_equal(protocol_of(AF_INET, SOCK_RAW, IPPROTO_TCP), PROTOCOL_NONE);
    assert_int_equal(protocol_of(AF_UNIX, SOCK_STREAM, 0), PROTOCOL_UNIX);
    assert_int_equal(protocol_of(AF_PACKET, SOCK_RAW, 0), PROTOCOL_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read_as_libc_does),
        cmocka_unit_test(scopes_and_brackets_are_read),
        cmocka_unit_test(random_addresses_come_back),
        cmocka_unit_test(sockaddrs_come_back),
        cmocka_unit_test(short_and_strange_sockaddrs_are_no_address),
        cmocka_unit_test(unix_names_keep_their_bytes),
        cmocka_unit_test(kinds_of_addresses_are_told_apart),
        cmocka_unit_test(other_families_are_printed_too),
        cmocka_unit_test(bluetooth_is_printed_as_its_protocol_has_it),
        cmocka_unit_test(protocols_are_told_by_the_kernels_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
