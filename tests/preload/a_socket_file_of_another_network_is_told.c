/* A UNIX socket file whose socket is in another network namespace, as of another container: told as
 * live, and that it can be looked at from there only. One of this namespace is found as ever.
 * Oracle: the situation itself. */
#include "check.h"
#include "folder.h"
#include "json.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <limits.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *refused(const char *path)
{
    struct run_result run = run_shimmed(path, "explain", told_json);

    CHECK_STR(run.out, "-98\n", "bind %s: %s", path, run.err);
    return told_line(run.err, "unix-live", 0);
}

int main(int argc, char **argv)
{
    char path[PATH_MAX];
    const char *record;
    struct run_result run;
    int fd;

    if (argc > 1) {
        run_say("%d", net_bind(net_unix(SOCK_STREAM), argv[1], 0));
        return 0;
    }
    net_own_namespace();
    fd = net_unix(SOCK_STREAM);
    CHECK_RESULT(net_bind(fd, folder_file(path, sizeof path, "socket"), 0), 0, "bind");
    record = refused(path);
    CHECK_EQ(json_length(record, "holders"), 1, "here it is seen: %s", record);
    CHECK_STR(json_at(record, "visibility"), "full", "here nothing is missed: %s", record);

    net_own_namespace();
    record = refused(path);
    CHECK_EQ(json_length(record, "holders"), 0, "from here it is not: %s", record);
    CHECK_STR(json_at(record, "visibility"), "other-network-namespace", "why: %s", record);
    run = run_shimmed(path, "explain", NULL);
    CHECK_CONTAINS(told_unfolded(run.err), "is in another network", "in words:\n%s", run.err);
    close(fd);
    return 0;
}
