/* Once warmed up, explain adds no system call to calls that succeed: socket, setsockopt, bind,
 * listen and close make the very same calls of the kernel as without the shim, in the same order,
 * for each kind of socket. Oracle: ptrace, which sees every one. */
#include "calls.h"
#include "check.h"
#include "net.h"
#include "run.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

enum { WARM_UPS = 3, CYCLES = 20 };

/* A whole life of one socket. */
static void cycle(const char *address, int type)
{
    struct sockaddr_storage storage;
    socklen_t length = net_address(&storage, address, 8080);
    int fd = socket(net_family(address), type | SOCK_CLOEXEC, 0), one = 1;

    CHECK(fd >= 0, "socket");
    CHECK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0, "setsockopt");
    CHECK(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one) == 0, "setsockopt");
    CHECK(bind(fd, (struct sockaddr *)&storage, length) == 0, "bind %s: %s", address,
          check_errno_name(errno));
    if (type == SOCK_STREAM)
        CHECK(listen(fd, 8) == 0, "listen");
    close(fd);
    if (address[0] == '/')
        unlink(address);
}

static int play(void)
{
    static const struct {
        const char *address;
        int type;
    } kinds[] = {{"127.0.0.1", SOCK_STREAM}, {"::", SOCK_STREAM}, {"0.0.0.0", SOCK_DGRAM},
                 {"@abstract", SOCK_STREAM}};
    int i;
    size_t kind;

    calls_may_be_seen();
    for (kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
        for (i = 0; i < WARM_UPS; i++)
            cycle(kinds[kind].address, kinds[kind].type);
        calls_mark();
        for (i = 0; i < CYCLES; i++)
            cycle(kinds[kind].address, kinds[kind].type);
        calls_mark();
    }
    return 0;
}

static void compare(const struct calls *plain, const char *policy, const char *extra)
{
    struct calls shimmed;
    int i;

    setenv("REUSESHIM_FORMAT", extra, 1);
    shimmed = calls_of("traced", policy, run_library());
    for (i = 0; i < plain->count && i < shimmed.count; i++)
        CHECK_EQ(shimmed.nr[i], plain->nr[i], "call %d of %d under %s", i, plain->count,
                 policy != NULL ? policy : "no policy");
    CHECK_EQ(shimmed.count, plain->count, "calls under %s", policy != NULL ? policy : "no policy");
}

int main(int argc, char **argv)
{
    struct calls plain;

    (void)argv;
    if (argc > 1)
        return play();
    net_own_namespace();
    unsetenv("LD_PRELOAD");
    plain = calls_of("traced", NULL, NULL);
    CHECK(plain.count >= CYCLES * (3 * 6 + 5), "the calls are seen: %d", plain.count);
    compare(&plain, NULL, "text");
    compare(&plain, "explain", "json");
    compare(&plain, "off", "text");
    setenv("REUSESHIM_LOG", "/dev/null", 1);
    CHECK(calls_of("traced", "log", run_library()).count > plain.count, "the shim is there at all");
    return 0;
}
