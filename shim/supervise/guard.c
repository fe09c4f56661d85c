#include "supervise/guard.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/sys.h"
#include "supervise/serve.h"

enum { FAULTS_MAX = 8 }; /* deaths by a fault of its own, until nobody looks at calls any more */

/* Without a look: every call is let go. */
static void let_all_go(int listener, struct memory_shared *memory)
{
    struct pollfd polled = {.fd = listener, .events = POLLIN};
    struct notice notice;

    for (;;) {
        if (poll(&polled, 1, -1) < 0)
            continue;
        if (!(polled.revents & POLLIN))
            return;
        if (notice_receive(listener, &memory->slot, &notice) == 0)
            notice_continue(listener, &memory->slot, notice.id);
    }
}

/* Until the supervisor CHILD has ended: true if it had nothing left to do. One that is stopped is
 * of no use to anybody, and holds what it traces. */
static bool await(pid_t child, unsigned int *faults)
{
    int status;

    for (;;) {
        pid_t pid = waitpid(child, &status, WUNTRACED);

        if (pid < 0)
            continue;
        if (WIFSTOPPED(status)) {
            kill(child, SIGKILL);
            continue;
        }
        if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
            ++*faults;
        return WIFEXITED(status);
    }
}

_Noreturn void guard_run(int listener, const struct settings *settings,
                         struct memory_shared *memory)
{
    unsigned int faults = 0;
    int alive[2];
    pid_t child;

    for (;;) {
        __atomic_store_n(&memory->guardian, (int32_t)sys_call(SYS_getpid), __ATOMIC_RELAXED);
        if (faults > FAULTS_MAX || sys_call(SYS_pipe2, alive, O_CLOEXEC) < 0 ||
            (child = fork()) < 0) {
            let_all_go(listener, memory);
            _exit(0);
        }
        if (child == 0) {
            __atomic_store_n(&memory->supervisor, (int32_t)sys_call(SYS_getpid), __ATOMIC_RELAXED);
            sys_close(alive[1]);
            if (serve(listener, alive[0], settings, memory) == SERVE_DONE)
                _exit(0);
            sys_close(alive[0]); /* the guardian is gone: be it */
            continue;
        }
        sys_close(alive[0]);
        if (await(child, &faults))
            _exit(0);
        sys_close(alive[1]);
        if (memory->slot.id != 0)
            notice_continue(listener, &memory->slot, memory->slot.id);
    }
}
