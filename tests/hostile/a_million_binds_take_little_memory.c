/* A million sockets bound and closed again, on ports that change all the time: the shim's memory
 * stays below 8 MiB. A million binds that fail: so does its log. In a short run a tenth of it,
 * which fills every table of the shim as well. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "folder.h"
#include "net.h"
#include "run.h"

/* Ten times as many in a long run. */
static int binds = 100 * 1000;

enum { MEMORY_MAX_KIB = 8 * 1024, LOG_MAX = 64 * 1024 };

static long resident_kib(void)
{
    char line[256];
    long kib = 0;
    FILE *file = fopen("/proc/self/status", "re");

    CHECK(file != NULL, "status");
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "VmRSS:", 6) == 0)
            kib = strtol(line + 6, NULL, 10);
    fclose(file);
    return kib;
}

static int bind_to(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int result;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    result = bind(fd, (struct sockaddr *)&address, sizeof address);
    close(fd);
    return result;
}

/* One in eight on port 0, as clients do. */
static int play_works(void)
{
    net_own_namespace();
    for (int i = 0; i < binds; i++)
        CHECK_EQ(bind_to(i % 8 == 0 ? 0 : 1024 + i % 60000), 0, "bind %d", i);
    run_say("%ld", resident_kib());
    return CHECK_PASSED;
}

/* On a few ports, in turn. */
static int play_fails(void)
{
    int ports[16];

    net_own_namespace();
    for (size_t i = 0; i < 16; i++)
        ports[i] = net_port(net_bound_udp("127.0.0.1", 0, 0, 0));
    for (int i = 0; i < binds; i++)
        CHECK_EQ(bind_to(ports[i % 16]), -1, "bind %d", i);
    run_say("%ld", resident_kib());
    return CHECK_PASSED;
}

static long memory_of(struct run_result run)
{
    if (run.status == CHECK_SKIPPED)
        skip("%s", run.err);
    CHECK_EQ(run.status, 0, "a million binds: %s", run.err);
    return strtol(run.out, NULL, 10);
}

int main(int argc, char **argv)
{
    char path[512], log[600], *extra[] = {log, NULL};
    struct stat status;
    long plain, more;

    if (getenv("REUSESHIM_LONG") != NULL)
        binds *= 10;
    if (argc > 1)
        return strcmp(argv[1], "works") == 0 ? play_works() : play_fails();
    run_deadline_ms = 200 * 1000;
    snprintf(log, sizeof log, "REUSESHIM_LOG=%s", folder_file(path, sizeof path, "log"));
    plain = memory_of(run_self("works", NULL));
    more = memory_of(run_shimmed("works", "explain", extra)) - plain;
    CHECK(more < MEMORY_MAX_KIB, "%ld KiB more for a million binds", more);
    CHECK(access(path, F_OK) < 0, "nothing is said of binds that work");
    more = memory_of(run_shimmed("fails", "explain", extra)) - plain;
    CHECK(more < MEMORY_MAX_KIB, "%ld KiB more for a million failures", more);
    CHECK(stat(path, &status) == 0 && status.st_size < LOG_MAX, "a log of %ld bytes",
          (long)status.st_size);
    CHECK(status.st_size > 1000, "the failures are explained");
    return CHECK_PASSED;
}
