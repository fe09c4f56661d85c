#include "facts/owner.h"

#include <fcntl.h>
#include <string.h>

#include "base/budget.h"
#include "base/sys.h"
#include "facts/owner_settle.h"
#include "proc/process.h"

enum {
    PIDS_MAX = 128 * 1024,  /* processes that can be looked at; memory is used as they come */
    CLOCK_EVERY = 64,       /* descriptors between two looks at the clock */
    FEW = 64                /* processes of which all are soon looked at, in whatever order */
};

/* What is known of a holder's owner while the search goes on. */
struct track {
    int32_t parent;    /* of its owner */
    int32_t last_seen; /* the last process that was found to have it */
};

struct search {
    struct holder *holders;
    size_t count;
    const struct viewer *viewer;
    struct scratch *scratch;
    char *names;             /* PROCESS_NAMES_SIZE bytes */
    struct track *tracks;    /* one a holder */
    uint32_t *slots;         /* inode -> holder: indexes + 1, 0 = free; linear probing */
    size_t slot_mask;
    int32_t *pids;           /* still to be looked at; 0 = done */
    size_t pid_count;
    int32_t parent;          /* the viewer's */
    int32_t climb;           /* parent of the owner just found: to be looked at next; 0 = none */
    struct sys_file program; /* the viewer's; inode 0 = not known */
    struct process process;  /* that is being looked at; described when first needed */
    bool described;
    enum answer same_program; /* does it run the viewer's? Asked when first needed */
    size_t wanted;            /* holders with an inode */
    size_t missing;          /* ... and without an owner */
    size_t had;              /* ... that the process being looked at has */
    struct budget budget;
    uint32_t visited;        /* descriptors */
    struct owner_look look;
};

static size_t slot_of(const struct search *search, uint64_t inode)
{
    return (size_t)(inode * 0x9e3779b97f4a7c15u >> 32) & search->slot_mask;
}

static void index_holders(struct search *search)
{
    for (size_t i = 0; i < search->count; i++) {
        size_t slot;

        search->holders[i].owner = (struct owner){
            .relation = RELATION_UNSEEN, .fd = -1, .uid = UID_UNKNOWN
        };
        if (search->holders[i].inode == 0)
            continue;
        slot = slot_of(search, search->holders[i].inode);
        while (search->slots[slot] != 0)
            slot = (slot + 1) & search->slot_mask;
        search->slots[slot] = (uint32_t)i + 1;
        search->wanted++;
    }
    search->missing = search->wanted;
}

static bool is_expired(struct search *search)
{
    search->look.expired = search->look.expired || budget_is_spent(&search->budget);
    return search->look.expired;
}

/* The executable file of PID. Returns 0 or -errno: -ENOENT for the kernel's own threads and for the
 * dead, who have no descriptors either. The search's names may be in use meanwhile. */
static int program_of(const struct search *search, int32_t pid, struct sys_file *file)
{
    int proc = search->look.proc;
    char path[64], names[512];
    int error = sys_file_of_target(proc, process_path(path, sizeof path, pid, "exe"), file);
    int32_t thread = error == -ENOENT ? process_thread(proc, pid, names, sizeof names) : 0;

    if (thread == 0)
        return error;
    return sys_file_of_target(proc, process_path(path, sizeof path, thread, "exe"), file);
}

static bool runs_viewers_program(struct search *search)
{
    struct sys_file program;

    if (search->same_program == ANSWER_UNKNOWN)
        search->same_program = answer_of(search->program.inode != 0 &&
                                         program_of(search, search->process.pid, &program) == 0 &&
                                         sys_file_same(&program, &search->program));
    return search->same_program == ANSWER_YES;
}

static enum relation relation_to(struct search *search, const struct process *process)
{
    if (search->viewer->pid == 0)
        return RELATION_OTHER;
    if (process->pid == search->viewer->pid)
        return RELATION_SELF;
    if (process->pid == search->parent)
        return RELATION_PARENT;
    if (process->parent == search->viewer->pid)
        return RELATION_CHILD;
    return runs_viewers_program(search) ? RELATION_SAME_PROGRAM : RELATION_OTHER;
}

