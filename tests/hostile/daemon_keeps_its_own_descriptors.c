/* A program has the same descriptors with the shim as without. A daemon that closes them all and
 * opens its own pipe over the numbers gets out of it what it wrote, however many sockets it binds
 * under the shim meanwhile, also below frames that libunwind can only guess. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "net.h"
#include "run.h"
#include "walk.h"

enum { BINDS = 100 };

static unsigned long open_descriptors(void)
{
    unsigned long open = 0;

    for (int fd = 0; fd < 64; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            open |= 1ul << fd;
    return open;
}

static void bind_one(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_EQ(bind(fd, (struct sockaddr *)&address, sizeof address), 0, "bind");
    CHECK_EQ(listen(fd, 1), 0, "listen");
    close(fd);
}

static void bind_deep(void)
{
    walk_below(10, bind_one);
}

static void bind_many(void)
{
    for (int i = 0; i < BINDS; i++) {
        errno = i % 2 ? EINTR : EAGAIN;
        walk_further_down(i % 16, bind_deep);
    }
}

static int daemon_role(void)
{
    static const char message[] = "the daemon's own";
    char back[sizeof message];
    unsigned long before;
    int ends[2];

    for (int fd = 3; fd < 1024; fd++)
        close(fd);
    CHECK_EQ(pipe2(ends, O_NONBLOCK), 0, "pipe2");
    CHECK_EQ(write(ends[1], message, sizeof message), sizeof message, "write");
    before = open_descriptors();
    bind_many();
    CHECK_EQ(open_descriptors(), before, "descriptors after %d binds, as a bit mask", BINDS);
    CHECK_EQ(read(ends[0], back, sizeof back), sizeof back, "read of the daemon's pipe");
    CHECK_STR(back, message, "contents of the daemon's pipe");
    return CHECK_PASSED;
}

static int descriptors_role(void)
{
    bind_one();
    run_say("%lx", open_descriptors());
    return CHECK_PASSED;
}

int main(int argc, char **argv)
{
    static const char *const policies[] = {"explain", "log", "force"};
    struct run_result plain;

    if (argc > 1)
        return strcmp(argv[1], "daemon") == 0 ? daemon_role() : descriptors_role();
    plain = run_self("descriptors", NULL);
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        struct run_result result = run_shimmed("daemon", policies[i], NULL);

        CHECK_EQ(result.status, 0, "the daemon under %s, which says: %s", policies[i], result.err);
        result = run_shimmed("descriptors", policies[i], NULL);
        CHECK_STR(result.out, plain.out, "descriptors under %s, as a bit mask", policies[i]);
    }
    return CHECK_PASSED;
}
