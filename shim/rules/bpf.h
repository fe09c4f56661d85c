/* What a seccomp filter would say of a system call: its program (classic BPF, as seccomp(2) takes
 * it) run over the call. Pure.
 *
 * Source: kernel/seccomp.c, seccomp_check_filter(), which of the instructions are allowed;
 * net/core/filter.c. Test: tests/unit/bpf_agrees_with_the_kernel.c
 */
#ifndef REUSESHIM_RULES_BPF_H
#define REUSESHIM_RULES_BPF_H

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>

/* seccomp_data.arch of this library's own calls. */
#if defined(__x86_64__)
#define BPF_OWN_ARCH AUDIT_ARCH_X86_64
#elif defined(__i386__)
#define BPF_OWN_ARCH AUDIT_ARCH_I386
#elif defined(__aarch64__)
#define BPF_OWN_ARCH AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define BPF_OWN_ARCH AUDIT_ARCH_ARM
#else
#define BPF_OWN_ARCH 0 /* filters ask for another, and forbid all */
#endif

/* The answer of PROGRAM, COUNT instructions, for the call DATA: one of SECCOMP_RET_*, with its data
 * in the low half. SECCOMP_RET_KILL_PROCESS for a program that seccomp would not take, or that
 * multiplies, divides, negates or takes an exclusive or, which filters do not. */
uint32_t bpf_run(const struct sock_filter *program, size_t count, const struct seccomp_data *data);

#endif
