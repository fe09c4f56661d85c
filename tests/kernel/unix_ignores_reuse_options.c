/* Rule: SO_REUSEADDR does nothing for AF_UNIX; SO_REUSEPORT cannot be set on it since Linux
 * 6.13 and did nothing before.
 * Source: unix_bind() reads neither; sk_setsockopt(), "!sk_is_inet(sk)" for SO_REUSEPORT.
 * Relied on by: `force` leaves sockets alone that are not AF_INET or AF_INET6. */
#include <errno.h>
#include <sys/socket.h>

#include "check.h"
#include "net.h"

int main(void)
{
    int holder, wanted, result;

    net_own_namespace();
    holder = net_unix(SOCK_STREAM);
    wanted = net_unix(SOCK_STREAM);
    CHECK_RESULT(net_bind(holder, "@reuse", 0), 0, "bind");
    net_reuseaddr(holder, 1);
    net_reuseaddr(wanted, 1);
    result = net_set(holder, SOL_SOCKET, SO_REUSEPORT, 1);
    CHECK(result == 0 || result == -EOPNOTSUPP, "SO_REUSEPORT: %s", check_errno_name(result));
    net_set(wanted, SOL_SOCKET, SO_REUSEPORT, 1);
    CHECK_RESULT(net_bind(wanted, "@reuse", 0), -EADDRINUSE, "both options on both sides");
    return CHECK_PASSED;
}
