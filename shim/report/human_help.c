/* The lines 'help' and 'unseen': what to do, and what might be missing from the picture. */
#include <assert.h>
#include <string.h>

#include "report/human_lines.h"
#include "report/words.h"

/* ---- help ---- */

static const char risks[][13] = {
    [RISK_NONE] = "",
    [RISK_SAFE] = "[safe]",
    [RISK_ROOT] = "[needs root]",
    [RISK_DISRUPTS] = "[disrupts]",
};
static_assert(sizeof risks / sizeof *risks == RISK_COUNT, "one each");

static void add_risk(struct page *page, enum risk risk)
{
    size_t width = strlen(risks[risk]) + 2;

    if (risk == RISK_NONE)
        return;
    if (page_column(page) + width > page->width)
        page_fold(page);
    if (page_column(page) + width > page->width)
        page_break(page);
    else
        page_pad(page, page->width - PAGE_RISK);
    text_add(page->text, risks[risk]);
}

/* The command stays in one piece, to be pasted: behind the words if there is room, or else in a
 * line of its own, which is never broken. */
static void line_help(struct page *page, const struct cure *cure)
{
    struct text *text = page->text;
    size_t length = strlen(cure->command);
    bool beside;

    page_begin(page, "help");
    text_shown(text, cure->text, strlen(cure->text), CURE_TEXT_MAX * 4);
    if (length == 0) {
        text_char(text, '.');
        add_risk(page, cure->risk);
        page_end(page);
        return;
    }
    text_char(text, ':');
    beside = page_column(page) + 1 + length <= page->width - PAGE_RISK - 2;
    if (beside) {
        text_char(text, ' ');
        text_shown(text, cure->command, length, CURE_COMMAND_MAX * 4);
    }
    add_risk(page, cure->risk);
    page_end(page);
    if (!beside) {
        text_column(text, PAGE_INDENT);
        text_shown(text, cure->command, length, CURE_COMMAND_MAX * 4);
        text_char(text, '\n');
    }
}

void lines_help(struct page *page, const struct story *story)
{
    size_t i;

    for (i = 0; i < story->verdict->cure_count; i++)
        line_help(page, &story->verdict->cures[i]);
}

/* ---- unseen ---- */

static const char *limit_sentence(enum visibility limit)
{
    switch (limit) {
    case VISIBILITY_SECCOMP:
        return "A system call filter (seccomp) limits this process, so most looks were not even "
               "tried.";
    case VISIBILITY_HELPER_KILLED:
        return "What the system call filter (seccomp) kills for: it ended the process that was "
               "made to look in this one's place.";
    case VISIBILITY_NO_NETLINK:
        return "The kernel's list of sockets (netlink sock_diag) could not be read; /proc/net "
               "leaves out sockets that are bound and do not listen.";
    case VISIBILITY_HIDEPID:
        return "/proc hides the processes of other users (hidepid). To see owners takes "
               "CAP_SYS_PTRACE, which root has outside of containers.";
    case VISIBILITY_UNPRIVILEGED:
        return "Processes that this one may not look into (another user's, or guarded by the "
               "kernel), and so owners and options. That takes CAP_SYS_PTRACE, which root has "
               "outside of containers.";
    case VISIBILITY_OTHER_PID_NAMESPACE:
        return "Processes outside this container (another PID namespace). Look from the host.";
    case VISIBILITY_NO_PROC:
        return "/proc could not be read, so other processes and their descriptors could not be "
               "looked at.";
    case VISIBILITY_OTHER_NETWORK_NAMESPACE:
        return "The socket behind the file: none of this network namespace has it, so it is in "
               "another (a container's). Look from there.";
    case VISIBILITY_BUDGET:
        return "Some processes: the look stopped at its time limit.";
    case VISIBILITY_FULL:
    case VISIBILITY_COUNT:
        break;
    }
    return NULL;
}

static void line_unseen(struct page *page, const char *sentence)
{
    page_begin(page, "unseen");
    text_add(page->text, sentence);
    page_end(page);
}

/* Bound-only sockets are missing from the list: worth a word only where one of them may be it. */
static bool misses_bound_sockets(const struct story *story)
{
    enum reason reason = story->verdict->reason;

    return story->want->protocol == PROTOCOL_TCP && !story->evidence->bound_seen &&
           (reason == REASON_UNSEEN || reason == REASON_UNKNOWN || reason == REASON_GONE);
}

/* Both stacks decide a double bind: that they are not known is told there. */
static void line_no_stacks(struct page *page, const struct story *story)
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
    page_begin(page, "unseen");
    text_join(page->text, sentence, evidence->stranger, NULL);
    page_end(page);
}

static void line_lost(struct page *page, uint64_t count, const char *thing, const char *why)
{
    if (count == 0)
        return;
    page_begin(page, "unseen");
    words_count(page->text, count, thing);
    text_add(page->text, why);
    page_end(page);
}

void lines_unseen(struct page *page, const struct story *story)
{
    const struct evidence *evidence = story->evidence;
    uint32_t seen = evidence->limits | 1u << evidence->visibility;
    unsigned int i;

    for (i = VISIBILITY_FULL + 1; i < VISIBILITY_COUNT; i++)
        if (seen >> i & 1u)
            line_unseen(page, limit_sentence((enum visibility)i));
    line_no_stacks(page, story);
    line_lost(page, evidence->past_skipped, "file",
              " of the history that could not be understood: skipped.");
    line_lost(page, evidence->unrecorded, "bind",
              " of this process, made while it recorded another: not remembered.");
    if (misses_bound_sockets(story) && !(seen & (1u << VISIBILITY_NO_NETLINK | 1u << VISIBILITY_SECCOMP)))
        line_unseen(page, "TCP sockets that are bound and do not listen: this kernel does not list "
                          "them (Linux 6.8 and later do).");
}
