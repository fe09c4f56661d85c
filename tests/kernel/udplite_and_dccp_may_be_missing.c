/* Rule: a kernel without UDP-Lite says EPROTONOSUPPORT, one without DCCP ESOCKTNOSUPPORT (both were
 * removed after 6.12 and 6.15); where UDP-Lite is, it is a space of its own beside UDP.
 * Source: inet_create().
 * Relied on by: rules/endpoint (PROTOCOL_UDPLITE), command/list_sockets. */
#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

int main(void)
{
    int dccp = socket(AF_INET, SOCK_DCCP, 33), lite, again;

    net_own_namespace();
    CHECK(dccp >= 0 || errno == ESOCKTNOSUPPORT || errno == EPROTONOSUPPORT, "DCCP: %s",
          check_errno_name(errno));
    lite = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE);
    if (lite < 0) {
        CHECK_RESULT(-errno, -EPROTONOSUPPORT, "no UDP-Lite");
        return CHECK_PASSED;
    }
    CHECK_RESULT(net_bind(lite, "127.0.0.1", 8080), 0, "UDP-Lite");
    CHECK_RESULT(net_try_udp("127.0.0.1", 8080, 0, 0), 0, "UDP beside it");
    again = net_socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE);
    CHECK_RESULT(net_bind(again, "127.0.0.1", 8080), -EADDRINUSE, "a second UDP-Lite socket");
    return CHECK_PASSED;
}
