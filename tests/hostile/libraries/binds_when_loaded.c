/* A library that uses sockets in its constructor and its destructor. Preloaded behind the shim, its
 * constructor runs before the shim's, and its destructor after; it can be a plugin as well. */
#include "same.h"

__attribute__((constructor)) static void start(void)
{
    same_calls("constructor");
}

__attribute__((destructor)) static void end(void)
{
    same_calls("destructor");
}
