/* Every cure that stops somebody frees the address when it is pasted into a shell: afterwards the
 * very call that was refused works, also where closed connections, or a file, are left behind. The
 * situations are brought about afresh for each cure. Oracle: the kernel's answer to that call. */
#include "check.h"
#include "cure.h"
#include "folder.h"
#include "json.h"
#include "net.h"
#include "run.h"
#include "situation.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int port = 8080;

/* Which cures have been tried: "stop stop-all ". */
static char tried[1024];

static bool stops(const struct cure *cure)
{
    return strncmp(cure->id, "stop", 4) == 0;
}

static bool works_now(void *attempt)
{
    struct run_result run = run_self(attempt, NULL);

    return strcmp(run.out, "0\n") == 0;
}

static bool has_ended(void *holder)
{
    siginfo_t info = {.si_pid = 0};

    return waitid(P_PID, (id_t)((struct run_child *)holder)->pid, &info,
                  WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

/* The command goes on to wait for what is left, under the program that is started then. */
static void try_stop(const struct situation *situation, const struct cure *cure,
                     struct run_child *holder)
{
    static char attempt[PATH_MAX + 16];

    strcat(strcat(tried, cure->id), " ");
    snprintf(attempt, sizeof attempt, "%s", situation->attempt);
    if (cure_starts(cure)) {
        struct run_child child;

        strcat(tried, "wait: ");
        child = run_start(cure_pasted(cure->command), NULL);
        CHECK(wait_until(has_ended, holder, 2000), "%s: the holder ends", situation->name);
        CHECK_EQ(run_stop(holder), 128 + SIGTERM, "%s: the holder ends", situation->name);
        if (getenv("REUSESHIM_LONG") == NULL && strstr(cure->command, "wait:10s") == NULL)
            CHECK(wait_until(cure_end_leftovers, &port, 2000), "the leftovers end");
        CHECK_RESULT(run_number(&child), 0, "%s: after %s", situation->name, cure->command);
        run_stop(&child);
        return;
    }
    cure_paste(cure->command);
    CHECK_EQ(run_stop(holder), 128 + SIGTERM, "%s: the holder ends", situation->name);
    CHECK(wait_until(works_now, attempt, 2000), "%s: after %s", situation->name, cure->command);
}

/* The first cure of the record that stops somebody, if there is one. */
static struct cure find(const char *record)
{
    struct cure cure = {.id = ""};

    for (int i = 0; i < json_length(record, "cures") && !stops(&cure); i++)
        cure_read(record, i, &cure);
    return cure;
}

static void try_situation(const struct situation *situation)
{
    struct run_child holder;
    struct cure cure;

    net_own_namespace();
    holder = situation_start(situation);
    cure = find(cure_explain(situation));
    if (stops(&cure) && cure_is_command(&cure))
        try_stop(situation, &cure, &holder);
    else if (!situation->ends)
        run_stop(&holder);
}

/* A stopped process does not even end by SIGTERM before it goes on. */
static void stopped_holder(void)
{
    struct run_child holder;
    struct cure cure;
    int status;

    net_own_namespace();
    holder = situation_start(&situations[0]);
    CHECK(kill(holder.pid, SIGSTOP) == 0 &&
              waitpid(holder.pid, &status, WUNTRACED) == holder.pid && WIFSTOPPED(status),
          "the holder is stopped");
    cure = find(cure_explain(&situations[0]));
    CHECK_STR(cure.id, "stop", "to end it");
    try_stop(&situations[0], &cure, &holder);
}

static char path[PATH_MAX];

static int hold_file(void *unused)
{
    int fd = net_unix(SOCK_STREAM);

    (void)unused;
    CHECK_RESULT(net_bind(fd, path, 0), 0, "bind %s", path);
    CHECK_RESULT(net_listen(fd), 0, "listen");
    run_say("ready");
    run_until_stopped();
    return 0;
}

static void nothing(void)
{
}

/* The file of a server that is ended stays behind. */
static void live_file(void)
{
    static char role[PATH_MAX + 16];
    struct situation live = {"live", "unix-live", role, nothing, false, ""};
    struct run_child holder;
    struct cure cure;
    char line[32];

    folder_file(path, sizeof path, "live");
    snprintf(role, sizeof role, "try unix %s 0", path);
    holder = run_start_function(hold_file, NULL);
    run_line(&holder, line, sizeof line);
    cure = find(cure_explain(&live));
    CHECK_STR(cure.id, "stop", "to end it");
    try_stop(&live, &cure, &holder);
    unlink(path);
}

int main(int argc, char **argv)
{
    size_t i;

    if (argc > 1)
        return situation_play(argv[1]);
    if (getenv("REUSESHIM_LONG") != NULL)
        run_deadline_ms = 140 * 1000;
    for (i = 0; i < situation_count; i++)
        try_situation(&situations[i]);
    stopped_holder();
    live_file();
    CHECK_CONTAINS(tried, "stop ", "one was ended");
    CHECK_CONTAINS(tried, "stop-all ", "several were ended");
    CHECK_CONTAINS(tried, "wait:", "what they left behind was waited for");
    return 0;
}
