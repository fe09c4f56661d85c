/* A program is started under a seccomp filter. Where something proves that a process can be made,
 * the whole explanation comes, with the stack; where the filter kills for a call of the look, the
 * program and its children live on untouched: results, descriptors, children, signals, no core. And
 * without a proof none is made, since the filter may kill for that, too. */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "folder.h"
#include "inherit.h"
#include "net.h"
#include "run.h"
#include "told.h"

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

#define KILL SECCOMP_RET_KILL_PROCESS
#define REFUSE (SECCOMP_RET_ERRNO | EPERM)

enum { PORT = 40000, OTHERS_PORT = 40001, FILES_MAX = 64, RULES = 2 };

/* A case: what the filter does, whether a process may be made, and what is told then. */
static const struct scene {
    const char *name;
    struct inherit_rule rules[RULES]; /* up to one of call 0 */
    const char *visibility; /* of the record about our own listener */
    const char *others;     /* ... and about another process's */
    bool sees; /* the stack, with names, and the other process */
} scenes[] = {
    {"nothing", {{0, 0, 0}}, "full", "full", true},
    {"sendto kills", {{SYS_sendto, KILL, 0}}, "helper-killed", "helper-killed", false},
    {"sendto traps", {{SYS_sendto, SECCOMP_RET_TRAP, 0}}, "helper-killed", "helper-killed", false},
    {"sendto kills a thread", {{SYS_sendto, SECCOMP_RET_KILL_THREAD, 0}}, "helper-killed",
     "helper-killed", false},
    {"sendto refused", {{SYS_sendto, REFUSE, 0}}, "no-netlink", "no-netlink", true},
    {"close_range kills", {{SYS_close_range, KILL, 0}}, NULL, NULL, true},
    {"close_range refused", {{SYS_close_range, REFUSE, 0}}, "full", "full", true},
    {"pidfd_getfd kills", {{SYS_pidfd_getfd, KILL, 0}}, "full", "helper-killed", true},
    {"pidfd_getfd refused", {{SYS_pidfd_getfd, REFUSE, 0}, {SYS_pidfd_open, REFUSE, 0}}, "full",
     "seccomp", true},
    {"kcmp kills", {{SYS_kcmp, KILL, 0}}, "full", "full", true},
    {"getdents64 kills", {{SYS_getdents64, KILL, 0}}, "helper-killed", "helper-killed", false},
    {"prctl kills", {{SYS_prctl, KILL, 0}}, "helper-killed", "helper-killed", false},
    {"clone refused", {{SYS_clone, REFUSE, CLONE_THREAD}}, "seccomp", "seccomp", false},
    {"bind answered", {{SYS_bind, SECCOMP_RET_ERRNO | EADDRINUSE, 0}}, NULL, NULL, false},
    {"clone kills", {{SYS_clone, KILL, CLONE_THREAD}}, "seccomp", "seccomp", false},
};

static volatile int children_ended, trapped;

static void on_child(int signal)
{
    (void)signal;
    children_ended++;
}

static void on_trap(int signal)
{
    (void)signal;
    trapped++;
}

__attribute__((noinline)) static int bind_at(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ? -errno : fd;
}

static int files(void)
{
    int count = 0;

    for (int fd = 0; fd < FILES_MAX; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

/* Lines of /proc/self/maps: what is mapped. */
static int mappings(void)
{
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC), count = 0;
    char bytes[4096];
    ssize_t got;

    while ((got = read(fd, bytes, sizeof bytes)) > 0)
        for (ssize_t i = 0; i < got; i++)
            count += bytes[i] == '\n';
    close(fd);
    return count;
}

static void *idle(void *unused)
{
    pause();
    return unused;
}

/* What a program sees of itself is the same with and without the shim. */
static int play_server(bool threads)
{
    struct rlimit core = {RLIM_INFINITY, RLIM_INFINITY};
    pthread_t thread;
    int before, mapped, held, own, others, error;
    sigset_t mask;

    setrlimit(RLIMIT_CORE, &core);
    signal(SIGCHLD, on_child);
    signal(SIGSYS, on_trap);
    if (threads)
        pthread_create(&thread, NULL, idle, NULL);
    held = bind_at(PORT);
    listen(held, 1);
    before = files();
    mapped = mappings();
    own = bind_at(PORT);
    others = bind_at(OTHERS_PORT);
    error = waitpid(-1, NULL, __WALL) < 0 ? errno : 0;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    run_say("%d %d, files %d more, mapped %d more, wait %d, signals %d %d, blocked %d", own, others,
            files() - before, mappings() - mapped, error, children_ended, trapped,
            sigismember(&mask, SIGTERM) || sigismember(&mask, SIGSYS));
    _exit(CHECK_PASSED);
}

/* What a sandbox answers: every bind is refused, and nobody has the port. */
static int play_refused(void)
{
    run_say("%d", bind_at(PORT));
    _exit(CHECK_PASSED);
}

static const struct scene *scene_of(const char *name)
{
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++)
        if (strcmp(scenes[i].name, name) == 0)
            return &scenes[i];
    return NULL;
}

