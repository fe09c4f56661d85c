/* What a cure that stops somebody says, and its command. */
#include "rules/cures_stop.h"

#include <string.h>

#include "rules/container.h"
#include "rules/proxy.h"
#include "rules/program.h"
#include "rules/supervisor.h"

enum { POLICY_MAX = 32 };

static bool needs_root(const struct failure *failure)
{
    int64_t uid = failure->decisive->owner.uid;

    return uid != UID_UNKNOWN && uid != failure->attempt->caller.uid;
}

/* What is left of connections is waited for, with the option, which may be enough; the file of a
 * UNIX socket stays behind unless its server removes it. */
static void add_aftermath(const struct failure *failure, struct text *text, struct text *command)
{
    const struct party *want = &failure->attempt->socket;
    bool path = want->protocol == PROTOCOL_UNIX && !endpoint_is_abstract(&want->local);
    int64_t ms = failure_aftermath_ms(failure);
    char policy[POLICY_MAX], run[CURE_COMMAND_MAX];
    struct text name = text_in(policy, sizeof policy), start = text_in(run, sizeof run);

    if (ms < 0 && !path)
        return;
    if (path)
        text_add(text, ", then have its file removed");
    else if (ms > 0)
        text_format(text, ", then wait up to %lld s", (long long)(ms / 1000));
    else
        text_add(text, ", then wait for its connections");
    if (command->used == 0)
        return;
    if (path)
        text_add(&name, "unix=unlink+wait:10s");
    else
        text_format(&name, "force+wait:%llds", (long long)(ms / 1000 + 10));
    if (add_run(failure, &start, policy)) {
        text_join(command, " && ", run, NULL);
    } else if (!path) {
        text_add(command, " && reuseshim wait ");
        add_where(command, failure);
    }
}

WORD(hangs)
{
    (void)command;
    add_process(text, &failure->decisive->owner);
    text_add(text, " waits in the kernel (state D): a signal may have no effect before that ends");
}

WORD(first)
{
    (void)failure;
    (void)command;
    text_add(text, "pid 1 cannot be ended from inside: stop the container from "
                   "outside");
}

/* Of Podman's containers, each user has their own; the kubelet starts again what is stopped. */
WORD(stop_container)
{
    const struct container *container = &holder_identity(failure->decisive)->container;
    const char *verb = container_stop(container->engine);
    const char *id = container->id != NULL ? container->id : container->name;
    bool rootless = failure->decisive->cgroup != NULL &&
                    strstr(failure->decisive->cgroup, "/user.slice/") != NULL;

    if (verb == NULL) {
        text_format(text, "delete or scale down the pod of its container %.12s by kubectl: the "
                          "kubelet starts again what is stopped here",
                    id);
        return;
    }
    text_format(text, "stop its container%s", rootless ? ", as its owner" : "");
    add_sudo(failure, command, !rootless);
    text_add(command, verb);
    if (container->id != NULL)
        text_bytes(command, id, text_length(id, 12));
    else
        program_add_word(command, id, strlen(id));
    add_aftermath(failure, text, command);
}

WORD(stop_unit)
{
    const char *unit = failure->attempt->caller.unit;

    text_format(text, "an earlier run of this unit left it (KillMode=): end all processes of %-64s",
                unit);
    add_sudo(failure, command, true);
    text_add(command, "systemctl kill ");
    program_add_word(command, unit, strlen(unit));
    add_aftermath(failure, text, command);
}

/* Some are reached only as root, if they run as another user than the reader. */
static bool supervisor_needs_root(const struct failure *failure, enum supervisor_kind kind)
{
    if (kind == SUPERVISOR_SYSTEMD_USER)
        return false;
    return kind == SUPERVISOR_SYSTEMD || needs_root(failure);
}

static const char *supervised_words(enum supervisor_kind kind)
{
    switch (kind) {
    case SUPERVISOR_SYSTEMD:
    case SUPERVISOR_SYSTEMD_USER: return "stop the unit that has it";
    case SUPERVISOR_GUNICORN:
    case SUPERVISOR_UWSGI:
    case SUPERVISOR_NGINX:
    case SUPERVISOR_APACHE:
    case SUPERVISOR_PHP_FPM: return "stop its master, or its workers come back";
    case SUPERVISOR_POSTGRES: return "stop it by SIGINT; SIGTERM would wait for its clients";
    case SUPERVISOR_SHELL: return "end the shell, whose loop may start it again, and it";
    default: return NULL;
    }
}

/* Why a process is ended by SIGKILL. */
static const char *deaf_words(const struct failure *failure)
{
    const struct vitals *vitals = failure_vitals(failure);

    return vitals->ignores_term  ? "it ignores SIGTERM"
           : vitals->blocks_term ? "it blocks SIGTERM"
                                 : "it is pid 1 of a namespace and has no handler of SIGTERM";
}

