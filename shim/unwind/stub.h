/* What libunwind gets in place of some functions of the C library.
 *
 * libunwind keeps a pipe to find out whether an address can be read, and remembers its descriptor
 * numbers. A daemon that closes every descriptor and opens its own files would then have its files
 * read, closed and replaced by libunwind. So its imports of pipe2, read, write, close and syscall
 * are pointed at functions that hand out two numbers no descriptor can have, and that ask the
 * kernel about an address without any descriptor. During our walks that goes for every number: if
 * the program had libunwind before us, it may hold the numbers of a real pipe, long since closed.
 *
 * During our walks, moreover:
 * - dl_iterate_phdr tells of the one object that holds the address libunwind looks for, found
 *   without the loader's lock where the C library can (glibc 2.35 and later);
 * - open fails. It would look for unwind information in files;
 * - sigprocmask and pthread_sigmask do nothing in a process of one thread, see there;
 * - mmap, also by syscall, notes the table of places, see unwind/walk_cache.h;
 * - __tls_get_addr (x86-64) gives thread-local memory of ours, if we alone use this
 *   libunwind. The loader's own would take it from the program's heap when a thread walks its first
 *   stack, perhaps in a signal handler.
 *
 * Outside of our walks everything is passed on. Versions differ in what they import: stub.c has
 * one table of all that is known, and a libunwind that imports anything else is not used.
 */
#ifndef REUSESHIM_UNWIND_STUB_H
#define REUSESHIM_UNWIND_STUB_H

#include <signal.h>
#include <stdbool.h>

#include "base/rare.h"

/* Not NOT_WALKING while this thread is in libunwind on our behalf. Written by unwind/trace.c. */
enum {
    NOT_WALKING = 0,
    WALKING,
    WALKING_ALONE, /* in a process of one thread, whose program does not use this libunwind */
};
extern OURS _Thread_local volatile sig_atomic_t stub_walking;

/* Gives the libunwind that contains address INSIDE the stand-ins. SHARED says that the program has
 * loaded it, too. Before the first call into it; ordinary context only. Returns 0; -ENOSYS if it
 * imports *STRANGER, which is not known; or another error. Unless 0, it must not be called. */
int stub_install(const void *inside, bool shared, const char **stranger);

#endif
