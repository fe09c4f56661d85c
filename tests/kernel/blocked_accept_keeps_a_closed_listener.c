/* Rule: a listener whose descriptor was closed while another thread is blocked in accept() on
 * it stays alive, listens and holds its port, and no process has a descriptor of it.
 * Source: accept4() holds a reference of the struct file while it waits.
 * Relied on by: facts/owner ("no owner found" is not "nobody"), the reason `bound-twice`. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

static int listener;
static pid_t thread_id;

static void *block(void *unused)
{
    __atomic_store_n(&thread_id, (pid_t)syscall(SYS_gettid), __ATOMIC_RELEASE);
    accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    return unused;
}

/* The thread sleeps in the kernel, in accept(). */
static bool is_blocked(void *unused)
{
    char path[64], line[256] = "", wanted[32];
    FILE *file;

    (void)unused;
    snprintf(path, sizeof path, "/proc/self/task/%d/syscall",
             __atomic_load_n(&thread_id, __ATOMIC_ACQUIRE));
    snprintf(wanted, sizeof wanted, "%d ", SYS_accept4);
    file = fopen(path, "re");
    if (!file)
        return false;
    if (!fgets(line, sizeof line, file))
        line[0] = '\0';
    fclose(file);
    return strncmp(line, wanted, strlen(wanted)) == 0;
}

int main(void)
{
    pthread_t thread;
    int port, client;

    net_own_namespace();
    listener = net_listener("127.0.0.1", 0, 0, 0);
    port = net_port(listener);
    CHECK(pthread_create(&thread, NULL, block, NULL) == 0, "pthread_create");
    if (!wait_until(is_blocked, NULL, 1000))
        skip("/proc/self/task/TID/syscall does not show the blocked accept()");
    close(listener);
    CHECK_RESULT(net_try_tcp("127.0.0.1", port, 0, 0), -EADDRINUSE, "closed, blocked in accept");
    CHECK_EQ(net_rows(port, NET_LISTEN), 1, "it still listens");
    client = net_tcp("127.0.0.1");
    CHECK_RESULT(net_connect(client, "127.0.0.1", port), 0, "a connection wakes the thread");
    CHECK(pthread_join(thread, NULL) == 0, "pthread_join");
    net_wait_rows(port, NET_LISTEN, 0);
    return CHECK_PASSED;
}
