#include "supervise/snapshot.h"

#include <string.h>
#include <sys/uio.h>

#include "base/sys.h"

static long read_memory(int32_t tid, uint64_t address, void *buffer, size_t size)
{
    struct iovec here = {buffer, size};
    struct iovec there = {(void *)(uintptr_t)address, size};

    return sys_call(SYS_process_vm_readv, tid, &here, 1, &there, 1, 0);
}

#if MACHINE_KNOWN

/* The end of the stack's mapping may come sooner: page by page, what can be read is read. */
void snapshot_take(struct snapshot *snapshot, int32_t tid,
                   const struct user_regs_struct *registers)
{
    long count;

    memset(&snapshot->registers, 0, sizeof snapshot->registers);
    machine_unwind_from(registers, &snapshot->registers);
    snapshot->tid = tid;
    count = read_memory(tid, snapshot->registers.sp, snapshot->bytes, SNAPSHOT_BYTES_MAX);
    if (count < 0) {
        uint64_t page = snapshot->registers.sp & 4095;

        count = read_memory(tid, snapshot->registers.sp, snapshot->bytes, 4096 - page);
    }
    snapshot->count = count > 0 ? (uint32_t)count : 0;
}

#endif

int snapshot_word(const struct snapshot *snapshot, uint64_t address, uint64_t *word)
{
    uint64_t offset = address - snapshot->registers.sp;

    if (address >= snapshot->registers.sp && offset + sizeof *word <= snapshot->count) {
        memcpy(word, snapshot->bytes + offset, sizeof *word);
        return 1;
    }
    return read_memory(snapshot->tid, address, word, sizeof *word) == (long)sizeof *word;
}
