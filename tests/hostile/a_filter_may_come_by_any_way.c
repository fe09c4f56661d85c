/* A program puts a filter on itself by a pointer that dlsym gave it, found in each of its ways; by
 * the constructor of a library that it opens; by a system call in assembler. The filter kills for
 * a call that the program does not make and an explanation does. The failed bind has its result,
 * and the program lives. A filter by a pointer may kill for every call but the program's own: it
 * is noticed as it comes. One of the other two is noticed by a look at /proc, which is openat, read
 * and close: it may kill for all but these. */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "filter.h"
#include "net.h"
#include "run.h"

/* What the program calls once the filter is there; and what an explanation calls beside that. */
static const int own[] = {SYS_socket, SYS_setsockopt, SYS_bind,  SYS_listen,
                          SYS_getsockname, SYS_close, SYS_write, SYS_exit_group,
                          SYS_openat, SYS_read /* these two for a look */};
enum { FOR_A_LOOK = 2 };
enum { OTHERS = -2, BUT_LOOKS }; /* all but the program's own; but a look either */
static const struct {
    const char *name;
    int number;
} killed[] = {
    {"others", OTHERS},
    {"others, but not for a look", BUT_LOOKS},
    {"clone", SYS_clone},
    {"sendto", SYS_sendto},
    {"getdents64", SYS_getdents64},
    {"rt_sigprocmask", SYS_rt_sigprocmask},
    {"fcntl", SYS_fcntl},
#ifdef SYS_mmap
    {"mmap", SYS_mmap},
#endif
};
enum { KILLED = sizeof killed / sizeof *killed, OWN = sizeof own / sizeof *own };

static struct sock_filter code[2 * OWN + 2];
static struct sock_fprog program = {.filter = code};
struct sock_fprog *filter_program; /* the library's constructor puts it on */

static void add(unsigned int what, uint32_t value, uint32_t answer)
{
    code[program.len++] = (struct sock_filter){(unsigned short)what, 0, 1, value};
    code[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer);
}

static void write_filter(int number)
{
    code[program.len++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                                       offsetof(struct seccomp_data, nr));
    for (size_t i = 0; number < 0 && i < OWN - (number == OTHERS ? FOR_A_LOOK : 0); i++)
        add(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)own[i], SECCOMP_RET_ALLOW);
    if (number >= 0)
        add(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, SECCOMP_RET_KILL_PROCESS);
    code[program.len++] = (struct sock_filter)BPF_STMT(
        BPF_RET | BPF_K, number < 0 ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ALLOW);
}

/* Each way is one column of what comes below: HANDLE is dlsym's. */
static void by_pointer_to_prctl(void *handle)
{
    int (*pointer)(int, ...);

    *(void **)&pointer = dlsym(handle, "prctl");
    CHECK(pointer != NULL && pointer(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0, "prctl");
}

static void by_pointer_to_syscall(void *handle)
{
    long (*pointer)(long, ...);

    *(void **)&pointer = dlsym(handle, "syscall");
    CHECK(pointer != NULL && pointer(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0,
          "syscall");
}

static void by_library(void *none)
{
    char library[PATH_MAX];

    (void)none;
    strcpy(library, run_me());
    strcpy(strrchr(library, '/') + 1, "confines_when_loaded.so");
    filter_program = &program;
    CHECK(dlopen(library, RTLD_NOW) != NULL, "%s", dlerror());
}

static void by_assembler(void *none)
{
    long result = -1;

    (void)none;
#ifdef __x86_64__
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(SYS_seccomp), "D"(SECCOMP_SET_MODE_FILTER), "S"(0), "d"(&program)
                     : "rcx", "r11", "memory");
#elif defined __aarch64__
    register long x8 __asm__("x8") = SYS_seccomp, x0 __asm__("x0") = SECCOMP_SET_MODE_FILTER,
                  x1 __asm__("x1") = 0, x2 __asm__("x2") = (long)(uintptr_t)&program;

    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
    result = x0;
#else
    _exit(CHECK_SKIPPED);
#endif
    CHECK(result == 0, "seccomp");
}

enum handle { NO_HANDLE = 0, IN_SCOPE, NEXT, OF_LIBC };
static const struct {
    const char *name;
    void (*put)(void *handle);
    enum handle handle;
    bool is_noticed;
} ways[] = {
    {"prctl", by_pointer_to_prctl, IN_SCOPE, true},
    {"prctl, next", by_pointer_to_prctl, NEXT, true},
    {"prctl, of libc", by_pointer_to_prctl, OF_LIBC, true},
    {"syscall", by_pointer_to_syscall, IN_SCOPE, true},
    {"syscall, next", by_pointer_to_syscall, NEXT, true},
    {"syscall, of libc", by_pointer_to_syscall, OF_LIBC, true},
    {"library", by_library, NO_HANDLE, false},
    {"assembler", by_assembler, NO_HANDLE, false},
};
enum { WAYS = sizeof ways / sizeof *ways };

static void *handle_of(enum handle handle)
{
    return handle == NEXT      ? RTLD_NEXT
           : handle == OF_LIBC ? dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD)
                               : RTLD_DEFAULT;
}

/* ROLE is the number of a way and that of what it kills for. */
static int play(const char *role)
{
    int way = role[0] - 'a', number = killed[role[1] - 'a'].number, fd, refused = 0;
    struct sockaddr_in address = {.sin_family = AF_INET};

    net_own_namespace();
    filter_listen_at(&address, 40000);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    write_filter(number);
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no new privileges");
    ways[way].put(handle_of(ways[way].handle));
    for (int i = 0; i < 5; i++)
        refused += bind(fd, (struct sockaddr *)&address, sizeof address) < 0 && errno == EADDRINUSE;
    filter_say(refused == 5 ? "refused\n" : "otherwise\n");
    _exit(CHECK_PASSED);
}

static void check(size_t way, size_t kill)
{
    char role[3] = {(char)('a' + way), (char)('a' + kill), '\0'};
    struct run_result plain = run_self(role, NULL), run;

    if (plain.status == CHECK_SKIPPED)
        return;
    CHECK_EQ(plain.status, 0, "%s, %s: %s", ways[way].name, killed[kill].name, plain.err);
    run = run_shimmed(role, "explain", NULL);
    CHECK(run.status != 128 + SIGSYS, "by %s: killed for %s, which is not the program's",
          ways[way].name, killed[kill].name);
    CHECK_EQ(run.status, 0, "by %s, %s: %s", ways[way].name, killed[kill].name, run.err);
    CHECK_STR(run.out, plain.out, "by %s, %s", ways[way].name, killed[kill].name);
    if (killed[kill].number != OTHERS)
        CHECK_CONTAINS(run.err, "[bound-twice]", "by %s, %s", ways[way].name, killed[kill].name);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return play(argv[1]);
    for (size_t way = 0; way < WAYS; way++)
        for (size_t kill = 0; kill < KILLED; kill++)
            if (killed[kill].number != OTHERS || ways[way].is_noticed)
                check(way, kill);
    return CHECK_PASSED;
}
