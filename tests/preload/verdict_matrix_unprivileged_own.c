/* An unprivileged newcomer against its own user's sockets is told as much as root is of its own. */
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
        { .title = "an unprivileged user's own sockets",
          .takes = is_any,
          .held_places = HELD_FEW,
          .wanted_places = WANTED_FEW,
          .holder_uid = NOBODY,
          .newcomer_uid = NOBODY,
          .socket_uid = NOBODY },
    };

    return matrix_main(argc, argv, plans, sizeof plans / sizeof plans[0], 1000);
}
