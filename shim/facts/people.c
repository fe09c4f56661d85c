#include "facts/people.h"

#include <string.h>

#include "base/budget.h"
#include "base/sys.h"
#include "past/past_restart.h"
#include "proc/cgroup.h"
#include "proc/identity.h"
#include "proc/launcher.h"
#include "proc/process.h"
#include "proc/vitals.h"
#include "rules/program.h"
#include "rules/supervisor.h"

struct people {
    struct evidence *evidence;
    const struct viewer *viewer;
    struct scratch *scratch;
    struct budget budget;
    struct known *seen;
    struct {
        int32_t pid;
        const struct identity *identity;
        enum relation relation;
    } known[PEOPLE_MAX];
    size_t count;
};

static bool is_above(const struct people *people, int32_t pid)
{
    enum relation relation = identity_relation(people->seen, people->viewer->pid, pid);

    return relation == RELATION_PARENT || relation == RELATION_ANCESTOR;
}

/* Of ourselves nobody asks whether a signal would end us; and ours are held back just now. */
static void describe_vitals(const struct people *people, int32_t pid, struct vitals *vitals)
{
    struct loan loan = scratch_borrow(people->scratch, VITALS_ROOM);

    if (loan.memory != NULL && pid != people->viewer->pid)
        vitals_read(people->seen, pid, vitals, loan.memory);
    scratch_repay(people->scratch, &loan);
}

static struct supervisor parent_as(enum supervisor_kind kind, const struct identity *identity)
{
    return (struct supervisor){
        .kind = kind, .pid = identity->parent, .comm = identity->parent_comm};
}

/* Nobody that is known starts it again, but its parent has, by the history. A shell is where people
 * start programs by hand. */
static void find_restarter(const struct people *people, const struct holder *holder,
                           struct identity *identity)
{
    struct supervisor *supervisor = &identity->supervisor;

    if (supervisor->kind != SUPERVISOR_NONE || people->viewer->history == NULL ||
        holder->owner.exe == NULL || identity->parent <= 1 || identity->parent_comm == NULL ||
        identity->container.engine != ENGINE_NONE || program_is_shell(identity->parent_comm) ||
        !past_started_before(&holder->socket, identity->parent, holder->owner.exe,
                             people->viewer->history, people->scratch))
        return;
    *supervisor = parent_as(SUPERVISOR_OTHER, identity);
}

/* Where nothing is known of it, but that it looks like one that does. */
static void find_possible_restarter(const struct people *people, const struct holder *holder,
                                    struct identity *identity)
{
    enum answer may;

    if (identity->supervisor.kind != SUPERVISOR_NONE ||
        identity->container.engine != ENGINE_NONE || identity->parent_comm == NULL)
        return;
    may = launcher_may_restart(people->seen, identity->parent, holder->owner.pid);
    identity->parent_may_restart = may == ANSWER_UNKNOWN && !is_above(people, identity->parent);
    if (may == ANSWER_YES)
        identity->supervisor = parent_as(SUPERVISOR_POSSIBLE, identity);
}

static const struct identity *describe(const struct people *people, const struct holder *holder,
                                       const struct process *process)
{
    struct identity *identity = scratch_take(people->scratch, sizeof *identity);
    struct supervisor *supervisor;

    if (identity == NULL)
        return NULL;
    identity_read(people->seen, process, identity, people->scratch);
    describe_vitals(people, process->pid, &identity->vitals);
    find_restarter(people, holder, identity);
    find_possible_restarter(people, holder, identity);
    supervisor = &identity->supervisor;
    supervisor->over_caller = people->viewer->pid > 0 && supervisor->pid > 0 &&
                              supervisor_ends_by_signal(supervisor->kind) &&
                              is_above(people, supervisor->pid);
    return identity;
}

/* Of an interpreter, two processes are of one program only if they run one script. */
static enum relation relation_of(const struct people *people, const struct owner *owner,
                                 const struct identity *identity)
{
    const struct caller *caller = &people->evidence->attempt.caller;
    enum relation relation = RELATION_UNKNOWN;

    if (people->viewer->pid == 0 || owner->relation == RELATION_SELF ||
        owner->relation == RELATION_UNSEEN)
        return owner->relation;
    relation = identity_relation(people->seen, people->viewer->pid, owner->pid);
    if (relation != RELATION_UNKNOWN)
        return relation;
    if (owner->relation == RELATION_SAME_PROGRAM &&
        program_same(owner->exe, identity, caller->identity) != ANSWER_YES)
        return RELATION_OTHER;
    return owner->relation;
}

