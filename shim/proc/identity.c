#include "proc/identity.h"

#include <string.h>

#include "base/sys.h"
#include "base/text.h"
#include "proc/supervise.h"
#include "rules/container.h"
#include "rules/program.h"

/* ARGS is a command line of LENGTH bytes, which may be cut off. */
static void describe_args(const struct process *process, const char *args, size_t length,
                          struct identity *identity, struct scratch *scratch)
{
    char shown[IDENTITY_ARGS_MAX + 1];
    struct text text = text_in(shown, sizeof shown - 3);

    if (length == 0)
        return;
    program_add_args(&text, args, length);
    if (text.cut || length == STEP_ARGS_SIZE - 1)
        memcpy(text.start + text.used, "...", 4);
    identity->args = scratch_copy(scratch, shown, strlen(shown));
    text = text_in(shown, sizeof shown);
    if (program_add(&text, process->exe != NULL ? process->exe : args, args, length) && !text.cut)
        identity->program = scratch_copy(scratch, shown, text.used);
}

/* ROOM is SUPERVISE_CODE_SIZE bytes. */
static const char *read_folder(int proc, int32_t pid, struct scratch *scratch, char *room)
{
    char path[64];
    long length = sys_read_link(proc, process_path(path, sizeof path, pid, "cwd"), room,
                                SUPERVISE_CODE_SIZE);

    return length <= 0 ? NULL : scratch_copy(scratch, room, (size_t)length);
}

static void describe_parent(struct known *known, int32_t pid, struct identity *identity,
                            struct scratch *scratch)
{
    struct procstat stat;

    identity->parent = known_parent(known, pid);
    if (identity->parent > 0 && known_stat(known, identity->parent, &stat) == 0)
        identity->parent_comm = scratch_copy(scratch, stat.comm, strlen(stat.comm));
}

/* The command line as a shell takes it. */
static const char *command_of(const char *args, size_t length, struct scratch *scratch)
{
    char command[IDENTITY_ARGS_MAX];
    struct text text = text_in(command, sizeof command);

    return program_add_command(&text, args, length) ? scratch_copy(scratch, command, text.used)
                                                    : NULL;
}

/* A command line may hold in FOLDER alone, where the process is: is its parent, a shell for all
 * that is known, in another? */
static bool has_gone_elsewhere(struct known *known, int32_t pid, const char *folder, char *room,
                               struct scratch *scratch)
{
    int32_t parent = folder != NULL ? known_parent(known, pid) : 0;
    const char *before = parent > 0 ? read_folder(known->proc, parent, scratch, room) : NULL;

    return before != NULL && strcmp(before, folder) != 0;
}

/* Of a container of LXC's kind: engine and name by the monitor among the ancestors of process PID.
 * The cgroup's name may have a number behind it, where an earlier one of that name is left. */
static void ask_monitor(struct known *known, int32_t pid, struct container_found *found)
{
    enum { STEPS = 16 };
    enum container_engine engine = ENGINE_NONE;
    char path[64], title[256];
    const char *name;

    for (int i = 0; i < STEPS && engine == ENGINE_NONE && pid > 1; i++) {
        long length = 0;

        pid = known_parent(known, pid);
        if (pid > 1)
            length = sys_read_file(known->proc, process_path(path, sizeof path, pid, "cmdline"),
                                   title, sizeof title);
        if (length > 0 && length < (long)sizeof title - 1)
            engine = container_of_monitor(title, &name);
    }
    if (engine == ENGINE_NONE || !text_begins_with(found->start, name))
        return;
    found->engine = engine;
    found->length = strlen(name);
}

/* KNOWN may be NULL: of ourselves nobody asks which of the three LXC engines has us. */
static void describe_container(struct known *known, const struct process *process,
                               struct container *container, struct scratch *scratch)
{
    struct container_found found;
    const char *copy;

    if (process->cgroup == NULL || !container_in(process->cgroup, &found))
        return;
    if (found.engine == ENGINE_LXC && known != NULL)
        ask_monitor(known, process->pid, &found);
    copy = scratch_copy(scratch, found.start, found.length);
    if (copy == NULL)
        return;
    container->engine = found.engine;
    *(found.by_name ? &container->name : &container->id) = copy;
}

void identity_read(struct known *known, const struct process *process, struct identity *identity,
                   struct scratch *scratch)
{
    struct loan loan = scratch_borrow(scratch, sizeof(struct supervise_room));
    struct supervise_room *room = loan.memory;

    memset(identity, 0, sizeof *identity);
    if (room != NULL) {
        room->steps[0].pid = room->steps[1].pid = 0;
        identity->cwd = read_folder(known->proc, process->pid, scratch, room->code);
        if (step_read(known, process->pid, &room->steps[0])) {
            describe_args(process, room->steps[0].args, room->steps[0].args_length, identity,
                          scratch);
            supervise_find(known, process, room, &identity->supervisor, scratch);
        }
    }
    scratch_repay(scratch, &loan);
    identity->user = known_user(known, process->uid, scratch);
    describe_parent(known, process->pid, identity, scratch);
    describe_container(known, process, &identity->container, scratch);
}

void identity_read_caller(struct known *known, const struct process *process,
                          struct identity *identity, struct caller *caller,
                          struct scratch *scratch)
{
    struct loan loan = scratch_borrow(scratch, STEP_ARGS_SIZE);
    char path[64];
    long length = 0;

    memset(identity, 0, sizeof *identity);
    if (loan.memory != NULL) {
        identity->cwd = read_folder(known->proc, process->pid, scratch, loan.memory);
        length = sys_read_file(known->proc,
                               process_path(path, sizeof path, process->pid, "cmdline"),
                               loan.memory, STEP_ARGS_SIZE);
    }
    if (length > 0) {
        const char *args = loan.memory, *folder = identity->cwd;

        describe_args(process, args, (size_t)length, identity, scratch);
        caller->command = command_of(args, (size_t)length, scratch);
        if (caller->command != NULL &&
            has_gone_elsewhere(known, process->pid, folder, loan.memory, scratch)) {
            caller->folder = folder;
            if (command_of(folder, strlen(folder) + 1, scratch) == NULL)
                caller->command = NULL; /* a folder that nobody should paste */
        }
    }
    scratch_repay(scratch, &loan);
    describe_container(NULL, process, &identity->container, scratch);
}
