/* What the library adds to the start and end of a program that never opens a socket, beyond what an
 * empty library adds: instructions by callgrind, of which most are the loader's, and pages touched
 * for the first time, each of which costs as much as thousands of them. One line a count on stdout:
 * what is added, and what may be. */
#include "check.h"
#include "folder.h"
#include "run.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    INSTRUCTIONS = 56000,
    PAGES = 10, /* 7 or 8, and what lies apart in the page cache is not mapped at once */
    STARTS = 9 /* of which the one with the fewest pages counts: some may be at hand */
};

static char program[] = "/bin/true";

/* Pages of a start of PROGRAM; vfork, since a child of fork touches pages before it is another. */
static long pages_of_start(void)
{
    char *argv[] = {program, NULL};
    struct rusage used;
    int status;
    pid_t child = vfork();

    if (child == 0) {
        execv(program, argv);
        _exit(CHECK_FAILED);
    }
    CHECK(child > 0 && wait4(child, &status, 0, &used) == child, "%s is started", program);
    CHECK_EQ(status, 0, "%s", program);
    return used.ru_minflt;
}

static int play(void)
{
    long fewest = pages_of_start();

    for (int i = 1; i < STARTS; i++) {
        long now = pages_of_start();

        if (now < fewest)
            fewest = now;
    }
    run_say("%ld", fewest);
    return CHECK_PASSED;
}

/* The environment for a program with LIBRARY: its one preload. */
static char **with(const char *library)
{
    static char preload[PATH_MAX + 16];
    static char *extra[] = {preload, NULL};

    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", library);
    return extra;
}

static long pages(const char *library)
{
    struct run_result run = run_self("pages", with(library));

    CHECK_EQ(run.status, 0, "starts: %s", run.err);
    CHECK(strstr(run.err, "cannot be preloaded") == NULL, "%s", run.err);
    return strtol(run.out, NULL, 10);
}

static long instructions(const char *library)
{
    static char valgrind[] = "valgrind", tool[] = "--tool=callgrind",
                nowhere[] = "--callgrind-out-file=/dev/null";
    char *argv[] = {valgrind, tool, nowhere, program, NULL};
    struct run_result run = run_program(argv, with(library));
    const char *collected = strstr(run.err, "Collected : ");

    CHECK_EQ(run.status, 0, "%s under callgrind: %s", program, run.err);
    CHECK(collected != NULL, "callgrind's count: %s", run.err);
    return strtol(collected + strlen("Collected : "), NULL, 10);
}

int main(int argc, char **argv)
{
    static char valgrind[] = "valgrind", version[] = "--version";
    char *probe[] = {valgrind, version, NULL};
    char empty[PATH_MAX];
    int result;

    (void)argv;
    if (argc > 1)
        return play();
    if (!run_library_is_plain())
        skip("the library is not built as it is meant to be");
    /* How many pages of a file the kernel maps at once depends on where the file lies. */
    CHECK(personality(ADDR_NO_RANDOMIZE) >= 0, "one layout for all runs");
    CHECK(strlen(run_me()) < sizeof empty - 64, "path");
    strcpy(empty, run_me());
    strcpy(strrchr(empty, '/'), "/../hostile/empty.so");
    result = check_most("pages added to a start", pages(run_library()) - pages(empty), PAGES);
    if (run_program(probe, NULL).status != 0)
        skip("no valgrind");
    return result | check_most("instructions added to a start",
                               instructions(run_library()) - instructions(empty), INSTRUCTIONS);
}
