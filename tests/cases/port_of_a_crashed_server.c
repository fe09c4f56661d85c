/* Is a port that a crashed server left behind usable again? The kernel closes what the server had,
 * so it is as if the server had closed first: usable at once if there were no connections, else
 * only if both runs have SO_REUSEADDR. But a child that outlives the crash keeps the listener, and
 * then nothing helps but to end the child. */
#include "story.h"

enum { PORT = 8080 };
static const char address[] = "127.0.0.1";

struct server {
    const char *name;
    bool option;
    bool has_child;
    int child_pid;              /* where a forked child's pid goes */
    bool has_connection;        /* it greets one client */
};

static void serve(const void *argument)
{
    const struct server *server = argument;
    int fd = net_tcp(address);

    if (server->option)
        net_reuseaddr(fd, 1);
    if (!story_step(net_bind(fd, address, PORT), "%s: bind %s:%d", server->name, address, PORT))
        return;
    CHECK_RESULT(net_listen(fd), 0, "listen");
    if (server->has_child) {
        pid_t child = fork();

        if (child == 0) {
            story_ready();
            for (;;)
                pause();
        }
        CHECK_EQ(write(server->child_pid, &child, sizeof child), sizeof child, "tell the pid");
    }
    if (server->has_connection) {
        story_ready();
        CHECK_EQ(write(net_accept(fd), "", 1), 1, "greet the client");
    }
}

static bool is_orphan(void *unused)
{
    (void)unused;
    return net_rows(PORT, NET_FIN_WAIT2) == 1;
}

static void crash(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    run_say("the server crashes");
}

static void restart(bool option)
{
    struct server again = { .name = "the next run", .option = option };

    story_end(story_process(serve, &again));
}

static void crash_of_an_idle_server(bool option)
{
    struct server server = { .name = "the server", .option = option };

    crash(story_process(serve, &server));
    restart(option);
}

static void crash_with_a_connection(bool option)
{
    struct server server = { .name = "the server", .option = option, .has_connection = true };
    pid_t pid = story_process(serve, &server);
    int client = net_tcp(address);
    char byte;

    CHECK_RESULT(net_connect(client, address, PORT), 0, "a client connects");
    CHECK_EQ(read(client, &byte, 1), 1, "the server has accepted");
    crash(pid);
    CHECK(wait_until(is_orphan, NULL, 5000), "the server's side is in FIN_WAIT2");
    restart(option);
    close(client);
    net_wait_rows(PORT, NET_TIME_WAIT, 1);
    run_say("the client closes: TIME_WAIT");
    restart(option);
}

static void crash_with_a_child(bool option)
{
    struct server server = { .name = "the server", .option = option, .has_child = true };
    int pid_pipe[2];
    pid_t child;

    CHECK(pipe(pid_pipe) == 0, "pipe: %s", check_errno_name(errno));
    server.child_pid = pid_pipe[1];
    crash(story_process(serve, &server));
    CHECK_EQ(read(pid_pipe[0], &child, sizeof child), sizeof child, "the child's pid");
    restart(option);
    kill(child, SIGKILL);
    run_say("its child is ended");
    net_wait_rows(PORT, NET_LISTEN, 0);
    restart(option);
}

#define SERVER "the server: bind 127.0.0.1:8080: ok\nthe server crashes\n"
#define NEXT "the next run: bind 127.0.0.1:8080: "
#define REFUSED "Address already in use\n"
#define CLIENT_CLOSES "the client closes: TIME_WAIT\n"
#define CHILD_ENDS "its child is ended\n"

static const struct story stories[] = {
    { .title = "It had no connections",
      .role = "idle plain",
      .steps = SERVER NEXT "ok\n",
      .forced = { { .policy = "force" } } },
    { .title = "It had a connection; neither run sets the option",
      .role = "connection plain",
      .steps = SERVER NEXT REFUSED CLIENT_CLOSES NEXT REFUSED,
      .reasons = "closing time-wait",
      .forced = { { .policy = "force", .steps = SERVER NEXT "ok\n" CLIENT_CLOSES NEXT "ok\n" } } },
    { .title = "It had a connection; both runs set the option",
      .role = "connection option",
      .steps = SERVER NEXT "ok\n" CLIENT_CLOSES NEXT "ok\n" },
    { .title = "It had a child, which lives on",
      .role = "child plain",
      .steps = SERVER NEXT REFUSED CHILD_ENDS NEXT "ok\n",
      .reasons = "listening",
      .forced = { { .policy = "force", .reasons = "listening" } } },
    { .title = "It had a child, which lives on; both runs set the option",
      .role = "child option",
      .steps = SERVER NEXT REFUSED CHILD_ENDS NEXT "ok\n",
      .reasons = "listening" },
};

int main(int argc, char **argv)
{
    if (argc > 1) {
        bool option = strstr(argv[1], "option") != NULL;

        if (strncmp(argv[1], "idle", 4) == 0)
            crash_of_an_idle_server(option);
        else if (strncmp(argv[1], "connection", 10) == 0)
            crash_with_a_connection(option);
        else
            crash_with_a_child(option);
        return 0;
    }
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++)
        story_check(&stories[i]);
    return 0;
}
