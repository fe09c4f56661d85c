/* Programs that expect EADDRINUSE, for scripts/bench: each tries one port after the other from one
 * place until one is free, and prints how many microseconds that took.
 *
 *   walkers hold FIRST LAST     has these ports; "ready", then until its stdin ends
 *   walkers walk FIRST          from FIRST on, with a fresh socket for each port
 *   walkers again FIRST LAST    from FIRST to LAST, all taken, 200 times; a failing bind, the best walk
 *   walkers rtp FIRST COUNT     as an allocator of RTP ports: COUNT sockets, each walking over its own
 *   walkers reserved            libtirpc's bindresvport()
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int try_port(int fd, int port)
{
    struct sockaddr_in local = {.sin_family = AF_INET,
                                .sin_port = htons((unsigned short)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    return bind(fd, (const struct sockaddr *)&local, sizeof local);
}

static int hold(int first, int last)
{
    char byte;

    for (int port = first; port <= last; port++)
        if (try_port(socket(AF_INET, SOCK_STREAM, 0), port) != 0)
            return 1;
    puts("ready");
    fflush(stdout);
    while (read(0, &byte, 1) > 0)
        ;
    return 0;
}

static double walk(int first)
{
    double start = now_us();

    for (int port = first;; port++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0), result = try_port(fd, port);

        close(fd);
        if (result == 0)
            return now_us() - start;
    }
}

static double walk_again(int first, int last)
{
    double best = 1e12;

    for (int round = 0; round < 200; round++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        double start = now_us();

        for (int port = first; port <= last; port++)
            if (try_port(fd, port) == 0)
                return -1;
        if (now_us() - start < best)
            best = now_us() - start;
        close(fd);
    }
    return best / (last - first + 1);
}

static double allocate(int first, int count)
{
    double start = now_us();

    for (int i = 0; i < count; i++) {
        int fd = socket(AF_INET, SOCK_DGRAM, 0), port = first;

        while (try_port(fd, port) != 0)
            port += 2;
    }
    return now_us() - start;
}

static double reserve(void)
{
    void *library = dlopen("libtirpc.so.3", RTLD_NOW);
    int (*reserves)(int, struct sockaddr_in *);
    double start;

    if (library == NULL)
        return -1;
    *(void **)&reserves = dlsym(library, "bindresvport");
    start = now_us();
    if (reserves(socket(AF_INET, SOCK_STREAM, 0), NULL) != 0)
        return -1;
    return now_us() - start;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    int first = argc > 2 ? atoi(argv[2]) : 0, second = argc > 3 ? atoi(argv[3]) : 0;
    double figure;

    if (strcmp(what, "hold") == 0)
        return hold(first, second);
    if (strcmp(what, "walk") == 0)
        figure = walk(first);
    else if (strcmp(what, "again") == 0)
        figure = walk_again(first, second);
    else if (strcmp(what, "rtp") == 0)
        figure = allocate(first, second);
    else
        figure = reserve();
    printf("%.6f\n", figure);
    return figure < 0;
}
