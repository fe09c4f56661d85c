/* A TCP bind refused by a listener, alone or with its connections, is explained as the kernel has
 * it: wherever both are, whichever options they have. */
#include <string.h>

#include "matrix.h"

static bool is_listening(const struct state *state)
{
    return strcmp(state->row, "LISTEN") == 0;
}

int main(int argc, char **argv)
{
    static const struct matrix_plan plans[] = {
        { .title = "tcp, listening", .takes = is_listening, .least_known = 81 },
    };

    return matrix_main(argc, argv, plans, sizeof plans / sizeof plans[0], 1000);
}
