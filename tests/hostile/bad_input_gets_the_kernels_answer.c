/* Whatever a program passes to the four calls, it gets the answer that the kernel gives without the
 * shim: result and errno, under every policy that may not change them. Every address family and
 * type that the kernel makes sockets of, and descriptors that are none; memory that is not there,
 * not readable, or ends half-way; lengths around those of every sockaddr. Under force too, with
 * addresses in the selectors: caller memory is read only where the read cannot fault. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "folder.h"
#include "net.h"
#include "run.h"

enum { FAMILIES = 46, TYPES = 11, MEMORIES = 7 };

/* Options get those before OPTION_LENGTHS. */
static const unsigned lengths[] = {
    0,  1,  2,  3,  4,  15,  16,  27,  28,   110,         128, 129, 0x80000000u, ~0u,
    8,  17, 24, 70, 108, 111, 4096, 0x7fffffffu,
};
enum { LENGTHS = sizeof lengths / sizeof *lengths, OPTION_LENGTHS = 14 };

static void *memory[MEMORIES];
static FILE *answers;

static char *page(int pages)
{
    char *start = mmap(NULL, (size_t)pages * 4096, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(start != MAP_FAILED, "mmap: %s", check_errno_name(errno));
    return start;
}

/* Null, unmapped, of the kernel, PROT_NONE, half-mapped, read-only, odd. What is readable begins
 * with FIRST, as an address family or an int. */
static void prepare_memory(int first)
{
    static char *none, *half, *constant, *odd;

    if (none == NULL) {
        none = page(1);
        half = page(2);
        constant = page(1);
        odd = page(1);
        CHECK(mprotect(none, 4096, PROT_NONE) == 0 && munmap(half + 4096, 4096) == 0, "pages");
    }
    mprotect(constant, 4096, PROT_READ | PROT_WRITE);
    memcpy(half + 4092, &first, sizeof first);
    memcpy(constant, &first, sizeof first);
    memcpy(odd + 1, &first, sizeof first);
    mprotect(constant, 4096, PROT_READ);
    memory[0] = NULL;
    memory[1] = (void *)1;
    memory[2] = (void *)(~(uintptr_t)0 - 15);
    memory[3] = none;
    memory[4] = half + 4092;
    memory[5] = constant;
    memory[6] = odd + 1;
}

static void tell(const char *call, int a, int b, int c, int result)
{
    int error = errno;

    fprintf(answers, "%s %d %d %d: %d %s\n", call, a, b, c, result,
            result < 0 ? check_errno_name(error) : "");
}

static void ask_options(int fd)
{
    static const int options[][2] = {{SOL_SOCKET, SO_REUSEADDR}, {SOL_SOCKET, SO_REUSEPORT},
                                     {SOL_SOCKET, SO_KEEPALIVE}, {IPPROTO_IPV6, IPV6_V6ONLY},
                                     {IPPROTO_IP, SO_REUSEADDR}, {IPPROTO_TCP, SO_REUSEADDR},
                                     {-1, SO_REUSEADDR},         {SOL_SOCKET, -1}};

    for (int first = 0; first < 2; first++) {
        prepare_memory(first);
        for (size_t o = 0; o < sizeof options / sizeof *options; o++)
            for (int m = 0; m < MEMORIES; m++)
                for (size_t l = 0; l < OPTION_LENGTHS; l++)
                    tell("setsockopt", (int)o, m, (int)lengths[l],
                         setsockopt(fd, options[o][0], options[o][1], memory[m], lengths[l]));
    }
}

/* The option must not stay on: sockets of two families would share what they otherwise may not. */
static void ask_all(int fd, int family)
{
    ask_options(fd);
    for (int first = 0; first < 2; first++) {
        prepare_memory(first ? family : AF_INET);
        for (int m = 0; m < MEMORIES; m++)
            for (size_t l = 0; l < LENGTHS; l++)
                tell("bind", first, m, (int)lengths[l], bind(fd, memory[m], lengths[l]));
    }
    for (int backlog = -1; backlog < 2; backlog++)
        tell("listen", backlog, 0, 0, listen(fd, backlog));
    tell("bind again", 0, 0, 0, bind(fd, memory[5], 16));
}

static void ask_descriptors(void)
{
    int ends[2], fd = open("/dev/null", O_RDWR | O_CLOEXEC), poll = epoll_create1(EPOLL_CLOEXEC);
    int file = open(run_me(), O_RDONLY | O_CLOEXEC), closed;

    CHECK(pipe2(ends, O_CLOEXEC) == 0, "pipe2");
    for (int i = 0; i < 10; i++) {
        int odd[] = {-1, -2147483647 - 1, 2147483647, 100000, fd, ends[1],
                     999, poll, file, 1 << 16};

        fprintf(answers, "descriptor %d\n", i);
        ask_all(odd[i], AF_INET);
    }
    close(poll);
    close(file);
    close(fd);
    close(ends[0]);
    close(ends[1]);
    closed = net_bound_tcp("127.0.0.1", 0, 0, 0); /* and remembered */
    close(closed);
    fprintf(answers, "descriptor of a closed socket\n");
    ask_all(closed, AF_INET);
}

/* An address that is taken: the failure that is explained. */
static void ask_taken(const char *address)
{
    int family = net_family(address), held = net_tcp(address), fd = net_tcp(address);
    struct sockaddr_storage storage;
    char *room = page(2);
    socklen_t length;

    CHECK_RESULT(net_bind(held, address, 0), 0, "bind %s", address);
    CHECK_RESULT(net_listen(held), 0, "listen");
    length = net_address(&storage, address, net_port(held));
    munmap(room + 4096, 4096);
    for (unsigned less = 0; less < 20 && less <= length; less++) {
        char *end = room + 4096 - (length - less);

        memcpy(end, &storage, length - less);
        tell("taken", family, (int)less, 0,
             bind(fd, (struct sockaddr *)(void *)end, length - less));
        tell("taken, too long", family, (int)less, 0,
             bind(fd, (struct sockaddr *)(void *)end, length));
    }
    close(held);
    close(fd);
}

/* Protocols that are not their type's usual one. */
static void ask_protocol(int type, int protocol)
{
    static const int families[] = {AF_INET, AF_INET6};

    for (size_t i = 0; i < 2; i++) {
        int fd = socket(families[i], type | SOCK_CLOEXEC, protocol);

        tell("socket", families[i], type, protocol, fd);
        if (fd >= 0)
            ask_all(fd, families[i]);
        close(fd);
    }
}

static int ask_role(const char *path)
{
    answers = fopen(path, "we");
    CHECK(answers != NULL, "%s", path);
    net_own_namespace();
    ask_descriptors();
    for (int family = 0; family < FAMILIES; family++)
        for (int type = 0; type < TYPES; type++) {
            int fd = socket(family, type | SOCK_CLOEXEC, 0);

            tell("socket", family, type, 0, fd);
            if (fd >= 0)
                ask_all(fd, family);
            close(fd);
        }
    ask_protocol(SOCK_STREAM, 262 /* IPPROTO_MPTCP, Linux 5.6 */);
    ask_protocol(SOCK_STREAM, IPPROTO_SCTP);
    ask_protocol(SOCK_DGRAM, IPPROTO_UDPLITE);
    ask_protocol(SOCK_RAW, IPPROTO_RAW);
    tell("socket", AF_INET, SOCK_STREAM, -1, socket(AF_INET, SOCK_STREAM, -1));
    tell("socket", AF_INET, -1, 0, socket(AF_INET, -1, 0));
    ask_taken("127.0.0.1");
    ask_taken("::1");
    fclose(answers);
    return CHECK_PASSED;
}

static void ask(const char *policy, const char *path)
{
    char log[512], *extra[] = {log, NULL};
    struct run_result run;
    char *argv[] = {(char *)(uintptr_t)run_me(), (char *)(uintptr_t)path, NULL};

    snprintf(log, sizeof log, "REUSESHIM_LOG=%s.log", path);
    run = policy == NULL ? run_program(argv, NULL) : run_program_shimmed(argv, policy, extra);
    if (run.status == CHECK_SKIPPED)
        skip("%s", run.err);
    CHECK_EQ(run.status, 0, "under %s: %s", policy ? policy : "nothing", run.err);
}

/* The first line that is not the same is shown. */
static void compare(const char *policy, const char *plain_path, const char *path)
{
    FILE *plain = fopen(plain_path, "re"), *shimmed = fopen(path, "re");
    char expected[256], seen[256], above[256] = "";
    int line = 0;

    CHECK(plain != NULL && shimmed != NULL, "answers of %s", policy);
    while (fgets(expected, sizeof expected, plain) != NULL) {
        if (strncmp(expected, "socket", 6) == 0 || strncmp(expected, "descriptor", 10) == 0)
            memcpy(above, expected, sizeof above);
        line++;
        CHECK(fgets(seen, sizeof seen, shimmed) != NULL, "an answer %d under %s", line, policy);
        CHECK_STR(seen, expected, "answer %d under %s, below %s", line, policy, above);
    }
    CHECK(line > 50000, "%d answers were compared", line);
    fclose(plain);
    fclose(shimmed);
}

int main(int argc, char **argv)
{
    static const char *const policies[] = {
        "explain", "log", "off",
        ("tcp@203.0.113.1:9=force;udp@203.0.113.0/24:1-3=force+share;unix@/nowhere/*=unlink;"
         "tcp6@[2001:db8::/32]=v6only+force+wait:1s;tcp@203.0.113.2=clear;any=explain")};
    char plain[512], path[512], name[32];

    if (argc > 1)
        return ask_role(argv[1]);
    run_deadline_ms = 100 * 1000;
    ask(NULL, folder_file(path, sizeof path, "first")); /* the kernel loads what it has */
    ask(NULL, folder_file(plain, sizeof plain, "plain"));
    compare("nothing", path, plain);
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        snprintf(name, sizeof name, "policy-%zu", i);
        ask(policies[i], folder_file(path, sizeof path, name));
        compare(policies[i], plain, path);
    }
    return CHECK_PASSED;
}
