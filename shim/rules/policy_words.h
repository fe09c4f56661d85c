/* The words of the policy's grammar, as tables. Internal to the policy's own files: policy_parse.c
 * and policy_selector.c read by them, policy_match.c decides by them, policy_print.c prints them.
 */
#ifndef REUSESHIM_RULES_POLICY_WORDS_H
#define REUSESHIM_RULES_POLICY_WORDS_H

#include <stdint.h>

#include "rules/policy.h"

struct action_words {
    char name[8];
    uint32_t conflicts; /* actions that contradict this one, bits 1 << enum action */
    uint32_t families;  /* it means something only for these, bits 1 << enum family */
};

struct selector_words {
    char name[8];
    enum protocol protocol; /* PROTOCOL_NONE = any */
    uint32_t families;      /* bits 1 << enum family */
};

const struct action_words *policy_action_words(enum action action);

/* WORDS' families for people, where not every family is one of them. */
const char *policy_only_for(const struct action_words *words);
const struct selector_words *policy_selector_words(enum selector_protocol protocol);

/* The action or protocol that WORD names, or ACTION_COUNT or SELECT_COUNT. */
enum action policy_find_action(struct word word);
enum selector_protocol policy_find_selector(struct word word);

/* The families of the addresses that RULE can mean, bits 1 << enum family. An IPv4 address is
 * FAMILY_INET alone: an IPv6 socket that is bound to ::ffff:a.b.c.d can't be v6only. */
uint32_t policy_rule_families(const struct policy_rule *rule);

/* Reads "@ADDRESS" and ":PORTS" behind the protocol, which is in RULE already. Returns false with
 * the reader's error filled. */
bool policy_read_selector(struct reader *reader, struct policy_rule *rule);

#endif
