/* A TCP bind refused by sockets that were bound, listening or not, is explained as the kernel has
 * it: wherever both are, whichever options they have. */
#include "matrix.h"

static bool is_bound_or_server(const struct state *state)
{
    return (state->traits & (TRAIT_UDP | TRAIT_ORPHAN)) == 0 &&
           (state->row[0] == 'B' || state->row[0] == 'L');
}

int main(int argc, char **argv)
{
    static const struct matrix_plan plans[] = {
        { .title = "tcp, bound and listening", .takes = is_bound_or_server },
    };

    return matrix_main(argc, argv, plans, sizeof plans / sizeof plans[0], 2500);
}
