/* Theory of operation: who is looked at first. A readlink of /proc is the unit of cost: one for
 * each descriptor of each process, and there may be 300,000. So what the socket's row tells comes
 * first (its cgroup, its user), then where servers have their sockets (low numbers), and only then
 * every descriptor of every process. Once each socket has an owner, the rest is asked for one
 * number. */
#include <string.h>

#include "facts/owner_search.h"
#include "proc/cgroup.h"

enum {
    FEW = 64,        /* processes of which all are soon looked at, in whatever order */
    NUMBERS_MAX = 4, /* different descriptors that others are asked for */
    CLOCK_EVERY = 16, /* processes between two looks at the clock */
    SAMPLE = 128      /* processes that show whether the users tell anything */
};

/* Takes PID off the list. Returns whether it was on it. */
static bool strike(struct search *search, int32_t pid)
{
    for (size_t i = 0; i < search->pid_count; i++) {
        if (search->pids[i] == pid || search->pids[i] == -pid) {
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
    search_look_at(search, pid, same_program);
    while (search->climb != 0 && !search_expired(search)) {
        int32_t parent = search->climb;

        search->climb = 0;
        if (strike(search, parent))
            search_look_at(search, parent, ANSWER_UNKNOWN);
    }
    search->climb = 0;
}

/* ---- While an owner is missing ---- */

static bool goes_on(struct search *search)
{
    return search->missing > 0 && !search_expired(search);
}

/* The processes of the cgroups in which the sockets were made. */
static void look_at_cgroups(struct search *search)
{
    int32_t pids[FEW];
    uint64_t last = CGROUP_ROOT;

    for (size_t i = 0; i < search->count && goes_on(search); i++) {
        uint64_t id = search->holders[i].cgroup_id;
        long count = 0;

        if (id != 0 && id != CGROUP_ROOT && id != last && search->holders[i].owner.pid == 0)
            count = cgroup_processes(search->look.proc, id, pids, FEW);
        last = id;
        for (long k = count > FEW ? FEW : count; k-- > 0 && goes_on(search);)
            if (strike(search, pids[k]))
                look_at_with_parents(search, pids[k], ANSWER_UNKNOWN);
    }
}

/* Processes that may not be looked at are asked for no link. Root may look at nearly all. */
static void drop_barred(struct search *search)
{
    int32_t self = (int32_t)sys_call(SYS_getpid);

    if (sys_call(SYS_geteuid) == 0 || search_is_refusal(process_share(self, self, 0)))
        return;
    for (size_t i = search->pid_count; i-- > 0;) {
        if (search->pids[i] == 0 || !search_is_refusal(process_share(self, search->pids[i], 0)))
            continue;
        search->look.blocked = true;
        search->pids[i] = 0;
    }
}

static bool is_user_of_missing(const struct search *search, uint32_t uid)
{
    for (size_t i = 0; i < search->count; i++)
        if (search->holders[i].inode != 0 && search->holders[i].owner.pid == 0 &&
            search->holders[i].socket.uid == (int64_t)uid)
            return true;
    return false;
}

/* How many processes are to be looked at, and how many are put off. */
struct shares {
    size_t now;
    size_t later;
};

/* Puts off the processes of other users than those of the sockets; or those of these users, if they
 * are the crowd: a server that has dropped its rights is another user's than its sockets are. */
static struct shares put_off(struct search *search)
{
    struct shares shares = {0, 0};

    for (size_t i = search->pid_count; i-- > 0;) {
        struct sys_file file;
        char path[64];

        if (search->pids[i] <= 0)
            continue;
        if (i % CLOCK_EVERY == 0 && search_expired(search))
            return shares;
        if (shares.now + shares.later >= SAMPLE && shares.later * 8 < shares.now) {
            shares.now++; /* nearly all of the youngest are these users': the rest is not asked */
            continue;
        }
        if (sys_file_of_path(search->look.proc,
                             process_path(path, sizeof path, search->pids[i], ""), &file) != 0) {
            search->pids[i] = 0; /* gone */
        } else if (is_user_of_missing(search, file.uid)) {
            shares.now++;
        } else {
            search->pids[i] = -search->pids[i];
            shares.later++;
        }
    }
    return shares;
}

/* What was put off is looked at now, and the other way round. */
static void turn(struct search *search, struct shares *shares)
{
    *shares = (struct shares){shares->later, shares->now};
    for (size_t i = 0; i < search->pid_count; i++)
        search->pids[i] = -search->pids[i];
}

/* Instances of the viewer's program before the rest. That the executable file is denied does not
 * mean that the descriptors are. */
static void look_at_instances(struct search *search)
{
    struct sys_file program;

    for (size_t i = search->pid_count; i-- > 0 && goes_on(search);) {
        int32_t pid = search->pids[i];
        int error = pid <= 0 ? 0 : search_program_of(search, pid, &program);
        bool same = pid > 0 && error == 0 && sys_file_same(&program, &search->program);

        if (same)
            look_at_with_parents(search, pid, ANSWER_YES);
        if (same || (error != 0 && !search_is_refusal(error)))
            search->pids[i] = 0;
    }
}

/* Has process PID a socket that is looked for among descriptors FIRST to LAST? UNKNOWN where it may
 * not be looked at. */
static enum answer has_between(struct search *search, int32_t pid, int32_t first, int32_t last)
{
    for (int32_t fd = first; fd <= last; fd++) {
        int64_t inode = process_socket_at(search->look.proc, pid, fd);

        if (inode > 0 && search_wants(search, (uint64_t)inode))
            return ANSWER_YES;
        if (search_is_refusal((int)inode)) {
            search->look.blocked = true;
            return ANSWER_UNKNOWN;
        }
    }
    return ANSWER_NO;
}

/* Of every process the descriptors FIRST to LAST. */
static void look_at_low(struct search *search, int32_t first, int32_t last)
{
    for (size_t i = search->pid_count; i-- > 0 && search->missing > 0;) {
        enum answer has;

        if (i % CLOCK_EVERY == 0 && search_expired(search))
            return;
        if (search->pids[i] <= 0)
            continue;
        has = has_between(search, search->pids[i], first, last);
        search->asked[i] |= first == search->viewer->fd && has == ANSWER_NO;
        if (has == ANSWER_YES)
            look_at_with_parents(search, search->pids[i], ANSWER_UNKNOWN);
        if (has != ANSWER_NO)
            search->pids[i] = 0;
    }
}

/* Where servers have their sockets, of all before the rest of any. */
static void look_at_likely(struct search *search, size_t count)
{
    look_at_low(search, 3, 6);
    look_at_low(search, 7, 9);
    if (count > FEW) {
        look_at_low(search, 10, 12);
        look_at_low(search, 0, 2);
    } else if (search->program.inode != 0) {
        look_at_instances(search);
    }
}

/* Every descriptor, of the youngest process first. */
static void look_at_rest(struct search *search)
{
    search->at_rest = true;
    for (size_t i = search->pid_count; i-- > 0 && goes_on(search);) {
        if (search->pids[i] <= 0)
            continue;
        look_at_with_parents(search, search->pids[i], ANSWER_UNKNOWN);
        search->pids[i] = 0;
    }
    search->at_rest = false;
}

static void look_at_all(struct search *search)
{
    struct shares shares = put_off(search);

    if (shares.now > FEW && shares.later < shares.now)
        turn(search, &shares);
    look_at_likely(search, shares.now);
    if (shares.now <= FEW)
        look_at_rest(search);
    turn(search, &shares);
    look_at_likely(search, shares.now);
    look_at_rest(search);
    turn(search, &shares);
    look_at_rest(search);
}

static void take_back(struct search *search)
{
    for (size_t i = 0; i < search->pid_count; i++)
        if (search->pids[i] < 0)
            search->pids[i] = -search->pids[i];
}

/* ---- Once all have one ---- */

/* A descriptor under which owners have sockets. OWNER: the only one that has one under it, if the
 * kernel compares open files; else 0. */
struct number {
    int32_t fd;
    int32_t owner;
};

static void add_number(struct number *number, const struct owner *owner, bool known)
{
    bool alone = !known || number->owner == owner->pid;

    number->fd = owner->fd;
    number->owner = alone && process_share(owner->pid, owner->pid, owner->fd) == 1 ? owner->pid : 0;
}

/* The descriptors under which the owners have the sockets. More than NUMBERS_MAX if there are. */
static size_t owners_numbers(const struct search *search, struct number numbers[NUMBERS_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < search->count && count <= NUMBERS_MAX; i++) {
        const struct owner *owner = &search->holders[i].owner;
        size_t known = 0;

        if (owner->fd < 0)
            continue;
        while (known < count && numbers[known].fd != owner->fd)
            known++;
        if (known == NUMBERS_MAX)
            return NUMBERS_MAX + 1;
        add_number(&numbers[known], owner, known < count);
        if (known == count)
            count++;
    }
    return count;
}

/* Has process PID one under NUMBER? A comparison of open files is quicker than a link of /proc. */
static enum answer has_number(struct search *search, int32_t pid, const struct number *number)
{
    int shared;

    if (number->owner == 0)
        return has_between(search, pid, number->fd, number->fd);
    shared = process_share(number->owner, pid, number->fd);
    search->look.blocked |= search_is_refusal(shared);
    return answer_of(shared == 1);
}

/* Has the process of INDEX one under one of COUNT NUMBERS? */
static bool has_numbers(struct search *search, size_t index, const struct number *numbers,
                        size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!(search->asked[index] && numbers[i].fd == search->viewer->fd) &&
            has_number(search, search->pids[index], &numbers[i]) == ANSWER_YES)
            return true;
    return false;
}

static void look_for_others(struct search *search)
{
    struct number numbers[NUMBERS_MAX];
    size_t count = owners_numbers(search, numbers);

    search->look.brief = count <= NUMBERS_MAX;
    for (size_t i = search->pid_count; i-- > 0 && !search_expired(search);)
        if (search->pids[i] != 0 &&
            (!search->look.brief || has_numbers(search, i, numbers, count)))
            look_at_with_parents(search, search->pids[i], ANSWER_UNKNOWN);
}

static void list(struct search *search)
{
    long listed = process_list(search->look.proc, search->pids, PIDS_MAX, search->names);

    if (listed > PIDS_MAX)
        search->look.expired = true;
    search->pid_count = listed < 0 ? 0 : (size_t)(listed > PIDS_MAX ? PIDS_MAX : listed);
    memset(search->asked, 0, search->pid_count * sizeof *search->asked);
}

/* A server that is started again asks under the number under which its other run has the socket, or
 * its parent. That is soon asked of few; of many, the socket's user says more. */
static void look_at_own_number(struct search *search)
{
    int32_t fd = search->viewer->fd, parent = search->parent;

    if (fd <= 2 || search->pid_count > FEW || !goes_on(search))
        return;
    if (has_between(search, parent, fd, fd) == ANSWER_YES && strike(search, parent))
        look_at_with_parents(search, parent, ANSWER_UNKNOWN);
    look_at_low(search, fd, fd);
}

void search_look_around(struct search *search)
{
    int32_t viewer = search->viewer->pid;

    search->budget = budget_of(OWNER_LIKELY_BUDGET_MS);
    search->rest = budget_of(OWNER_BUDGET_MS);
    if (viewer != 0) {
        search->parent = process_parent(search->look.proc, viewer);
        if (search_program_of(search, viewer, &search->program) != 0)
            search->program.inode = 0;
        search_look_at(search, viewer, ANSWER_YES);
    }
    list(search);
    drop_barred(search);
    strike(search, viewer);
    look_at_cgroups(search);
    look_at_own_number(search);
    if (goes_on(search) && strike(search, search->parent))
        search_look_at(search, search->parent, ANSWER_UNKNOWN);
    if (goes_on(search))
        look_at_all(search);
    take_back(search);
    if (search->missing == 0)
        look_for_others(search);
}
