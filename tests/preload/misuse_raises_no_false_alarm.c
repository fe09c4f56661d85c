/* Habits that work are not called misuse: each of these programs runs without a word about it. */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "net.h"
#include "run.h"

static const char here[] = "127.0.0.1";
static const int port = 8080;

static void set_before_and_after_bind(void)
{
    int fd = net_bound_tcp(here, port, 1, 0);

    net_reuseaddr(fd, 1);
    net_listen(fd);
    net_reuseaddr(fd, 1);
}

static void clear_after_bind(void)
{
    int fd = net_bound_tcp(here, port, 1, 0);

    net_listen(fd);
    net_reuseaddr(fd, 0);
    net_reuseaddr(fd, 1);
}

/* No port of UDP is kept after its socket: nothing is lost. */
static void after_bind_on_a_datagram_socket(void)
{
    net_reuseaddr(net_bound_udp(here, port, 0, 0), 1);
}

/* Which has the option from its birth, and here at its bind. */
static void after_bind_on_a_ping_socket(void)
{
    int fd;

    net_sysctl("net/ipv4/ping_group_range", "0 2147483647");
    fd = net_socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
    CHECK_RESULT(net_bind(fd, here, port), 0, "bind");
    net_reuseaddr(fd, 1);
}

/* accept() gives out the number of a listener without the option that was closed before. */
static void accepted_socket_of_a_closed_listeners_number(void)
{
    int old = net_listener(here, port, 0, 0), listener = net_listener(here, port + 1, 1, 0);
    int client = net_tcp(here), server;

    close(old);
    CHECK_RESULT(net_connect(client, here, port + 1), 0, "connect");
    server = net_accept(listener);
    CHECK_EQ(server, old, "the number of the closed listener");
    net_reuseaddr(server, 1);
}

/* The same with sockets that no hook has seen. */
static void pair_of_a_closed_listeners_number(void)
{
    int old = net_listener(here, port, 0, 0), ends[2];

    close(old);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
    CHECK_EQ(ends[0], old, "the number of the closed listener");
    net_reuseaddr(ends[0], 1);
}

static void fresh_socket_of_a_closed_listeners_number(void)
{
    int old = net_listener(here, port, 0, 0), fd;

    close(old);
    fd = net_tcp(here);
    CHECK_EQ(fd, old, "the number of the closed listener");
    net_reuseaddr(fd, 1);
    CHECK_RESULT(net_bind(fd, here, port), 0, "bind");
    net_listen(fd);
}

/* IP_TTL has SO_REUSEADDR's number; BGP speakers set it to 1. */
static void time_to_live_on_a_server(void)
{
    int fd = net_tcp(here);

    net_reuseaddr(fd, 1);
    CHECK_RESULT(net_set(fd, IPPROTO_IP, IP_TTL, 1), 0, "IP_TTL");
    CHECK_RESULT(net_bind(fd, here, port), 0, "bind");
    net_listen(fd);
}

static void time_to_live_before_the_option(void)
{
    int fd = net_tcp(here);

    CHECK_RESULT(net_set(fd, IPPROTO_IP, IP_TTL, 1), 0, "IP_TTL");
    net_reuseaddr(fd, 1);
    CHECK_RESULT(net_bind(fd, here, port), 0, "bind");
    net_listen(fd);
}

static void time_to_live_on_a_client(void)
{
    int listener = net_listener(here, port, 1, 0), fd = net_tcp(here);

    CHECK_RESULT(net_set(fd, IPPROTO_IP, IP_TTL, 1), 0, "IP_TTL");
    CHECK_RESULT(net_bind(fd, here, 0), 0, "bind");
    CHECK_RESULT(net_connect(fd, here, net_port(listener)), 0, "connect");
}

static void time_to_live_on_datagrams(void)
{
    int fd = net_udp(here);

    CHECK_RESULT(net_set(fd, IPPROTO_IP, IP_TTL, 1), 0, "IP_TTL");
    CHECK_RESULT(net_bind(fd, here, port), 0, "bind");
}

static void datagrams_on_purpose(void)
{
    net_bound_udp(here, port, 1, 0);
    net_bound_udp(here, port, 1, 0);
}

/* Nobody starts again on a port that the kernel chose. */
static void set_after_bind_to_any_port(void)
{
    int fd = net_bound_tcp(here, 0, 0, 0);

    net_listen(fd);
    net_reuseaddr(fd, 1);
}

/* The option would not have helped against a listener. */
static void set_on_other_socket_in_vain(void)
{
    int listener = net_listener(here, port, 1, 0), other = net_tcp(here), fd = net_tcp(here);

    net_reuseaddr(other, 1);
    CHECK_RESULT(net_bind(fd, here, net_port(listener)), -EADDRINUSE, "bind");
}

