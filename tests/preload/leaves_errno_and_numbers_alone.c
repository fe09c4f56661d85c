/* A call that works leaves errno as the program had it; one that fails sets it as the kernel
 * says; and the next descriptor that the program gets has the number that it would have without
 * the shim. So it is when main begins, too. */
#include "check.h"
#include "folder.h"
#include "net.h"
#include "run.h"
#include "same.h"
#include "told.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BEFORE = 12345 }; /* no error of Linux */

static void say(const char *call, int result)
{
    int error = errno, next = open("/dev/null", O_RDONLY | O_CLOEXEC);

    run_say("%s: %d, errno %d, next descriptor %d", call, result, error, next);
    close(next);
    errno = BEFORE;
}

/* One place in the code, so that the second one is told of no more. */
static __attribute__((noinline)) void refused_bind(int fd, const struct sockaddr *name,
                                                   socklen_t length)
{
    say("refused bind", bind(fd, name, length));
}

static void one_family(const char *address, int type)
{
    struct sockaddr_storage storage;
    socklen_t length = net_address(&storage, address, 8080);
    const struct sockaddr *name = (const struct sockaddr *)&storage;
    int domain = net_family(address), one = 1, first, second, taken;

    errno = BEFORE;
    first = socket(domain, type | SOCK_CLOEXEC, 0);
    say("socket", first);
    second = socket(domain, type | SOCK_CLOEXEC, 0);
    say("socket", second);
    say("bad socket", socket(domain, type, 99));
    say("setsockopt", setsockopt(first, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one));
    say("short setsockopt", setsockopt(first, SOL_SOCKET, SO_REUSEADDR, &one, 1));
    say("bad setsockopt", setsockopt(first, 12345, 12345, &one, sizeof one));
    say("bind", bind(first, name, length));
    say("bind again", bind(first, name, length));
    say("listen", listen(first, 8));
    refused_bind(second, name, length);
    refused_bind(second, name, length);
    say("listen after it", listen(second, 8));
    say("late setsockopt", setsockopt(first, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one));
    close(first);
    taken = socket(domain, type | SOCK_CLOEXEC, 0);
    say("socket", taken);
    close(taken);
    close(second);
    if (address[0] == '/')
        unlink(address);
}

static int play(void)
{
    int at_start = errno;

    errno = at_start;
    say("main", 0);
    one_family("127.0.0.1", SOCK_STREAM);
    one_family("::1", SOCK_DGRAM);
    one_family("@name", SOCK_STREAM);
    one_family(getenv("TEST_PATH"), SOCK_DGRAM);
    return 0;
}

int main(int argc, char **argv)
{
    static char path[PATH_MAX], path_variable[PATH_MAX + 16], log_variable[PATH_MAX + 16];
    char *const extra[] = {path_variable, NULL};
    char *const with_log[] = {path_variable, log_variable, told_json[0], NULL};
    struct run_result plain, explained;

    (void)argv;
    if (argc > 1)
        return play();
    net_own_namespace();
    snprintf(path_variable, sizeof path_variable, "TEST_PATH=%s",
             folder_file(path, sizeof path, "socket"));
    snprintf(log_variable, sizeof log_variable, "REUSESHIM_LOG=%s",
             folder_file(path, sizeof path, "log"));

    explained = same_with_and_without("play", extra);
    CHECK_CONTAINS(explained.out, "main: 0, errno 0, next descriptor 3", "as main begins");
    CHECK_CONTAINS(explained.out, "bind: 0, errno 12345", "errno stays on success");
    CHECK_CONTAINS(explained.out, "refused bind: -1, errno 98", "and is set on failure");
    CHECK_EQ(told_lines(explained.err, " cannot bind "), 5, "and all this was told of:\n%s",
             explained.err);

    plain = run_self("play", extra);
    same_under("play", "explain", with_log, &plain);
    same_under("play", "log", with_log, &plain);
    same_under("play", "force+log", with_log, &plain);
    return 0;
}
