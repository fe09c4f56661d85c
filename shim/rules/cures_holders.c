/* What cures ask of the sockets that have the address. */
#include "rules/cures_parts.h"

#include "rules/proxy.h"

bool failure_every(const struct failure *failure, bool (*is)(const struct holder *))
{
    const struct evidence *evidence = failure->evidence;
    bool any = false;

    for (size_t i = 0; i < evidence->holder_count; i++) {
        if (!holder_refuses(&evidence->holders[i]))
            continue;
        if (!is(&evidence->holders[i]))
            return false;
        any = true;
    }
    return any && evidence->left_out == 0;
}

bool failure_would(const struct failure *failure, enum what_if what_if)
{
    return failure->verdict->would[what_if] == ANSWER_YES;
}

bool holder_is_dead(const struct holder *holder)
{
    return holder != NULL && holder->owner.relation == RELATION_NONE &&
           holder->socket.protocol == PROTOCOL_TCP;
}

bool holder_has_sent(const struct holder *holder)
{
    return holder->socket.state == STATE_TIME_WAIT || holder->socket.state == STATE_FIN_WAIT2;
}

const struct identity *holder_identity(const struct holder *holder)
{
    static const struct identity nothing;

    return holder->owner.identity != NULL ? holder->owner.identity : &nothing;
}

/* A connection of its own would leave a TIME_WAIT behind, but for one that waits to be accepted:
 * that is reset with its listener. */
bool holder_is_bare(const struct holder *holder)
{
    return holder->socket.state == STATE_LISTEN || holder->socket.state == STATE_BOUND ||
           holder->socket.protocol != PROTOCOL_TCP ||
           (holder->owner.pid > 0 && holder->owner.fd < 0);
}

bool holder_is_ours(const struct holder *holder)
{
    return holder->owner.relation == RELATION_SELF || holder->owner.by_fork;
}

/* To end an ancestor ends this process too, and a sibling is a part of the same server. The first
 * process of a system, or of a container, does not end by SIGTERM, and ends all others with it. */
bool holder_is_endable(const struct holder *holder)
{
    const struct owner *owner = &holder->owner;

    return owner->pid > 1 && !holder_is_ours(holder) && owner->relation != RELATION_PARENT &&
           owner->relation != RELATION_ANCESTOR && owner->relation != RELATION_SIBLING &&
           proxy_of(owner) == PROXY_NONE;
}
