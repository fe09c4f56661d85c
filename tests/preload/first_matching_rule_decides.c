/* The first rule that matches a socket decides, by protocol, family, address, port or path; where
 * no rule matches, nothing is changed. Oracle: getsockopt. */
#include "check.h"
#include "folder.h"
#include "net.h"
#include "run.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ROLE is "PROTO ADDRESS PORT": binds, and says the two options. */
static int play(const char *role)
{
    char protocol[8], address[128];
    int port, fd, result;

    CHECK_EQ(sscanf(role, "%7s %127s %d", protocol, address, &port), 3, "a role: %s", role);
    fd = strcmp(protocol, "tcp") == 0 ? net_tcp(address) : net_udp(address);
    result = net_bind(fd, address, port);
    run_say("%d %d%d", result, net_get(fd, SOL_SOCKET, SO_REUSEADDR) != 0,
            net_get(fd, SOL_SOCKET, SO_REUSEPORT) != 0);
    return 0;
}

enum { NONE, FORCED, SHARED, BOTH };

static const struct {
    const char *policy, *socket;
    int options;
} cases[] = {
    {"tcp:8080=force;share", "tcp 127.0.0.1 8080", FORCED},
    {"tcp:8080=force;share", "tcp 127.0.0.1 8081", SHARED},
    {"explain;force", "tcp 127.0.0.1 8080", NONE},
    {"off;force", "tcp 127.0.0.1 8080", NONE},
    {"tcp:8080=clear;tcp:8080=force", "tcp 127.0.0.1 8080", NONE},
    {"udp=force;tcp=force+share", "tcp 127.0.0.1 8080", BOTH},
    {" tcp : 8080 , 8443 = force ; explain ", "tcp 127.0.0.1 8443", FORCED},
    {"tcp:8080,8443=force; explain", "tcp 127.0.0.1 8444", NONE},
    {"tcp:9000-9100=force", "tcp 127.0.0.1 9000", FORCED},
    {"tcp:9000-9100=force", "tcp 127.0.0.1 9100", FORCED},
    {"tcp:9000-9100=force", "tcp 127.0.0.1 9101", NONE},
    {"tcp:1-1023,9000-9100=force", "tcp 127.0.0.1 8999", NONE},
    {"tcp@127.0.0.1:9000-9100=force+wait:30s", "tcp 127.0.0.1 9050", FORCED},
    {"tcp@127.0.0.1:9000-9100=force+wait:30s", "tcp 127.0.0.2 9050", NONE},
    {"tcp@127.0.0.0/8=force", "tcp 127.9.9.9 8080", FORCED},
    {"tcp@127.0.0.0/9=force", "tcp 127.129.9.9 8080", NONE},
    {"tcp@0.0.0.0=force", "tcp 0.0.0.0 8080", FORCED},
    {"tcp@0.0.0.0=force", "tcp 127.0.0.1 8080", NONE},
    {"tcp@*=force", "tcp ::1 8080", FORCED},
    {"tcp@[::1]=force", "tcp ::1 8080", FORCED},
    {"tcp@[::1]=force", "tcp :: 8080", NONE},
    {"tcp@[::1/128]:8080=force", "tcp ::1 8080", FORCED},
    {"tcp@[::/0]=force", "tcp 127.0.0.1 8080", NONE},
    {"tcp4=force", "tcp ::1 8080", NONE},
    {"tcp4=force", "tcp 127.0.0.1 8080", FORCED},
    {"tcp6=force", "tcp ::1 8080", FORCED},
    {"tcp6=force", "tcp 127.0.0.1 8080", NONE},
    {"tcp@127.0.0.1=force", "tcp ::ffff:127.0.0.1 8080", FORCED},
    {"any:5353=share", "udp 127.0.0.1 5353", NONE}, /* the rule does not name udp */
    {"udp:5353=force+share", "udp 127.0.0.1 5353", BOTH},
    {"udp4:5353=force", "udp ::1 5353", NONE},
    {"udp6@[::]:5353=share", "udp :: 5353", SHARED},
    {"unix=unlink;udp=force", "tcp 127.0.0.1 8080", NONE},
};

/* Two stale socket files, of which the rule means one. */
static int play_unix(const char *name)
{
    run_say("%d", net_bind(net_unix(SOCK_STREAM), name, 0));
    return 0;
}

static void unix_globs(void)
{
    static const struct {
        const char *pattern;
        bool matches;
    } globs[] = {
        {"%s/*.sock", true}, {"%s/app.sock", true}, {"%s/ap?.sock", true}, {"%s/app", false},
        {"*", true},         {"@*", false},
    };
    char path[PATH_MAX], policy[2 * PATH_MAX], pattern[PATH_MAX];
    size_t i;

    folder_file(path, sizeof path, "app.sock");
    for (i = 0; i < sizeof globs / sizeof *globs; i++) {
        int stale = net_unix(SOCK_STREAM);
        const char *rest = globs[i].pattern;

        CHECK_RESULT(net_bind(stale, path, 0), 0, "a socket file");
        close(stale);
        if (strncmp(rest, "%s", 2) == 0)
            snprintf(pattern, sizeof pattern, "%s%s", folder_path(), rest + 2);
        else
            snprintf(pattern, sizeof pattern, "%s", rest);
        snprintf(policy, sizeof policy, "unix@%s=unlink;explain", pattern);
        CHECK_STR(run_shimmed(path, policy, NULL).out, globs[i].matches ? "0\n" : "-98\n",
                  "%s under %s", path, policy);
        CHECK(unlink(path) == 0, "the file is there");
    }
}

int main(int argc, char **argv)
{
    struct run_result run;
    char expected[16];
    size_t i;

    if (argc > 1)
        return argv[1][0] == '/' ? play_unix(argv[1]) : play(argv[1]);
    net_own_namespace();
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        run = run_shimmed(cases[i].socket, cases[i].policy, NULL);
        snprintf(expected, sizeof expected, "0 %d%d\n", cases[i].options & FORCED,
                 cases[i].options >> 1);
        CHECK_STR(run.out, expected, "bind, SO_REUSEADDR, SO_REUSEPORT of %s under '%s'",
                  cases[i].socket, cases[i].policy);
        CHECK_STR(run.err, "", "nothing to say of '%s'", cases[i].policy);
    }
    unix_globs();
    return 0;
}
