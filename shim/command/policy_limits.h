/* What an action of a policy leaves alone, under the rule that it stands in: the action's meaning
 * says what it does at its best, and a selector may take much of that away. */
#ifndef REUSESHIM_COMMAND_POLICY_LIMITS_H
#define REUSESHIM_COMMAND_POLICY_LIMITS_H

#include <stdbool.h>

#include "rules/policy.h"

/* False if ACTION can do nothing at all for any socket that RULE means. */
bool policy_has_effect(const struct policy_rule *rule, enum action action);

/* A sentence on what ACTION leaves alone although RULE means it; NULL if there is nothing. Where it
 * has no effect at all, the sentence says why. */
const char *policy_limit(const struct policy_rule *rule, enum action action);

#endif
