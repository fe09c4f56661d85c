#include "proc/identity.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "proc/environment.h"
#include "proc/lines.h"
#include "proc/procstat.h"
#include "proc/supervise.h"
#include "proc/vitals.h"
#include "rules/container.h"
#include "rules/program.h"

enum {
    ROOM = 4096,           /* bytes of a command line, or a path, that are looked at */
    USERS_LINES_MAX = 2000 /* of /etc/passwd */
};
static_assert((int)VITALS_ROOM <= (int)ROOM, "one room for all");

static void describe_args(int proc, const struct process *process, struct identity *identity,
                          struct scratch *scratch, char *room)
{
    char path[64], shown[IDENTITY_ARGS_MAX + 1];
    long length = sys_read_file(proc, process_path(path, sizeof path, process->pid, "cmdline"),
                                room, ROOM);
    struct text text = text_in(shown, sizeof shown - 3);

    if (length <= 0)
        return;
    program_add_args(&text, room, (size_t)length);
    if (text.cut || length == ROOM - 1)
        memcpy(text.start + text.used, "...", 4);
    identity->args = scratch_copy(scratch, shown, strlen(shown));
    text = text_in(shown, sizeof shown);
    if (program_add(&text, process->exe != NULL ? process->exe : room, room, (size_t)length) &&
        !text.cut)
        identity->program = scratch_copy(scratch, shown, text.used);
}

/* "name:x:1000:..." of /etc/passwd. */
static bool is_user(const char *line, size_t length, int64_t uid, size_t *name_length)
{
    const char *end = line + length;
    const char *colon = memchr(line, ':', length);
    const char *second = colon == NULL ? NULL : memchr(colon + 1, ':', (size_t)(end - colon - 1));
    uint64_t number;

    if (second == NULL)
        return false;
    *name_length = (size_t)(colon - line);
    second++;
    return lines_number(&second, end, 10, &number) && number == (uint64_t)uid;
}

static const char *user_name(int64_t uid, struct scratch *scratch)
{
    struct loan loan = scratch_borrow(scratch, LINES_BUFFER);
    struct lines lines = {sys_open_at(AT_FDCWD, "/etc/passwd", O_RDONLY | O_NONBLOCK, 0),
                          loan.memory, 0, 0};
    const char *line, *name = NULL;
    size_t length, size;
    int left = USERS_LINES_MAX;

    if (lines.fd >= 0 && lines.buffer != NULL && uid >= 0)
        while (name == NULL && left-- > 0 && lines_next(&lines, &line, &length))
            if (is_user(line, length, uid, &size))
                name = scratch_copy(scratch, line, size);
    if (lines.fd >= 0)
        sys_close(lines.fd);
    scratch_repay(scratch, &loan);
    return name;
}

static const char *read_folder(int proc, int32_t pid, struct scratch *scratch, char *room)
{
    char path[64];
    long length = sys_read_link(proc, process_path(path, sizeof path, pid, "cwd"), room, ROOM);

    return length <= 0 ? NULL : scratch_copy(scratch, room, (size_t)length);
}

static void describe_parent(int proc, int32_t pid, struct identity *identity,
                            struct scratch *scratch)
{
    struct procstat stat;

    identity->parent = process_parent(proc, pid);
    if (identity->parent > 0 && procstat_read(proc, identity->parent, &stat) == 0)
        identity->parent_comm = scratch_copy(scratch, stat.comm, strlen(stat.comm));
}

static void describe_container(const char *cgroup, struct container *container,
                               struct scratch *scratch)
{
    struct container_found found;
    const char *copy;

    if (cgroup == NULL || !container_in(cgroup, &found))
        return;
    copy = scratch_copy(scratch, found.start, found.length);
    container->engine = found.engine;
    if (found.by_name)
        container->name = copy;
    else
        container->id = copy;
}

void identity_read(int proc, const struct process *process, struct identity *identity,
                   struct scratch *scratch)
{
    struct loan loan = scratch_borrow(scratch, ROOM);

    memset(identity, 0, sizeof *identity);
    if (loan.memory != NULL) {
        describe_args(proc, process, identity, scratch, loan.memory);
        identity->cwd = read_folder(proc, process->pid, scratch, loan.memory);
        vitals_read(proc, process->pid, &identity->vitals, loan.memory);
    }
    scratch_repay(scratch, &loan);
    identity->user = user_name(process->uid, scratch);
    describe_parent(proc, process->pid, identity, scratch);
    describe_container(process->cgroup, &identity->container, scratch);
    supervise_find(proc, process, &identity->supervisor, scratch);
}
