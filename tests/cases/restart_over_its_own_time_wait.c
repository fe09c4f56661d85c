/* Situation 1. A daytime server answers each connection in a forked child and closes first, so its
 * own side of the connection stays behind in TIME_WAIT. Then it starts itself again through exec.
 * The new run gets the port only if both runs had SO_REUSEADDR; the new one alone is not enough. */
#include <time.h>

#include "story.h"

enum { PORT = 8013 };
static const char address[] = "127.0.0.1";

/* "option" sets SO_REUSEADDR itself, "plain" does not. "forced" is plain too, but starts under the
 * shim with force, and "bare" is plain and starts without the shim, whatever the first run had. */
static bool has_option(const char *kind)
{
    return strcmp(kind, "option") == 0;
}

static void ask_the_time(void)
{
    int fd = net_tcp(address);
    char answer[64];
    ssize_t length;

    CHECK_RESULT(net_connect(fd, address, PORT), 0, "connect to the server");
    length = read(fd, answer, sizeof answer);
    CHECK(length > 0, "an answer of the server");
    CHECK_EQ(read(fd, answer, sizeof answer), 0, "the server closes first");
    close(fd);
    _exit(0);
}

static void answer(int connection)
{
    time_t now = time(NULL);
    char line[64];

    CHECK(ctime_r(&now, line) != NULL, "the time");
    CHECK_EQ(write(connection, line, strlen(line)), (long long)strlen(line), "write the time");
    _exit(0);
}

/* The one client comes from here as well; it closes only after the server has. */
static void serve_one(int listener)
{
    pid_t client = fork();
    int connection;
    pid_t child;

    if (client == 0)
        ask_the_time();
    connection = net_accept(listener);
    child = fork();
    if (child == 0)
        answer(connection);
    close(connection);
    CHECK(waitpid(child, NULL, 0) == child && waitpid(client, NULL, 0) == client, "both end");
    net_wait_rows(PORT, NET_TIME_WAIT, 1);
    run_say("run 1 answers a client, closes first: TIME_WAIT");
}

static _Noreturn void start_again(const char *kind)
{
    char role[32];

    if (strcmp(kind, "forced") == 0) {
        setenv("LD_PRELOAD", run_library(), 1);
        setenv("REUSESHIM_POLICY", "force", 1);
    }
    if (strcmp(kind, "bare") == 0)
        unsetenv("LD_PRELOAD");
    snprintf(role, sizeof role, "again-%s", kind);
    execl(run_me(), run_me(), role, (char *)NULL);
    CHECK(false, "exec: %s", check_errno_name(errno));
    abort();
}

static bool time_wait_is_over(void *unused)
{
    const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };

    (void)unused;
    nanosleep(&pause, NULL); /* a look at /proc/net/tcp costs milliseconds */
    return net_rows(PORT, NET_TIME_WAIT) == 0;
}

/* It takes a minute, or is cut short through the kernel's SOCK_DESTROY. */
static void await_end_of_time_wait(void)
{
    if (!getenv("CASES_WAIT")) {
        pid_t pid = fork();

        if (pid == 0) {
            unsetenv("LD_PRELOAD");
            CHECK(freopen("/dev/null", "w", stdout) != NULL, "open /dev/null");
            execlp("ss", "ss", "-K", "-t", "state", "time-wait", "sport", "=", "8013",
                   (char *)NULL);
            _exit(127);
        }
        waitpid(pid, NULL, 0);
    }
    CHECK(wait_until(time_wait_is_over, NULL, 70 * 1000), "TIME_WAIT ends");
}

static bool start(int fd, int run, const char *kind, const char *when)
{
    int result = net_bind(fd, address, PORT);

    if (!story_step(result, "run %d, %s SO_REUSEADDR%s: bind %s:%d", run,
                    has_option(kind) ? "with" : "without", when, address, PORT))
        return false;
    CHECK_RESULT(net_listen(fd), 0, "listen after bind");
    return true;
}

static int server(int run, const char *kind)
{
    int fd = net_tcp(address);

    if (has_option(kind))
        net_reuseaddr(fd, 1);
    if (!start(fd, run, kind, "")) {
        await_end_of_time_wait();
        start(fd, run, kind, ", after TIME_WAIT");
    }
    return fd;
}

static void restart(char *role)
{
    char *second = strchr(role, '+');

    CHECK(second != NULL, "a role like plain+option, seen %s", role);
    *second++ = '\0';
    serve_one(server(1, role));
    start_again(second);
}

#define BIND(run, how) "run " #run ", " how " SO_REUSEADDR: bind 127.0.0.1:8013: "
#define AGAIN(how) "run 2, " how " SO_REUSEADDR, after TIME_WAIT: bind 127.0.0.1:8013: ok\n"
#define SERVES "run 1 answers a client, closes first: TIME_WAIT\n"
#define WORKS(first, second) BIND(1, first) "ok\n" SERVES BIND(2, second) "ok\n"
#define FAILS(first, second) \
    BIND(1, first) "ok\n" SERVES BIND(2, second) "Address already in use\n" AGAIN(second)

static const struct story stories[] = {
    { .title = "A server restarts; neither run sets the option",
      .role = "plain+plain",
      .steps = FAILS("without", "without"),
      .reasons = "time-wait",
      .forced = { { .policy = "force", .steps = WORKS("without", "without") } } },
    { .title = "A server restarts; both runs set the option",
      .role = "option+option",
      .steps = WORKS("with", "with"),
      .forced = { { .policy = "force" },
                  { .policy = "clear", .steps = FAILS("with", "with"), .reasons = "time-wait" } } },
    { .title = "A server restarts; only the second run sets the option",
      .role = "plain+option",
      .steps = FAILS("without", "with"),
      .reasons = "time-wait",
      .forced = { { .policy = "force", .steps = WORKS("without", "with") } } },
    { .title = "A server restarts; only the first run sets the option",
      .role = "option+plain",
      .steps = FAILS("with", "without"),
      .reasons = "time-wait",
      .forced = { { .policy = "force", .steps = WORKS("with", "without") } } },
};

/* What a user meets who learns of force after the first failure, and who forgets it once. */
static const struct story forced_too_late = {
    .title = "A server restarts; only the second run is under force",
    .role = "plain+forced",
    .how = "run 2 under force",
    .steps = FAILS("without", "without"),
};
static const struct story forced_once = {
    .title = "A server restarts; only the first run is under force",
    .role = "plain+bare",
    .steps = "",
};

/* TIME_WAIT really ends by itself, and the policy wait gets over it. */
static void wait_a_minute(void)
{
    const struct story *neither = &stories[0];

    run_deadline_ms = 90 * 1000;
    setenv("CASES_WAIT", "1", 1);
    printf("\nA server restarts; TIME_WAIT takes its minute\n");
    story_run(neither, NULL, neither->steps, NULL);
    story_run(neither, "wait:80s", WORKS("without", "without"), "time-wait");
}

int main(int argc, char **argv)
{
    if (argc > 1 && strncmp(argv[1], "again-", 6) == 0)
        return close(server(2, argv[1] + 6));
    if (argc > 1)
        restart(argv[1]);
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++)
        story_check(&stories[i]);
    printf("%s\n", forced_too_late.title);
    story_run(&forced_too_late, NULL, forced_too_late.steps, "time-wait");
    printf("\n%s\n", forced_once.title);
    story_run(&forced_once, "force", FAILS("without", "without"), NULL);
    if (getenv("REUSESHIM_LONG"))
        wait_a_minute();
    return 0;
}
