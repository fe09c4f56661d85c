/* What bpf_run() says of a system call is what Linux does with it under that filter: for programs
 * made at random of all that it knows, the real call answers the same; and programs that the kernel
 * refuses are told to kill. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "rules/bpf.h"

enum { PROGRAMS = 400, STEPS_MAX = 24, ERRNO_MAX = 100 };

static unsigned int below(unsigned int limit)
{
    return (unsigned int)rand() % limit;
}

/* Numbers that are likely to meet those of the call. */
static uint32_t number(void)
{
    static const uint32_t some[] = {SYS_getppid, 0, 1, 7, 42, 255, 0xffffffff, 0x80000000};

    return some[below(sizeof some / sizeof *some)];
}

/* One instruction of those that filters are made of, with LEFT behind it. */
static struct sock_filter step(unsigned int left)
{
    static const uint16_t alu[] = {BPF_ADD, BPF_SUB, BPF_OR, BPF_AND, BPF_LSH, BPF_RSH};
    static const uint16_t jumps[] = {BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET};
    uint16_t operation;

    switch (below(8)) {
    case 0:
    case 1: /* number and architecture, or an argument: who called is not the same */
        operation = (uint16_t)below(14);
        return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                            4u * (operation < 2 ? operation : operation + 2u));
    case 2:
        operation = alu[below(6)];
        return (struct sock_filter)BPF_STMT(
            BPF_ALU | operation | BPF_K,
            operation == BPF_LSH || operation == BPF_RSH ? below(32) : number());
    case 3:
    case 4:
        return (struct sock_filter)BPF_JUMP(BPF_JMP | jumps[below(4)] | (below(4) ? BPF_K : BPF_X),
                                            number(), (uint8_t)below(left), (uint8_t)below(left));
    case 5: return (struct sock_filter)BPF_STMT(BPF_MISC | (below(2) ? BPF_TAX : BPF_TXA), 0);
    case 6: return (struct sock_filter)BPF_STMT(BPF_ST, below(2));
    default: return (struct sock_filter)BPF_STMT(BPF_LD | BPF_MEM, below(2));
    }
}

/* ERRNO with what the accumulator's low bits say, or one of two fixed answers. Memory is written
 * before it is read, or the kernel refuses the program. */
static size_t make(struct sock_filter *program)
{
    size_t count = 4 + below(STEPS_MAX - 10), i;

    program[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_IMM, number());
    program[1] = (struct sock_filter)BPF_STMT(BPF_ST, 0);
    program[2] = (struct sock_filter)BPF_STMT(BPF_STX, 1);
    for (i = 3; i < count; i++)
        program[i] = step((unsigned int)(count - i));
    program[i++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 63);
    program[i++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO | 1);
    program[i++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_A, 0);
    return i;
}

/* The errno that the call gets, 0 if it works; -1 if the kernel refuses the program. */
static int ask_the_kernel(struct sock_filter *program, size_t count, const __u64 *args)
{
    struct sock_fprog filter = {.len = (unsigned short)count, .filter = program};
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
            prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
            _exit(255);
        errno = 0;
        syscall(SYS_getppid, (long)args[0], (long)args[1], (long)args[2], (long)args[3],
                (long)args[4], (long)args[5]);
        syscall(SYS_exit_group, errno);
    }
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status), "the child");
    return WEXITSTATUS(status) == 255 ? -1 : WEXITSTATUS(status);
}

static void random_programs(void)
{
    int agreed = 0, allowed = 0;

    for (int n = 0; n < PROGRAMS; n++) {
        /* exit_group is let through, so that the child can tell. */
        struct sock_filter program[STEPS_MAX + 4] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args))};
        size_t count = 4 + make(program + 4);
        struct seccomp_data data = {.nr = SYS_getppid, .arch = BPF_OWN_ARCH};
        uint32_t said;
        int kernel;

        for (int i = 0; i < 6; i++)
            data.args[i] = (unsigned long)((__u64)number() << 32 | number());
        kernel = ask_the_kernel(program, count, data.args);
        if (kernel < 0)
            continue;
        said = bpf_run(program, count, &data);
        CHECK_EQ(said & SECCOMP_RET_ACTION_FULL, SECCOMP_RET_ERRNO, "program %d", n);
        CHECK_EQ(said & SECCOMP_RET_DATA, kernel, "program %d", n);
        agreed++;
        allowed += kernel == 1;
    }
    CHECK(agreed > PROGRAMS / 2, "most are programs: %d", agreed);
    CHECK(allowed < agreed, "and they differ: %d of %d", allowed, agreed);
}

/* What the kernel refuses, or bpf_run() does not know. */
static void no_programs(void)
{
    struct sock_filter programs[][2] = {
        {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)},
        {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)},
        {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)},
        {BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)},
        {BPF_STMT(BPF_ST, 16), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)},
        {BPF_STMT(BPF_LD | BPF_MEM, 16), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)},
        {BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 32), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)},
        {BPF_STMT(BPF_JMP | BPF_JA, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)},
        {BPF_STMT(BPF_LD | BPF_IMM, 0), BPF_STMT(BPF_LD | BPF_IMM, 0)},
    };
    struct seccomp_data data = {.nr = 1};

    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        CHECK_EQ(ask_the_kernel(programs[i], 2, data.args), -1, "program %zu is refused", i);
        CHECK_EQ(bpf_run(programs[i], 2, &data), SECCOMP_RET_KILL_PROCESS, "program %zu", i);
    }
    CHECK_EQ(bpf_run(programs[0], 0, &data), SECCOMP_RET_KILL_PROCESS, "none at all");
}

int main(void)
{
    struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct seccomp_data data = {.nr = 1};

    srand(20);
    if (BPF_OWN_ARCH == 0)
        skip("not known what architecture this is to a filter");
    if (ask_the_kernel(&allow, 1, data.args) != 0)
        skip("no filters here, as under qemu");
    no_programs();
    random_programs();
    return CHECK_PASSED;
}
