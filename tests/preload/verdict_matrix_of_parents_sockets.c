/* What holds the port was made under the eyes of the shim, by the parent of the process that meets
 * it: the explanation is as the kernel has it, and knows that it was the parent. */
#include "matrix.h"

static bool is_any(const struct state *state)
{
    (void)state;
    return true;
}

int main(int argc, char **argv)
{
    static const struct matrix_plan plans[] = {
        { .title = "the parent's sockets",
          .takes = is_any,
          .held_places = HELD_FEW,
          .wanted_places = WANTED_FEW,
          .seen = true,
          .closes_inherited = true,
          .least_known = 95 },
    };

    return matrix_main(argc, argv, plans, sizeof plans / sizeof plans[0], 1000);
}
