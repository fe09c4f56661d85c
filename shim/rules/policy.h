/* The policy: text -> rules; rules and a socket -> what to do. Pure: no I/O, no globals, no heap.
 *
 *   policy   = rule *( ";" rule )          the first rule that matches decides; none = explain
 *   rule     = [ selector "=" ] action *( "+" action )
 *   selector = proto [ "@" address ] [ ":" ports ]
 *   proto    = any | tcp | tcp4 | tcp6 | udp | udp4 | udp6 | unix
 *   address  = IPv4[/len] | "[" IPv6[/len] "]" | "*" | a path, @name, or a glob of either (unix)
 *   ports    = N | N-M, comma-separated
 *
 * Blanks are free between words; a time (30s) is one word. A unix address ends at '=' or ';' (write
 * '?' for one that belongs to the name) and may contain ':' and blanks. '@' at its start means the
 * abstract namespace, every other pattern means path names only, as the program wrote them; "*"
 * alone means both. An IPv4 address means ::ffff:a.b.c.d of an IPv6 socket as well; tcp6 and udp6
 * mean AF_INET6 sockets, tcp4 and udp4 AF_INET ones.
 */
#ifndef REUSESHIM_RULES_POLICY_H
#define REUSESHIM_RULES_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "rules/endpoint.h"
#include "rules/reader.h"

enum action {
    ACTION_OFF = 0, /* straight through; nothing is recorded */
    ACTION_EXPLAIN, /* changes nothing; speaks only about a failure or a misuse */
    ACTION_LOG,     /* as explain, and one record a call */
    ACTION_FORCE,   /* SO_REUSEADDR is 1 before bind and listen, and stays 1 */
    ACTION_CLEAR,   /* SO_REUSEADDR is kept 0 */
    ACTION_SHARE,   /* SO_REUSEPORT is 1 */
    ACTION_V6ONLY,  /* IPV6_V6ONLY is 1 before an IPv6 wildcard bind */
    ACTION_WAIT,    /* EADDRINUSE is tried again for wait_ms */
    ACTION_UNLINK,  /* a stale UNIX socket file is removed and bind tried again */
    ACTION_COUNT
};

/* The word of the grammar: "off", "explain", ... */
const char *action_name(enum action action);

/* One sentence for people on what ACTION does. */
const char *action_meaning(enum action action);

enum selector_protocol {
    SELECT_ANY = 0,
    SELECT_TCP,
    SELECT_TCP4,
    SELECT_TCP6,
    SELECT_UDP,
    SELECT_UDP4,
    SELECT_UDP6,
    SELECT_UNIX,
    SELECT_COUNT
};

const char *selector_protocol_name(enum selector_protocol protocol);

enum {
    POLICY_RULES_MAX = 64,            /* rules in a policy */
    POLICY_RANGES_MAX = 16,           /* port ranges in a rule */
    POLICY_WAIT_MAX_MS = 24 * 3600 * 1000,
    POLICY_RULE_TEXT_MAX = 384        /* bytes of a printed rule: 5 of protocol, 109 of address,
                                         16 * 12 of ports, 1 + 50 of actions, 10 of time */
};

struct port_range {
    uint16_t first; /* host order */
    uint16_t last;
};

struct policy_rule {
    uint32_t actions; /* bit 1 << enum action */
    uint32_t wait_ms; /* of ACTION_WAIT */
    uint8_t protocol; /* enum selector_protocol */
    bool has_address; /* an address other than "*" was given */
    uint8_t prefix;   /* bits of address that count; the others are 0 */
    uint8_t range_count; /* 0 = every port */
    struct endpoint address; /* unix: the pattern in path, '@' at its start for abstract names;
                                it is well-formed UTF-8 without control characters */
    struct port_range ranges[POLICY_RANGES_MAX];
};

struct policy {
    struct policy_rule rules[POLICY_RULES_MAX];
    size_t count;
};

/* Reads LENGTH bytes of TEXT into POLICY. Returns true, or false with ERROR filled and POLICY
 * empty. Never reads beyond LENGTH, needs no memory; the time is linear in LENGTH.
 *
 * An error is also what can't be meant: an action twice in a rule, off beside another action, force
 * beside clear, unlink where no UNIX socket can match, v6only where no IPv6 socket can, an address
 * of the other family than the protocol names, an empty rule (so a ';' at the end, and a text
 * without any rule). */
bool policy_parse(const char *text, size_t length, struct policy *policy,
                  struct reader_error *error);

/* Reads LENGTH bytes of TEXT, such as "500ms", "30s" or "2m" (1 ms to 24 hours), the TIME of
 * wait:TIME. Returns true, or false with ERROR filled and TIME_MS as it was. */
bool policy_parse_time(const char *text, size_t length, uint32_t *time_ms,
                       struct reader_error *error);

/* A socket of PROTOCOL and FAMILY that is about to have (or has) the address LOCAL. */
struct policy_subject {
    enum protocol protocol;
    enum family family;
    const struct endpoint *local; /* NULL while the address is not known, before bind */
    const char *folder; /* that a relative UNIX path name starts from; NULL = not known. Then a rule
                         * with an absolute path means absolute path names only */
};

enum { POLICY_FOLDER_MAX = 512 }; /* bytes with the NUL; a rule's path has at most 107 */

/* The rule that decides for SUBJECT, or the built-in "explain" where none matches (never NULL).
 * While the address is not known, a rule that asks for an address or a port does not match. */
const struct policy_rule *policy_match(const struct policy *policy,
                                       const struct policy_subject *subject);

static inline bool policy_rule_has(const struct policy_rule *rule, enum action action)
{
    return rule->actions >> action & 1u;
}

/* True if the rule's selector names UDP: only then may force touch a datagram socket. */
static inline bool policy_rule_names_udp(const struct policy_rule *rule)
{
    return rule->protocol == SELECT_UDP || rule->protocol == SELECT_UDP4 ||
           rule->protocol == SELECT_UDP6;
}

/* Why force, clear and share leave a socket of PROTOCOL alone that is about to have PORT (host
 * order); NULL if they do not. INET: it is an AF_INET or AF_INET6 one; DATAGRAM: SOCK_DGRAM. */
const char *policy_left_alone(const struct policy_rule *rule, enum protocol protocol, bool inet,
                              bool datagram, uint16_t port);

enum { POLICY_PAUSE_MIN_MS = 20, POLICY_PAUSE_MAX_MS = 250 };

/* wait: how long to pause at NOW_MS before the call is made again, or 0 once the time has gone by.
 * STARTED_MS is kept between calls, 0 at first. */
int64_t policy_pause_ms(const struct policy_rule *rule, int64_t now_ms, int64_t *started_ms);

/* Adds RULE in the grammar's own words, in one canonical form that policy_parse reads back as the
 * same rule. At most POLICY_RULE_TEXT_MAX bytes, all of them fit for a terminal. */
void policy_print_rule(struct text *text, const struct policy_rule *rule);

/* All rules of POLICY, with "; " between; "explain" where it has none. */
void policy_print(struct text *text, const struct policy *policy);

#endif
