#include "proc/identity.h"

#include <string.h>

#include "base/sys.h"
#include "proc/supervise.h"
#include "rules/container.h"
#include "rules/program.h"

static void describe_args(const struct process *process, const struct step *step,
                          struct identity *identity, struct scratch *scratch)
{
    char shown[IDENTITY_ARGS_MAX + 1];
    struct text text = text_in(shown, sizeof shown - 3);

    if (step->args_length == 0)
        return;
    program_add_args(&text, step->args, step->args_length);
    if (text.cut || step->args_length == sizeof step->args - 1)
        memcpy(text.start + text.used, "...", 4);
    identity->args = scratch_copy(scratch, shown, strlen(shown));
    text = text_in(shown, sizeof shown);
    if (program_add(&text, process->exe != NULL ? process->exe : step->args, step->args,
                    step->args_length) &&
        !text.cut)
        identity->program = scratch_copy(scratch, shown, text.used);
}

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
            describe_args(process, &room->steps[0], identity, scratch);
            supervise_find(known, process, room, &identity->supervisor, scratch);
        }
    }
    scratch_repay(scratch, &loan);
    identity->user = known_user(known, process->uid, scratch);
    describe_parent(known, process->pid, identity, scratch);
    describe_container(process->cgroup, &identity->container, scratch);
}
