#include "supervise/tracee.h"

#include <linux/elf.h>
#include <linux/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "base/sys.h"

/* Errors that only the kernel sees: it makes the call again (linux/errno.h). */
enum { RESTARTS_FIRST = 512, RESTARTS_LAST = 516 };

int tracee_seize(int32_t tid)
{
    long error = sys_call(SYS_ptrace, PTRACE_SEIZE, tid, 0, 0);

    if (error < 0)
        return (int)error;
    error = sys_call(SYS_ptrace, PTRACE_INTERRUPT, tid, 0, 0);
    return (int)error;
}

void tracee_release(int32_t tid, int status)
{
    /* A stop of our own asking carries an event; every other one is about a signal to be given. */
    long signal = status >> 16 == PTRACE_EVENT_STOP ? 0 : WSTOPSIG(status);

    sys_call(SYS_ptrace, PTRACE_DETACH, tid, 0, signal);
}

#if MACHINE_KNOWN

/* A 32-bit thread's, too, come in the form of this processor by the older requests alone. */
#ifdef __x86_64__

static bool get_registers(int32_t tid, struct user_regs_struct *registers)
{
    return sys_call(SYS_ptrace, PTRACE_GETREGS, tid, 0, registers) == 0;
}

static void set_registers(int32_t tid, struct user_regs_struct *registers)
{
    sys_call(SYS_ptrace, PTRACE_SETREGS, tid, 0, registers);
}

#else

static bool get_registers(int32_t tid, struct user_regs_struct *registers)
{
    struct iovec area = {registers, sizeof *registers};

    return sys_call(SYS_ptrace, PTRACE_GETREGSET, tid, NT_PRSTATUS, &area) == 0 &&
           area.iov_len == sizeof *registers;
}

static void set_registers(int32_t tid, struct user_regs_struct *registers)
{
    struct iovec area = {registers, sizeof *registers};

    sys_call(SYS_ptrace, PTRACE_SETREGSET, tid, NT_PRSTATUS, &area);
}

#endif

bool tracee_result(int32_t tid, bool narrow, struct user_regs_struct *registers, int64_t *result)
{
    if (!get_registers(tid, registers))
        return false;
    *result = machine_result(registers);
    if (narrow)
        *result = (int32_t)*result;
    return *result > -RESTARTS_FIRST || *result < -RESTARTS_LAST;
}

void tracee_release_again(int32_t tid, int status, struct user_regs_struct *registers,
                          uint64_t number, uint64_t first)
{
    machine_rewind(registers, number, first);
    set_registers(tid, registers);
    tracee_release(tid, status);
}

#endif
