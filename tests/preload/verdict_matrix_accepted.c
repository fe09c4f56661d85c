/* A TCP bind refused by accepted connections whose listener is closed is explained as the kernel
 * has it, in whatever state they are. */
#include <string.h>

#include "matrix.h"

static bool is_accepted(const struct state *state)
{
    return (state->traits & TRAIT_ORPHAN) == 0 &&
           (strncmp(state->name, "child", 5) == 0 || strcmp(state->name, "connections") == 0);
}

int main(int argc, char **argv)
{
    static const struct matrix_plan plans[] = {
        { .title = "tcp, accepted connections", .takes = is_accepted, .least_known = 94 },
    };

    return matrix_main(argc, argv, plans, sizeof plans / sizeof plans[0], 1500);
}
