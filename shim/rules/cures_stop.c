/* Cures that stop somebody: a process, a unit, a container. When that frees the address, and the
 * words. A connection that is closed by it, and those closed before, may have the port for a while
 * longer: then the command goes on to wait for that, under a policy that takes it over where it can
 * be taken over. */
#include "rules/cures_parts.h"

#include <string.h>

#include "rules/keeper.h"
#include "rules/supervisor.h"

enum { CROWD_MAX = 1 + OTHERS_NAMED_MAX };

/* The processes that have a socket in the way. */
struct crowd {
    int32_t pids[CROWD_MAX];
    size_t count;   /* of pids, each once */
    bool complete;  /* false: there are or may be more */
    bool has_first; /* the first process of the system or container is one */
};

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), end_length = strlen(end);

    return length > end_length && strcmp(name + length - end_length, end) == 0;
}

static bool is_service(const struct holder *holder)
{
    return holder->unit != NULL && !supervisor_unit_is_of_many(holder->unit) &&
           (ends_with(holder->unit, ".service") || ends_with(holder->unit, ".socket"));
}

/* A connection of its own would leave a TIME_WAIT behind, but for one that waits to be accepted:
 * that is reset with its listener. */
bool cure_is_bare(const struct holder *holder)
{
    return holder->socket.state == STATE_LISTEN || holder->socket.state == STATE_BOUND ||
           holder->socket.protocol != PROTOCOL_TCP ||
           (holder->owner.pid > 0 && holder->owner.fd < 0);
}

bool cure_is_ours(const struct owner *owner)
{
    return owner->relation == RELATION_SELF || owner->by_fork;
}

/* The first process of a system, or of a container, does not end by SIGTERM. */
bool cure_is_endable(const struct holder *holder)
{
    return holder->owner.pid > 1 && !cure_is_ours(&holder->owner) &&
           keeper_of(&holder->owner) == KEEPER_NONE;
}

static bool is_endable_or_dead(const struct holder *holder)
{
    return cure_is_dead(holder) || cure_is_endable(holder);
}

static void add_process(struct crowd *crowd, int32_t pid)
{
    size_t i = 0;

    while (i < crowd->count && crowd->pids[i] != pid)
        i++;
    if (i == CROWD_MAX)
        crowd->complete = false;
    else if (i == crowd->count)
        crowd->pids[crowd->count++] = pid;
    crowd->has_first |= pid == 1; /* it has opened the socket for a service, and keeps it */
}

static struct crowd crowd_of(const struct patient *patient)
{
    const struct evidence *evidence = patient->evidence;
    struct crowd crowd = {.complete = true};
    size_t i, other;

    for (i = 0; i < evidence->holder_count; i++) {
        const struct owner *owner = &evidence->holders[i].owner;

        if (owner->pid <= 0 || !holder_refuses(&evidence->holders[i]))
            continue;
        add_process(&crowd, owner->pid);
        for (other = 0; other < owner->others && other < OTHERS_NAMED_MAX; other++)
            add_process(&crowd, owner->other_pids[other]);
        if (other < owner->others || (!owner->others_complete && owner->fd >= 0))
            crowd.complete = false;
    }
    return crowd;
}

/* Is it one unit that has all that is in the way, and lives? */
static bool same_service(const struct patient *patient)
{
    const struct evidence *evidence = patient->evidence;
    size_t i;

    if (!is_service(patient->decisive))
        return false;
    for (i = 0; i < evidence->holder_count; i++) {
        const struct holder *holder = &evidence->holders[i];

        if (!cure_is_dead(holder) && holder_refuses(holder) &&
            (!is_service(holder) || strcmp(holder->unit, patient->decisive->unit) != 0))
            return false;
    }
    return true;
}

/* Once these have ended: for how long may what is left of their connections, or was left before,
 * refuse a call with SO_REUSEADDR? -1 = nothing is left; 0 = it lets such a call in. */
