/* The explanation for people: its first line is the answer, at most 80 columns; then fix,
 * or, for good, rule, and under REUSESHIM_VERBOSE this, held and frees, in that order; ten lines at
 * most unless it is verbose. Each fact is true: pid, descriptor and names are the process's own. */
#include "check.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <stdbool.h>
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

enum { KEYS = 9, COLUMNS = 80, LINES_MAX = 10 };

static const char *const keys[KEYS] = {"fix",  "or", "for good", "holder", "rule",
                                       "this",   "held", "frees", "unseen"};

/* The rank of a line by its key; lines that go on have none. */
static int rank_of(const char *line)
{
    int i;

    if (strncmp(line, "           ", 11) == 0)
        return -1;
    CHECK(strncmp(line, "  ", 2) == 0 && line[10] == ' ' && line[11] != ' ',
          "the text begins in one column: %s", line);
    for (i = 0; i < KEYS; i++)
        if (strncmp(line + 2, keys[i], strlen(keys[i])) == 0 && line[2 + strlen(keys[i])] == ' ')
            return i;
    check_failed(__FILE__, __LINE__, "a known key", "%s", line);
}

static void check_order(const char *told, const char *answer, bool verbose)
{
    int counts[KEYS] = {0}, last = 0, rank, i;
    const char *line;

    CHECK_STR(told_line(told, "", 0), answer, "the answer of:\n%s", told);
    for (i = 1; *(line = told_line(told, "", i)) != '\0'; i++) {
        rank = rank_of(line);
        CHECK(strlen(line) <= COLUMNS || rank < 0, "at most 80 columns: %s", line);
        if (rank < 0)
            continue;
        CHECK(rank >= last || (rank == 1 && last == 2), "in order: %s\nin:\n%s", line, told);
        last = rank;
        counts[rank]++;
    }
    CHECK(verbose || i <= LINES_MAX, "ten lines at most:\n%s", told);
    CHECK(counts[0] == 1 && counts[4] == 1, "one fix and one rule in:\n%s", told);
    CHECK(verbose || counts[5] + counts[6] + counts[7] == 0, "no details in:\n%s", told);
    CHECK(!verbose || (counts[5] == 1 && counts[6] >= 1 && counts[7] == 1),
          "this, held and frees in:\n%s", told);
}

/* What the shim says of a bind to PORT; ANSWER is the first line, with what differs left out. */
static const char *explain(int port, const char *answer, bool verbose, struct run_result *run)
{
    char *const detailed[] = {(char *)(size_t)"REUSESHIM_VERBOSE=1", NULL};
    char role[16];
    int result, pid, fd;

    snprintf(role, sizeof role, "%d", port);
    *run = run_shimmed(role, "explain", verbose ? detailed : NULL);
    CHECK_EQ(sscanf(run->out, "%d %d %d", &result, &pid, &fd), 3, "said: %s", run->out);
    check_order(run->err, answer, verbose);
    CHECK(verbose == (strstr(run->err, "refused_place+0x") != NULL), "the place of the call:\n%s",
          run->err);
    return run->err;
}

static void check_listener(void)
{
    struct run_child holder = run_start_self("hold", NULL);
    int fd = run_number(&holder), looks;
    char answer[128], part[64];
    struct run_result run;

    snprintf(answer, sizeof answer,
             "reuseshim: text_has_the_co cannot bind 8080: text_has_the_co[%d] has it [listening]",
             (int)holder.pid);
    if (strlen(answer) > COLUMNS)
        snprintf(answer, sizeof answer,
                 "reuseshim: text_has... cannot bind 8080: text_has...[%d] has it [listening]",
                 (int)holder.pid);
    snprintf(part, sizeof part, "kill %d", (int)holder.pid);
    /* On a busy machine a look may not make sure that nobody else has it: then another. */
    for (looks = 0; looks < LOOKS_MAX; looks++)
        if (strstr(explain(8080, answer, false, &run), part) != NULL)
            break;
    CHECK_CONTAINS(run.err, part, "what helps");
    explain(8080, answer, true, &run);
    snprintf(part, sizeof part, "held     text_has_the_co[%d] fd %d, LISTEN", (int)holder.pid, fd);
    CHECK_CONTAINS(run.err, part, "who holds it");
    CHECK_CONTAINS(run.err, "frees    never by itself", "whether it ends");
    run_stop(&holder);
}

static void check_time_wait(void)
{
    struct run_result run;
    char *const none[] = {NULL};
    int seconds = 0;

    net_time_wait(address, 8081, 0, 0);
    run = run_shimmed("8081", "explain", none);
    CHECK(sscanf(run.err, "reuseshim: text_has_the_co must wait %d s for 8081: old connections [",
                 &seconds) == 1 && seconds > 50 && seconds <= 60,
          "when it ends: %s", run.err);
    CHECK_CONTAINS(run.err, "Both sides need SO_REUSEADDR (TIME_WAIT): neither has it.",
                   "the rule");
    CHECK_CONTAINS(run.err, "reuseshim wait 127.0.0.1:8081 && ", "what helps");
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return play(argv[1]);
    net_own_namespace();
    check_listener();
    check_time_wait();
    return 0;
}
