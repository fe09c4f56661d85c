/* Rule: in a handler that runs on an alternate stack with SS_AUTODISARM, sigaltstack() says
 * SS_DISABLE, so it does not tell how much room there is; with an ordinary one it says SS_ONSTACK.
 * Source: sas_ss_reset(), do_sigaltstack(), "oss->ss_flags = sas_ss_flags(sp)".
 * Relied on by: unwind/stack (the interposed sigaltstack() notes where stacks lie). */
#include <signal.h>
#include <stdlib.h>

#include "check.h"

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31) /* linux/signal.h, Linux 4.7 */
#endif

static volatile int seen;

static void handler(int signal)
{
    stack_t now;

    (void)signal;
    seen = sigaltstack(NULL, &now) == 0 ? now.ss_flags : -1;
}

static int flags_inside(unsigned flags)
{
    enum { SIZE = 1 << 16 };
    stack_t stack = { .ss_sp = malloc(SIZE), .ss_size = SIZE, .ss_flags = (int)flags };
    stack_t off = { .ss_flags = SS_DISABLE };
    struct sigaction action = { .sa_handler = handler, .sa_flags = SA_ONSTACK };

    CHECK_EQ(sigaltstack(&stack, NULL), 0, "sigaltstack");
    CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0, "sigaction");
    CHECK_EQ(raise(SIGUSR1), 0, "raise");
    CHECK_EQ(sigaltstack(&off, NULL), 0, "no stack");
    free(stack.ss_sp);
    return seen;
}

int main(void)
{
    CHECK_EQ(flags_inside(0), SS_ONSTACK, "on an ordinary stack");
    CHECK_EQ(flags_inside(SS_AUTODISARM) & SS_DISABLE, SS_DISABLE, "on one with SS_AUTODISARM");
    return CHECK_PASSED;
}
