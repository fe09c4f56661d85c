#include "supervise/supervise.h"

#include <limits.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/sys.h"
#include "report/errors.h"
#include "supervise/filter.h"
#include "supervise/guard.h"
#include "supervise/tell.h"

enum { FIRST_FREE = STDERR_FILENO + 1 };

/* ---- A descriptor over a socket ---- */

union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
};

static bool send_descriptor(int socket, int fd)
{
    char byte = 0;
    union control control = {.bytes = {0}};
    struct iovec data = {&byte, 1};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    return sendmsg(socket, &message, MSG_NOSIGNAL) == 1;
}

static int receive_descriptor(int socket)
{
    char byte;
    union control control;
    struct iovec data = {&byte, 1};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    struct cmsghdr *header;
    int fd;

    if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1 ||
        (header = CMSG_FIRSTHDR(&message)) == NULL)
        return -1;
    memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return fd;
}

/* ---- The guardian's start ---- */

static void close_between(int first, int last)
{
    if (first <= last)
        sys_call(SYS_close_range, (unsigned int)first, (unsigned int)last, 0);
}

/* Nothing that the program was given stays open here: a pipe would never end, a lock never go. */
static void close_others(const struct settings *settings, int socket)
{
    int log = settings->log == LOG_FD && settings->log_fd >= FIRST_FREE ? settings->log_fd : socket;
    int low = log < socket ? log : socket, high = log < socket ? socket : log;

    close_between(FIRST_FREE, low - 1);
    close_between(low + 1, high - 1);
    close_between(high + 1, INT_MAX);
}

static void ignore_signals(void)
{
    static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU,
                                  SIGPIPE, SIGUSR1, SIGUSR2, SIGALRM};
    sigset_t none;

    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i], SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

_Noreturn static void become_guardian(int socket, const struct settings *settings,
                                      struct memory_shared *memory)
{
    int32_t self = (int32_t)sys_call(SYS_getpid);
    int listener;

    close_others(settings, socket);
    ignore_signals();
    sys_call(SYS_setsid);
    if (write(socket, &self, sizeof self) != sizeof self ||
        (listener = receive_descriptor(socket)) < 0 || !tell_open(settings, memory))
        _exit(1);
    tell_let_go();
    sys_call(SYS_chdir, "/");
    if (write(socket, "", 1) != 1)
        _exit(1);
    sys_close(socket);
    guard_run(listener, settings, memory);
}

/* ---- The program's side ---- */

/* A filter may end a process for the question alone: a child asks. */
static bool may_ask(void)
{
    uint32_t action = SECCOMP_RET_USER_NOTIF;

    return sys_call(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) != -EPERM;
}

/* By way of a child that ends at once: the program shall find no child of ours. Returns the socket
 * to the guardian, or -1: WHY is a sentence. */
static int start_guardian(const struct settings *settings, struct memory_shared *memory,
                          const char **why)
{
    int pair[2], status = 0;
    pid_t child;

    *why = "no process can be made for it";
    if (memory == NULL || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -1;
    child = fork();
    if (child == 0) {
        if (!may_ask())
            _exit(2);
        sys_close(pair[0]);
        child = fork();
        if (child == 0)
            become_guardian(pair[1], settings, memory);
        _exit(child < 0);
    }
    sys_close(pair[1]);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (child > 0 && (WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) == 2)))
        *why = "a filter that is on this process already forbids seccomp(2)";
    else if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return pair[0];
    sys_close(pair[0]);
    return -1;
}

static void explain_refusal(struct text *trouble, int error)
{
    switch (error) {
    case -EBUSY:
        text_add(trouble, "a process above this one is supervised by somebody already, and the "
                          "kernel allows one supervisor");
        break;
    case -EINVAL: text_add(trouble, "the kernel is too old: it takes Linux 5.19"); break;
    case -ENOSYS: text_add(trouble, "it is not made for this processor or kernel"); break;
    default: error_print_sentence(trouble, -error);
    }
}

enum supervise_start supervise_start(const struct settings *settings, struct text *trouble)
{
    struct memory_shared *memory = memory_open();
    const char *why;
    int socket = start_guardian(settings, memory, &why), listener;
    int32_t guardian;
    bool privileged, ready = false;
    char byte;

    if (socket < 0) {
        text_add(trouble, why);
        return SUPERVISE_NOT;
    }
    if (read(socket, &guardian, sizeof guardian) != sizeof guardian)
        guardian = 0;
    sys_call(SYS_prctl, PR_SET_PTRACER, (unsigned long)guardian, 0, 0, 0);
    listener = guardian == 0 ? -EIO : filter_install(&settings->policy, &privileged);
    if (listener < 0) {
        explain_refusal(trouble, listener);
    } else {
        ready = send_descriptor(socket, listener) && read(socket, &byte, 1) == 1;
        sys_close(listener);
        if (!ready)
            text_add(trouble, "its supervisor has ended");
    }
    sys_close(socket);
    return ready ? SUPERVISE_ON : listener < 0 ? SUPERVISE_NOT : SUPERVISE_BROKEN;
}
