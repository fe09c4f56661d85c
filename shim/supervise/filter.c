#include "supervise/filter.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "base/sys.h"
#include "supervise/machine.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5) /* Linux 5.19 */
#endif

#if MACHINE_KNOWN

enum {
    INSTRUCTIONS_MAX = 96,
    /* The first argument of socketcall(2): linux/net.h */
    SOCKETCALL_SOCKET = 1, SOCKETCALL_BIND = 2, SOCKETCALL_LISTEN = 4, SOCKETCALL_SETSOCKOPT = 14
};

struct code {
    struct sock_filter lines[INSTRUCTIONS_MAX];
    unsigned short count;
};

/* What is told beside bind, listen and io_uring_setup. */
struct wishes {
    bool sockets; /* log: each socket() */
    bool options; /* log, force, clear: setsockopt() of the reuse options */
};

static void add(struct code *code, unsigned int what, uint32_t value, unsigned char yes,
                unsigned char no)
{
    code->lines[code->count++] =
        (struct sock_filter){(unsigned short)what, yes, no, value};
}

static void load(struct code *code, size_t offset)
{
    add(code, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static size_t argument(unsigned int index)
{
    size_t low = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : 4;

    return offsetof(struct seccomp_data, args) + index * sizeof(uint64_t) + low;
}

static void give(struct code *code, uint32_t action)
{
    add(code, BPF_RET | BPF_K, action, 0, 0);
}

/* Tells the supervisor if what is loaded is NUMBER. */
static void tell_if(struct code *code, int number)
{
    if (number < 0)
        return;
    add(code, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1);
    give(code, SECCOMP_RET_USER_NOTIF);
}

/* setsockopt(): only SO_REUSEADDR and SO_REUSEPORT of SOL_SOCKET are told. */
static void tell_options(struct code *code, int number)
{
    unsigned short skip, level;

    if (number < 0)
        return;
    skip = code->count;
    add(code, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 0);
    load(code, argument(1));
    level = code->count;
    add(code, BPF_JMP | BPF_JEQ | BPF_K, SOL_SOCKET, 0, 0);
    load(code, argument(2));
    tell_if(code, SO_REUSEADDR);
    tell_if(code, SO_REUSEPORT);
    code->lines[level].jf = (unsigned char)(code->count - level - 1);
    give(code, SECCOMP_RET_ALLOW);
    code->lines[skip].jf = (unsigned char)(code->count - skip - 1);
}

static void tell_socketcall(struct code *code, int number, const struct wishes *wishes)
{
    unsigned short skip = code->count;

    if (number < 0)
        return;
    add(code, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 0);
    load(code, argument(0));
    tell_if(code, SOCKETCALL_BIND);
    tell_if(code, SOCKETCALL_LISTEN);
    if (wishes->sockets)
        tell_if(code, SOCKETCALL_SOCKET);
    if (wishes->options)
        tell_if(code, SOCKETCALL_SETSOCKOPT);
    give(code, SECCOMP_RET_ALLOW);
    code->lines[skip].jf = (unsigned char)(code->count - skip - 1);
}

/* One calling convention: its numbers mean something only under its own mark. */
static void add_calls(struct code *code, const struct machine_calls *calls,
                      const struct wishes *wishes)
{
    unsigned short skip = code->count;

    add(code, BPF_JMP | BPF_JEQ | BPF_K, calls->audit, 0, 0);
    load(code, offsetof(struct seccomp_data, nr));
    tell_if(code, calls->bind);
    tell_if(code, calls->listen);
    tell_if(code, calls->io_uring_setup);
    if (wishes->sockets)
        tell_if(code, calls->socket);
    if (wishes->options)
        tell_options(code, calls->setsockopt);
    tell_socketcall(code, calls->socketcall, wishes);
    give(code, SECCOMP_RET_ALLOW);
    code->lines[skip].jf = (unsigned char)(code->count - skip - 1);
}

static struct wishes wishes_of(const struct policy *policy)
{
    struct wishes wishes = {false, false};

    for (size_t i = 0; i < policy->count; i++) {
        const struct policy_rule *rule = &policy->rules[i];
        bool logs = policy_rule_has(rule, ACTION_LOG);

        wishes.sockets |= logs;
        wishes.options |= logs || policy_rule_has(rule, ACTION_FORCE) ||
                          policy_rule_has(rule, ACTION_CLEAR);
    }
    return wishes;
}

static long install(const struct sock_fprog *program)
{
    return sys_call(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                    SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_SPEC_ALLOW |
                        SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
                    program);
}

int filter_install(const struct policy *policy, bool *privileged)
{
    struct code code = {.count = 0};
    struct wishes wishes = wishes_of(policy);
    struct sock_fprog program;
    long fd;

    load(&code, offsetof(struct seccomp_data, arch));
    for (size_t i = 0; i < sizeof machine_calls / sizeof *machine_calls; i++)
        add_calls(&code, &machine_calls[i], &wishes);
    give(&code, SECCOMP_RET_ALLOW);
    program = (struct sock_fprog){code.count, code.lines};
    fd = install(&program);
    *privileged = fd != -EACCES; /* CAP_SYS_ADMIN, or no_new_privs is set already: seccomp(2) */
    if (*privileged)
        return (int)fd;
    sys_call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return (int)install(&program);
}

#else

int filter_install(const struct policy *policy, bool *privileged)
{
    (void)policy;
    *privileged = false;
    return -ENOSYS;
}

#endif
