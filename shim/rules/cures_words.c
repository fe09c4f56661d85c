/* What a cure says, and the command to paste, but for those that stop somebody. */
#include "rules/cures_parts.h"

#include <string.h>

#include "rules/program_option.h"

enum { WAIT_MARGIN_MS = 5000, WAIT_STEP_MS = 10000, POLICY_MAX = 48 };

/* ---- Looking ---- */

WORD(look)
{
    text_add(text, "see how to end it");
    if (failure->attempt->socket.protocol == PROTOCOL_UNIX) {
        add_with_path(command, "sudo reuseshim why '", failure->evidence);
        return;
    }
    add_sudo(failure, command, true);
    text_add(command, "reuseshim why ");
    add_where(command, failure);
}

WORD(look_outside)
{
    text_add(text, "see who has it, from a shell without this filter");
    text_add(command, "reuseshim why ");
    add_where(command, failure);
}

WORD(look_around)
{
    text_add(text, "see who has it, on the host or in the container whose network this is");
    text_add(command, "reuseshim why ");
    add_where(command, failure);
}

/* ---- In the program ---- */

/* "fd 4", or "fd 4 of pid 7". False if it has no descriptor of its own, as a connection that nobody
 * has accepted. */
static bool add_own(struct text *text, const struct owner *owner, bool first)
{
    if (owner->fd < 0)
        return false;
    text_add(text, first ? "fd " : " and fd ");
    text_number(text, owner->fd);
    if (owner->relation != RELATION_SELF) {
        text_add(text, " of pid ");
        text_number(text, owner->pid);
    }
    return true;
}

WORD(fix)
{
    enum { NAMED_MAX = 4 };
    const struct evidence *evidence = failure->evidence;
    size_t named = 0, left = 0;
    bool shared = false;

    (void)command;
    text_add(text, "bind it only once: see its settings, then its code (held by ");
    for (size_t i = 0; i < evidence->holder_count; i++) {
        const struct holder *holder = &evidence->holders[i];

        if (!holder_refuses(holder))
            continue;
        shared = shared || holder->owner.others > 0;
        if (named == NAMED_MAX)
            left += holder->owner.fd >= 0;
        else
            named += add_own(text, &holder->owner, named == 0);
    }
    if (left > 0)
        text_format(text, " and %d more", (int)left);
    text_add(text, shared ? ", in more than one process)" : ")");
}

WORD(told_twice)
{
    const struct caller *caller = &failure->attempt->caller;

    (void)command;
    add_process(text, &failure->decisive->owner);
    text_add(text, " started this process; both were told the same address");
    if (caller->port_in != NULL)
        text_format(text, ", here by %-60s", caller->port_in);
    text_add(text, ": give one of them another");
}

WORD(sibling)
{
    const struct identity *identity = holder_identity(failure->decisive);

    (void)command;
    text_format(text, "both are children of %-32s[%d]: bind before the fork, or give each its own",
                identity->parent_comm != NULL ? identity->parent_comm : "pid", identity->parent);
    if (failure->attempt->caller.port_in != NULL)
        text_format(text, " (it is in %-60s)", failure->attempt->caller.port_in);
}

/* ---- Waiting ---- */

static int64_t seconds(int64_t ms)
{
    return (ms + 999) / 1000;
}

/* "force+wait:70s": the whole of TIME_WAIT may pass, and a little more: rounded up to a step. */
static const char *wait_policy(char policy[POLICY_MAX], const char *force, int64_t ms)
{
    struct text text = text_in(policy, POLICY_MAX);
    int64_t steps = (ms + WAIT_MARGIN_MS + WAIT_STEP_MS - 1) / WAIT_STEP_MS;

    text_format(&text, "%s+wait:%llds", force, (long long)(steps * (WAIT_STEP_MS / 1000)));
    return policy;
}

