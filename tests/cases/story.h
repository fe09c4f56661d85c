/* A situation told as a story: one process (a role of the test program) takes some steps and prints
 * one line for each. It runs without the shim, with explain and with force; each run must give
 * exactly the steps written down here, and its failed calls exactly the explanations.
 *
 * Run by hand, the program prints the story. */
#ifndef CASES_STORY_H
#define CASES_STORY_H

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "net.h"
#include "run.h"

enum { STORY_FORCED_MAX = 3 };

/* A run with another policy than explain. */
struct story_forced {
    const char *policy;
    const char *steps;          /* NULL: as without the shim */
    const char *reasons;        /* of the calls that still fail, in their order; NULL: none fails */
};

struct story {
    const char *title;
    const char *role;
    const char *how;            /* of the run without a policy; NULL: "without the shim" */
    const char *steps;          /* what it prints without the shim, and with explain */
    const char *reasons;        /* of the calls that fail, in their order; NULL: none fails */
    struct story_forced forced[STORY_FORCED_MAX];
};

/* In a role: prints "WHAT: ok" or "WHAT: Address already in use". Returns whether it worked. */
static inline bool story_step(int result, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static inline bool story_step(int result, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    vprintf(format, values);
    va_end(values);
    printf(": %s\n", result == 0 ? "ok" : strerror(-result));
    fflush(stdout);
    return result == 0;
}

/* The address as it stands before ":PORT". Static text. */
static inline const char *story_host(const char *address)
{
    static char text[72];

    snprintf(text, sizeof text, strchr(address, ':') ? "[%s]" : "%s", address);
    return text;
}

static int story_ready_fd = -1;

/* In a process of story_process(): lets story_process() return. */
static inline void story_ready(void)
{
    fflush(NULL);
    if (story_ready_fd >= 0)
        close(story_ready_fd);
    story_ready_fd = -1;
}

/* In a role: another process, a sibling of all others that are started so. It runs `body` and then
 * stays as it is, with its sockets, until story_end(). Returns when `body` has called story_ready()
 * or has returned. */
static inline pid_t story_process(void (*body)(const void *argument), const void *argument)
{
    int ready[2];
    char byte;
    pid_t pid;

    CHECK(pipe(ready) == 0, "pipe: %s", check_errno_name(errno));
    fflush(NULL);
    pid = fork();
    CHECK(pid >= 0, "fork: %s", check_errno_name(errno));
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(ready[0]);
        story_ready_fd = ready[1];
        body(argument);
        story_ready();
        for (;;)
            pause();
    }
    close(ready[1]);
    CHECK_EQ(read(ready[0], &byte, 1), 0, "the process is ready");
    close(ready[0]);
    return pid;
}

static inline void story_end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* The ids in the headlines of explanations, "time-wait listening", in order. */
static inline void story_reasons(const char *log, char *reasons, size_t size)
{
    size_t length = 0;

    reasons[0] = '\0';
    for (const char *line = log; line && *line; line = strchr(line, '\n')) {
        const char *open, *end;

        line += *line == '\n';
        end = line + strcspn(line, "\n");
        if (strncmp(line, "reuseshim: ", 11) != 0 || end[-1] != ']')
            continue;
        for (open = end; open[-1] != '[';)
            open--;
        length += (size_t)snprintf(reasons + length, size - length, "%s%.*s", length ? " " : "",
                                   (int)strcspn(open, "]\n"), open);
        CHECK(length < size, "the reasons fit");
    }
}

static inline void story_print(const char *text)
{
    while (*text) {
        int length = (int)strcspn(text, "\n");

        printf("    %.*s\n", length, text);
        text += length + (text[length] == '\n');
    }
}

/* The step that matters: the first that failed, or else the last one. */
static inline void story_print_decisive(const char *steps)
{
    const char *refused = strstr(steps, ": Address already in use\n");
    const char *line = steps;

    for (const char *next = strchr(line, '\n'); next && next[1]; next = strchr(line, '\n')) {
        if (refused && next > refused)
            break;
        line = next + 1;
    }
    printf("%.*s", (int)strcspn(line, "\n"), line);
}

/* With CASES_BRIEF, for an overview: one line for a run. */
static inline void story_tell(const char *heading, const struct run_result *result,
                              bool same, const char *reasons)
{
    if (!getenv("CASES_BRIEF")) {
        printf("  %s\n", heading);
        story_print(same ? "the same" : result->out);
        story_print(result->err);
        fflush(stdout);
        return;
    }
    printf("  %-18s ", heading);
    if (same)
        printf("the same");
    else
        story_print_decisive(result->out);
    printf("%s%s%s\n", *reasons ? "  [" : "", reasons, *reasons ? "]" : "");
    fflush(stdout);
}

static inline void story_run(const struct story *story, const char *policy, const char *steps,
                             const char *reasons)
{
    const char *run = policy ? policy : "no shim";
    struct run_result result;
    char seen[1024], heading[64];
    bool as_before = policy && strcmp(steps, story->steps) == 0;

    net_own_namespace(); /* afresh: nothing of the run before is there */
    result = policy ? run_shimmed(story->role, policy, NULL) : run_self(story->role, NULL);
    story_reasons(result.err, seen, sizeof seen);
    if (policy)
        snprintf(heading, sizeof heading, "under %s", policy);
    else
        snprintf(heading, sizeof heading, "%s", story->how ? story->how : "without the shim");
    story_tell(heading, &result, as_before && strcmp(result.out, steps) == 0, seen);
    CHECK(!result.timed_out, "%s under %s ends", story->role, run);
    CHECK_EQ(result.status, 0, "%s under %s: exit status", story->role, run);
    CHECK_STR(result.out, steps, "%s under %s: the steps", story->role, run);
    CHECK_STR(seen, reasons ? reasons : "", "%s under %s: what is explained", story->role, run);
    if (!reasons)
        CHECK_STR(result.err, "", "%s under %s: silence", story->role, run);
}

static inline void story_check(const struct story *story)
{
    printf("%s\n", story->title);
    story_run(story, NULL, story->steps, NULL);
    story_run(story, "explain", story->steps, story->reasons);
    for (size_t i = 0; i < STORY_FORCED_MAX && story->forced[i].policy; i++) {
        const struct story_forced *forced = &story->forced[i];

        story_run(story, forced->policy, forced->steps ? forced->steps : story->steps,
                  forced->reasons);
    }
    printf("\n");
}

#endif
