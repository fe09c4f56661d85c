#include <string.h>

#include "base/sys.h"
#include "rules/glob.h"
#include "rules/policy.h"
#include "rules/policy_words.h"

enum { MAPPED_BITS = 96 }; /* of ::ffff:0:0/96, RFC 4291 section 2.5.5.2 */

static bool bits_equal(const uint8_t *a, const uint8_t *b, unsigned int bits)
{
    unsigned int rest = bits % 8;

    if (memcmp(a, b, bits / 8) != 0)
        return false;
    return rest == 0 || (a[bits / 8] ^ b[bits / 8]) >> (8 - rest) == 0;
}

/* The address as IPv6 has it: 127.0.0.1 is ::ffff:127.0.0.1. */
static void as_inet6(const struct endpoint *endpoint, uint8_t address[16])
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

    if (endpoint->family == FAMILY_INET) {
        memcpy(address, mapped, sizeof mapped);
        memcpy(address + sizeof mapped, endpoint->address, 4);
    } else {
        memcpy(address, endpoint->address, 16);
    }
}

static bool ip_address_matches(const struct policy_rule *rule, const struct endpoint *local)
{
    unsigned int prefix = rule->prefix;
    uint8_t want[16], have[16];

    if (rule->address.family == FAMILY_INET)
        prefix += MAPPED_BITS;
    else if (local->family == FAMILY_INET && prefix < MAPPED_BITS)
        return false; /* [::/0] means IPv6, although every address can be written as IPv6 */
    as_inet6(&rule->address, want);
    as_inet6(local, have);
    if (rule->address.scope != 0 && rule->address.scope != local->scope)
        return false;
    return bits_equal(want, have, prefix);
}

/* Two programs may mean one file, the one by its whole path and the other from its folder. */
static bool whole_path_matches(const struct endpoint *pattern, const struct endpoint *local,
                               const char *folder)
{
    char path[POLICY_FOLDER_MAX + ENDPOINT_PATH_MAX];
    struct text whole = text_in(path, sizeof path);
    bool here = local->path_length > 2 && local->path[0] == '.' && local->path[1] == '/';

    text_join(&whole, folder, strcmp(folder, "/") == 0 ? "" : "/", NULL);
    text_bytes(&whole, local->path + (here ? 2 : 0), (size_t)local->path_length - (here ? 2 : 0));
    return !whole.cut && glob_matches(pattern->path, pattern->path_length, path, whole.used);
}

/* '@' at the start of the pattern means the abstract namespace, nothing else does: the file
 * '@name' in the working directory is not meant by it. */
static bool unix_address_matches(const struct endpoint *pattern, const struct endpoint *local,
                                 const char *folder)
{
    bool abstract = local->path_length > 0 && local->path[0] == '\0';
    bool wants_abstract = pattern->path[0] == '@';
    size_t skip = wants_abstract ? 1 : 0;

    if (local->path_length == 0 || abstract != wants_abstract)
        return false;
    if (folder != NULL && pattern->path[0] == '/' && local->path[0] != '/')
        return whole_path_matches(pattern, local, folder);
    return glob_matches(pattern->path + skip, pattern->path_length - skip, local->path + skip,
                        local->path_length - skip);
}

static bool is_ip(const struct endpoint *local)
{
    return local->family == FAMILY_INET || local->family == FAMILY_INET6;
}

static bool address_matches(const struct policy_rule *rule, const struct policy_subject *subject)
{
    const struct endpoint *local = subject->local;

    if (!rule->has_address)
        return true;
    if (local == NULL)
        return false;
    if (rule->address.family == FAMILY_UNIX)
        return local->family == FAMILY_UNIX &&
               unix_address_matches(&rule->address, local, subject->folder);
    return is_ip(local) && ip_address_matches(rule, local);
}

static bool port_matches(const struct policy_rule *rule, const struct endpoint *local)
{
    if (rule->range_count == 0)
        return true;
    if (local == NULL || !is_ip(local))
        return false;
    for (size_t i = 0; i < rule->range_count; i++) {
        if (local->port >= rule->ranges[i].first && local->port <= rule->ranges[i].last)
            return true;
    }
    return false;
}

static bool rule_matches(const struct policy_rule *rule, const struct policy_subject *subject)
{
    const struct selector_words *words = policy_selector_words(rule->protocol);

    return (words->protocol == PROTOCOL_NONE || words->protocol == subject->protocol) &&
           words->families >> subject->family & 1u && address_matches(rule, subject) &&
           port_matches(rule, subject->local);
}

const struct policy_rule *policy_match(const struct policy *policy,
                                       const struct policy_subject *subject)
{
    static const struct policy_rule built_in = {
        .actions = 1u << ACTION_EXPLAIN,
        .protocol = SELECT_ANY,
    };

    for (size_t i = 0; i < policy->count; i++) {
        if (rule_matches(&policy->rules[i], subject))
            return &policy->rules[i];
    }
    return &built_in;
}

const char *policy_left_alone(const struct policy_rule *rule, enum protocol protocol, bool inet,
                              bool datagram, uint16_t port)
{
    if (!inet)
        return "not an IPv4 or IPv6 socket";
    if (port == 0)
        return "port 0: the kernel picks a free port anyway";
    if (protocol == PROTOCOL_TCP || (datagram && policy_rule_names_udp(rule)))
        return NULL;
    return "not a TCP socket, and the rule does not name udp: there the last to bind takes the "
           "datagrams";
}

int64_t policy_pause_ms(const struct policy_rule *rule, int64_t now_ms, int64_t *started_ms)
{
    int64_t left_ms, pause_ms;

    if (*started_ms == 0)
        *started_ms = now_ms + SYS_TICK_MS; /* or the time would be over too soon */
    left_ms = *started_ms + rule->wait_ms - now_ms;
    pause_ms = (now_ms - *started_ms) / 8 + POLICY_PAUSE_MIN_MS;
    if (pause_ms > POLICY_PAUSE_MAX_MS)
        pause_ms = POLICY_PAUSE_MAX_MS;
    return left_ms <= 0 ? 0 : pause_ms > left_ms ? left_ms : pause_ms;
}
