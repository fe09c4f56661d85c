/* What differs between processors: how a system call is told from the registers of a thread that
 * has just left it. Where MACHINE_KNOWN is 0 no program can be supervised.
 */
#ifndef REUSESHIM_SUPERVISE_MACHINE_H
#define REUSESHIM_SUPERVISE_MACHINE_H

#include <linux/audit.h>
#include <stdint.h>
#include <sys/user.h>

enum { MACHINE_REGISTERS_MAX = 33 };

/* The registers that unwinding starts from, by their DWARF numbers. */
struct machine_registers {
    uint32_t count;
    uint64_t pc;
    uint64_t sp;
    uint64_t values[MACHINE_REGISTERS_MAX];
};

/* Numbers of the system calls of one calling convention; -1 = it has none. */
struct machine_calls {
    uint32_t audit; /* AUDIT_ARCH_... */
    int narrow;     /* a 32-bit convention: arguments and results are 32 bits */
    int bind, listen, socket, setsockopt, io_uring_setup, socketcall;
};

#if defined __x86_64__

#define MACHINE_KNOWN 1
static const struct machine_calls machine_calls[] = {
    {AUDIT_ARCH_X86_64, 0, 49, 50, 41, 54, 425, -1},
    {AUDIT_ARCH_I386, 1, 361, 363, 359, 366, 425, 102},
};

static inline int64_t machine_result(const struct user_regs_struct *registers)
{
    return (int64_t)registers->rax;
}

/* Back to the instruction that made the call: as the kernel restarts one. */
static inline void machine_rewind(struct user_regs_struct *registers, uint64_t number,
                                  uint64_t first)
{
    (void)first;
    registers->rax = number;
    registers->rip -= 2; /* syscall, sysenter's landing place, int $0x80 */
}

static inline void machine_unwind_from(const struct user_regs_struct *r,
                                       struct machine_registers *to)
{
    const uint64_t values[] = {r->rax, r->rdx, r->rcx, r->rbx, r->rsi, r->rdi,
                               r->rbp, r->rsp, r->r8,  r->r9,  r->r10, r->r11,
                               r->r12, r->r13, r->r14, r->r15, r->rip};

    to->count = sizeof values / sizeof *values;
    to->pc = r->rip;
    to->sp = r->rsp;
    for (uint32_t i = 0; i < to->count; i++)
        to->values[i] = values[i];
}

#elif defined __aarch64__

#define MACHINE_KNOWN 1
static const struct machine_calls machine_calls[] = {
    {AUDIT_ARCH_AARCH64, 0, 200, 201, 198, 208, 425, -1},
    {AUDIT_ARCH_ARM, 1, 282, 284, 281, 294, 425, 102},
};

static inline int64_t machine_result(const struct user_regs_struct *registers)
{
    return (int64_t)registers->regs[0];
}

/* The result has taken the first argument's place. */
static inline void machine_rewind(struct user_regs_struct *registers, uint64_t number,
                                  uint64_t first)
{
    (void)number;
    registers->regs[0] = first;
    registers->pc -= 4;
}

static inline void machine_unwind_from(const struct user_regs_struct *r,
                                       struct machine_registers *to)
{
    to->count = 32;
    to->pc = r->pc;
    to->sp = r->sp;
    for (uint32_t i = 0; i < 31; i++)
        to->values[i] = r->regs[i];
    to->values[31] = r->sp;
}

#else

#define MACHINE_KNOWN 0

#endif

#endif
