/* The live owner of a UNIX socket file is named also where stat tells another device of the file
 * than sock_diag does: on a layered file system, as in a container. Oracle: the situation
 * itself. */
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "json.h"
#include "net.h"
#include "overlay.h"
#include "run.h"
#include "told.h"

int main(int argc, char **argv)
{
    char path[108];
    struct run_result run;
    const char *record;
    int fd;

    if (argc > 1) {
        run_say("%d", net_bind(net_unix(SOCK_STREAM), argv[1], 0));
        return CHECK_PASSED;
    }
    net_own_namespace();
    snprintf(path, sizeof path, "%s/socket", overlay_folder());
    fd = net_unix(SOCK_STREAM);
    CHECK_RESULT(net_bind(fd, path, 0), 0, "bind");
    run = run_shimmed(path, "explain", told_json);
    CHECK_STR(run.out, "-98\n", "bind %s: %s", path, run.err);
    record = told_line(run.err, "unix-live", 0);
    CHECK_EQ(json_length(record, "holders"), 1, "one holder: %s", record);
    CHECK_EQ(json_number_at(record, "holders.0.pid", -1), getpid(), "its pid: %s", record);
    CHECK_EQ(json_number_at(record, "holders.0.fd", -1), fd, "its descriptor: %s", record);
    CHECK_STR(json_at(record, "visibility"), "full", "nothing is missed: %s", record);
    return CHECK_PASSED;
}
