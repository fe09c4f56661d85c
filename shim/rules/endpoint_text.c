/* Endpoints as people write them: reading and printing. Ours and not inet_pton and inet_ntop, so
 * that the preloaded library prints without locale or lock, and so that one code serves both. */
#include "rules/endpoint.h"

#include <string.h>
#include <sys/socket.h>

static void print_inet(struct text *text, const uint8_t *address)
{
    for (size_t i = 0; i < 4; i++) {
        if (i > 0)
            text_char(text, '.');
        text_unsigned(text, address[i]);
    }
}

static unsigned int group(const uint8_t *address, size_t index)
{
    return (unsigned int)address[2 * index] << 8 | address[2 * index + 1];
}

/* RFC 5952: the longest run of two or more zero groups, the first of equals, becomes "::". */
static size_t longest_zero_run(const uint8_t *address, size_t *length)
{
    size_t run, best = 8;

    *length = 1;
    for (size_t at = 0; at < 8; at += run + 1) {
        for (run = 0; at + run < 8 && group(address, at + run) == 0; run++)
            ;
        if (run > *length) {
            best = at;
            *length = run;
        }
    }
    return best;
}

static void print_inet6(struct text *text, const struct endpoint *endpoint)
{
    const uint8_t *address = endpoint->address;
    size_t run_length;
    size_t run = longest_zero_run(address, &run_length);
    size_t i = 0;

    if (endpoint_is_mapped(endpoint)) {
        text_add(text, "::ffff:");
        print_inet(text, address + 12);
        return;
    }
    while (i < 8) {
        if (i == run) {
            text_add(text, "::");
            i += run_length;
            continue;
        }
        if (i > 0 && i != run + run_length)
            text_char(text, ':');
        text_hex(text, group(address, i++), 1);
    }
    if (endpoint->scope != 0) {
        text_char(text, '%');
        text_unsigned(text, endpoint->scope);
    }
}

static void print_unix(struct text *text, const struct endpoint *endpoint)
{
    size_t skip = endpoint_is_abstract(endpoint) ? 1 : 0;

    if (endpoint->path_length == 0) {
        text_add(text, "(unnamed)");
        return;
    }
    if (skip)
        text_char(text, '@');
    text_shown(text, endpoint->path + skip, endpoint->path_length - skip, ENDPOINT_TEXT_MAX);
}

/* "2", or "*" for every context id. */
static void print_cid(struct text *text, const struct endpoint *endpoint)
{
    if (endpoint->scope == UINT32_MAX)
        text_char(text, '*');
    else
        text_unsigned(text, endpoint->scope);
}

/* The netlink families that servers bind; linux/netlink.h. */
static void print_netlink_protocol(struct text *text, const struct endpoint *endpoint)
{
    static const char names[][16] = {
        [0] = "route", [4] = "sock_diag", [5] = "nflog", [6] = "xfrm", [9] = "audit",
        [10] = "fib_lookup", [11] = "connector", [12] = "netfilter", [15] = "uevent",
        [16] = "generic",
    };

    if (endpoint->scope < sizeof names / sizeof *names && names[endpoint->scope][0] != '\0')
        text_add(text, names[endpoint->scope]);
    else
        text_unsigned(text, endpoint->scope);
}

/* A byte behind the family; what was cut off was zero. */
static unsigned int byte_at(const struct endpoint *endpoint, size_t at)
{
    return at < endpoint->path_length ? (unsigned char)endpoint->path[at] : 0;
}

static unsigned int two_bytes_at(const struct endpoint *endpoint, size_t at)
{
    return byte_at(endpoint, at) | byte_at(endpoint, at + 1) << 8;
}

/* "l2cap:00:1a:7d:da:71:13:psm 25": the layout is the protocol's; bluetooth/l2cap.h and rfcomm.h of
 * BlueZ. The last byte of a device's address stands first. False where the layout is not known. */
static bool print_bluetooth(struct text *text, const struct endpoint *endpoint)
{
    enum { L2CAP = 1 + 0, RFCOMM = 1 + 3 }; /* as endpoint.h has it */
    bool l2cap = endpoint->address[0] == L2CAP;
    size_t device = l2cap ? 2 : 0, i;
    unsigned int psm = two_bytes_at(endpoint, 0);

    if (!l2cap && endpoint->address[0] != RFCOMM)
        return false;
    text_add(text, l2cap ? "l2cap" : "rfcomm");
    for (i = device + 6; i-- > device;) {
        text_char(text, ':');
        text_hex(text, byte_at(endpoint, i), 2);
    }
    text_format(text, ":%s %u", !l2cap ? "channel" : psm != 0 ? "psm" : "cid", /* a fixed channel */
                !l2cap ? byte_at(endpoint, 6) : psm != 0 ? psm : two_bytes_at(endpoint, 8));
    return true;
}

