/* Rule: a bound AF_SMC socket holds a port of TCP's, by a TCP socket of its own that no process has
 * a descriptor of: its inode is another one than that of the descriptor.
 * Source: smc_bind(), kernel_bind(smc->clcsock, ...).
 * Relied on by: rules/endpoint (protocol_of takes such sockets for TCP's), facts/own_binds. */
#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "diag.h"
#include "net.h"

#ifndef AF_SMC
#define AF_SMC 43
#endif

int main(void)
{
    struct diag_rows rows;
    struct sockaddr_storage address;
    socklen_t length = net_address(&address, "127.0.0.1", 20001);
    int smc;

    net_own_namespace();
    smc = socket(AF_SMC, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (smc < 0)
        skip("no AF_SMC: %s", check_errno_name(errno));
    CHECK_EQ(bind(smc, (const struct sockaddr *)&address, length), 0, "bind");
    CHECK_RESULT(net_try_tcp("127.0.0.1", 20001, 0, 0), -EADDRINUSE, "TCP after SMC");
    CHECK_EQ(listen(smc, 5), 0, "listen");
    rows = diag_port(AF_INET, 20001);
    CHECK_EQ(rows.count, 1, "rows of TCP");
    CHECK_EQ(rows.row[0].state, NET_LISTEN, "its state");
    CHECK(rows.row[0].inode != diag_inode(smc), "its inode is not the descriptor's");
    close(smc);
    net_listener("127.0.0.1", 20001, 0, 0);
    smc = socket(AF_SMC, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(bind(smc, (const struct sockaddr *)&address, length) < 0 && errno == EADDRINUSE,
          "SMC after TCP");
    return CHECK_PASSED;
}
