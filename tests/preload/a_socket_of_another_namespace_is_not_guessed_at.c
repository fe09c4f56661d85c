/* A socket that was opened in one network namespace and is bound from another: whoever holds its
 * address is not among the sockets that the program can list. That is said, and not that nobody
 * holds it. Where the sockets can be listed again, the holder is told. */
#include "check.h"
#include "json.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71 /* asm-generic/socket.h, Linux 5.14 */
#endif

static const char address[] = "127.0.0.1";

static void enter(int namespace)
{
    CHECK(setns(namespace, CLONE_NEWNET) == 0, "setns: %s", check_errno_name(errno));
}

static int play(const char *role)
{
    int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), newcomer = net_tcp(address);

    net_own_namespace();
    if (strcmp(role, "same port") == 0)
        net_listener(address, 8080, 0, 0); /* which has nothing to do with it */
    if (strcmp(role, "back") == 0)
        enter(here);
    run_say("%d", net_bind(newcomer, address, 8080));
    return 0;
}

static const char *told_of(const char *role)
{
    struct run_result run = run_shimmed(role, "explain", told_json);

    CHECK_STR(run.out, "-98\n", "%s: it is refused: %s", role, run.err);
    return told_record(run.err, "bind_failed", 0);
}

int main(int argc, char **argv)
{
    static const char *const away[] = {"away", "same port"};
    const char *record;
    size_t i;
    uint64_t cookie;
    socklen_t length = sizeof cookie;

    if (argc > 1)
        return play(argv[1]);
    net_own_namespace();
    if (getsockopt(net_tcp(address), SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &length) != 0)
        skip("this kernel does not tell the namespace of a socket (Linux 5.14 does)");
    net_listener(address, 8080, 0, 0);
    for (i = 0; i < 2; i++) {
        record = told_of(away[i]);
        CHECK_STR(json_at(record, "reason"), "unseen", "%s: %s", away[i], record);
        CHECK_EQ(json_length(record, "holders"), 0, "%s: nobody is suspected: %s", away[i], record);
        CHECK_EQ(json_length(record, "cures"), 0, "%s: nothing is advised: %s", away[i], record);
    }
    record = told_of("back");
    CHECK_STR(json_at(record, "reason"), "listening", "back again: %s", record);
    return 0;
}
