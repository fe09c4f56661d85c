/* What the library adds to a program: at most 288 KiB of memory once stacks are ready, at most 4
 * MiB after 10,000 binds that are all remembered, and a file of at most 256 KiB without its debug
 * information. One line each on stdout: what is added, and what may be. */
#include "check.h"
#include "folder.h"
#include "net.h"
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BINDS = 10000, START_KIB = 256, FULL_KIB = 4096, SIZE_BYTES = 256 * 1024 };

/* Of the kind that only this process has, and not on behalf of files: a file that was just built is
 * dirty as well. */
static long private_kib(void)
{
    char line[512];
    long kib = 0, value;
    FILE *file = fopen("/proc/self/smaps", "r");

    CHECK(file != NULL, "/proc/self/smaps");
    while (fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "Anonymous: %ld", &value) == 1)
            kib += value;
    fclose(file);
    return kib;
}

/* Each on an address and a port of its own, so that the table keeps them all. */
static int play(const char *role)
{
    int count = strcmp(role, "full") == 0 ? BINDS : 0;

    net_own_namespace();
    for (int i = 0; i < count; i++) {
        char address[32];
        int fd;

        snprintf(address, sizeof address, "127.1.0.%d", 1 + i / 5000);
        fd = net_tcp(address);
        CHECK_RESULT(net_bind(fd, address, 10000 + i % 5000), 0, "bind %d", i);
        close(fd);
    }
    run_say("%ld", private_kib());
    return CHECK_PASSED;
}

static long added(const char *role)
{
    long kib[2];

    for (int shimmed = 0; shimmed < 2; shimmed++) {
        struct run_result run = shimmed ? run_shimmed(role, NULL, NULL) : run_self(role, NULL);

        if (run.status == CHECK_SKIPPED)
            skip("no network namespace of its own");
        CHECK_EQ(run.status, 0, "%s: %s", role, run.err);
        kib[shimmed] = strtol(run.out, NULL, 10);
        CHECK(kib[shimmed] > 0, "%s: %s", role, run.out);
    }
    return kib[1] - kib[0];
}

/* -1 where that would say nothing. */
static long stripped_bytes(void)
{
    static char strip[] = "strip", to[] = "-o";
    char path[512];
    char *argv[] = {strip, to, path, (char *)(size_t)run_library(), NULL};
    struct stat status;

    if (!run_library_is_plain())
        return -1;
    folder_file(path, sizeof path, "stripped.so");
    CHECK_EQ(run_program(argv, NULL).status, 0, "strip");
    CHECK(stat(path, &status) == 0, "the stripped library");
    return (long)status.st_size;
}

int main(int argc, char **argv)
{
    long bytes;
    int result;

    if (argc > 1)
        return play(argv[1]);
    result = check_most("memory at start, KiB", added("start"), START_KIB);
    result |= check_most("memory after 10,000 binds, KiB", added("full"), FULL_KIB);
    bytes = stripped_bytes();
    if (bytes > 0)
        result |= check_most("size, stripped, bytes", bytes, SIZE_BYTES);
    return result;
}