/* The filter, then the program. The preload is for the program alone. */
static int play_start(const char *role)
{
    char path[512], setting[512];
    const struct scene *scene = scene_of(role + 2);
    bool refused = scene == scene_of("bind answered");
    const char *plays = refused ? "refused" : role[0] == 't' ? "threads" : "server";
    char *argv[] = {(char *)(uintptr_t)run_me(), (char *)(uintptr_t)plays, NULL};
    size_t count = 0;

    CHECK(scene != NULL, "a scene");
    if (chdir(folder_path()) < 0)
        return CHECK_FAILED;
    snprintf(path, sizeof path, "%s", getenv("PRELOAD") != NULL ? getenv("PRELOAD") : "");
    if (path[0] != '\0')
        setenv("LD_PRELOAD", path, 1);
    while (count < RULES && scene->rules[count].call != 0)
        count++;
    inherit_filter(scene->rules, count);
    if (inherit_count() == 0)
        skip("nobody counts filters here: Linux 5.9");
    snprintf(setting, sizeof setting, "%d", inherit_count());
    if (getenv("PROVEN") != NULL)
        setenv("REUSESHIM_HELPER", setting, 1);
    execv(argv[0], argv);
    return CHECK_FAILED;
}

/* The Nth record that a run has told, which must be there. */
static const char *failure(const struct run_result *run, const char *what, int n)
{
    CHECK(told_records(run->err, "bind_failed") > n, "%s: record %d of %s", what, n, run->err);
    return told_record(run->err, "bind_failed", n);
}

/* What else than FULL a busy machine may leave of it. */
static bool is_cut_by_time(const char *record, const char *visibility)
{
    return strcmp(visibility, "full") == 0 && strstr(record, "\"visibility\":\"budget\"") != NULL;
}

static void check_record(const char *record, const char *what, const char *visibility)
{
    char wanted[64];

    CHECK_CONTAINS(record, "\"comm\":\"under_a_filter_\"", "%s: the program", what);
    if (visibility == NULL || is_cut_by_time(record, visibility))
        return;
    snprintf(wanted, sizeof wanted, "\"visibility\":\"%s\"", visibility);
    CHECK_CONTAINS(record, wanted, "%s", what);
}

/* Who has it, as far as a look was possible. */
static void check_told(const struct run_result *run, const struct scene *scene, const char *what)
{
    const char *own = failure(run, what, 0), *others = failure(run, what, 1);
    char holder[64];

    check_record(own, what, scene->visibility);
    check_record(others, what, scene->others);
    CHECK_CONTAINS(own, "\"reason\":\"bound-twice\"", "%s", what);
    if (!scene->sees)
        return;
    CHECK_CONTAINS(own, "\"symbol\":\"bind_at\"", "%s: the stack", what);
    snprintf(holder, sizeof holder, "\"pid\":%d,", (int)getpid());
    CHECK_CONTAINS(others, "\"reason\":\"listening\"", "%s", what);
    CHECK_CONTAINS(others, holder, "%s: the holder", what);
}

static void check_no_core(const char *what)
{
    char path[512];

    CHECK(access(folder_file(path, sizeof path, "core"), F_OK) < 0, "%s: no core", what);
}

static struct run_result play(const struct scene *scene, bool threads, bool proven, bool text)
{
    char role[96], preload[512], proof[] = "PROVEN=1", *extra[4] = {NULL};
    size_t count = 0;
    struct run_result plain, run;

    snprintf(role, sizeof role, "%c %s", threads ? 't' : 's', scene->name);
    plain = run_self(role, NULL);
    if (plain.status == CHECK_SKIPPED)
        skip("%s", plain.err);
    CHECK_EQ(plain.status, 0, "%s without the shim: %s", role, plain.err);
    snprintf(preload, sizeof preload, "PRELOAD=%s", run_library());
    extra[count++] = preload;
    if (proven)
        extra[count++] = proof;
    if (!text)
        extra[count++] = told_json[0];
    run = run_self(role, extra);
    CHECK(run.status != 128 + SIGSYS, "%s: the program was killed: %s", role, run.err);
    CHECK_EQ(run.status, 0, "%s: %s", role, run.err);
    CHECK_STR(run.out, plain.out, "%s: what the program sees", role);
    check_no_core(role);
    return run;
}

static void check_answered_elsewhere(void)
{
    struct run_result run = play(scene_of("bind answered"), false, true, false);

    CHECK_CONTAINS(failure(&run, "bind answered", 0), "\"reason\":\"answered-elsewhere\"",
                   "nobody has the port");
}

static void check_scene(const struct scene *scene)
{
    for (int threads = 0; threads < 2; threads++) {
        bool kills = strcmp(scene->name, "clone kills") == 0;
        struct run_result run = play(scene, threads, !kills, false);

        check_told(&run, scene, scene->name);
        /* Without a proof nothing is tried. */
        run = play(scene, threads, false, false);
        check_record(failure(&run, scene->name, 0), scene->name, "seccomp");
        check_record(failure(&run, scene->name, 1), scene->name, "seccomp");
    }
}

int main(int argc, char **argv)
{
    struct run_result run;
    const char *command;
    char port[16];
    int held;

    if (argc > 1 && (strcmp(argv[1], "server") == 0 || strcmp(argv[1], "threads") == 0))
        return play_server(argv[1][0] == 't');
    if (argc > 1 && strcmp(argv[1], "refused") == 0)
        return play_refused();
    if (argc > 1)
        return play_start(argv[1]);
    net_own_namespace();
    held = bind_at(OTHERS_PORT);
    CHECK(held >= 0 && listen(held, 1) == 0, "a listener of another process");
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++)
        if (&scenes[i] != scene_of("bind answered"))
            check_scene(&scenes[i]);
    check_answered_elsewhere();
    run = play(scene_of("clone kills"), false, false, true);
    snprintf(port, sizeof port, "%d", OTHERS_PORT);
    command = told_line(run.err, "reuseshim why ", 0);
    CHECK_CONTAINS(command, port, "the command to ask with from outside");
    return CHECK_PASSED;
}
