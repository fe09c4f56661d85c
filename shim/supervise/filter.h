/* The filter that a supervised program runs under: a few calls are told to the supervisor before
 * they are made, all others pass.
 */
#ifndef REUSESHIM_SUPERVISE_FILTER_H
#define REUSESHIM_SUPERVISE_FILTER_H

#include "rules/policy.h"

/* Puts this thread, and all that it starts, under the filter that POLICY needs. Returns the
 * listener's descriptor, close-on-exec, or -errno: -EBUSY where a listener is there already,
 * -EINVAL before Linux 5.19, -ENOSYS on a processor that is not known. no_new_privs is set only
 * where the right to do without it is missing; PRIVILEGED tells which. */
int filter_install(const struct policy *policy, bool *privileged);

#endif
