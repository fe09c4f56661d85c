/* Rule: a bind is refused if any one socket on the port refuses it; an excused one excuses no
 * other.
 * Source: inet_csk_bind_conflict() walks all owners of the port's bucket.
 * Relied on by: rules/verdict, which reports the set of holders; a cure must satisfy all of
 * them. */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

int main(void)
{
    int excused, other, port;

    net_own_namespace();
    excused = net_bound_tcp("127.0.0.1", 0, 1, 0);
    port = net_port(excused);
    other = net_bound_tcp("127.0.0.2", port, 0, 0);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 1, 0), 0, "only the holder with the option meets");
    CHECK_RESULT(net_try_tcp("0.0.0.0", port, 1, 0), -EADDRINUSE, "both holders meet");
    net_reuseaddr(other, 1);
    CHECK_RESULT(net_try_tcp("0.0.0.0", port, 1, 0), 0, "both holders have the option now");
    net_reuseaddr(excused, 0);
    CHECK_RESULT(net_try_tcp("0.0.0.0", port, 1, 0), -EADDRINUSE, "the first has it no more");
    return CHECK_PASSED;
}
