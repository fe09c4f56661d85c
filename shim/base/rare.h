/* Functions off the usual way of a call. */
#ifndef REUSESHIM_BASE_RARE_H
#define REUSESHIM_BASE_RARE_H

/* Kept out of its caller, which need not save registers for it then, and made small. */
#define RARE __attribute__((cold, noinline))

#endif
