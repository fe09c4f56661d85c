/* Under v6only an IPv6 wildcard listener leaves IPv4 to another server, so that both can live; a
 * listener on a specific address, or an IPv4 one, is not touched. Oracle: the kernel's answer,
 * getsockopt. */
#include "check.h"
#include "net.h"
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PORT = 8080 };

/* ROLE is the address. */
static int serve(const char *address)
{
    int fd = net_tcp(address), result = net_bind(fd, address, PORT);

    if (result == 0)
        result = net_listen(fd);
    run_say("%d %d", result,
            net_family(address) == AF_INET6 ? net_get(fd, IPPROTO_IPV6, IPV6_V6ONLY) : -1);
    run_until_stopped();
    return 0;
}

static struct run_child start(const char *address, const char *policy, const char *expected)
{
    struct run_child child = policy != NULL ? run_start_shimmed(address, policy, NULL)
                                            : run_start_self(address, NULL);
    char line[64];

    run_line(&child, line, sizeof line);
    CHECK_STR(line, expected, "result and IPV6_V6ONLY of %s under %s", address,
              policy != NULL ? policy : "no shim");
    return child;
}

static void start_and_stop(const char *address, const char *policy, const char *expected)
{
    struct run_child child = start(address, policy, expected);

    run_stop(&child);
}

int main(int argc, char **argv)
{
    struct run_child first;

    if (argc > 1)
        return serve(argv[1]);
    net_own_namespace();
    net_sysctl("net/ipv6/bindv6only", "0");

    first = start("0.0.0.0", NULL, "0 -1");
    start_and_stop("::", NULL, "-98 0");
    start_and_stop("::", "explain", "-98 0");
    start_and_stop("::", "v6only", "0 1");
    start_and_stop("::", "tcp6=v6only+force", "0 1");
    start_and_stop("::", "tcp6:8081=v6only", "-98 0");
    run_stop(&first);

    first = start("::", "any=v6only", "0 1");
    start_and_stop("0.0.0.0", "v6only", "0 -1");
    run_stop(&first);

    start_and_stop("::ffff:127.0.0.1", "v6only", "0 0");
    start_and_stop("::ffff:0.0.0.0", "v6only", "0 0");
    start_and_stop("::1", "v6only", "0 1"); /* by the kernel: a native address has it anyway */
    return 0;
}
