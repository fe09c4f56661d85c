/* A socket of another user, in a process that may see everything: SO_REUSEPORT is told to be of no
 * use where the kernel asks for one user. */
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
        { .title = "root's sockets, the socket of another user",
          .takes = is_any,
          .held_places = HELD_FEW,
          .wanted_places = WANTED_FEW,
          .socket_uid = NOBODY },
    };

    return matrix_main(argc, argv, plans, sizeof plans / sizeof plans[0], 1000);
}