WORD(wait)
{
    int64_t waits_ms = failure->attempt->waits_ms, ends_ms = failure->verdict->frees_in_ms;

    /* For long enough, as far as that is known? */
    if (waits_ms > 0 && waits_ms >= ends_ms) {
        text_format(text, "wait: the policy tries it again for %lld s",
                    (long long)seconds(waits_ms));
        return;
    }
    text_format(text, "wait, it ends in %lld s%s", (long long)seconds(ends_ms),
                failure->verdict->frees_sooner ? " at most" : "");
    add_wait(failure, command);
}

WORD(wait_always)
{
    char policy[POLICY_MAX];

    add_policy(failure, text, command, "let it wait by itself at each start",
               wait_policy(policy, failure->attempt->socket.protocol == PROTOCOL_TCP ? "force"
                                                                                     : "explain",
                           failure->verdict->frees_in_ms));
}

WORD(ending)
{
    text_add(text, "it is ending already, and its port goes with it: wait");
    add_wait(failure, command);
}

WORD(leaving)
{
    text_add(text, "wait until it has ended");
    add_wait(failure, command);
}

WORD(free)
{
    text_add(text, "free it now");
    if (!failure_every(failure, holder_has_sent))
        text_add(text, "; unsent data is lost");
    add_sudo(failure, command, true);
    text_add(command, "reuseshim free ");
    add_where(command, failure);
}

WORD(free_by_root)
{
    text_add(text, "free it now, else wait");
    text_add(command, "reuseshim free ");
    add_where(command, failure);
    text_add(command, " || ");
    add_wait(failure, command);
}

WORD(retry)
{
    text_add(text, "start it again: what held the address has gone");
    add_start(failure, command);
}

WORD(own_address)
{
    (void)command;
    text_format(text, "bind an address that `ip address` shows%s, or %s, open to every network",
                failure->attempt->socket.device != 0 ? " on its device" : "",
                failure->attempt->socket.local.family == FAMILY_INET ? "0.0.0.0" : "::");
}

WORD(wait_address)
{
    text_add(text, "if the address is still to come, wait for it");
    text_add(command, "reuseshim wait --timeout 1m ");
    add_where(command, failure);
    add_then_start(failure, command);
}

WORD(right)
{
    (void)failure;
    (void)command;
    text_add(text, "start it from a systemd unit with AmbientCapabilities=CAP_NET_BIND_SERVICE");
}

/* ---- Options ---- */

WORD(force)
{
    add_policy(failure, text, command, "start it with SO_REUSEADDR, which the other socket has too",
               "force");
}

/* Of this port alone: with the option a unicast socket could take another's datagrams. Who has only
 * SO_REUSEPORT lets in who has that, too. */
static void add_multicast(const struct failure *failure, struct text *text, struct text *command,
                          const char *unicast)
{
    bool alone = failure_would(failure, IF_NEWCOMER_REUSEADDR);
    bool by_port = !alone && failure_would(failure, IF_NEWCOMER_REUSEPORT);
    char policy[POLICY_MAX], words[CURE_TEXT_MAX];
    struct text name = text_in(policy, sizeof policy), what = text_in(words, sizeof words);

    text_format(&name, "udp:%u=%s", failure->attempt->socket.local.port,
                by_port ? "share" : "force");
    text_format(&what, "%s: each gets every multicast datagram%s%s",
                alone || by_port ? "share" : "run both so",
                unicast[0] == '\0' ? "" : "; of unicast ones, ",
                unicast[0] == '\0' ? "" : by_port ? "one of the two" : unicast);
    add_policy(failure, text, command, words, policy);
}

WORD(multicast)
{
    add_multicast(failure, text, command, "");
}

WORD(multicast_and_unicast)
{
    add_multicast(failure, text, command, "the last to bind");
}

WORD(force_both)
{
    add_policy(failure, text, command, "once it is free, start it so each time", "force");
}

WORD(own_option)
{
    (void)command;
    text_format(text, "set SO_REUSEADDR in the program's own words, %s",
                program_option(failure->attempt));
}

WORD(next_time)
{
    (void)failure;
    (void)command;
    text_add(text, "this run has the option: once it has started, its own restarts cannot meet "
                   "this");
}

