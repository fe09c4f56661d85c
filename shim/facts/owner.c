#include "facts/owner.h"

#include <string.h>

#include "facts/owner_search.h"

enum { CLOCK_EVERY = 64 }; /* descriptors between two looks at the clock */

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

bool search_expired(struct search *search)
{
    bool at_rest = search->at_rest && search->missing > 0;

    if (search->viewer->waits != NULL)
        search->viewer->waits();
    search->look.expired =
        search->look.expired || (!search->viewer->unhurried &&
                                   budget_is_spent(at_rest ? &search->rest : &search->budget));
    return search->look.expired;
}

int search_program_of(const struct search *search, int32_t pid, struct sys_file *file)
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
    struct sys_file own;

    if (search->same_program == ANSWER_UNKNOWN)
        search->same_program =
            answer_of(search->program.inode != 0 &&
                      search_program_of(search, search->process.pid, &own) == 0 &&
                      sys_file_same(&own, &search->program));
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

bool search_wants(const struct search *search, uint64_t inode)
{
    size_t slot = slot_of(search, inode);

    for (; search->slots[slot] != 0; slot = (slot + 1) & search->slot_mask)
        if (search->holders[search->slots[slot] - 1].inode == inode)
            return true;
    return false;
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
    return ++search->visited % CLOCK_EVERY != 0 || !search_expired(search);
}

void search_look_at(struct search *search, int32_t pid, enum answer same_program)
{
    const struct socket_visitor visitor = {visit_socket, search};

    search->process = (struct process){.pid = pid};
    search->described = false;
    search->had = 0;
    search->same_program = same_program;
    if (search_is_refusal(process_sockets(search->look.proc, pid, &visitor, search->names)))
        search->look.blocked = true;
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
    work->pids = scratch_borrow(search->scratch,
                                PIDS_MAX * (sizeof *search->pids + sizeof *search->asked));
    work->tables = scratch_borrow(search->scratch, PROCESS_NAMES_SIZE + size);
    next = work->tables.memory;
    search->pids = work->pids.memory;
    if (next == NULL || search->pids == NULL)
        return false;
    search->asked = (bool *)(search->pids + PIDS_MAX);
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

static const struct holder *found_before(const struct evidence *before, uint64_t inode)
{
    for (size_t i = 0; i < before->holder_count; i++)
        if (before->holders[i].inode == inode && before->holders[i].owner.pid > 0)
            return &before->holders[i];
    return NULL;
}

/* Takes the owners of all HOLDERS from the look BEFORE. False, and nothing is changed, if it does
 * not have them all, or there are none. */
static bool take_over(struct holder *holders, size_t count, const struct evidence *before)
{
    bool any = false;

    for (size_t i = 0; i < count; i++) {
        if (holders[i].inode != 0 && found_before(before, holders[i].inode) == NULL)
            return false;
        any |= holders[i].inode != 0;
    }
    for (size_t i = 0; i < count; i++) {
        const struct holder *known = found_before(before, holders[i].inode);

        if (holders[i].inode == 0)
            continue;
        holders[i].owner = known->owner;
        holders[i].cgroup = known->cgroup;
        holders[i].unit = known->unit;
    }
    return any;
}

void owner_find(struct holder *holders, size_t count, const struct viewer *viewer,
                struct scratch *scratch, uint32_t *limits)
{
    struct search search = {
        .holders = holders, .count = count, .viewer = viewer, .scratch = scratch
    };
    struct work work;

    if (viewer->before != NULL && take_over(holders, count, viewer->before)) {
        owner_complete_without_inode(holders, count);
        *limits |= viewer->before->limits;
        return;
    }
    if (!prepare(&search, &work)) {
        *limits |= 1u << VISIBILITY_BUDGET;
        tidy(&search, &work);
        return;
    }
    index_holders(&search);
    search.look.proc = process_folder();
    if (search.look.proc >= 0 && search.missing > 0)
        search_look_around(&search);
    owner_complete(holders, count, &search.look, limits);
    if (search.look.proc >= 0)
        sys_close(search.look.proc);
    tidy(&search, &work);
}
