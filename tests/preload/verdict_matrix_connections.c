/* A TCP bind refused by connections that a process still has is explained as the kernel has it: in
 * whatever state they are, accepted or outgoing. */
#include "matrix.h"

static bool is_connection(const struct state *state)
{
    return (state->traits & (TRAIT_UDP | TRAIT_ORPHAN)) == 0 && state->row[0] != 'B' &&
           state->row[0] != 'L';
}

int main(int argc, char **argv)
{
    static const struct matrix_plan plans[] = {
        { .title = "tcp, connections", .takes = is_connection },
    };

    return matrix_main(argc, argv, plans, sizeof plans / sizeof plans[0], 3000);
}
