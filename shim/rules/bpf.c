#include "rules/bpf.h"

#include <stdbool.h>
#include <string.h>

/* The accumulator, the index register and the scratch memory. */
struct machine {
    uint32_t a;
    uint32_t x;
    uint32_t memory[BPF_MEMWORDS];
};

/* What filters are made of. False for any other operation. */
static bool calculate(uint32_t *a, unsigned int operation, uint32_t operand)
{
    switch (operation) {
    case BPF_ADD: *a += operand; return true;
    case BPF_SUB: *a -= operand; return true;
    case BPF_OR: *a |= operand; return true;
    case BPF_AND: *a &= operand; return true;
    case BPF_LSH: *a <<= operand % 32; return operand < 32;
    case BPF_RSH: *a >>= operand % 32; return operand < 32;
    default: return false;
    }
}

static bool compare(uint32_t a, unsigned int operation, uint32_t operand)
{
    switch (operation) {
    case BPF_JEQ: return a == operand;
    case BPF_JGT: return a > operand;
    case BPF_JGE: return a >= operand;
    default: return (a & operand) != 0; /* BPF_JSET */
    }
}

/* A word of the call, or its length. */
static bool load(uint32_t *to, const struct sock_filter *step, const struct machine *machine,
                 const struct seccomp_data *data)
{
    if (BPF_SIZE(step->code) != BPF_W)
        return false;
    switch (BPF_MODE(step->code)) {
    case BPF_IMM: *to = step->k; return true;
    case BPF_LEN: *to = sizeof *data; return true;
    case BPF_MEM:
        *to = machine->memory[step->k % BPF_MEMWORDS];
        return step->k < BPF_MEMWORDS;
    case BPF_ABS:
        if (step->k > sizeof *data - sizeof *to || step->k % sizeof *to != 0)
            return false;
        memcpy(to, (const char *)data + step->k, sizeof *to);
        return true;
    default: return false;
    }
}

static bool store(struct machine *machine, const struct sock_filter *step, uint32_t value)
{
    machine->memory[step->k % BPF_MEMWORDS] = value;
    return step->k < BPF_MEMWORDS;
}

/* One instruction that is no return. False if seccomp has no such. NEXT moves where it jumps. */
static bool take_step(struct machine *machine, const struct sock_filter *step,
                      const struct seccomp_data *data, size_t *next)
{
    uint32_t operand = BPF_SRC(step->code) == BPF_X ? machine->x : step->k;

    switch (BPF_CLASS(step->code)) {
    case BPF_LD: return load(&machine->a, step, machine, data);
    case BPF_LDX: return load(&machine->x, step, machine, data);
    case BPF_ST: return store(machine, step, machine->a);
    case BPF_STX: return store(machine, step, machine->x);
    case BPF_ALU: return calculate(&machine->a, BPF_OP(step->code), operand);
    case BPF_JMP:
        if (BPF_OP(step->code) == BPF_JA)
            *next += step->k;
        else
            *next += compare(machine->a, BPF_OP(step->code), operand) ? step->jt : step->jf;
        return true;
    case BPF_MISC:
        if (BPF_MISCOP(step->code) == BPF_TAX)
            machine->x = machine->a;
        else
            machine->a = machine->x;
        return true;
    default: return false;
    }
}

/* Jumps go forward only, so it ends. */
uint32_t bpf_run(const struct sock_filter *program, size_t count, const struct seccomp_data *data)
{
    struct machine machine = {0, 0, {0}};
    size_t next = 0;

    while (next < count) {
        const struct sock_filter *step = &program[next++];

        if (BPF_CLASS(step->code) == BPF_RET)
            return BPF_RVAL(step->code) == BPF_A ? machine.a : step->k;
        if (!take_step(&machine, step, data, &next))
            break;
    }
    return SECCOMP_RET_KILL_PROCESS;
}
