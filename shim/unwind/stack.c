#include "unwind/stack.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/auxv.h>

#include "base/rare.h"
#include "base/sys.h"

/* Nothing but the main thread's stack lies this close below its end: the kernel maps other memory
 * 128 MiB below it at least. */
enum { MAIN_STACK_SURE = 64 << 20, PAGE_LEAST = 4096, NEAR = 32 * 1024 }; /* bytes */

/* A place on this thread's own stack, 0 = none is known. Of each thread, as all stacks are. */
static _Thread_local uintptr_t known;

/* The alternate stacks that this thread was given last: a handler may run on one and have set up
 * another. Written by the thread itself; SIZE is 0 while START changes. */
enum { ALTERNATES = 2 };
static _Thread_local struct {
    volatile uintptr_t start;
    volatile size_t size;
} alternates[ALTERNATES];
static _Thread_local unsigned int alternate_next;

UNWATCHED void stack_note_alternate(uintptr_t start, size_t size)
{
    unsigned int now = alternate_next % ALTERNATES;

    if (size == 0) {
        alternates[(now + ALTERNATES - 1) % ALTERNATES].size = 0;
        return;
    }
    alternate_next = now + 1;
    alternates[now].size = 0;
    alternates[now].start = start;
    alternates[now].size = size;
}

/* Above every frame of the main thread's stack: the kernel put the program's name there. Whoever
 * asks first writes it, and always the same. */
static uintptr_t main_stack_end(void)
{
    static _Atomic uintptr_t end;

    if (atomic_load_explicit(&end, memory_order_relaxed) == 0)
        atomic_store_explicit(&end, (uintptr_t)getauxval(AT_EXECFN), memory_order_relaxed);
    return atomic_load_explicit(&end, memory_order_relaxed);
}

bool stack_is_main(uintptr_t address, size_t size)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0), end = main_stack_end();

    return end - here < MAIN_STACK_SURE && address >= here - here % PAGE_LEAST && address < end &&
           size < end - address;
}

bool stack_has_room(size_t size, bool may_ask)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    stack_t now;

    for (size_t i = 0; i < ALTERNATES; i++)
        if (here - alternates[i].start < alternates[i].size)
            return here - alternates[i].start >= size;
    if (main_stack_end() - here < MAIN_STACK_SURE || here - (known - NEAR) < 2 * NEAR)
        return true;
    if (!may_ask || sys_call(SYS_sigaltstack, NULL, &now) < 0)
        return true;
    if (now.ss_flags & SS_ONSTACK)
        return here - (uintptr_t)now.ss_sp >= size;
    known = here;
    return true;
}
