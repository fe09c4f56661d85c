/* A proxy of containers, or systemd with a socket unit, has a port for somebody else: what is to be
 * stopped is the container or the unit, and the command for that, pasted, finds it by the port.
 * Oracle: stand-ins for docker and systemctl, which write down how they were called. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "cure.h"
#include "folder.h"
#include "json.h"
#include "net.h"
#include "run.h"
#include "told.h"

enum { PORT = 8080 };

/* Writes its arguments down, and tells what it is asked for. */
static void make_tool(const char *name, const char *question, const char *answer)
{
    char path[PATH_MAX];
    FILE *file = fopen(folder_file(path, sizeof path, name), "we");

    CHECK(file != NULL, "write %s", path);
    fprintf(file, "#!/bin/sh\nlog=${0%%/*}/log\ncase \"$*\" in\n"
                  "*'%s'*) printf '%s' ;;\n*) echo \"$*\" >>\"$log\" ;;\nesac\n",
            question, answer);
    fclose(file);
    CHECK(chmod(path, 0755) == 0, "chmod");
}

static void expect_log(const char *expected)
{
    char path[PATH_MAX], line[256] = "";
    FILE *file = fopen(folder_file(path, sizeof path, "log"), "re");

    CHECK(file != NULL && fgets(line, sizeof line, file) != NULL, "the tool was called");
    fclose(file);
    unlink(path);
    CHECK_STR(line, expected, "how it was called");
}

/* This program under another name holds the port. */
static struct run_child start_as(const char *name)
{
    char path[PATH_MAX], command[2 * PATH_MAX + 8], role[] = "hold";
    char *const argv[] = {path, role, NULL};
    struct run_child child;

    folder_file(path, sizeof path, name);
    snprintf(command, sizeof command, "cp '%s' '%s'", run_me(), path);
    CHECK_EQ(system(command), 0, "%s", command);
    child = run_start(argv, NULL);
    CHECK_EQ(run_number(&child), 0, "%s listens", name);
    return child;
}

static void try_proxy(const char *name, const char *says, const char *called)
{
    struct run_child holder = start_as(name);
    struct run_result run = run_shimmed("try", "explain", NULL);
    struct cure cure;

    CHECK_CONTAINS(told_unfolded(run.err), says, "what it is");
    run = run_shimmed("try", "explain", told_json);
    CHECK_STR(run.out, "-98\n", "refused: %s", run.err);
    CHECK_LACKS(run.err, "kill", "%s is not to be ended: %s", name, run.err);
    cure_read(told_record(run.err, "bind_failed", 0), 0, &cure);
    CHECK_STR(cure.id, "stop-kept", "the cure: %s", run.err);
    cure_paste(cure.command);
    expect_log(called);
    run_stop(&holder);
}

int main(int argc, char **argv)
{
    char path[2 * PATH_MAX];

    if (argc > 1) {
        bool holds = strcmp(argv[1], "hold") == 0;
        int fd = net_tcp("127.0.0.1"), result = net_bind(fd, "0.0.0.0", PORT);

        if (holds)
            CHECK_RESULT(net_listen(fd), 0, "listen");
        run_say("%d", result);
        if (holds)
            run_until_stopped();
        return CHECK_PASSED;
    }
    net_own_namespace();
    make_tool("docker", "ps -q --filter publish=8080/tcp", "0123456789ab\\n");
    make_tool("podman", "ps --format",
              "cafe 0.0.0.0:80->80/tcp\\nbeef 0.0.0.0:443->43/tcp, 0.0.0.0:8080->80/tcp\\n");
    make_tool("systemctl", "list-sockets",
              "[::]:8080 Stream a.socket a.service\\n0.0.0.0:8080 Datagram b.socket b.service\\n"
              "0.0.0.0:8080 Stream c.socket c.service\\n");
    snprintf(path, sizeof path, "%s:%s", folder_path(), getenv("PATH"));
    setenv("PATH", path, 1);
    try_proxy("docker-proxy", "Docker", "stop 0123456789ab\n");
    try_proxy("rootlessport", "Podman", "stop beef\n");
    try_proxy("systemd", "activation).", "--user stop c.socket c.service\n");
    return CHECK_PASSED;
}
