/* Children of fork, vfork, clone with and without shared memory, and posix_spawn call as they like,
 * also if another thread of their parent was inside our lock when they were made. None hangs, each
 * gets the kernel's answers, and their failures are explained. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "net.h"
#include "same.h"

enum { ROUNDS = 20, THREADS = 3, STACK = 256 * 1024 };

/* <spawn.h> would be the fixtures' own. */
int posix_spawn(pid_t *pid, const char *path, const void *actions, const void *attributes,
                char *const argv[], char *const environment[]);

static atomic_bool over;

static int child(void *unused)
{
    (void)unused;
    return same_calls_silently() && same_calls_silently() ? CHECK_PASSED : CHECK_FAILED;
}

static pid_t by_fork(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(child(NULL));
    return pid;
}

/* A child that has children. */
static pid_t by_two_forks(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        int status;
        pid_t second = by_fork();

        _exit(waitpid(second, &status, 0) == second && status == 0 ? child(NULL) : CHECK_FAILED);
    }
    return pid;
}

__attribute__((noinline)) static pid_t by_vfork(void)
{
    pid_t pid = vfork();

    if (pid == 0)
        _exit(child(NULL));
    return pid;
}

/* As fork, without the C library's knowledge: no handler of pthread_atfork runs. */
static pid_t by_raw_clone(void)
{
    pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

    if (pid == 0)
        _exit(child(NULL));
    return pid;
}

static pid_t by_clone(int flags)
{
    static char *stack;

    if (stack == NULL)
        stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return clone(child, stack + STACK, flags | SIGCHLD, NULL);
}

static pid_t by_shared_memory(void)
{
    return by_clone(CLONE_VM | CLONE_VFORK);
}

static pid_t by_own_files(void)
{
    return by_clone(0);
}

static pid_t by_spawn(void)
{
    char path[4096], role[] = "child";
    char *argv[] = {path, role, NULL};
    pid_t pid = -1;

    strncpy(path, run_me(), sizeof path - 1);
    return posix_spawn(&pid, path, NULL, NULL, argv, environ) == 0 ? pid : -1;
}

static void *call_on(void *unused)
{
    (void)unused;
    while (!over)
        same_calls_silently();
    return NULL;
}

/* The deadline is the test's: a child that hangs makes this hang. */
static int play_role(int threads)
{
    static const struct {
        const char *name;
        pid_t (*make)(void);
        int rounds;
    } kinds[] = {
        {"fork", by_fork, ROUNDS},           {"two forks", by_two_forks, ROUNDS / 2},
        {"vfork", by_vfork, ROUNDS},         {"raw clone", by_raw_clone, ROUNDS},
        {"clone", by_own_files, ROUNDS},     {"clone, shared memory", by_shared_memory, ROUNDS},
        {"posix_spawn", by_spawn, ROUNDS / 4},
    };
    pthread_t id[THREADS];

    for (int i = 0; i < threads; i++)
        CHECK(pthread_create(&id[i], NULL, call_on, NULL) == 0, "a thread");
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        int wrong = 0;

        for (int i = 0; i < kinds[k].rounds; i++) {
            int status = -1;
            pid_t pid = kinds[k].make();

            CHECK(pid > 0, "%s: %s", kinds[k].name, check_errno_name(errno));
            waitpid(pid, &status, 0);
            wrong += status != 0;
        }
        run_say("%s: %d wrong", kinds[k].name, wrong);
        CHECK(same_calls_silently(), "calls of the parent after %s", kinds[k].name);
    }
    over = true;
    for (int i = 0; i < threads; i++)
        pthread_join(id[i], NULL);
    return CHECK_PASSED;
}

int main(int argc, char **argv)
{
    struct run_result run;

    if (argc > 1 && strcmp(argv[1], "child") == 0)
        return child(NULL);
    if (argc > 1)
        return play_role(strcmp(argv[1], "threads") == 0 ? THREADS : 0);
    run_deadline_ms = 55 * 1000;
    run = same_with_and_without("alone", NULL);
    CHECK_CONTAINS(run.out, "posix_spawn: 0 wrong", "children without threads");
    CHECK_CONTAINS(run.err, " cannot bind ", "the explanation");
    run = same_with_and_without("threads", NULL);
    CHECK_CONTAINS(run.out, "raw clone: 0 wrong", "children of threads");
    return CHECK_PASSED;
}
