/* Cures that stop somebody: a process, what starts it again, a unit, a container. When that frees
 * the address. A connection that is closed by it, and those closed before, may have the port for a
 * while longer: then the command goes on to start the program under a policy that waits for that,
 * and takes it over where it can be taken over. */
#include "rules/cures_stop.h"

#include <string.h>

#include "rules/container.h"
#include "rules/proxy.h"
#include "rules/supervisor.h"

static bool is_endable_or_dead(const struct holder *holder)
{
    return holder_is_dead(holder) || holder_is_endable(holder);
}

static void add_pid(struct processes *processes, int32_t pid)
{
    size_t i = 0;

    while (i < processes->count && processes->pids[i] != pid)
        i++;
    if (i == PROCESSES_MAX)
        processes->complete = false;
    else if (i == processes->count)
        processes->pids[processes->count++] = pid;
    processes->has_first |= pid == 1; /* it has opened the socket for a service, and keeps it */
}

struct processes failure_processes(const struct failure *failure)
{
    const struct evidence *evidence = failure->evidence;
    struct processes processes = {.complete = true};
    size_t other;

    for (size_t i = 0; i < evidence->holder_count; i++) {
        const struct owner *owner = &evidence->holders[i].owner;

        if (owner->pid <= 0 || !holder_refuses(&evidence->holders[i]))
            continue;
        add_pid(&processes, owner->pid);
        for (other = 0; other < owner->others && other < OTHERS_NAMED_MAX; other++)
            add_pid(&processes, owner->other_pids[other]);
        if (other < owner->others || (!owner->others_complete && owner->fd >= 0))
            processes.complete = false;
    }
    return processes;
}

/* Once these have ended: for how long may what is left of their connections, or was left before,
 * refuse a call with SO_REUSEADDR? -1 = nothing is left; 0 = it lets such a call in. */
int64_t failure_aftermath_ms(const struct failure *failure)
{
    enum { LONGEST_MS = 120000 }; /* FIN_WAIT2 and TIME_WAIT, each as it is by default */
    const struct evidence *evidence = failure->evidence;
    struct party newcomer = failure->attempt->socket;
    int64_t longest = -1;

    newcomer.options.reuseaddr = ANSWER_YES; /* by the policy 'force' */
    for (size_t i = 0; i < evidence->holder_count; i++) {
        const struct holder *holder = &evidence->holders[i];

        if (holder_is_bare(holder) || !holder_refuses(holder))
            continue;
        if (longest < 0)
            longest = 0;
        if (conflict_between(&newcomer, &holder->socket).refused != ANSWER_NO)
            longest = LONGEST_MS;
    }
    return longest;
}

/* An orphan without a timer may stay for as long as its other end does not answer. */
static bool is_passing(const struct holder *holder)
{
    return !holder_is_dead(holder) || holder->timer_ms >= 0;
}

static bool ending_frees(const struct failure *failure)
{
    return failure->decisive != NULL && holder_is_endable(failure->decisive) &&
           failure_every(failure, is_endable_or_dead) &&
           failure_every(failure, is_passing);
}


/* ---- Which way ---- */

const struct vitals *failure_vitals(const struct failure *failure)
{
    return &holder_identity(failure->decisive)->vitals;
}

/* Where nobody looked at the process, its unit is known by the cgroup. */
struct supervisor holder_supervisor(const struct holder *holder)
{
    struct supervisor supervisor = holder_identity(holder)->supervisor;
    bool of_user = holder->cgroup != NULL && strstr(holder->cgroup, "/user@") != NULL;

    if (supervisor.kind == SUPERVISOR_NONE && holder->owner.identity == NULL &&
        supervisor_stops_unit(holder->unit))
        supervisor = (struct supervisor){
            .kind = of_user ? SUPERVISOR_SYSTEMD_USER : SUPERVISOR_SYSTEMD, .name = holder->unit};
    return supervisor;
}

static bool is_ancestor(enum relation relation)
{
    return relation == RELATION_PARENT || relation == RELATION_ANCESTOR;
}

bool when_told_twice(const struct failure *failure)
{
    const struct holder *held = failure->decisive;

    return held != NULL && is_ancestor(held->owner.relation) && !holder_is_ours(held) &&
           proxy_of(&held->owner) == PROXY_NONE;
}

/* No signal ends it: it waits in the kernel. */
bool when_hangs(const struct failure *failure)
{
    return failure->decisive != NULL && failure_vitals(failure)->in_kernel &&
           proxy_of(&failure->decisive->owner) == PROXY_NONE;
}

/* The first process of our own pid namespace. */
bool when_first(const struct failure *failure)
{
    return failure->decisive != NULL && failure->decisive->owner.pid == 1 &&
           proxy_of(&failure->decisive->owner) == PROXY_NONE &&
           !holder_is_ours(failure->decisive) && !when_told_twice(failure);
}

