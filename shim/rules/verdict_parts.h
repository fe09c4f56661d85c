/* The parts of the verdict. Inside rules/ only. */
#ifndef REUSESHIM_RULES_VERDICT_PARTS_H
#define REUSESHIM_RULES_VERDICT_PARTS_H

#include "rules/verdict.h"

/* Fills VERDICT's would, on EVIDENCE; its reason and its deciding holder are known. */
void verdict_imagine(const struct evidence *evidence, struct verdict *verdict);

/* Would the attempt have worked, if WHAT_IF? By the rule, or by what the kernel was asked. */
enum answer verdict_would(const struct evidence *evidence, enum what_if what_if);

#endif
