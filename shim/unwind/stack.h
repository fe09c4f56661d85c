/* Which stack a thread runs on, and how much of it is left: a signal handler may have a small one,
 * on which the program's own call just fits. errno is not kept; async-signal-safe.
 */
#ifndef REUSESHIM_UNWIND_STACK_H
#define REUSESHIM_UNWIND_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The SIZE bytes from ADDRESS on are in the main thread's stack, and this thread runs on it. They
 * can be read if they are not below the page of this frame. No system call. */
bool stack_is_main(uintptr_t address, size_t size);

/* The program has set up SIZE bytes from START on as this thread's alternate signal stack, or, with
 * SIZE 0, has none any more. */
void stack_note_alternate(uintptr_t start, size_t size);

/* Is there room for SIZE bytes more? Known without a system call on an alternate signal stack
 * that was noted (also while the kernel has it disarmed, SS_AUTODISARM, and inside another stack),
 * on the main thread's stack, and around where this thread was asked last; else sigaltstack(2)
 * tells, if MAY_ASK. The stack of a
 * clone(2) or of a coroutine has no bounds that anybody knows: they are taken to be wide enough, as
 * is a stack that nothing may be asked of. */
bool stack_has_room(size_t size, bool may_ask);

#endif
