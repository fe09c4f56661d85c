/* An unprivileged newcomer against sockets of root: what it cannot see is said to be unknown, and
 * what is told is as the kernel has it. */
#include "matrix.h"

int main(int argc, char **argv)
{
    return matrix_of_users(argc, argv, "root's sockets, an unprivileged newcomer", 0, MATRIX_NOBODY,
                           MATRIX_NOBODY, 87);
}
