/* 64 threads that bind, fail and listen at the same moment get what Linux gives each of them; every
 * record of theirs is a whole line, and each thread has its own errno. */
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "net.h"
#include "same.h"

enum { THREADS = 64, ROUNDS = 8 };

static pthread_barrier_t start;
static atomic_int wrong;

static void *call_on(void *unused)
{
    (void)unused;
    pthread_barrier_wait(&start);
    for (int i = 0; i < ROUNDS; i++)
        if (!same_calls_silently())
            wrong++;
    return NULL;
}

static int play_role(void)
{
    pthread_t threads[THREADS];

    pthread_barrier_init(&start, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, call_on, NULL) == 0, "a thread");
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    run_say("%d of %d rounds wrong", wrong, THREADS * ROUNDS);
    return CHECK_PASSED;
}

/* Every line is one object of its own. */
static int check_lines(char *text)
{
    char *rest = NULL;
    int lines = 0;

    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        size_t length = strlen(line);

        if (rest == NULL || *rest == '\0') /* what was kept of stderr may end in the midst */
            break;
        CHECK(strncmp(line, "{\"v\":1,", 7) == 0 && line[length - 1] == '}', "whole: %s", line);
        lines++;
    }
    return lines;
}

int main(int argc, char **argv)
{
    char format[] = "REUSESHIM_FORMAT=json";
    char *json[] = {format, NULL};
    struct run_result run;

    (void)argv;
    if (argc > 1)
        return play_role();
    run_deadline_ms = 50 * 1000;
    run = same_with_and_without("play", json);
    CHECK(check_lines(run.err) > 0, "records on stderr: %s", run.err);
    return CHECK_PASSED;
}
