/* What the compiler is told about the usual way of a call, and what is off it. */
#ifndef REUSESHIM_BASE_RARE_H
#define REUSESHIM_BASE_RARE_H

/* Kept out of its caller, which need not save registers for it then, and made small. */
#define RARE __attribute__((cold, noinline))

/* A helper on the usual way of a call: within its caller, although all is made small. */
#define HOT static inline __attribute__((always_inline))

/* A function that a sanitizer's runtime calls before it is ready to watch anything: it installs an
 * alternate stack of its own first. */
#if defined(__has_attribute)
#if __has_attribute(disable_sanitizer_instrumentation)
#define UNWATCHED __attribute__((disable_sanitizer_instrumentation))
#endif
#endif
#ifndef UNWATCHED
#define UNWATCHED
#endif

/* A variable that a header declares: it is of this object, so its address takes no look-up. */
#define OURS __attribute__((visibility("hidden")))

#endif