static bool same_string(const char *one, const char *other)
{
    return one != NULL && other != NULL && strcmp(one, other) == 0;
}

static bool same_container(const struct container *one, const struct container *other)
{
    return same_string(one->id, other->id) || same_string(one->name, other->name);
}

/* It is in a container, and we are not in that one. */
bool when_stop_container(const struct failure *failure)
{
    static const struct container none;
    const struct identity *ours = failure->attempt->caller.identity;
    const struct container *held =
        failure->decisive == NULL ? &none : &holder_identity(failure->decisive)->container;

    return held->engine != ENGINE_NONE && ending_frees(failure) &&
           !failure_vitals(failure)->dying &&
           holder_supervisor(failure->decisive).kind != SUPERVISOR_SYSTEMD &&
           !same_container(held, ours != NULL ? &ours->container : &none);
}

/* A way that ends more than the process: stop a container or unit, or who starts it again. */
static bool is_supervised(const struct failure *failure)
{
    const struct supervisor supervisor = holder_supervisor(failure->decisive);

    return supervisor.kind != SUPERVISOR_NONE && !supervisor.over_caller;
}

static bool is_one_supervisors(const struct failure *failure)
{
    const struct evidence *evidence = failure->evidence;
    const struct supervisor first = holder_supervisor(failure->decisive);

    for (size_t i = 0; i < evidence->holder_count; i++) {
        const struct holder *holder = &evidence->holders[i];
        const struct supervisor other = holder_supervisor(holder);

        if (holder_is_dead(holder) || !holder_refuses(holder))
            continue;
        if (other.kind != first.kind || other.pid != first.pid ||
            (first.name != NULL && !same_string(first.name, other.name)))
            return false;
    }
    return true;
}

/* Can a process be ended here by itself, and is it not ending already? */
static bool is_endable(const struct failure *failure)
{
    return ending_frees(failure) && !failure_vitals(failure)->dying && !when_hangs(failure) &&
           !when_stop_container(failure) && !failure_processes(failure).has_first;
}

/* The failing process's own unit has it: a child that KillMode= left alone. */
bool when_stop_unit(const struct failure *failure)
{
    return failure->decisive != NULL && is_endable(failure) &&
           holder_supervisor(failure->decisive).kind == SUPERVISOR_SYSTEMD &&
           same_string(holder_supervisor(failure->decisive).name, failure->attempt->caller.unit);
}

bool when_stop_supervised(const struct failure *failure)
{
    return failure->decisive != NULL && is_endable(failure) && is_supervised(failure) &&
           is_one_supervisors(failure) && !when_stop_unit(failure);
}

/* Does SIGTERM nothing to it? */
bool failure_is_deaf(const struct failure *failure)
{
    const struct vitals *vitals = failure_vitals(failure);

    return vitals->ignores_term || vitals->blocks_term ||
           (vitals->first && !vitals->handles_term);
}

static bool is_plain(const struct failure *failure)
{
    return failure->decisive != NULL && is_endable(failure) &&
           (!is_supervised(failure) || when_stop_unit(failure) || !is_one_supervisors(failure));
}

bool when_stop(const struct failure *failure)
{
    struct processes processes = failure_processes(failure);

    return is_plain(failure) && !failure_is_deaf(failure) && processes.count == 1 &&
           processes.complete;
}

bool when_stop_hard(const struct failure *failure)
{
    struct processes processes = failure_processes(failure);

    return is_plain(failure) && failure_is_deaf(failure) && processes.count == 1 &&
           processes.complete;
}

bool when_stop_all(const struct failure *failure)
{
    struct processes processes = failure_processes(failure);

    return is_plain(failure) && (processes.count > 1 || !processes.complete);
}

/* A port is published by containers, on however many addresses; of units each has its own. */
bool when_stop_kept(const struct failure *failure)
{
    const struct evidence *evidence = failure->evidence;
    enum proxy proxy =
        failure->decisive == NULL ? PROXY_NONE : proxy_of(&failure->decisive->owner);
    size_t kept = 0;

    if (proxy == PROXY_NONE || proxy == PROXY_KUBERNETES || proxy == PROXY_PASST ||
        proxy == PROXY_LXD ||
        !failure_every(failure, is_passing))
        return false;
    for (size_t i = 0; i < evidence->holder_count; i++) {
        const struct holder *holder = &evidence->holders[i];

        if (holder_is_dead(holder) || !holder_refuses(holder))
            continue;
        if (proxy_of(&holder->owner) != proxy)
            return false;
        kept += holder->owner.fd >= 0; /* not what waits to be accepted of one of these */
    }
    return failure->attempt->socket.protocol != PROTOCOL_UNIX &&
           (proxy != PROXY_SYSTEMD || kept <= 1);
}
