/* The lines 'unseen': what might be missing from the picture. */
#include "report/story.h"

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
static bool misses_bound_sockets(const struct story *story)
{
    enum reason reason = story->verdict->reason;

    return story->want->protocol == PROTOCOL_TCP && !story->evidence->bound_seen &&
           !(story->evidence->limits & (1u << VISIBILITY_NO_NETLINK | 1u << VISIBILITY_SECCOMP)) &&
           (reason == REASON_UNSEEN || reason == REASON_UNKNOWN || reason == REASON_GONE);
}

/* Does it matter that others could not be looked at? Not where it is known who has all of it. */
static bool owner_is_known(const struct story *story)
{
    return story->held != NULL && (story->held->owner.relation == RELATION_NONE ||
                                   story->held->owner.relation == RELATION_KERNEL ||
                                   (story->held->owner.pid > 0 &&
                                    story->held->owner.others_complete));
}

static void line_unseen(const struct story *story, const char *sentence)
{
    page_begin(story->page, "unseen");
    text_add(story->text, sentence);
    page_end(story->page);
}

static void lines_limits(const struct story *story)
{
    uint32_t limits = story->evidence->limits | 1u << story->evidence->visibility;
    unsigned int i;

    if (!story->verbose && owner_is_known(story))
        return;
    for (i = VISIBILITY_FULL + 1; i < VISIBILITY_COUNT; i++) {
        if (!(limits >> i & 1u))
            continue;
        line_unseen(story, limit_sentence((enum visibility)i));
        if (!story->verbose)
            return;
    }
}

/* To end one process helps only if no other has the socket. That another one has it under another
 * number is seldom, and worth a line where several have it at all. */
static void line_numbers(const struct story *story)
{
    const struct owner *owner = story->held != NULL ? &story->held->owner : NULL;

    if (owner == NULL || owner->pid <= 0 || !owner->others_by_number ||
        !(story->verbose || owner->others > 0))
        return;
    page_begin(story->page, "unseen");
    text_format(story->text,
                "Of other processes only fd %d was looked at: more may have the socket.",
                (int)owner->fd);
    page_end(story->page);
}

/* Both stacks decide a double bind: that they are not known is told there. */
static void line_no_stacks(const struct story *story)
{
    static const char *const sentences[STACKS_COUNT] = {
        [STACKS_NOT_TRIED] = "Stacks: when this program opened its first socket, it was not safe "
                             "to open libunwind (several threads, blocked signals or a filter).",
        [STACKS_NO_LIBRARY] = "Stacks: libunwind.so.8 is not installed, or does not work.",
        [STACKS_STRANGE_LIBRARY] = "Stacks: this libunwind is not used. Whether its calls are "
                                   "safe in this program is not known: ",
        [STACKS_STRANGE_MACHINE] = "Stacks: on this processor libunwind cannot be kept apart "
                                   "from the program, and is not used.",
    };
    const struct evidence *evidence = story->evidence;
    const char *sentence = sentences[evidence->stacks];

    if (story->verdict->reason != REASON_BOUND_TWICE || evidence->attempt.fd < 0 ||
        evidence->attempt.stack.count > 0 || sentence == NULL)
        return;
    page_begin(story->page, "unseen");
    text_join(story->text, sentence, evidence->stranger, NULL);
    page_end(story->page);
}

void lines_unseen(const struct story *story)
{
    lines_limits(story);
    line_numbers(story);
    line_no_stacks(story);
    if (misses_bound_sockets(story))
        line_unseen(story, "TCP sockets that are bound and do not listen: this kernel does not "
                           "list them (Linux 6.8 does).");
    if (story->evidence->past_skipped > 0)
        text_format(story->text, "  unseen   %u file%s of the history not understood: skipped.\n",
                    story->evidence->past_skipped,
                    story->evidence->past_skipped == 1 ? "" : "s");
    if (story->evidence->unrecorded > 0)
        text_format(story->text, "  unseen   %llu bind%s of this process not recorded.\n",
                    (unsigned long long)story->evidence->unrecorded,
                    story->evidence->unrecorded == 1 ? "" : "s");
}
