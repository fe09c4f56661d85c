#include "facts/people.h"

#include "base/budget.h"
#include "base/sys.h"
#include "proc/identity.h"
#include "proc/vitals.h"
#include "rules/program.h"
#include "rules/supervisor.h"

struct crowd {
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

static bool is_above(const struct crowd *crowd, int32_t pid)
{
    enum relation relation = identity_relation(crowd->seen, crowd->viewer->pid, pid);

    return relation == RELATION_PARENT || relation == RELATION_ANCESTOR;
}

/* Of ourselves nobody asks whether a signal would end us; and ours are held back just now. */
static void describe_vitals(const struct crowd *crowd, int32_t pid, struct vitals *vitals)
{
    struct loan loan = scratch_borrow(crowd->scratch, VITALS_ROOM);

    if (loan.memory != NULL && pid != crowd->viewer->pid)
        vitals_read(crowd->seen, pid, vitals, loan.memory);
    scratch_repay(crowd->scratch, &loan);
}

static const struct identity *describe(const struct crowd *crowd, const struct process *process)
{
    struct identity *identity = scratch_take(crowd->scratch, sizeof *identity);
    struct supervisor *supervisor;

    if (identity == NULL)
        return NULL;
    identity_read(crowd->seen, process, identity, crowd->scratch);
    describe_vitals(crowd, process->pid, &identity->vitals);
    supervisor = &identity->supervisor;
    supervisor->over_caller = crowd->viewer->pid > 0 && supervisor->pid > 0 &&
                              supervisor_ends_by_signal(supervisor->kind) &&
                              is_above(crowd, supervisor->pid);
    return identity;
}

/* Of an interpreter, two processes are of one program only if they run one script. */
static enum relation relation_of(const struct crowd *crowd, const struct owner *owner,
                                 const struct identity *identity)
{
    const struct caller *caller = &crowd->evidence->attempt.caller;
    enum relation relation = RELATION_UNKNOWN;

    if (crowd->viewer->pid == 0 || owner->relation == RELATION_SELF ||
        owner->relation == RELATION_UNSEEN)
        return owner->relation;
    relation = identity_relation(crowd->seen, crowd->viewer->pid, owner->pid);
    if (relation != RELATION_UNKNOWN)
        return relation;
    if (owner->relation == RELATION_SAME_PROGRAM &&
        program_same(owner->exe, identity, caller->identity) != ANSWER_YES)
        return RELATION_OTHER;
    return owner->relation;
}

static void describe_owner(struct crowd *crowd, struct holder *holder)
{
    struct owner *owner = &holder->owner;
    struct process process = {.pid = owner->pid, .uid = owner->uid, .comm = owner->comm,
                              .exe = owner->exe, .cgroup = holder->cgroup, .unit = holder->unit};
    size_t i = 0;

    while (i < crowd->count && crowd->known[i].pid != owner->pid)
        i++;
    if (i == crowd->count) {
        /* The first is the one that decides: who it is says what may be advised against it. */
        if (i == PEOPLE_MAX || (i > 0 && budget_is_spent(&crowd->budget)))
            return;
        crowd->known[i].pid = owner->pid;
        crowd->known[i].identity = describe(crowd, &process);
        crowd->known[i].relation = relation_of(crowd, owner, crowd->known[i].identity);
        crowd->count++;
    }
    owner->identity = crowd->known[i].identity;
    owner->relation = crowd->known[i].relation;
}

static void describe_owners(struct crowd *crowd, size_t decisive)
{
    struct evidence *evidence = crowd->evidence;

    if (decisive < evidence->holder_count && evidence->holders[decisive].owner.pid > 0)
        describe_owner(crowd, &evidence->holders[decisive]);
    for (size_t i = 0; i < evidence->holder_count; i++)
        if (evidence->holders[i].owner.pid > 0 && evidence->holders[i].owner.identity == NULL &&
            holder_refuses(&evidence->holders[i]))
            describe_owner(crowd, &evidence->holders[i]);
}

static bool is_akin(const struct crowd *crowd)
{
    for (size_t i = 0; i < crowd->count; i++)
        if (crowd->known[i].relation > RELATION_SELF &&
            crowd->known[i].relation < RELATION_SAME_PROGRAM)
            return true;
    return false;
}

static void describe_caller(struct crowd *crowd)
{
    struct caller *caller = &crowd->evidence->attempt.caller;
    struct process process = {.pid = caller->pid, .uid = caller->uid, .comm = caller->comm,
                              .exe = caller->exe, .cgroup = caller->cgroup, .unit = caller->unit};
    struct identity *identity;

    if (caller->pid <= 0 || caller->pid != crowd->viewer->pid)
        return;
    identity = scratch_take(crowd->scratch, sizeof *identity);
    if (identity != NULL)
        identity_read_caller(crowd->seen->proc, &process, identity, &caller->command,
                             crowd->scratch);
    caller->identity = identity;
}

void people_describe(struct evidence *evidence, size_t decisive, const struct viewer *viewer,
                     struct scratch *scratch)
{
    struct crowd crowd = {.evidence = evidence, .viewer = viewer, .scratch = scratch};
    int proc;

    if (evidence->limits >> VISIBILITY_SECCOMP & 1)
        return;
    crowd.budget = budget_of(PEOPLE_BUDGET_MS);
    proc = process_folder();
    if (proc < 0)
        return;
    crowd.seen = known_in(proc, scratch);
    if (crowd.seen != NULL) {
        describe_caller(&crowd);
        describe_owners(&crowd, decisive);
        if (is_akin(&crowd))
            evidence->attempt.caller.port_in =
                identity_port_in(proc, evidence->attempt.socket.local.port, scratch);
    }
    sys_close(proc);
}