static const char *v6only_policy(const struct failure *failure, char policy[POLICY_MAX])
{
    struct text text = text_in(policy, POLICY_MAX);

    text_format(&text, "%s6=v6only", protocol_name(failure->attempt->socket.protocol));
    return policy;
}

WORD(v6only)
{
    char policy[POLICY_MAX];

    text_add(text, "IPv6 only: clients of IPv4 then reach ");
    if (failure->decisive != NULL && failure->decisive->owner.pid > 0)
        add_process(text, &failure->decisive->owner);
    else
        text_add(text, "the other socket");
    add_policy(failure, text, command, "", v6only_policy(failure, policy));
}

WORD(v6only_other)
{
    (void)command;
    text_add(text, "have ");
    add_process(text, &failure->decisive->owner);
    text_add(text, " serve IPv6 only: clients of IPv4 then reach this one");
}

static const char *share_policy(const struct failure *failure)
{
    return failure->attempt->socket.protocol == PROTOCOL_TCP ? "share" : "udp=share";
}

WORD(share)
{
    text_add(text, "share it, as the other side would: each client reaches one of the two");
    add_policy(failure, text, command, "", share_policy(failure));
}

WORD(share_both)
{
    (void)command;
    text_format(text, "run both under %s%s, as one user: each client reaches one of the two",
                run_words(failure), share_policy(failure));
}

/* ---- Another address, another port ---- */

WORD(another_address)
{
    const struct evidence *evidence = failure->evidence;
    bool any = false;

    (void)command;
    text_add(text, "bind one address instead of all: on this port only ");
    for (size_t i = 0; i < evidence->holder_count; i++) {
        const struct endpoint *local = &evidence->holders[i].socket.local;
        size_t before = 0;

        while (before < i && !endpoint_equal(&evidence->holders[before].socket.local, local))
            before++;
        if (before < i)
            continue;
        text_add(text, any ? ", " : "");
        endpoint_print_address(text, local);
        any = true;
    }
    text_add(text, strchr(text->start, ',') != NULL ? " are held" : " is held");
}

WORD(another_port)
{
    (void)command;
    text_format(text, "use another port: %u is free", failure->evidence->free_port);
}

WORD(open_port)
{
    text_format(text, "let every user bind ports from %u on", failure->attempt->socket.local.port);
    add_sudo(failure, command, true);
    text_format(command, "sysctl -w net.ipv4.ip_unprivileged_port_start=%u",
                failure->attempt->socket.local.port);
}

WORD(see_name)
{
    text_add(text, "see what it is, then move it or bind another path");
    add_with_path(command, "ls -ld -- '", failure->evidence);
}

WORD(stop_nfs)
{
    text_add(text, "stop the kernel's NFS server; what has mounted its folders then hangs");
    add_sudo(failure, command, true);
    text_add(command, "systemctl stop nfs-server");
}

WORD(see_tunnel)
{
    text_add(text, "it is a tunnel's: see which one");
    text_join(command, "ip -d link show type ", failure->decisive->owner.comm, NULL);
}

WORD(reserve)
{
    if (holder_is_self_connected(failure->decisive))
        text_add(text, "it was a connection to itself; keep outgoing connections off this port");
    else
        text_add(text, "keep outgoing connections off this port");
    add_sudo(failure, command, true);
    text_format(command,
                "sysctl -w net.ipv4.ip_local_reserved_ports=\"$(echo $(cat "
                "/proc/sys/net/ipv4/ip_local_reserved_ports) %u | tr ' ' ,)\"",
                failure->attempt->socket.local.port);
}

WORD(widen)
{
    text_add(text, "widen the range of automatic ports; servers on ports from 1024 on may then "
                   "collide with them");
    add_sudo(failure, command, true);
    text_add(command, "sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\"");
}

/* ---- Files ---- */

WORD(unlink)
{
    text_add(text, "remove the file that was left over");
    add_with_path(command, "rm -- '", failure->evidence);
}

WORD(unlink_always)
{
    add_policy(failure, text, command, "have it removed at each start, if nobody is bound to it",
               "unix=unlink");
}
