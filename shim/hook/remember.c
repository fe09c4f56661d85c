#include "hook/remember.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "base/rare.h"
#include "base/sys.h"
#include "confine/confinement.h"
#include "confine/proof.h"
#include "unwind/modules.h"
#include "facts/newcomer.h"
#include "proc/process.h"
#include "hook/filter.h"
#include "hook/next.h"
#include "hook/say.h"
#include "hook/setup.h"
#include "proc/namespace.h"
#include "proc/procstat.h"
#include "past/history.h"
#include "table/lock.h"
#include "unwind/stack.h"

enum {
    LEARN_SCRATCH = 64 * 1024,  /* paths and build ids of one stack */
    PLACES_SCRATCH = 2048,      /* places and build ids of one stack */
    OPEN_STACK = 10 * 1024,     /* bytes that it takes to make the file */
    PROTOCOL_NUMBER_MPTCP = 262 /* IPPROTO_MPTCP, linux/in.h */
};

/* The arguments come with a NUL behind each. */
static void read_args(char *args, size_t size)
{
    long length = sys_read_file(AT_FDCWD, "/proc/self/cmdline", args, size), i;

    for (i = 0; i + 1 < length; i++)
        if (args[i] == '\0')
            args[i] = ' ';
}

static void read_cgroup(char *cgroup, size_t size)
{
    char text[2048];
    long length = sys_read_file(AT_FDCWD, "/proc/self/cgroup", text, sizeof text);
    const char *path;
    size_t count;

    path = length <= 0 ? NULL : process_cgroup_in(text, (size_t)length, &count);
    if (path == NULL || count >= size)
        return;
    memcpy(cgroup, path, count);
}

static void describe(struct history_process *process)
{
    struct text policy = text_in(process->policy, sizeof process->policy);
    struct procstat stat;

    procstat_read(-1, 0, &stat);
    process->pid = (int32_t)sys_call(SYS_getpid);
    process->parent = stat.parent;
    process->uid = geteuid();
    process->start_ticks = stat.start_ticks;
    process->network = namespace_network();
    process->processes = namespace_inode("pid");
    namespace_boot(process->boot);
    memcpy(process->comm, stat.comm, sizeof stat.comm);
    memcpy(process->library, REUSESHIM_VERSION, sizeof REUSESHIM_VERSION);
    sys_read_link(AT_FDCWD, "/proc/self/exe", process->exe, sizeof process->exe);
    read_args(process->args, sizeof process->args);
    read_cgroup(process->cgroup, sizeof process->cgroup);
    policy_print(&policy, &setup_settings()->policy);
}

/* What the user can mend is told, by the first process of a tree; that a child has given up its
 * privileges, or that a disk is full, is no fault of the setting. */
static bool is_worth_telling(int error)
{
    return !lock_in_fork_child() &&
           (error == -EPERM || error == -ENOTDIR || error == -ENOENT || error == -EOPNOTSUPP);
}

/* In a child that uses its parent's memory, by vfork or clone: the number that the C library has
 * for this thread is the parent's. A file made here would tell of the whole process in the child's
 * name. */
static bool shares_memory(void)
{
    int number;

    if (lock_in_fork_child())
        return false; /* whose number may be its parent's, too, but is a process of its own */
    number = next_thread_number();
    return number != 0 && number != sys_call(SYS_gettid);
}

/* A filter that allows bind may end the program for what is needed here. */
static bool may_make_calls(void)
{
    struct confinement now;

    if (filter_is_on)
        return false;
    confinement_look(&now);
    return !now.on || proof_answers(&now);
}

RARE static void open_history(void)
{
    const struct settings *settings = setup_settings();
    struct history_limits limits = {settings->history_process_bytes,
                                    settings->history_folder_bytes, settings->history_age_s};
    struct history_process *process = may_make_calls() ? sys_map(sizeof *process) : NULL;
    int error;

    if (process == NULL) {
        history_give_up();
    } else if (shares_memory()) {
        history_put_off();
    } else {
        describe(process);
        error = history_open(settings->history_path, &limits, process);
        if (error < 0 && is_worth_telling(error))
            say_history_error(settings, error);
    }
    if (process != NULL)
        sys_unmap(process, sizeof *process);
}

RARE static void learn_from_maps(const uintptr_t *pcs, size_t count)
{
    struct scratch scratch;
    struct place *places;
    char *memory = may_make_calls() ? sys_map(LEARN_SCRATCH) : NULL;

    if (memory == NULL)
        return;
    scratch = (struct scratch){memory, memory + LEARN_SCRATCH};
    places = scratch_take(&scratch, count * sizeof *places);
    modules_locate(pcs, count, places, &scratch);
    history_learn(history_own(), places, count);
    sys_unmap(memory, LEARN_SCRATCH);
}

RARE static void learn_from_loader(const uintptr_t *pcs, size_t count)
{
    _Alignas(16) char memory[PLACES_SCRATCH];
    struct scratch scratch = {memory, memory + sizeof memory};
    struct place *places = scratch_take(&scratch, count * sizeof *places);

    if (modules_locate_loaded(pcs, count, history_program(), places, &scratch))
        history_learn(history_own(), places, count);
    else
        learn_from_maps(pcs, count);
}

/* Returns true if TRACE has code that had not been met before. */
static bool learn(const struct trace *trace)
{
    uintptr_t pcs[TRACE_FRAMES_MAX];
    size_t count = history_unknown(history_own(), trace, pcs);

    if (count > 0)
        learn_from_loader(pcs, count);
    return count > 0;
}

/* The cookie proves, when this process is gone, which socket was bound. It takes a system call, so
 * it is asked for only by the first bind of each place in the code. An MPTCP socket is listed by
 * the kernel under another one, which is of no use. */
RARE static void remember_cookie(int fd)
{
    int number;

    confinement_hold();
    if (!filter_is_on && sys_get_option(fd, SOL_SOCKET, SO_PROTOCOL, &number) == 0 &&
        number != PROTOCOL_NUMBER_MPTCP)
        history_cookie(fd, newcomer_cookie(fd));
    confinement_release();
}

RARE static void open_now(void)
{
    confinement_hold();
    if (filter_is_on)
        history_give_up();
    else if (stack_has_room(OPEN_STACK, true))
        open_history();
    else
        history_put_off();
    confinement_release();
}

void remember_bind(enum protocol protocol, const struct endpoint *local, int fd,
                   const struct trace *trace)
{
    bool is_new = history_wants_opening();

    if (is_new)
        open_now();
    if (!history_is_open())
        return;
    is_new |= learn(trace);
    history_bind(protocol, local, fd, sys_realtime_us(), trace);
    if (is_new)
        remember_cookie(fd);
}

/* A child of fork that may never bind anything gets no file for that. */
void remember_before_filter(void)
{
    if (!setup_settings()->history || !history_wants_opening())
        return;
    if (shares_memory() || history_has_ancestor())
        history_put_off();
    else
        open_history();
}

/* A child of vfork that calls exit(), as it must not, ends by itself alone. */
void remember_end(void)
{
    if (filter_is_on || history_owner() == (int32_t)sys_call(SYS_getpid))
        history_end();
}
