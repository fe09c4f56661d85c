/* The result of a call that the kernel made for the program itself, read by ptrace(2) from the
 * thread's registers as it leaves the call.
 *
 * The thread is seized and asked to stop before its call is let go. It sleeps killably until then
 * (WAIT_KILLABLE_RECV), so the request takes effect on the way out. If this process dies the kernel
 * detaches every thread and lets it run.
 */
#ifndef REUSESHIM_SUPERVISE_TRACEE_H
#define REUSESHIM_SUPERVISE_TRACEE_H

#include <stdbool.h>
#include <stdint.h>

#include "supervise/machine.h"

/* Asks thread TID to stop when it leaves the call that it sleeps in. Returns 0 or -errno: -EPERM
 * where somebody traces it already or we may not. */
int tracee_seize(int32_t tid);

/* Thread TID has stopped with the wait status STATUS: what its call gave, 0 or more, or -errno. Of
 * a call that the kernel will make again after a signal: false. */
bool tracee_result(int32_t tid, bool narrow, struct user_regs_struct *registers, int64_t *result);

/* Lets the stopped thread run, untraced, with the signal that STATUS was about. */
void tracee_release(int32_t tid, int status);

/* The same, but it makes its call NUMBER with the first argument FIRST again, by itself. */
void tracee_release_again(int32_t tid, int status, struct user_regs_struct *registers,
                          uint64_t number, uint64_t first);

#endif
