/* Under clear SO_REUSEADDR is 0 at bind and at listen, and stays 0 when the program sets it: a
 * server that restarts over its TIME_WAIT without the shim fails to, every time. Oracle:
 * getsockopt, the kernel's answer. */
#include "check.h"
#include "json.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <string.h>
#include <unistd.h>

static const char address[] = "127.0.0.1";

static int option_of(int fd)
{
    return net_get(fd, SOL_SOCKET, SO_REUSEADDR) != 0;
}

static void serve(void)
{
    int fd = net_tcp(address), seen[3];

    net_reuseaddr(fd, 1);
    CHECK_RESULT(net_bind(fd, address, 8080), 0, "bind");
    seen[0] = option_of(fd);
    CHECK_RESULT(net_set(fd, SOL_SOCKET, SO_REUSEADDR, 1), 0, "set it again");
    seen[1] = option_of(fd);
    CHECK_RESULT(net_listen(fd), 0, "listen");
    seen[2] = option_of(fd);
    run_say("bind %d set %d listen %d", seen[0], seen[1], seen[2]);
}

/* A whole run of a server that sets the option, as most do: 8013 is left in TIME_WAIT. */
static void run_once(void)
{
    run_say("%d", net_time_wait(address, 8013, 1, 0));
}

static void run_again(void)
{
    int fd = net_tcp(address);

    net_reuseaddr(fd, 1);
    run_say("%d", net_bind(fd, address, 8013));
}

static int play(const char *role)
{
    if (strcmp(role, "serve") == 0)
        serve();
    else if (strcmp(role, "run once") == 0)
        run_once();
    else
        run_again();
    return 0;
}

int main(int argc, char **argv)
{
    struct run_result run;
    const char *record;

    if (argc > 1)
        return play(argv[1]);
    net_own_namespace();

    CHECK_STR(run_self("serve", NULL).out, "bind 1 set 1 listen 1\n", "without the shim");
    CHECK_STR(run_shimmed("serve", "clear", NULL).out, "bind 0 set 0 listen 0\n", "under clear");

    run_self("run once", NULL);
    CHECK_STR(run_self("run again", NULL).out, "0\n", "a restart without the shim works");
    run = run_shimmed("run again", "clear", told_json);
    CHECK_STR(run.out, "-98\n", "the same restart under clear is refused");
    record = told_record(run.err, "bind_failed", 0);
    CHECK_STR(json_at(record, "reason"), "time-wait", "and explained: %s", run.err);
    CHECK_STR(json_at(record, "flags.reuseaddr"), "false", "the option as it was at the call");
    CHECK_STR(json_at(record, "flags.reuseaddr_by"), "policy", "who made it so");
    CHECK_STR(json_at(record, "lacks_reuseaddr"), "newcomer", "who lacks it");
    return 0;
}