/* "packet:0003...": the family, and its bytes as they are. */
static void print_other(struct text *text, const struct endpoint *endpoint)
{
    enum { BYTES_SHOWN = 16 };
    static const struct {
        uint32_t domain;
        char name[12];
    } names[] = {{AF_PACKET, "packet"}, {AF_BLUETOOTH, "bluetooth"}, {AF_TIPC, "tipc"},
                 {AF_CAN, "can"},       {AF_ALG, "alg"},             {AF_INET, "inet"},
                 {AF_INET6, "inet6"}};
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names && names[i].domain != endpoint->scope; i++)
        ;
    if (i < sizeof names / sizeof *names)
        text_add(text, names[i].name);
    else
        text_format(text, "family %u", endpoint->scope);
    if (endpoint->path_length > 0)
        text_char(text, ':');
    if (endpoint->scope == AF_BLUETOOTH && print_bluetooth(text, endpoint))
        return;
    for (i = 0; i < endpoint->path_length && i < BYTES_SHOWN; i++)
        text_hex(text, byte_at(endpoint, i), 2);
    text_add(text, endpoint->path_length > BYTES_SHOWN ? "..." : "");
}

void endpoint_print_address(struct text *text, const struct endpoint *endpoint)
{
    switch (endpoint->family) {
    case FAMILY_INET: print_inet(text, endpoint->address); break;
    case FAMILY_INET6: print_inet6(text, endpoint); break;
    case FAMILY_UNIX: print_unix(text, endpoint); break;
    case FAMILY_VSOCK: print_cid(text, endpoint); break;
    case FAMILY_NETLINK: print_netlink_protocol(text, endpoint); break;
    case FAMILY_OTHER: print_other(text, endpoint); break;
    default: text_char(text, '?'); break;
    }
}

void endpoint_print(struct text *text, const struct endpoint *endpoint)
{
    bool bracketed = endpoint->family == FAMILY_INET6;
    bool numbered = endpoint->family == FAMILY_VSOCK || endpoint->family == FAMILY_NETLINK;

    if (numbered)
        text_format(text, "%s:", family_name(endpoint->family));
    if (bracketed)
        text_char(text, '[');
    endpoint_print_address(text, endpoint);
    if (bracketed)
        text_char(text, ']');
    if (endpoint->family == FAMILY_INET || bracketed) {
        text_char(text, ':');
        text_unsigned(text, endpoint->port);
    } else if (numbered) {
        text_format(text, ":%u", endpoint_number(endpoint));
    }
}

/* Reads a number in BASE of at most DIGITS digits and at most MOST; moves *AT behind it. */
static bool read_number(const char **at, const char *end, unsigned int base, size_t digits,
                        uint32_t most, uint32_t *number)
{
    const char *start = *at;
    uint32_t value = 0;

    while (*at < end && text_digit(**at) < base && (size_t)(*at - start) < digits)
        value = value * base + text_digit(*(*at)++);
    *number = value;
    return *at > start && value <= most;
}

static bool parse_inet(const char *text, const char *end, uint8_t *address)
{
    uint32_t number;

    for (size_t i = 0; i < 4; i++) {
        if (i > 0 && (text == end || *text++ != '.'))
            return false;
        if ((end - text > 1 && text[0] == '0' && text[1] != '.') ||
            !read_number(&text, end, 10, 3, 255, &number))
            return false; /* a leading zero means octal to some */
        address[i] = (uint8_t)number;
    }
    return text == end;
}

/* The groups of one side of "::" (or of the whole address), at most LIMIT bytes. If DOTTED, an IPv4
 * address may be the last part. Returns the bytes filled, or -1. */
static int parse_groups(const char *text, const char *end, uint8_t *bytes, int limit, bool dotted)
{
    int filled = 0;
    uint32_t number;

    while (text < end) {
        if (filled > 0 && *text++ != ':')
            return -1;
        if (dotted && memchr(text, ':', (size_t)(end - text)) == NULL &&
            memchr(text, '.', (size_t)(end - text)) != NULL)
            return filled + 4 <= limit && parse_inet(text, end, bytes + filled) ? filled + 4 : -1;
        if (filled + 2 > limit || !read_number(&text, end, 16, 4, 0xffff, &number))
            return -1;
        bytes[filled++] = (uint8_t)(number >> 8);
        bytes[filled++] = (uint8_t)number;
    }
    return filled;
}

static bool parse_inet6(const char *text, const char *end, uint8_t *address)
{
    uint8_t tail[16];
    const char *gap = text;
    int head_length, tail_length;

    while (gap + 1 < end && (gap[0] != ':' || gap[1] != ':'))
        gap++;
    if (gap + 1 >= end)
        return parse_groups(text, end, address, 16, true) == 16;
    head_length = parse_groups(text, gap, address, 14, false);
    tail_length = parse_groups(gap + 2, end, tail, 14, true);
    if (head_length < 0 || tail_length < 0 || head_length + tail_length > 14)
        return false;
    memcpy(address + 16 - tail_length, tail, (size_t)tail_length);
    return true;
}

bool endpoint_parse_address(const char *text, size_t length, struct endpoint *endpoint)
{
    const char *end = text + length;
    const char *percent;

    memset(endpoint, 0, sizeof *endpoint);
    if (parse_inet(text, end, endpoint->address)) {
        endpoint->family = FAMILY_INET;
        return true;
    }
    memset(endpoint->address, 0, sizeof endpoint->address);
    if (length >= 2 && text[0] == '[' && end[-1] == ']') {
        text++;
        end--;
    }
    percent = memchr(text, '%', (size_t)(end - text));
    if (percent != NULL) {
        const char *digits = percent + 1;

        if (!read_number(&digits, end, 10, 9, 999999999, &endpoint->scope) || digits != end)
            return false;
        end = percent;
    }
    if (!parse_inet6(text, end, endpoint->address))
        return false;
    endpoint->family = FAMILY_INET6;
    return true;
}
