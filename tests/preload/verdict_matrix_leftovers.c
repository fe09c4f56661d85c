/* A TCP bind refused by what closed connections leave behind is explained as the kernel has it,
 * though no descriptor is left that tells their options. */
#include "matrix.h"

static bool is_leftover(const struct state *state)
{
    return (state->traits & TRAIT_ORPHAN) != 0;
}

int main(int argc, char **argv)
{
    static const struct matrix_plan plans[] = {
        { .title = "tcp, leftovers", .takes = is_leftover },
    };

    return matrix_main(argc, argv, plans, sizeof plans / sizeof plans[0], 1000);
}
