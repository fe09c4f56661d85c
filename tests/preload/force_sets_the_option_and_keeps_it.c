/* Under force SO_REUSEADDR is 1 at bind and at listen, and stays 1 when the program clears it; the
 * program's own calls say what they always say. Under explain nothing of that happens. Oracle:
 * getsockopt. */
#include "check.h"
#include "net.h"
#include "run.h"

#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int option_of(int fd)
{
    return net_get(fd, SOL_SOCKET, SO_REUSEADDR) != 0;
}

/* Says what the option is after each step. */
static void serve(const char *address)
{
    int fd = net_tcp(address), seen[4];

    seen[0] = option_of(fd);
    CHECK_RESULT(net_bind(fd, address, 8080), 0, "bind");
    seen[1] = option_of(fd);
    CHECK_RESULT(net_set(fd, SOL_SOCKET, SO_REUSEADDR, 0), 0, "clear it");
    seen[2] = option_of(fd);
    CHECK_RESULT(net_listen(fd), 0, "listen");
    seen[3] = option_of(fd);
    run_say("socket %d bind %d clear %d listen %d", seen[0], seen[1], seen[2], seen[3]);
    close(fd);
}

/* The program has its own way round the shim; listen finds out. */
static void clear_unseen(const char *address)
{
    int fd = net_tcp(address), off = 0, cleared;

    CHECK_RESULT(net_bind(fd, address, 8080), 0, "bind");
    syscall(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, &off, sizeof off);
    cleared = option_of(fd);
    CHECK_RESULT(net_listen(fd), 0, "listen");
    run_say("cleared %d listen %d", cleared, option_of(fd));
    close(fd);
}

static void clear_before_bind(const char *address)
{
    int fd = net_tcp(address);

    net_reuseaddr(fd, 1);
    net_reuseaddr(fd, 0);
    CHECK_RESULT(net_bind(fd, address, 8080), 0, "bind");
    run_say("bind %d", option_of(fd));
    close(fd);
}

/* The number of a socket that was forced is taken by one that is not: nothing of the first may
 * stick to the second. */
static void reuse_the_number(const char *address)
{
    int fd = net_tcp(address), other;

    CHECK_RESULT(net_bind(fd, address, 8080), 0, "bind");
    syscall(SYS_close, fd);
    other = (int)syscall(SYS_socket, net_family(address), SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK_EQ(other, fd, "the number is taken again");
    net_reuseaddr(other, 1);
    net_reuseaddr(other, 0);
    run_say("other %d", option_of(other));
    close(other);
}

static const struct {
    const char *role;
    void (*play)(const char *address);
    const char *plain, *forced;
} roles[] = {
    {"serve", serve, "socket 0 bind 0 clear 0 listen 0\n", "socket 0 bind 1 clear 1 listen 1\n"},
    {"unseen", clear_unseen, "cleared 0 listen 0\n", "cleared 0 listen 1\n"},
    {"before", clear_before_bind, "bind 0\n", "bind 1\n"},
    {"number", reuse_the_number, "other 0\n", "other 0\n"},
};

static int play(const char *role)
{
    static const char *const addresses[] = {"127.0.0.1", "0.0.0.0", "::1", "::"};
    const char *at = strchr(role, '@');
    size_t i;

    for (i = 0; i < sizeof roles / sizeof *roles; i++)
        if (strncmp(role, roles[i].role, (size_t)(at - role)) == 0)
            roles[i].play(addresses[at[1] - '0']);
    return 0;
}

static void check(size_t role, int address)
{
    struct run_result plain, explained, forced;
    char name[32];

    snprintf(name, sizeof name, "%s@%d", roles[role].role, address);
    plain = run_self(name, NULL);
    CHECK_EQ(plain.status, 0, "%s without the shim: %s", name, plain.err);
    CHECK_STR(plain.out, roles[role].plain, "%s without the shim", name);
    explained = run_shimmed(name, "explain", NULL);
    CHECK_STR(explained.out, roles[role].plain, "%s under explain", name);
    forced = run_shimmed(name, "force", NULL);
    CHECK_EQ(forced.status, 0, "%s under force: %s", name, forced.err);
    CHECK_STR(forced.out, roles[role].forced, "%s under force", name);
    CHECK_STR(forced.err, "", "%s: force is silent unless log is asked for", name);
}

int main(int argc, char **argv)
{
    size_t role;
    int address;

    if (argc > 1)
        return play(argv[1]);
    net_own_namespace();
    for (role = 0; role < sizeof roles / sizeof *roles; role++)
        for (address = 0; address < 4; address++)
            check(role, address);
    return 0;
}
