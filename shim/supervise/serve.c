#include "supervise/serve.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/sys.h"
#include "proc/process.h"
#include "supervise/flight.h"
#include "supervise/learn.h"
#include "supervise/tracee.h"
#include "supervise/unseen.h"

enum { GUARDIAN_LOOK_MS = 2000 };

/* Of the one supervisor that a process can be. */
static int listener;
static const struct settings *settings;
static struct memory_shared *memory;

/* Whoever is woken runs here, where the notice is warm: SECCOMP_IOCTL_NOTIF_SET_FLAGS with
 * SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP of Linux 6.6. */
static void prefer_this_processor(void)
{
    sys_call(SYS_ioctl, listener, _IOW('!', 4, uint64_t), 1);
}

static void let_go(const struct notice *notice)
{
    notice_continue(listener, &memory->slot, notice->id);
}

/* ---- After the call ---- */

static void release(struct flight *flight, int status)
{
    tracee_release(flight->notice.tid, status);
    flight->phase = FLIGHT_FREE;
}

static void make_again(struct flight *flight)
{
    tracee_release_again(flight->notice.tid, flight->status, &flight->registers,
                         flight->notice.number, flight->notice.first);
    flight->phase = FLIGHT_AGAIN;
    flight->until_ms = sys_monotonic_ms() + FLIGHT_FORGET_MS;
}

/* unlink and wait: true if the thread is to make its call again, now or later. */
static bool tries_again(struct flight *flight)
{
    bool is_first = flight->started_ms == 0;
    int64_t now_ms = sys_monotonic_ms(), pause_ms;

    if (apply_unlink(&flight->plan, &flight->told)) {
        make_again(flight);
        return true;
    }
    if (!apply_waits(&flight->plan))
        return false;
    pause_ms = policy_pause_ms(flight->plan.rule, now_ms, &flight->started_ms);
    if (pause_ms == 0)
        return false;
    if (is_first) { /* so that nobody wonders what the program waits for */
        flight->told.waits_ms = flight->plan.rule->wait_ms;
        tell_failure(&flight->told);
        flight->told.waits_ms = 0;
    }
    flight->phase = FLIGHT_PAUSES;
    flight->until_ms = now_ms + pause_ms;
    return true;
}

/* A bind or listen that the kernel has answered. Returns false if the thread is not to go on. */
static bool conclude_call(struct flight *flight)
{
    static struct snapshot scratch;
    struct told *told = &flight->told;
    bool binds = flight->notice.call == CALL_BIND && told->result == 0;
    bool logs = policy_rule_has(flight->plan.rule, ACTION_LOG);
    struct snapshot *snapshot = &scratch;

    if (!binds && !logs && told->result != -EADDRINUSE)
        return true;
    if (binds)
        snapshot = memory_add(memory, flight->cookie, flight->notice.pid);
    snapshot_take(snapshot, flight->notice.tid, &flight->registers);
    told->snapshot = snapshot;
    learn_rest(flight);
    if (told->result == -EADDRINUSE) {
        if (tries_again(flight))
            return false;
        tell_failure(told);
    }
    if (binds)
        tell_success(told);
    if (logs)
        tell_call(told);
    return true;
}

static void conclude_option(struct flight *flight)
{
    const struct notice *notice = &flight->notice;
    int copy;

    if (policy_rule_has(flight->plan.rule, ACTION_LOG))
        tell_call(&flight->told);
    if (flight->told.result != 0 || notice->option != SO_REUSEADDR)
        return;
    copy = notice_copy_descriptor(notice, notice->fd);
    if (copy < 0)
        return;
    apply_keep(&flight->plan, copy, &flight->told);
    sys_close(copy);
}

static void conclude(struct flight *flight, int status)
{
    flight->status = status;
    if (tracee_result(flight->notice.tid, flight->notice.narrow, &flight->registers,
                      &flight->told.result)) {
        if (flight->notice.call == CALL_SETSOCKOPT)
            conclude_option(flight);
        else if (flight->notice.call == CALL_SOCKET)
            tell_call(&flight->told);
        else if (!conclude_call(flight))
            return;
    }
    release(flight, status);
}

/* Thread TID has stopped, or ended. */
static void collect_one(int32_t tid, int status)
{
    struct flight *flight = flight_of(tid);

    if (flight == NULL) {
        if (WIFSTOPPED(status))
            tracee_release(tid, status);
    } else if (!WIFSTOPPED(status)) {
        flight->phase = FLIGHT_FREE;
    } else if (flight->phase == FLIGHT_RUNS) {
        conclude(flight, status);
    }
}

/* Threads that have stopped, or ended. */
static void collect_all(void)
{
    int status;
    pid_t tid;

    while ((tid = waitpid(-1, &status, __WALL | WNOHANG)) > 0)
        collect_one((int32_t)tid, status);
}

/* Waits for thread TID, which is on its way. */
static void collect(int32_t tid)
{
    int status;

    while (waitpid(tid, &status, __WALL) != tid)
        if (errno != EINTR)
            return;
    collect_one(tid, status);
}

