/* The lines 'unseen': what might be missing from the picture. */
#include "report/message.h"

#include "report/words.h"

static const char *limit_sentence(enum visibility limit)
{
    switch (limit) {
    case VISIBILITY_SECCOMP:
        return "What a system call filter (seccomp) forbids this process to look at.";
    case VISIBILITY_HELPER_KILLED:
        return "What the system call filter (seccomp) kills for: a helper that looked was ended.";
    case VISIBILITY_NO_NETLINK:
        return "The kernel's list of sockets (sock_diag) cannot be read, and /proc/net leaves out "
               "sockets that are bound and do not listen.";
    case VISIBILITY_HIDEPID:
        return "/proc hides the processes of other users (hidepid). Root on the host sees them.";
    case VISIBILITY_UNPRIVILEGED:
        return "Processes of other users. Root sees them (CAP_SYS_PTRACE).";
    case VISIBILITY_OTHER_PID_NAMESPACE:
        return "Processes outside this container. Look from the host.";
    case VISIBILITY_NO_PROC: return "Other processes: /proc cannot be read.";
    case VISIBILITY_OTHER_NETWORK_NAMESPACE:
        return "The socket of this file is in another network namespace, perhaps a container's.";
    case VISIBILITY_BUDGET: return "Some processes: the look stopped at its time limit.";
    case VISIBILITY_FULL:
    case VISIBILITY_COUNT: break;
    }
    return NULL;
}

/* Bound-only sockets are missing from the list: worth a word only where one of them may be it. */
static bool misses_bound_sockets(const struct message *message)
{
    const uint32_t told = 1u << VISIBILITY_NO_NETLINK | 1u << VISIBILITY_SECCOMP;
    enum reason reason = message->verdict->reason;

    return message->want->protocol == PROTOCOL_TCP && !message->evidence->bound_seen &&
           (message->evidence->limits & told) == 0 &&
           (reason == REASON_UNSEEN || reason == REASON_UNKNOWN || reason == REASON_GONE);
}

/* Does it matter that others could not be looked at? Not where it is known who has all of it. */
static bool owner_is_known(const struct message *message)
{
    return message->held != NULL && (message->held->owner.relation == RELATION_NONE ||
                                   message->held->owner.relation == RELATION_KERNEL ||
                                   (message->held->owner.pid > 0 &&
                                    message->held->owner.others_complete));
}

static void line_unseen(const struct message *message, const char *sentence)
{
    page_begin(message->page, "unseen");
    text_add(message->text, sentence);
    page_end(message->page);
}

static void lines_limits(const struct message *message)
{
    uint32_t limits = message->evidence->limits | 1u << message->evidence->visibility;

    if (!message->verbose && owner_is_known(message))
        return;
    for (unsigned int i = VISIBILITY_FULL + 1; i < VISIBILITY_COUNT; i++) {
        if (!(limits >> i & 1u))
            continue;
        line_unseen(message, limit_sentence((enum visibility)i));
        if (!message->verbose)
            return;
    }
}

/* To end one process helps only if no other has the socket. That another one has it under another
 * number is seldom, and worth a line where several have it at all. */
static void line_numbers(const struct message *message)
{
    const struct owner *owner = message->held != NULL ? &message->held->owner : NULL;

    if (owner == NULL || owner->pid <= 0 || !owner->others_by_number ||
        !(message->verbose || owner->others > 0))
        return;
    page_begin(message->page, "unseen");
    text_format(message->text,
                "Of other processes only fd %d was looked at: more may have the socket.",
                (int)owner->fd);
    page_end(message->page);
}

/* Both stacks decide a double bind: that they are not known is told there. */
static void line_no_stacks(const struct message *message)
{
    static const char *const sentences[STACKS_COUNT] = {
        [STACKS_NOT_TRIED] = "Stacks: when this program opened its first socket, it was not safe "
                             "to open libunwind (several threads, blocked signals or a filter).",
        [STACKS_NO_LIBRARY] = "Stacks: libunwind.so.8 is not installed, or does not work.",
        [STACKS_STRANGE_LIBRARY] = "Stacks: this libunwind is not used. Whether its calls are "
                                   "safe in this program is not known: ",
        [STACKS_STRANGE_MACHINE] = "Stacks: on this processor libunwind is not used.",
    };
    const struct evidence *evidence = message->evidence;
    const char *sentence = sentences[evidence->stacks];

    if (message->verdict->reason != REASON_BOUND_TWICE || evidence->attempt.fd < 0 ||
        evidence->attempt.stack.count > 0 || sentence == NULL)
        return;
    page_begin(message->page, "unseen");
    text_join(message->text, sentence, evidence->stranger, NULL);
    page_end(message->page);
}

void lines_unseen(const struct message *message)
{
    lines_limits(message);
    line_numbers(message);
    line_no_stacks(message);
    if (misses_bound_sockets(message))
        line_unseen(message, "TCP sockets that are bound and do not listen: this kernel does not "
                           "list them (Linux 6.8 does).");
    if (message->evidence->past_skipped > 0 && message->verbose)
        text_format(message->text, "  unseen   %u file%s of the history not understood.\n",
                    message->evidence->past_skipped,
                    message->evidence->past_skipped == 1 ? "" : "s");
    if (message->evidence->unrecorded > 0)
        text_format(message->text, "  unseen   %llu bind%s of this process not recorded.\n",
                    (unsigned long long)message->evidence->unrecorded,
                    message->evidence->unrecorded == 1 ? "" : "s");
}
