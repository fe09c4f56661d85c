/* What runs in the containers: with "once" it binds one port; with "hold" it does and waits for SIGTERM;
 * with "twice" it binds that port twice; with "child" a child of its own has the port;
 * with "late" it has put a filter on itself before, which kills for clone(2), by a system call of its own. Its last
 * line tells what it sees of itself. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int open_listener(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 16) < 0)
        return -errno;
    return fd;
}

static void *idle(void *nothing)
{
    pause();
    return nothing;
}

static pid_t start_child(int ready[2])
{
    pid_t child = fork();
    char byte = 0;

    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        byte = open_listener(8080) >= 0;
        if (write(ready[1], &byte, 1) == 1)
            pause();
        _exit(0);
    }
    if (read(ready[0], &byte, 1) != 1)
        _exit(3);
    return child;
}

/* Past the C library's prctl(), so that nobody sees it come. */
static void forbid_clone(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog program = {.len = 4, .filter = filter};
    long result = -1;

    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
#ifdef __x86_64__
    __asm__ volatile("syscall" : "=a"(result) : "a"(SYS_seccomp), "D"(SECCOMP_SET_MODE_FILTER), "S"(0), "d"(&program)
                     : "rcx", "r11", "memory");
#endif
    if (result != 0)
        _exit(77);
}

static int files(void)
{
    int fd, count = 0;

    for (fd = 0; fd < 64; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static int bind_once(bool holds)
{
    int result = open_listener(8080);

    printf("server: bind %s\n", result < 0 ? strerror(-result) : "works");
    fflush(stdout);
    if (result >= 0 && holds) {
        signal(SIGTERM, _exit);
        pause();
    }
    return result < 0;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "twice";
    int ready[2], result, before, error;
    pthread_t thread;
    pid_t child = 0;

    if (strcmp(what, "once") == 0 || strcmp(what, "hold") == 0)
        return bind_once(what[0] == 'h');
    if (pipe(ready) < 0)
        return 3;
    if (argc > 2 && strcmp(argv[2], "threads") == 0)
        pthread_create(&thread, NULL, idle, NULL);
    if (strcmp(what, "late") == 0)
        forbid_clone();
    if (strcmp(what, "child") == 0)
        child = start_child(ready);
    else if (open_listener(8080) < 0)
        return 3;
    before = files();
    result = open_listener(8080);
    error = child == 0 && waitpid(-1, NULL, __WALL) < 0 ? errno : 0;
    printf("server: pid %d, bind %s, files %d more, wait %s\n", (int)getpid(), strerror(-result), files() - before,
           strerror(error));
    if (child != 0)
        kill(child, SIGKILL);
    return 0;
}