/* ---- One call ---- */

/* The flight of a thread that makes its call again goes on. */
static struct flight *flight_for(const struct notice *notice)
{
    struct flight *flight = flight_of(notice->tid);
    int64_t started_ms = 0;

    if (flight != NULL && flight->phase == FLIGHT_AGAIN && flight->notice.call == notice->call &&
        flight->notice.fd == notice->fd)
        started_ms = flight->started_ms;
    if (flight == NULL)
        flight = flight_take();
    if (flight == NULL)
        return NULL;
    memset(flight, 0, sizeof *flight);
    flight->notice = *notice;
    flight->started_ms = started_ms;
    flight->plan = apply_explain;
    flight->told = (struct told){.notice = &flight->notice};
    flight->told.local.family = FAMILY_NONE;
    return flight;
}

/* The kernel's own answers for these families never take long; a path's may, on a slow file
 * system, and others wait meanwhile. */
static bool is_quick(const struct flight *flight)
{
    return flight->notice.call != CALL_BIND || flight->told.local.family == FAMILY_INET ||
           flight->told.local.family == FAMILY_INET6;
}

static void answer(const struct notice *notice)
{
    struct flight *flight;
    int error;

    if (notice->uring)
        unseen_tell_uring(notice);
    if (notice->uring || notice->call == CALL_COUNT || notice->pid == 0 ||
        !learn_is_meant(notice->pid) || (flight = flight_for(notice)) == NULL) {
        let_go(notice);
        return;
    }
    if (learn(flight)) {
        error = tracee_seize(notice->tid);
        if (error == 0)
            flight->phase = FLIGHT_RUNS;
        else
            unseen_tell(notice, error);
    }
    let_go(notice);
    if (flight->phase == FLIGHT_RUNS && is_quick(flight))
        collect(notice->tid);
}

static void receive(void)
{
    struct notice notice;

    if (notice_receive(listener, &memory->slot, &notice) < 0)
        return;
    notice_find_process(&notice);
    answer(&notice);
}

/* ---- The loop ---- */

/* Calls to be made again now; returns for how long there is nothing more to do. */
static int keep_time(void)
{
    struct flight *flight;
    int next_ms;

    while ((flight = flight_due(sys_monotonic_ms(), &next_ms)) != NULL)
        if (flight->phase == FLIGHT_PAUSES)
            make_again(flight);
        else
            flight->phase = FLIGHT_FREE;
    return next_ms;
}

/* A guardian that is stopped is none: it is ended, which the pipe tells then. Looked at now and
 * then. */
static void look_after_guardian(void)
{
    static int64_t looked_ms;
    int64_t now_ms = sys_monotonic_ms();
    struct process process;
    struct scratch none = {NULL, NULL};
    int proc;

    if (now_ms - looked_ms < GUARDIAN_LOOK_MS)
        return;
    looked_ms = now_ms;
    proc = sys_open_at(AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (proc < 0)
        return;
    process_read(proc, getppid(), &process, &none);
    if (process.stopped && getppid() == memory->guardian)
        kill(memory->guardian, SIGKILL);
    sys_close(proc);
}

static int open_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

enum serve_end serve(int notices, int guard, const struct settings *chosen,
                     struct memory_shared *shared)
{
    enum { NOTICES, SIGNALS, GUARD, COUNT };
    struct pollfd polled[COUNT] = {
        [NOTICES] = {.fd = notices, .events = POLLIN},
        [SIGNALS] = {.events = POLLIN},
        [GUARD] = {.fd = guard},
    };
    bool unguarded = false, ended = false;
    int signals = open_signals();
    char buffer[sizeof(struct signalfd_siginfo)];

    listener = notices;
    settings = chosen;
    memory = shared;
    learn_open(notices, chosen);
    prefer_this_processor();
    while (flight_traced() > 0 || (!unguarded && !ended)) {
        int timeout_ms = keep_time();

        look_after_guardian();
        if (timeout_ms < 0 || timeout_ms > GUARDIAN_LOOK_MS)
            timeout_ms = GUARDIAN_LOOK_MS;

        polled[SIGNALS].fd = flight_traced() > 0 ? signals : -1;
        polled[NOTICES].fd = ended || unguarded || flight_traced() == FLIGHTS_MAX ? -1 : listener;
        if (poll(polled, COUNT, timeout_ms) < 0)
            continue;
        if (polled[SIGNALS].fd >= 0 && polled[SIGNALS].revents & POLLIN) {
            sys_read(signals, buffer, sizeof buffer);
            collect_all();
        }
        if (polled[NOTICES].fd >= 0 && polled[NOTICES].revents & POLLIN)
            receive();
        else if (polled[NOTICES].fd >= 0 && polled[NOTICES].revents & (POLLHUP | POLLERR))
            ended = true;
        unguarded |= (polled[GUARD].revents & (POLLHUP | POLLERR)) != 0;
    }
    sys_close(signals);
    return ended ? SERVE_DONE : SERVE_UNGUARDED;
}