static int64_t aftermath_ms(const struct patient *patient)
{
    enum { LONGEST_MS = 120000 }; /* FIN_WAIT2 and TIME_WAIT, each as it is by default */
    const struct evidence *evidence = patient->evidence;
    struct party newcomer = patient->attempt->socket;
    int64_t longest = -1;
    size_t i;

    newcomer.options.reuseaddr = ANSWER_YES; /* by the policy 'force' */
    for (i = 0; i < evidence->holder_count; i++) {
        const struct holder *holder = &evidence->holders[i];

        if (cure_is_bare(holder) || !holder_refuses(holder))
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
    return !cure_is_dead(holder) || holder->timer_ms >= 0;
}

static bool applies_stop_some(const struct patient *patient)
{
    return patient->decisive != NULL && cure_is_endable(patient->decisive) &&
           cure_every_refusing(patient, is_endable_or_dead) &&
           cure_every_refusing(patient, is_passing);
}

bool cure_applies_stop(const struct patient *patient)
{
    struct crowd crowd = crowd_of(patient);

    return applies_stop_some(patient) && !crowd.has_first &&
           (same_service(patient) || (crowd.count == 1 && crowd.complete));
}

bool cure_applies_stop_all(const struct patient *patient)
{
    struct crowd crowd = crowd_of(patient);

    return applies_stop_some(patient) && !crowd.has_first && !same_service(patient) &&
           (crowd.count > 1 || !crowd.complete);
}

/* A port is published by containers, on however many addresses; of units each has its own. */
bool cure_applies_stop_kept(const struct patient *patient)
{
    const struct evidence *evidence = patient->evidence;
    enum keeper keeper =
        patient->decisive == NULL ? KEEPER_NONE : keeper_of(&patient->decisive->owner);
    size_t i, kept = 0;

    if (keeper == KEEPER_NONE || keeper == KEEPER_KUBERNETES ||
        !cure_every_refusing(patient, is_passing))
        return false;
    for (i = 0; i < evidence->holder_count; i++) {
        const struct holder *holder = &evidence->holders[i];

        if (cure_is_dead(holder) || !holder_refuses(holder))
            continue;
        if (keeper_of(&holder->owner) != keeper)
            return false;
        kept++;
    }
    return patient->attempt->socket.protocol != PROTOCOL_UNIX &&
           (keeper != KEEPER_SYSTEMD || kept == 1);
}

/* What is left of connections is waited for, with the option, which may be enough; the file of a
 * UNIX socket stays behind unless its server removes it. */
static void add_aftermath(const struct patient *patient, struct text *text, struct text *command)
{
    const struct party *want = &patient->attempt->socket;
    bool path = want->protocol == PROTOCOL_UNIX && !endpoint_is_abstract(&want->local);
    int64_t ms = aftermath_ms(patient);

    if (ms < 0 && !path)
        return;
    text_join(text, ", then ", path ? "have its file removed"
                                    : "wait for what its connections leave behind", NULL);
    if (command->used == 0)
        return;
    text_add(command, " && ");
    if (path)
        text_add(command, "export REUSESHIM_POLICY=unix=unlink+wait:10s");
    else
        cure_add_wait(command, ms);
}

static void add_unit(const struct holder *holder, struct text *text, struct text *command)
{
    bool of_user = holder->cgroup != NULL && strstr(holder->cgroup, "/user@") != NULL;

    text_add(text, "stop the unit that has it");
    text_join(command, "systemctl ", of_user ? "--user " : "", "stop ", holder->unit, NULL);
}

static void add_process_end(const struct owner *owner, struct text *text, struct text *command)
{
    text_add(text, owner->stopped ? "end the stopped process that has it"
                                  : "end the process that has it");
    text_add(command, "kill ");
    text_number(command, owner->pid);
    if (owner->stopped) {
        text_add(command, " && kill -CONT ");
        text_number(command, owner->pid);
    }
}

void cure_word_stop(const struct patient *patient, struct text *text, struct text *command)
{
    if (is_service(patient->decisive))
        add_unit(patient->decisive, text, command);
    else
        add_process_end(&patient->decisive->owner, text, command);
    add_aftermath(patient, text, command);
}

/* With a command if all of them are known, and none is known to be stopped. */
void cure_word_stop_all(const struct patient *patient, struct text *text, struct text *command)
{
    struct crowd crowd = crowd_of(patient);
    bool all = crowd.complete && !patient->decisive->owner.stopped;
    struct text *list = all ? command : text;
    size_t i;

    text_add(text, "end every process that has it");
    for (i = 0; i < crowd.count; i++) {
        text_add(list, i > 0 ? all ? " " : ", " : all ? "kill " : ": pid ");
        text_number(list, crowd.pids[i]);
    }
    text_add(text, crowd.complete ? "" : " and whoever else has it");
    add_aftermath(patient, text, command);
}

/* systemd prints an address as we do. */
static void add_stop_of_unit(struct text *command, const struct holder *holder)
{
    const char *systemctl = holder->owner.pid == 1 ? "systemctl" : "systemctl --user";

    text_join(command, systemctl, " stop $(", systemctl,
              " list-sockets --show-types --no-legend | awk '$1 == \"", NULL);
    endpoint_print(command, &holder->socket.local);
    text_join(command, "\" && $2 == \"",
              holder->socket.protocol == PROTOCOL_TCP ? "Stream" : "Datagram",
              "\" {print $3, ($4 ~ /service$/ ? $4 : \"\")}')", NULL);
}

static void add_port_and_protocol(struct text *command, const char *between,
                                  const struct patient *patient)
{
    text_unsigned(command, patient->attempt->socket.local.port);
    text_join(command, between, protocol_name(patient->attempt->socket.protocol), NULL);
}

void cure_word_stop_kept(const struct patient *patient, struct text *text, struct text *command)
{
    switch (keeper_of(&patient->decisive->owner)) {
    case KEEPER_SYSTEMD:
        text_add(text, "stop the socket unit, and the service that it starts");
        add_stop_of_unit(command, patient->decisive);
        break;
    case KEEPER_DOCKER:
        text_add(text, "stop the container that has published the port");
        text_add(command, "docker stop $(docker ps -q --filter publish=");
        add_port_and_protocol(command, "/", patient);
        text_char(command, ')');
        break;
    default:
        text_add(text, "stop the container that has published the port");
        text_add(command, "podman stop $(podman ps --format '{{.ID}} {{.Ports}}' | awk '/:");
        add_port_and_protocol(command, "->[0-9]+\\/", patient);
        text_add(command, "/ {print $1}')");
        break;
    }
    add_aftermath(patient, text, command);
}