/* Which of the processes that have the socket has started the others, and goes on to. */
static int32_t find_breeder(struct known *known, const struct owner *owner)
{
    int32_t pids[1 + OTHERS_NAMED_MAX] = {owner->pid};
    bool many = owner->others > OTHERS_NAMED_MAX; /* the first ones speak for all */

    if (owner->others == 0 || (many ? owner->other_pids[OTHERS_NAMED_MAX - 1] == 0
                                    : !owner->others_complete))
        return 0;
    memcpy(pids + 1, owner->other_pids, sizeof owner->other_pids);
    return launcher_among(known, pids, many ? 1 + OTHERS_NAMED_MAX : 1 + owner->others, many);
}

static void describe_owner(struct people *people, struct holder *holder)
{
    struct owner *owner = &holder->owner;
    struct process process = {.pid = owner->pid, .uid = owner->uid, .comm = owner->comm,
                              .exe = owner->exe, .cgroup = holder->cgroup, .unit = holder->unit};
    size_t i = 0;

    while (i < people->count && people->known[i].pid != owner->pid)
        i++;
    if (i == people->count) {
        /* The first is the one that decides: who it is says what may be advised against it. */
        if (i == PEOPLE_MAX || (i > 0 && budget_is_spent(&people->budget)))
            return;
        people->known[i].pid = owner->pid;
        people->known[i].identity = describe(people, holder, &process);
        people->known[i].relation = relation_of(people, owner, people->known[i].identity);
        people->count++;
    }
    owner->identity = people->known[i].identity;
    owner->breeder = find_breeder(people->seen, owner);
    owner->relation = people->known[i].relation;
}

static void describe_owners(struct people *people, size_t decisive)
{
    struct evidence *evidence = people->evidence;

    if (decisive < evidence->holder_count && evidence->holders[decisive].owner.pid > 0)
        describe_owner(people, &evidence->holders[decisive]);
    for (size_t i = 0; i < evidence->holder_count; i++)
        if (evidence->holders[i].owner.pid > 0 && evidence->holders[i].owner.identity == NULL &&
            holder_refuses(&evidence->holders[i]))
            describe_owner(people, &evidence->holders[i]);
}

static bool is_akin(const struct people *people)
{
    for (size_t i = 0; i < people->count; i++)
        if (people->known[i].relation > RELATION_SELF &&
            people->known[i].relation < RELATION_SAME_PROGRAM)
            return true;
    return false;
}

static void describe_caller(struct people *people)
{
    struct caller *caller = &people->evidence->attempt.caller;
    struct process process = {.pid = caller->pid, .uid = caller->uid, .comm = caller->comm,
                              .exe = caller->exe, .cgroup = caller->cgroup, .unit = caller->unit};
    struct identity *identity;

    if (caller->pid <= 0 || caller->pid != people->viewer->pid)
        return;
    identity = scratch_take(people->scratch, sizeof *identity);
    if (identity != NULL)
        identity_read_caller(people->seen, &process, identity, caller, people->scratch);
    caller->identity = identity;
}

enum { CGROUP_TEXT = 512 };

/* What the kernel shows to everybody of a socket whose process is out of sight: its cgroup, and so
 * the unit that made the socket. */
static void describe_unseen(struct holder *holder, struct scratch *scratch)
{
    char bytes[CGROUP_TEXT];
    struct text path = text_in(bytes, sizeof bytes);
    const char *unit;
    size_t count;

    if (holder->owner.relation != RELATION_UNSEEN || holder->cgroup != NULL ||
        holder->cgroup_id <= CGROUP_ROOT || !cgroup_path(holder->cgroup_id, &path))
        return;
    holder->cgroup = scratch_copy(scratch, bytes, path.used);
    unit = process_unit_in(bytes, path.used, &count);
    if (unit != NULL)
        holder->unit = scratch_copy(scratch, unit, count);
}

void people_describe(struct evidence *evidence, size_t decisive, const struct viewer *viewer,
                     struct scratch *scratch)
{
    struct people people = {.evidence = evidence, .viewer = viewer, .scratch = scratch};
    int proc;

    if (evidence->confined)
        return;
    if (decisive < evidence->holder_count)
        describe_unseen(&evidence->holders[decisive], scratch);
    people.budget = budget_of(PEOPLE_BUDGET_MS);
    proc = process_folder();
    if (proc < 0)
        return;
    people.seen = known_in(proc, scratch);
    if (people.seen != NULL) {
        describe_caller(&people);
        describe_owners(&people, decisive);
        if (is_akin(&people) && evidence->attempt.socket.local.port != 0)
            evidence->attempt.caller.port_in =
                identity_port_in(proc, evidence->attempt.socket.local.port, scratch);
    }
    sys_close(proc);
}
