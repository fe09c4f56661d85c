/* The explanation for people: a headline with call, address, program, pid and descriptor; then
 * why, this, held, frees, help and unseen in that order, one fact a line. Each fact is true: pid,
 * descriptor and names are the process's own. */
#include "check.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOOKS_MAX = 10 };
static const char address[] = "127.0.0.1";

__attribute__((noinline)) int refused_place(int port);

int refused_place(int port)
{
    int fd = net_tcp(address), result = net_bind(fd, address, port);

    run_say("%d %d %d", result, (int)getpid(), fd);
    return result;
}

static int play(const char *role)
{
    if (strcmp(role, "hold") == 0) {
        run_say("%d", net_listener(address, 8080, 0, 0));
        run_until_stopped();
        return 0;
    }
    refused_place(atoi(role));
    return 0;
}

/* The rank of a line by its key; lines that go on have none. */
static int rank_of(const char *line)
{
    static const char *const keys[] = {"why", "this", "held", "frees", "help", "unseen"};
    char key[16] = "";
    int i;

    if (strncmp(line, "         ", 9) == 0)
        return -1;
    CHECK(sscanf(line, "  %15s", key) == 1 && line[2] != ' ', "a line with a key: %s", line);
    CHECK(line[8] == ' ' && line[9] != ' ', "the text begins in one column: %s", line);
    for (i = 0; i < 6; i++)
        if (strcmp(key, keys[i]) == 0)
            return i;
    check_failed(__FILE__, __LINE__, "a known key", "%s", line);
}

static void check_order(const char *told, const char *headline)
{
    int counts[6] = {0}, last = 0, rank, i;
    const char *line;

    CHECK_STR(told_line(told, "", 0), headline, "the headline of:\n%s", told);
    for (i = 1; *(line = told_line(told, "", i)) != '\0'; i++) {
        CHECK(strlen(line) <= 120 || strstr(line, "help") != NULL || rank_of(line) < 0,
              "a line of at most 120 columns: %s", line);
        rank = rank_of(line);
        if (rank < 0)
            continue;
        CHECK(rank >= last, "in order: %s\nin:\n%s", line, told);
        last = rank;
        counts[rank]++;
    }
    CHECK(counts[0] == 1 && counts[1] == 1 && counts[2] >= 1 && counts[3] == 1 && counts[4] >= 1,
          "why, this, held, frees and help in:\n%s", told);
}

static const char *explain(int port, const char *reason, struct run_result *run)
{
    char role[16], headline[256];
    int result, pid, fd;

    snprintf(role, sizeof role, "%d", port);
    *run = run_shimmed(role, "explain", NULL);
    CHECK_EQ(sscanf(run->out, "%d %d %d", &result, &pid, &fd), 3, "said: %s", run->out);
    snprintf(headline, sizeof headline,
             "reuseshim: bind(127.0.0.1:%d) failed: Address already in use [%s]  "
             "text_has_the_co[%d] fd %d tcp",
             port, reason, pid, fd);
    check_order(run->err, headline);
    CHECK_CONTAINS(run->err, "refused_place+0x", "the place of the call");
    return run->err;
}

int main(int argc, char **argv)
{
    struct run_result run;
    struct run_child holder;
    char part[64], kill_it[32];
    int fd, seconds, looks;

    if (argc > 1)
        return play(argv[1]);
    net_own_namespace();

    holder = run_start_self("hold", NULL);
    fd = run_number(&holder);
    snprintf(kill_it, sizeof kill_it, "kill %d", (int)holder.pid);
    /* On a busy machine a look may not make sure that nobody else has it: then another. */
    for (looks = 0; looks < LOOKS_MAX; looks++)
        if (strstr(explain(8080, "listening", &run), kill_it) != NULL)
            break;
    CHECK_CONTAINS(run.err, kill_it, "what helps");
    snprintf(part, sizeof part, "held   text_has_the_co[%d] fd %d, LISTEN", (int)holder.pid, fd);
    CHECK_CONTAINS(run.err, part, "who holds it");
    CHECK_CONTAINS(run.err, "frees  never by itself", "whether it ends");
    run_stop(&holder);

    net_time_wait(address, 8081, 0, 0);
    explain(8081, "time-wait", &run);
    CHECK_CONTAINS(run.err, "held   TIME_WAIT 127.0.0.1:8081", "what holds it");
    CHECK(strstr(run.err, "frees  in ") != NULL &&
              sscanf(strstr(run.err, "frees  in "), "frees  in %d s", &seconds) == 1 &&
              seconds > 50 && seconds <= 60,
          "when it ends: %s", run.err);
    CHECK_CONTAINS(run.err, "wait:70s", "what helps");
    return 0;
}