static void describe(struct search *search)
{
    if (!search->described)
        process_read(search->look.proc, search->process.pid, &search->process, search->scratch);
    search->described = true;
}

static void set_owner(struct search *search, size_t index, int32_t fd, enum relation relation)
{
    const struct process *process = &search->process;
    struct holder *holder = &search->holders[index];
    struct owner *owner = &holder->owner;

    owner->relation = relation;
    owner->pid = process->pid;
    owner->fd = fd;
    owner->comm = process->comm;
    owner->exe = process->exe;
    owner->exe_deleted = process->exe_deleted;
    owner->stopped = process->stopped;
    owner->same_program = runs_viewers_program(search);
    owner->uid = process->uid;
    owner->started_us = process->started_us;
    holder->cgroup = process->cgroup;
    holder->unit = process->unit;
    search->tracks[index].parent = process->parent;
    search->climb = relation > RELATION_CHILD ? process->parent : 0;
}

/* Is a further process nearer to the viewer than the owner that is known, or the owner's parent?
 * Relations are numbered in the order of nearness. The one described costs memory, so the others,
 * who may be hundreds of workers, are asked for no more than their parent. */
static bool is_nearer(struct search *search, const struct owner *owner, const struct track *track)
{
    struct process *process = &search->process;

    if (owner->relation <= RELATION_CHILD)
        return false;
    if (process->pid == track->parent)
        return true;
    if (search->viewer->pid != 0 && process->parent == 0)
        process->parent = process_parent(search->look.proc, process->pid);
    return relation_to(search, process) < owner->relation;
}

static void add_other(struct owner *owner, int32_t pid)
{
    if (owner->others < OTHERS_NAMED_MAX)
        owner->other_pids[owner->others] = pid;
    owner->others++;
}

/* The first one found is the owner until a nearer one comes. */
static void found(struct search *search, size_t index, int32_t fd)
{
    struct owner *owner = &search->holders[index].owner;
    struct track *track = &search->tracks[index];
    int32_t known = owner->pid;
    bool nearer;

    if (track->last_seen == search->process.pid) /* dup(): the lowest descriptor has been told */
        return;
    track->last_seen = search->process.pid;
    search->had++;
    nearer = known == 0 || is_nearer(search, owner, track);
    if (known != 0)
        add_other(owner, nearer ? known : search->process.pid);
    if (!nearer)
        return;
    describe(search);
    set_owner(search, index, fd, relation_to(search, &search->process));
    if (known == 0 && --search->missing == 0)
        search->budget = budget_of(OWNER_OTHERS_BUDGET_MS);
}

static bool visit_socket(void *context, int32_t fd, uint64_t inode)
{
    struct search *search = context;
    size_t slot = slot_of(search, inode);

    for (; search->slots[slot] != 0; slot = (slot + 1) & search->slot_mask)
        if (search->holders[search->slots[slot] - 1].inode == inode)
            found(search, search->slots[slot] - 1, fd);
    if (search->had == search->wanted) /* its further descriptors are of no interest */
        return false;
    return ++search->visited % CLOCK_EVERY != 0 || !is_expired(search);
}

static bool is_refusal(int error)
{
    return error == -EACCES || error == -EPERM;
}

static void look_at(struct search *search, int32_t pid, enum answer same_program)
{
    const struct socket_visitor visitor = {visit_socket, search};

    search->process = (struct process){.pid = pid};
    search->described = false;
    search->had = 0;
    search->same_program = same_program;
    if (is_refusal(process_sockets(search->look.proc, pid, &visitor, search->names)))
        search->look.blocked = true;
}

/* Takes PID off the list. Returns whether it was on it. */
static bool strike(struct search *search, int32_t pid)
{
    for (size_t i = 0; i < search->pid_count; i++) {
        if (search->pids[i] == pid) {
            search->pids[i] = 0;
            return true;
        }
    }
    return false;
}

/* The parent of an owner is likely to have the socket too, and the one to tell of: the server, of
 * whose hundreds of workers one was found. */
