# A program that imports no listen() is not looked after before it runs, as most of those never open
# a socket. But one that could put itself under a seccomp filter is: its first socket may come after
# the filter, which kills for any call that is not the program's own.

setup() {
    lib=${REUSESHIM_LIB:-$BATS_TEST_DIRNAME/../../build/libreuseshim.so}
    [ -e "$lib" ] || skip "libreuseshim.so is not built"
    cd "$BATS_TEST_TMPDIR"
    alone=()

    cat >filter.h <<'END'
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#define MAY(call) \
    {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, call}, {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}
static struct sock_filter filter[] = {
    {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr)},
    MAY(SYS_socket), MAY(SYS_bind), MAY(SYS_setsockopt), MAY(SYS_write), MAY(SYS_exit_group),
    {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS}};
static struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
static int use_sockets(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_DGRAM, 0), one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof one);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
        return 1;
    return write(1, "bound\n", 6) != 6;
}
END
    cat >prctl.c <<'END'
#include "filter.h"
int main(void)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, 2, &program))
        return 77;
    return use_sockets();
}
END
    cat >syscall.c <<'END'
#include "filter.h"
int main(void)
{
    if (syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))
        return 77;
    return use_sockets();
}
END
}

# with_and_without WAY [NAME=VALUE...]: the program does the same under the shim.
with_and_without() {
    local way=$1
    shift
    ${CC:-cc} -O1 -o "$way" "$way.c"
    ! nm -D "$way" | grep -qw listen
    run "${alone[@]}" ./"$way"
    [ "$status" -ne 77 ] || skip 'no seccomp filter here'
    [ "$status" -eq 0 ] && [ "$output" = bound ]
    run "${alone[@]}" env "$@" LD_PRELOAD="$lib" ./"$way"
    echo "status $status: $output"
    [ "$status" -eq 0 ] && [ "$output" = bound ]
}

@test "a filter by prctl, before the first socket" {
    with_and_without prctl
}

@test "a filter by syscall, before the first socket" {
    with_and_without syscall
}

@test "and with a history, which has the bind" {
    with_and_without prctl REUSESHIM_HISTORY="$BATS_TEST_TMPDIR/history"
    [ "$(ls history | wc -l)" -eq 1 ]
    [ -z "${REUSESHIM_COMMAND-}" ] ||
        "$REUSESHIM_COMMAND" list --history "$BATS_TEST_TMPDIR/history" | grep -q 'udp 0.0.0.0:0'
}

@test "a filter by a library that was opened later, by prctl and by syscall" {
    cat >plugin.c <<'END'
#include "filter.h"
int confine(int by_prctl)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return 77;
    if (by_prctl)
        return prctl(PR_SET_SECCOMP, 2, &program) ? 77 : 0;
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) ? 77 : 0;
}
END
    ${CC:-cc} -O1 -shared -fPIC -o plugin.so plugin.c
    for by_prctl in 0 1; do
        cat >opens$by_prctl.c <<END
#include <dlfcn.h>
#include <errno.h>
#include "filter.h"
int main(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(40000)};
    void *plugin = dlopen("./plugin.so", RTLD_NOW);
    int (*confine)(int), fds[2] = {socket(AF_INET, SOCK_STREAM, 0), socket(AF_INET, SOCK_STREAM, 0)};
    if (plugin == NULL || bind(fds[0], (struct sockaddr *)&address, sizeof address) < 0)
        return 2;
    *(void **)&confine = dlsym(plugin, "confine");
    if (confine($by_prctl) != 0)
        return 77;
    if (bind(fds[1], (struct sockaddr *)&address, sizeof address) == 0 || errno != EADDRINUSE)
        return 3;
    return use_sockets();
}
END
        unshare -n true 2>/dev/null || skip 'no network namespace of its own'
        alone=(unshare -n)
        with_and_without opens$by_prctl
    done
}

# Whose prctl() the program calls: the name of the library, by the slot that the loader has filled in.
whose_prctl() { # [NAME=VALUE...]
    [ "$(uname -m)" = x86_64 ] || skip 'x86-64 assembler'
    cat >whose.c <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
int main(void)
{
    void *slot;
    Dl_info info;
    __asm__("movq prctl@GOTPCREL(%%rip), %0" : "=r"(slot));
    return !dladdr(slot, &info) || puts(info.dli_fname) < 0;
}
END
    [ -e whose ] || ${CC:-cc} -O1 -o whose whose.c
    env LD_PRELOAD="$lib" "$@" ./whose
}

@test "a program that is left alone has its own prctl" {
    [[ $(whose_prctl) == *libreuseshim* ]]
    [[ $(whose_prctl REUSESHIM_ONLY=other) == *libc* ]]
    [[ $(whose_prctl REUSESHIM_POLICY=off) == *libc* ]]
}

# The vDSO's clock reads a counter that a program can forbid itself.
@test "a program that may not read the time stamp counter" {
    cat >counter.c <<'END'
#include <sys/prctl.h>
#include "filter.h"
int main(void)
{
    return prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0) ? 77 : use_sockets();
}
END
    with_and_without counter
    with_and_without counter REUSESHIM_HISTORY="$BATS_TEST_TMPDIR/history"
}
