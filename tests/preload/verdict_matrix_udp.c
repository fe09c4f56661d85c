/* A refused UDP bind is explained as the kernel has it. */
#include "matrix.h"

static bool is_udp(const struct state *state)
{
    return (state->traits & TRAIT_UDP) != 0;
}

int main(int argc, char **argv)
{
    static const struct matrix_plan plans[] = {
        { .title = "udp", .takes = is_udp },
    };

    return matrix_main(argc, argv, plans, sizeof plans / sizeof plans[0], 1000);
}