WORD(stop_supervised)
{
    const struct supervisor supervisor = holder_supervisor(failure->decisive);
    const char *words = supervised_words(supervisor.kind);
    const struct processes processes = failure_processes(failure);
    const struct supervised supervised = {failure->decisive->owner.comm, processes.pids,
                                          processes.count, failure_is_deaf(failure)};
    struct text start = *command;

    if (words != NULL)
        text_add(text, words);
    else if (supervisor.kind == SUPERVISOR_OTHER || supervisor.kind == SUPERVISOR_POSSIBLE)
        text_format(text, "end %-32s[%d], which %s, and it", supervisor.comm, supervisor.pid,
                    supervisor.kind == SUPERVISOR_OTHER ? "has started it again before"
                                                        : "may start it again");
    else
        text_format(text, "stop it by %-32s[%d], which starts it again",
                    supervisor.comm != NULL ? supervisor.comm : "its supervisor",
                    supervisor.pid);
    if (supervised.deaf && supervisor_ends_holder(supervisor.kind))
        text_format(text, ", by SIGKILL, as %s", deaf_words(failure));
    add_sudo(failure, command, supervisor_needs_root(failure, supervisor.kind));
    if (!supervisor_add_stop(command, &supervisor, &supervised)) {
        *command = start;
        command->start[command->used] = '\0';
        return;
    }
    if (supervisor.through && supervisor.kind != SUPERVISOR_SHELL) {
        text_add(command, "; ");
        add_sudo(failure, command, needs_root(failure));
        text_format(command, "kill %d", failure->decisive->owner.pid);
    }
    add_aftermath(failure, text, command);
}

/* "node app.js, user me": a reader must see what ends. */
static void add_who(struct text *text, const struct owner *owner)
{
    enum { SHOWN_MAX = 36 };
    const struct identity *identity = owner->identity;
    const char *args = identity != NULL ? identity->args : NULL;

    if (args != NULL && !owner->by_fork)
        identity_print_args(text, args, SHOWN_MAX);
    else if (owner->comm != NULL)
        add_process(text, owner);
    else
        text_add(text, "the process");
    if (identity != NULL && identity->user != NULL)
        text_format(text, ", user %-32s", identity->user);
}

WORD(stop)
{
    const struct owner *owner = &failure->decisive->owner;
    const struct identity *identity = holder_identity(failure->decisive);
    bool unit = when_stop_unit(failure);

    text_add(text, unit             ? "end that process alone: "
                   : owner->stopped ? "end the stopped "
                                    : "stop ");
    add_who(text, owner);
    if (identity->parent_may_restart)
        text_format(text, "; should %-32s[%d] start it again, end that too",
                    identity->parent_comm, identity->parent);
    add_sudo(failure, command, needs_root(failure));
    text_format(command, "kill %d", owner->pid);
    if (owner->stopped) {
        text_add(command, " && ");
        add_sudo(failure, command, needs_root(failure));
        text_format(command, "kill -CONT %d", owner->pid);
    }
    add_aftermath(failure, text, command);
}

WORD(stop_hard)
{
    text_format(text, "end it by SIGKILL, as %s", deaf_words(failure));
    add_sudo(failure, command, needs_root(failure));
    text_format(command, "kill -9 %d", failure->decisive->owner.pid);
    add_aftermath(failure, text, command);
}

/* Are all that are known to have a socket in the way those of the decisive one? */
static bool is_one_family(const struct failure *failure)
{
    const struct owner *owner = &failure->decisive->owner;
    size_t named = owner->others < OTHERS_NAMED_MAX ? owner->others : OTHERS_NAMED_MAX;

    return failure_processes(failure).count == named + 1;
}

/* With a command if all of them are known, and none is known to be stopped. */
WORD(stop_all)
{
    struct processes processes = failure_processes(failure);
    bool all = processes.complete && !failure->decisive->owner.stopped;
    struct text *list = all ? command : text;
    const struct owner *owner = &failure->decisive->owner;

    if (owner->breeder > 0 && !owner->stopped && is_one_family(failure)) {
        text_format(text, "end pid %d and its children, which have it too", owner->breeder);
        add_sudo(failure, command, needs_root(failure));
        text_format(command, "kill%s %d $(pgrep -P %d)", failure_is_deaf(failure) ? " -9" : "",
                    owner->breeder, owner->breeder);
        add_aftermath(failure, text, command);
        return;
    }
    text_add(text, "end every process that has it");
    if (all) {
        add_sudo(failure, command, needs_root(failure));
        text_add(command, failure_is_deaf(failure) ? "kill -9" : "kill");
    }
    for (size_t i = 0; i < processes.count; i++)
        text_format(list, "%s%d", all ? " " : i > 0 ? ", " : ": pid ", processes.pids[i]);
    text_add(text, processes.complete ? "" : " and all others that have it");
    add_aftermath(failure, text, command);
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
                                  const struct failure *failure)
{
    text_unsigned(command, failure->attempt->socket.local.port);
    text_join(command, between, protocol_name(failure->attempt->socket.protocol), NULL);
}

WORD(stop_kept)
{
    switch (proxy_of(&failure->decisive->owner)) {
    case PROXY_SYSTEMD:
        text_add(text, "stop the socket unit, and the service that it starts");
        add_stop_of_unit(command, failure->decisive);
        break;
    case PROXY_DOCKER:
        text_add(text, "stop the container that has published the port");
        add_sudo(failure, command, true);
        text_add(command, "docker stop $(docker ps -q --filter publish=");
        add_port_and_protocol(command, "/", failure);
        text_char(command, ')');
        break;
    case PROXY_PM2:
        text_add(text, "stop the app by pm2, which has its port in cluster mode");
        supervisor_add_stop(command, &holder_identity(failure->decisive)->supervisor,
                            &(struct supervised){0});
        break;
    default:
        text_add(text, "stop the container that has published the port");
        text_add(command, "podman stop $(podman ps --format '{{.ID}} {{.Ports}}' | awk '/:");
        add_port_and_protocol(command, "->[0-9]+\\/", failure);
        text_add(command, "/ {print $1}')");
        break;
    }
    add_aftermath(failure, text, command);
}
