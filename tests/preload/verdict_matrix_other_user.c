/* A socket of another user, in a process that may see everything: SO_REUSEPORT is told to be of no
 * use where the kernel asks for one user. */
#include "matrix.h"

int main(int argc, char **argv)
{
    return matrix_of_users(argc, argv, "root's sockets, the socket of another user", 0, 0,
                           MATRIX_NOBODY, 0);
}
