/* A function that ends in a jump, and a return that is one: the stack is as the caller left it, and
 * the function that is jumped to returns to that caller. */
#ifndef REUSESHIM_BASE_JUMP_H
#define REUSESHIM_BASE_JUMP_H

#ifdef __clang__
#define ENDS_IN_A_JUMP
#define JUMP __attribute__((musttail)) return
#else
#define ENDS_IN_A_JUMP __attribute__((optimize("O2", "omit-frame-pointer")))
#define JUMP return
#endif

#endif