static void set_on_socket_of_another_protocol(void)
{
    int other = net_udp(here), fd = net_tcp(here);

    net_time_wait(here, port, 1, 0);
    net_reuseaddr(other, 1);
    CHECK_RESULT(net_bind(fd, here, port), -EADDRINUSE, "bind");
}

static void failed_bind_on_the_same_socket_again(void)
{
    int fd = net_tcp(here);

    net_time_wait(here, port, 1, 0);
    CHECK_RESULT(net_bind(fd, here, port), -EADDRINUSE, "bind");
    net_reuseaddr(fd, 1);
    CHECK_RESULT(net_bind(fd, here, port), 0, "bind with the option");
    CHECK_RESULT(net_listen(fd), 0, "listen");
}

static void failed_bind_and_the_next_port(void)
{
    int listener = net_listener(here, port, 0, 0), fd = net_tcp(here);

    CHECK_RESULT(net_bind(fd, here, net_port(listener)), -EADDRINUSE, "bind");
    CHECK_RESULT(net_bind(fd, here, port + 1), 0, "bind to the next port");
    CHECK_RESULT(net_listen(fd), 0, "listen");
}

static void failed_bind_and_a_socket_of_its_number(void)
{
    int listener = net_listener(here, port, 0, 0), fd = net_tcp(here), again;

    CHECK_RESULT(net_bind(fd, here, net_port(listener)), -EADDRINUSE, "bind");
    close(fd);
    again = dup(listener);
    CHECK_EQ(again, fd, "the number of the closed socket");
    CHECK_RESULT(net_listen(again), 0, "listen");
}

static void failed_bind_and_no_listen(void)
{
    int listener = net_listener(here, port, 0, 0), fd = net_tcp(here);

    CHECK_RESULT(net_bind(fd, here, net_port(listener)), -EADDRINUSE, "bind");
    CHECK_RESULT(net_connect(fd, here, net_port(listener)), 0, "connect");
}

static void listen_without_bind(void)
{
    CHECK_RESULT(net_listen(net_tcp(here)), 0, "listen");
}

/* A child that closes what it does not want and goes its own way. */
static void forked_child_with_the_same_numbers(void)
{
    int fd = net_bound_tcp(here, port, 0, 0), status;
    pid_t pid = fork();

    if (pid == 0) {
        close(fd);
        CHECK_EQ(net_bound_tcp(here, port + 1, 1, 0), fd, "the same number");
        net_reuseaddr(fd, 1);
        net_listen(fd);
        _exit(CHECK_PASSED);
    }
    CHECK(waitpid(pid, &status, 0) == pid && status == 0, "the child ends well");
    net_listen(fd);
}

#define ROW(name) { #name, name }
static const struct {
    const char *role;
    void (*act)(void);
} rows[] = {
    ROW(set_before_and_after_bind),
    ROW(clear_after_bind),
    ROW(after_bind_on_a_datagram_socket),
    ROW(after_bind_on_a_ping_socket),
    ROW(accepted_socket_of_a_closed_listeners_number),
    ROW(pair_of_a_closed_listeners_number),
    ROW(fresh_socket_of_a_closed_listeners_number),
    ROW(time_to_live_on_a_server),
    ROW(time_to_live_before_the_option),
    ROW(time_to_live_on_a_client),
    ROW(time_to_live_on_datagrams),
    ROW(datagrams_on_purpose),
    ROW(set_after_bind_to_any_port),
    ROW(set_on_other_socket_in_vain),
    ROW(set_on_socket_of_another_protocol),
    ROW(failed_bind_on_the_same_socket_again),
    ROW(failed_bind_and_the_next_port),
    ROW(failed_bind_and_a_socket_of_its_number),
    ROW(failed_bind_and_no_listen),
    ROW(listen_without_bind),
    ROW(forked_child_with_the_same_numbers),
};

static int play(const char *role)
{
    net_own_namespace();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].role, role) == 0)
            rows[i].act();
    }
    return CHECK_PASSED;
}

int main(int argc, char **argv)
{
    char format[] = "REUSESHIM_FORMAT=json";
    char *extra[] = { format, NULL };

    if (argc > 1)
        return play(argv[1]);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct run_result result = run_shimmed(rows[i].role, NULL, extra);

        if (result.status == CHECK_SKIPPED)
            skip("%s", result.err);
        CHECK_EQ(result.status, CHECK_PASSED, "%s: %s", rows[i].role, result.err);
        CHECK_LACKS(result.err, "\"misuse\"", "%s", rows[i].role);
    }
    return CHECK_PASSED;
}
