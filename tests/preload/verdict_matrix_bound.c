/* A TCP bind refused by sockets that are bound and do not listen is explained as the kernel has it:
 * wherever both are, whichever options they have. */
#include <string.h>

#include "matrix.h"

static bool is_bound(const struct state *state)
{
    return (state->traits & TRAIT_UDP) == 0 && strcmp(state->row, "BOUND") == 0;
}

int main(int argc, char **argv)
{
    static const struct matrix_plan plans[] = {
        { .title = "tcp, bound", .takes = is_bound },
    };

    return matrix_main(argc, argv, plans, sizeof plans / sizeof plans[0], 1000);
}
