/* Objects that are loaded later and bind past us: those opened with RTLD_DEEPBIND find the C
 * library's functions first. PHP opens every extension so.
 *
 * A program that opens an object asks for its symbols next, so the imports of dlsym are pointed at
 * a function that looks for new objects and passes everything on with a jump. In those, imports of
 * our four functions that hold the C library's address are pointed at ours, and those of prctl and
 * syscall as hook/filter.h has it. Nothing that dlopen, dladdr and dlclose give is changed by that,
 * and of dlsym's answers the C library's prctl and syscall alone. Other pointers that the program
 * asks for itself stay the C library's: such calls are not seen.
 */
#ifndef REUSESHIM_HOOK_LATE_H
#define REUSESHIM_HOOK_LATE_H

/* Begins with that, and looks at what is loaded now. At start, in ordinary context. */
void late_watch(void);

#endif
