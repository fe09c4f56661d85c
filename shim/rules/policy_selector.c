/* The selector of a rule, behind its protocol: address and ports. */
#include <string.h>

#include "rules/policy_words.h"

enum { INET_BITS = 32, INET6_BITS = 128, PORT_MAX = 65535 };

/* Reads "/N", or takes all of MOST bits where there is none. */
static bool read_prefix(struct reader *reader, uint8_t most, uint8_t *prefix)
{
    uint64_t number;
    size_t start;

    *prefix = most;
    if (!reader_accept(reader, '/'))
        return true;
    reader_skip_blanks(reader);
    start = reader->at;
    if (reader_number(reader, &number) && number <= most) {
        *prefix = (uint8_t)number;
        return true;
    }
    return reader_expected(reader, start, "a prefix length from 0 to %u", most);
}

/* What the prefix leaves open is 0, so that equal rules are equal bytes. */
static void clear_host_bits(uint8_t *address, size_t size, unsigned int prefix)
{
    for (size_t i = 0; i < size; i++) {
        unsigned int kept = prefix > 8 ? 8 : prefix;

        address[i] = (uint8_t)(address[i] & (0xff00u >> kept));
        prefix -= kept;
    }
}

/* The bytes from here to one of STOPS or the end. */
static struct word read_until(struct reader *reader, const char *stops)
{
    struct word word = {reader->text + reader->at, 0};

    while (!reader_at_end(reader)) {
        char c = reader->text[reader->at];

        if (c != '\0' && strchr(stops, c) != NULL)
            break;
        reader->at++;
        word.length++;
    }
    return word;
}

static bool read_bracketed(struct reader *reader, struct policy_rule *rule)
{
    struct word word;
    size_t start;

    reader->at++;
    reader_skip_blanks(reader);
    start = reader->at;
    word = read_until(reader, "]/;= \t\r\n");
    if (!endpoint_parse_address(word.start, word.length, &rule->address) ||
        rule->address.family != FAMILY_INET6)
        return reader_expected(reader, start, "an IPv6 address between the brackets");
    if (!read_prefix(reader, INET6_BITS, &rule->prefix))
        return false;
    if (!reader_accept(reader, ']'))
        return reader_expected(reader, reader->at, "']'");
    if (reader_accept(reader, '/'))
        return reader_expected(reader, reader->at - 1,
                               "the prefix length inside the brackets: [fd00::/8]");
    clear_host_bits(rule->address.address, INET6_BITS / 8, rule->prefix);
    if (endpoint_is_mapped(&rule->address))
        rule->address.scope = 0; /* IPv4 has none */
    return true;
}

/* True if what starts at START has the look of IPv6 without brackets: fe80::1, ::1, 1:2:3... */
static bool looks_like_inet6(const struct reader *reader, size_t start)
{
    unsigned int colons = 0;

    for (size_t i = start; i < reader->length && colons < 2; i++) {
        char c = reader->text[i];

        if (c == ':')
            colons++;
        else if (text_digit(c) > 15)
            break;
    }
    return colons == 2;
}

static bool read_inet(struct reader *reader, struct policy_rule *rule)
{
    size_t start = reader->at;
    struct word word = read_until(reader, "/:;=+, \t\r\n");

    if (!endpoint_parse_address(word.start, word.length, &rule->address) ||
        rule->address.family != FAMILY_INET) {
        if (looks_like_inet6(reader, start))
            return reader_expected(reader, start, "an IPv6 address in brackets, such as [::1]");
        if (start < reader->length && (reader->text[start] == '/' || reader->text[start] == '@'))
            return reader_expected(reader, start,
                                   "an IP address: paths and @names need the protocol unix");
        return reader_expected(reader, start,
                               "an IPv4 address, an IPv6 address in brackets, or *");
    }
    if (!read_prefix(reader, INET_BITS, &rule->prefix))
        return false;
    clear_host_bits(rule->address.address, INET_BITS / 8, rule->prefix);
    return true;
}

