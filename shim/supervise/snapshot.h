/* A thread's stack as it was at a call: registers and the innermost bytes, copied in microseconds.
 * Names are looked up later, if at all, by unwinder.h. A value; it may live in shared memory.
 */
#ifndef REUSESHIM_SUPERVISE_SNAPSHOT_H
#define REUSESHIM_SUPERVISE_SNAPSHOT_H

#include "supervise/machine.h"

enum { SNAPSHOT_BYTES_MAX = 16 * 1024 };

struct snapshot {
    int32_t tid;
    uint32_t count; /* bytes of the stack, from the stack pointer on; 0 = there is no stack */
    struct machine_registers registers;
    char bytes[SNAPSHOT_BYTES_MAX];
};

#if MACHINE_KNOWN
/* Fills SNAPSHOT for the stopped thread TID with REGISTERS. */
void snapshot_take(struct snapshot *snapshot, int32_t tid,
                   const struct user_regs_struct *registers);
#endif

/* Reads the word at ADDRESS of the thread's memory: as it was if it is on the stack, else as it is.
 * False where it cannot be read. */
int snapshot_word(const struct snapshot *snapshot, uint64_t address, uint64_t *word);

#endif
