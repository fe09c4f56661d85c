/* A TCP bind refused by outgoing connections is explained as the kernel has it, also where the
 * kernel chose their port. */
#include <string.h>

#include "matrix.h"

static bool is_outgoing(const struct state *state)
{
    return strcmp(state->reason, "outgoing") == 0;
}

int main(int argc, char **argv)
{
    static const struct matrix_plan plans[] = {
        { .title = "tcp, outgoing connections", .takes = is_outgoing },
    };

    return matrix_main(argc, argv, plans, sizeof plans / sizeof plans[0], 800);
}