static bool read_ip_address(struct reader *reader, struct policy_rule *rule)
{
    const struct selector_words *words = policy_selector_words(rule->protocol);
    size_t start;

    if (reader_accept(reader, '*'))
        return true;
    start = reader->at;
    if (!(reader_next_is(reader, '[') ? read_bracketed(reader, rule) : read_inet(reader, rule)))
        return false;
    if (!(words->families >> rule->address.family & 1u))
        return reader_expected(reader, start, "%s, as %s says",
                               rule->address.family == FAMILY_INET ? "an IPv6 address in brackets"
                                                                   : "an IPv4 address",
                               words->name);
    rule->has_address = true;
    return true;
}

/* Only what a terminal shows as it is, so that a printed policy is the policy. */
static bool check_printable(struct reader *reader, size_t start, size_t length)
{
    size_t i = 0;

    while (i < length) {
        const char *bytes = reader->text + start + i;
        size_t size = text_utf8_length(bytes, length - i);
        char shown[8];
        struct text text = text_in(shown, sizeof shown);

        text_shown(&text, bytes, size > 0 ? size : 1, sizeof shown);
        if (text.used != size)
            return reader_expected(reader, start + i,
                                   "a printable character ('?' stands for any one byte)");
        i += size;
    }
    return true;
}

/* A path may contain any of the grammar's signs but '=' and ';', which '?' can stand for. */
static bool read_unix_address(struct reader *reader, struct policy_rule *rule)
{
    size_t start = reader->at;
    struct word word = read_until(reader, "=;");

    while (word.length > 0 && reader_is_blank(word.start[word.length - 1]))
        word.length--;
    if (word.length == 0)
        return reader_expected(reader, start, "a path, @name, or a glob of either");
    if (word.length > ENDPOINT_PATH_MAX)
        return reader_expected(reader, start + ENDPOINT_PATH_MAX, "a path of at most 108 bytes");
    if (!check_printable(reader, start, word.length))
        return false;
    if (word_is(word, "*"))
        return true;
    rule->has_address = true;
    rule->address.family = FAMILY_UNIX;
    rule->address.path_length = (uint8_t)word.length;
    memcpy(rule->address.path, word.start, word.length);
    return true;
}

static bool read_port(struct reader *reader, uint16_t least, uint16_t *port)
{
    uint64_t number;
    size_t start;

    reader_skip_blanks(reader);
    start = reader->at;
    if (reader_number(reader, &number) && number >= least && number <= PORT_MAX) {
        *port = (uint16_t)number;
        return true;
    }
    return reader_expected(reader, start, "a port from %u to 65535", least);
}

static bool read_ports(struct reader *reader, struct policy_rule *rule)
{
    do {
        struct port_range *range = &rule->ranges[rule->range_count];

        if (rule->range_count == POLICY_RANGES_MAX) {
            reader_skip_blanks(reader);
            return reader_expected(reader, reader->at, "at most 16 ports or ranges in a rule");
        }
        if (!read_port(reader, 1, &range->first))
            return false;
        range->last = range->first;
        if (reader_accept(reader, '-') && !read_port(reader, range->first, &range->last))
            return false;
        rule->range_count++;
    } while (reader_accept(reader, ','));
    return true;
}

bool policy_read_selector(struct reader *reader, struct policy_rule *rule)
{
    bool is_unix = rule->protocol == SELECT_UNIX;

    if (reader_accept(reader, '@')) {
        reader_skip_blanks(reader);
        if (!(is_unix ? read_unix_address(reader, rule) : read_ip_address(reader, rule)))
            return false;
    }
    if (!reader_accept(reader, ':'))
        return true;
    if (is_unix)
        return reader_expected(reader, reader->at - 1, "'=': UNIX sockets have no port");
    return read_ports(reader, rule);
}
