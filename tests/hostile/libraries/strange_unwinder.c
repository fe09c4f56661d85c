/* See there. */
#define STRANGE_UNWINDER
#include "unwinder.c"
