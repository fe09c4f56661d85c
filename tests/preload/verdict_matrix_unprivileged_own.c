/* An unprivileged newcomer against its own user's sockets is told as much as root is of its own. */
#include "matrix.h"

int main(int argc, char **argv)
{
    return matrix_of_users(argc, argv, "an unprivileged user's own sockets", MATRIX_NOBODY,
                           MATRIX_NOBODY, MATRIX_NOBODY, 95);
}
