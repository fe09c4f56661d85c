/* An unprivileged newcomer against sockets of root: what it cannot see is said to be unknown, and
 * what is told is as the kernel has it. */
#include "matrix.h"

enum { NOBODY = 65534 };

static bool is_any(const struct state *state)
{
    (void)state;
    return true;
}

int main(int argc, char **argv)
{
    static const struct matrix_plan plans[] = {
        { .title = "root's sockets, an unprivileged newcomer",
          .takes = is_any,
          .held_places = HELD_FEW,
          .wanted_places = WANTED_FEW,
          .newcomer_uid = NOBODY,
          .socket_uid = NOBODY },
    };

    return matrix_main(argc, argv, plans, sizeof plans / sizeof plans[0], 1000);
}