static void look_at_with_parents(struct search *search, int32_t pid, enum answer same_program)
{
    look_at(search, pid, same_program);
    while (search->climb != 0 && !is_expired(search)) {
        int32_t parent = search->climb;

        search->climb = 0;
        if (strike(search, parent))
            look_at(search, parent, ANSWER_UNKNOWN);
    }
    search->climb = 0;
}

/* Instances of the viewer's program before the rest. That the executable file is denied does not
 * mean that the descriptors are. */
static void look_at_instances(struct search *search)
{
    struct sys_file program;

    for (size_t i = search->pid_count; i-- > 0 && !is_expired(search);) {
        int32_t pid = search->pids[i];
        int error = pid == 0 ? 0 : program_of(search, pid, &program);
        bool same = pid != 0 && error == 0 && search->program.inode != 0 &&
                    sys_file_same(&program, &search->program);

        if (same)
            look_at_with_parents(search, pid, ANSWER_YES);
        if (same || (error != 0 && !is_refusal(error)))
            search->pids[i] = 0;
    }
}

/* Goes over the processes that are left, the youngest first. */
static void look_at_others(struct search *search)
{
    if (search->pid_count > FEW)
        look_at_instances(search);
    for (size_t i = search->pid_count; i-- > 0 && !is_expired(search);)
        if (search->pids[i] != 0)
            look_at_with_parents(search, search->pids[i], ANSWER_UNKNOWN);
}

static void look_around(struct search *search)
{
    int32_t viewer = search->viewer->pid;
    long listed;

    search->budget = budget_of(OWNER_BUDGET_MS);
    if (viewer != 0) {
        search->parent = process_parent(search->look.proc, viewer);
        if (program_of(search, viewer, &search->program) != 0)
            search->program.inode = 0;
        look_at(search, viewer, ANSWER_YES);
    }
    if (search->parent != 0)
        look_at(search, search->parent, ANSWER_UNKNOWN);
    listed = process_list(search->look.proc, search->pids, PIDS_MAX, search->names);
    if (listed > PIDS_MAX)
        search->look.expired = true;
    search->pid_count = listed < 0 ? 0 : (size_t)(listed > PIDS_MAX ? PIDS_MAX : listed);
    strike(search, viewer);
    strike(search, search->parent);
    look_at_others(search);
}

/* What a search works with, but for its answers. */
struct work {
    struct loan tables; /* names, tracks, slots */
    struct loan pids;
};

static bool prepare(struct search *search, struct work *work)
{
    size_t slots = 16, size;
    char *next;

    while (slots < search->count * 2)
        slots *= 2;
    size = search->count * sizeof *search->tracks + slots * sizeof *search->slots;
    work->pids = scratch_borrow(search->scratch, PIDS_MAX * sizeof *search->pids);
    work->tables = scratch_borrow(search->scratch, PROCESS_NAMES_SIZE + size);
    next = work->tables.memory;
    search->pids = work->pids.memory;
    if (next == NULL || search->pids == NULL)
        return false;
    search->names = next;
    search->tracks = memset(next + PROCESS_NAMES_SIZE, 0, size);
    search->slots = (uint32_t *)(search->tracks + search->count);
    search->slot_mask = slots - 1;
    return true;
}

static void tidy(struct search *search, const struct work *work)
{
    scratch_repay(search->scratch, &work->tables);
    scratch_repay(search->scratch, &work->pids);
}

void owner_find(struct holder *holders, size_t count, const struct viewer *viewer,
                struct scratch *scratch, uint32_t *limits)
{
    struct search search = {
        .holders = holders, .count = count, .viewer = viewer, .scratch = scratch
    };
    struct work work;

    if (!prepare(&search, &work)) {
        *limits |= 1u << VISIBILITY_BUDGET;
        tidy(&search, &work);
        return;
    }
    index_holders(&search);
    search.look.proc = process_folder();
    if (search.look.proc >= 0 && search.missing > 0)
        look_around(&search);
    owner_settle(holders, count, &search.look, limits);
    if (search.look.proc >= 0)
        sys_close(search.look.proc);
    tidy(&search, &work);
}
