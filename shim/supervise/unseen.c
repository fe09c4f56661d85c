#include "supervise/unseen.h"

#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "proc/process.h"
#include "supervise/tell.h"

enum { TOLD_MAX = 64 };

/* Processes that were told of, the oldest of which is forgotten. */
static int32_t told_pids[TOLD_MAX];
static unsigned int told_next;

static bool is_new(int32_t pid)
{
    for (size_t i = 0; i < TOLD_MAX; i++)
        if (told_pids[i] == pid)
            return false;
    told_pids[told_next++ % TOLD_MAX] = pid;
    return true;
}

static int yama_scope(void)
{
    char value[8] = "";

    sys_read_file(AT_FDCWD, "/proc/sys/kernel/yama/ptrace_scope", value, sizeof value);
    return value[0] - '0';
}

static void name_process(int32_t pid, char comm[16])
{
    char path[32];
    struct text text = text_in(path, sizeof path);
    long length;

    text_format(&text, "/proc/%d/comm", (int)pid);
    length = sys_read_file(AT_FDCWD, path, comm, 16);
    if (length > 0 && comm[length - 1] == '\n')
        comm[length - 1] = '\0';
    else if (length <= 0)
        strcpy(comm, "?");
}

void unseen_tell(const struct notice *notice, int error)
{
    char comm[16], tracer[16], line[320];
    struct text text = text_in(line, sizeof line);
    int32_t tracer_pid;

    if ((error != -EPERM && error != -EACCES && error != -ENOSYS) || !is_new(notice->pid))
        return;
    name_process(notice->pid, comm);
    tracer_pid = process_status_number(notice->pid, "\nTracerPid:");
    if (tracer_pid != 0) {
        name_process(tracer_pid, tracer);
        text_format(&text,
                    "reuseshim: what %-20s[%d] binds is not seen: %-20s[%d] traces it already",
                    comm, (int)notice->pid, tracer, (int)tracer_pid);
    } else if (yama_scope() > 0) {
        text_format(&text,
                    "reuseshim: what %-20s[%d] binds is not seen: kernel.yama.ptrace_scope is %d; "
                    "run this as root, or set it to 0",
                    comm, (int)notice->pid, yama_scope());
    } else {
        text_format(&text,
                    "reuseshim: what %-20s[%d] binds is not seen: it is another user's, or may not "
                    "be read; run this as root",
                    comm, (int)notice->pid);
    }
    tell_line(notice, line);
}

/* Before Linux 6.11 an io_uring cannot bind. */
static bool uring_binds(void)
{
    return sys_kernel_release() >= SYS_RELEASE(6, 11);
}

void unseen_tell_uring(const struct notice *notice)
{
    char comm[16], line[320];
    struct text text = text_in(line, sizeof line);

    if (!uring_binds() || !is_new(-notice->pid))
        return;
    name_process(notice->pid, comm);
    text_format(&text,
                "reuseshim: %-20s[%d] uses io_uring: what it may bind through that is not seen",
                comm, (int)notice->pid);
    tell_line(notice, line);
}
