/* One thread puts a seccomp filter on all of them (TSYNC), which kills for openat, while another is
 * being told why its bind failed, or binds for the first time with a history: neither ends the
 * program, wherever the filter comes in between, nor where the program has a twentieth of a
 * processor. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cgroup.h"
#include "check.h"
#include "folder.h"
#include "net.h"
#include "run.h"

enum { ROUNDS = 60, STEP_US = 50, SHORT_ROUNDS = 8, SHORT_STEP_US = 700 };

static bool limit_processor(const char *folder)
{
    return cgroup_write(folder, "cpu.cfs_quota_us", "5000") ||
           cgroup_write(folder, "cpu.max", "5000 100000");
}

static pthread_barrier_t together;

static int bind_at(int port, bool listens)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
        return -errno;
    if (listens)
        listen(fd, 1);
    return fd;
}

static void *bind_now(void *port)
{
    pthread_barrier_wait(&together);
    return (void *)(intptr_t)bind_at((int)(intptr_t)port, false);
}

/* Port 40000 is held; 40001 is free. */
static int play(int port, long delay_us)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog program = {.len = 4, .filter = filter};
    pthread_t thread;
    void *result;

    if (getenv("QUOTA")[0] != '\0' && !cgroup_enter(getenv("QUOTA")))
        return CHECK_SKIPPED;
    net_own_namespace();
    CHECK(bind_at(40000, true) >= 0, "the holder");
    pthread_barrier_init(&together, NULL, 2);
    pthread_create(&thread, NULL, bind_now, (void *)(intptr_t)port);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return CHECK_SKIPPED;
    pthread_barrier_wait(&together);
    usleep((useconds_t)delay_us);
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0)
        return CHECK_SKIPPED;
    pthread_join(thread, &result);
    run_say("%s", (intptr_t)result == -EADDRINUSE ? "in use" : "bound");
    _exit(CHECK_PASSED);
}

/* QUOTA: the control group in which it runs; "" = this one's. */
static void check(int port, const char *sees, int rounds, int step_us, const char *quota)
{
    char role[64], setting[512], short_of[220], *extra[] = {setting, short_of, NULL};
    struct run_result run;

    snprintf(short_of, sizeof short_of, "QUOTA=%s", quota);
    for (int round = 0; round < rounds; round++) {
        char name[32], path[400];

        snprintf(role, sizeof role, "%d %d", port, round * step_us);
        snprintf(name, sizeof name, "history-%d-%d-%d", port, step_us, round);
        snprintf(setting, sizeof setting, "REUSESHIM_HISTORY=%s",
                 folder_file(path, sizeof path, name));
        run = run_shimmed(role, "explain", extra);
        if (run.status == CHECK_SKIPPED)
            skip("no filter for all threads here");
        CHECK(run.status != 128 + SIGSYS, "port %s: killed for a call of ours", role);
        CHECK_EQ(run.status, 0, "port %s: %s", role, run.err);
        CHECK_STR(run.out, sees, "port %s", role);
    }
}

int main(int argc, char **argv)
{
    const char *quota;
    char *end;

    if (argc > 1) {
        int port = (int)strtol(argv[1], &end, 10);

        return play(port, strtol(end, NULL, 10));
    }
    run_deadline_ms = 60000;
    check(40000, "in use\n", ROUNDS, STEP_US, "");
    check(40001, "bound\n", ROUNDS, STEP_US, "");
    quota = cgroup_make("cpu", limit_processor);
    if (quota[0] != '\0')
        check(40000, "in use\n", SHORT_ROUNDS, SHORT_STEP_US, quota);
    else
        fprintf(stderr, "warning: no control group with a quota here\n");
    return CHECK_PASSED;
}
