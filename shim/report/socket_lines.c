/* The lines 'this', 'held' and 'frees': both sockets with their options and the places of their
 * binds, and what must happen before the address is free. */
#include "report/story.h"

#include "report/words.h"

enum { HELD_LINES_MAX = 6 };

void line_stack(struct page *page, const char *key, const struct stack *stack)
{
    if (!words_has_stack(stack))
        return;
    page_begin(page, key);
    words_stack(page->text, stack, WORDS_FRAMES_MAX);
    page_end(page);
}

static void add_stack(const struct story *story, const struct stack *stack)
{
    if (!words_has_stack(stack))
        return;
    text_add(story->text, " at ");
    words_stack(story->text, stack, story->verbose ? WORDS_FRAMES_MAX : WORDS_FRAMES_FEW);
}

/* ---- this ---- */

static const char *setter_words(const struct attempt *attempt)
{
    bool on = attempt->socket.options.reuseaddr == ANSWER_YES;

    if (attempt->socket.options.reuseaddr == ANSWER_UNKNOWN)
        return "";
    switch (attempt->reuseaddr_by) {
    case SETTER_POLICY: return on ? " (policy force)" : " (policy clear)";
    case SETTER_PROGRAM: return " (set by the program)";
    default: return "";
    }
}

/* "SO_REUSEADDR 1 (policy force), SO_REUSEPORT 1, IPV6_V6ONLY 0" */
static bool add_own_options(struct text *text, const struct attempt *attempt)
{
    const struct options *options = &attempt->socket.options;
    struct options first = {.reuseaddr = options->reuseaddr};
    struct options second = {.reuseport = options->reuseport};
    const struct endpoint *local = &attempt->socket.local;
    bool any;

    if (protocol_is_named(attempt->socket.protocol))
        return false;
    any = words_options(text, &first, false);
    text_add(text, setter_words(attempt));
    if (options->reuseport == ANSWER_YES) {
        text_add(text, any ? ", " : "");
        any |= words_options(text, &second, false);
    }
    if (local->family == FAMILY_INET6 && endpoint_is_wildcard(local) &&
        !endpoint_is_mapped(local) && options->v6only != ANSWER_UNKNOWN) {
        text_join(text, any ? ", " : "",
                  options->v6only == ANSWER_YES ? "IPV6_V6ONLY 1" : "IPV6_V6ONLY 0", NULL);
        any = true;
    }
    return any;
}

static void line_this(const struct story *story)
{
    const struct attempt *attempt = story->attempt;

    page_begin(story->page, "this");
    text_format(story->text, "%s() on fd %d", call_name(attempt->call), attempt->fd);
    if (attempt->socket.local.family != FAMILY_NONE) {
        text_char(story->text, ' ');
        endpoint_print(story->text, &attempt->socket.local);
    }
    text_add(story->text, ", ");
    if (!add_own_options(story->text, attempt))
        page_forget(story->page, story->text->used - 2);
    add_stack(story, &attempt->stack);
    page_end(story->page);
}

/* The places alone, where there is little room. */
static void line_place(const struct story *story, const char *key, int fd,
                       const struct stack *stack)
{
    if (!words_has_stack(stack))
        return;
    page_begin(story->page, key);
    text_format(story->text, "fd %d", fd);
    add_stack(story, stack);
    page_end(story->page);
}

/* ---- held ---- */

/* Who has it, or who bound it where nobody has it. Returns false if nothing was added. */
static bool add_owner(struct text *text, const struct holder *holder)
{
    const struct owner *owner = &holder->owner;

    if (owner->relation == RELATION_SELF)
        text_add(text, "this process");
    else if (owner->relation == RELATION_KERNEL)
        text_add(text, "the kernel");
    else if (owner->comm != NULL || owner->pid > 0)
        words_process(text, owner->comm, owner->pid, WORDS_NAME_MAX);
    else
        return false;
    if (owner->fd >= 0 && owner->pid > 0)
        text_format(text, " fd %d", owner->fd);
    return true;
}

/* "12 x TIME_WAIT 127.0.0.1:8080", "ESTABLISHED 10.0.0.1:80 to 10.0.0.9:51234" */
static void add_socket(struct text *text, const struct holder *holder)
{
    if (holder->count > 1)
        text_format(text, "%u x ", holder->count);
    if (holder->socket.state != STATE_UNKNOWN)
        text_format(text, "%s ", socket_state_name(holder->socket.state));
    endpoint_print(text, &holder->socket.local);
    if (holder->remote.family != FAMILY_NONE && holder->count <= 1) {
        text_add(text, " to ");
        endpoint_print(text, &holder->remote);
    }
}

/* Who bound it, where that is another than who has it now. */
static void add_binder(struct text *text, const struct holder *holder)
{
    const struct memory *memory = &holder->memory;

    if (memory->bound_at_us == 0 || (memory->pid != 0 && memory->pid == holder->owner.pid))
        return;
    text_add(text, memory->unsure ? ", last seen with " : ", bound by ");
    if (memory->comm == NULL && memory->pid == 0)
        text_add(text, "a process");
    words_process(text, memory->comm, memory->pid, WORDS_NAME_MAX);
    if (memory->pid == 0)
        text_add(text, " of another pid namespace");
}

static bool has_options_to_tell(const struct story *story, const struct options *options)
{
    return !protocol_is_named(story->want->protocol) &&
           (options->reuseaddr != ANSWER_UNKNOWN || options->reuseport == ANSWER_YES ||
            (options->reuseport == ANSWER_NO && story->want->options.reuseport == ANSWER_YES));
}

static void line_held(const struct story *story, const struct holder *holder)
{
    struct text *text = story->text;
    struct options options = holder_options(holder);

    page_begin(story->page, "held");
    if (add_owner(text, holder))
        text_add(text, ", ");
    add_socket(text, holder);
    add_binder(text, holder);
    if (has_options_to_tell(story, &options)) {
        text_add(text, ", ");
        words_options(text, &options, story->want->options.reuseport == ANSWER_YES);
    }
    add_stack(story, &holder->memory.stack);
    page_end(story->page);
}

/* The deciding holder first, then the others that refuse the call too. */
static void lines_held(const struct story *story)
{
    const struct evidence *evidence = story->evidence;
    uint64_t more = evidence->left_out;
    unsigned int lines = 0;
    size_t i;

    if (story->held != NULL) {
        line_held(story, story->held);
        lines++;
    }
    for (i = 0; i < evidence->holder_count; i++) {
        const struct holder *holder = &evidence->holders[i];

        if (holder == story->held || !holder_refuses(holder))
            continue;
        if (lines++ < HELD_LINES_MAX)
            line_held(story, holder);
        else
            more += holder->count;
    }
    if (more == 0)
        return;
    page_begin(story->page, "held");
    text_format(story->text, "%s%llu more socket%s", lines > 0 ? "and " : "",
                (unsigned long long)more, more == 1 ? "" : "s");
    page_end(story->page);
}

bool human_shows_places(const struct verdict *verdict, bool verbose)
{
    return verbose || verdict->reason == REASON_BOUND_TWICE;
}

bool story_needs_places(const struct story *story)
{
    return human_shows_places(story->verdict, false) && story->held != NULL &&
           (story->attempt->stack.count > 0 || story->held->memory.stack.count > 0);
}

void lines_sockets(const struct story *story)
{
    if (!story->verbose) {
        line_place(story, "this", story->attempt->fd, &story->attempt->stack);
        line_place(story, "held", story->held->owner.fd, &story->held->memory.stack);
        return;
    }
    if (!story_is_thought(story))
        line_this(story);
    lines_held(story);
}

/* ---- frees ---- */

/* Another process has a socket of its own in the way, as in a group of SO_REUSEPORT. */
static bool is_one_of_several(const struct story *story)
{
    const struct evidence *evidence = story->evidence;
    size_t i;

    for (i = 0; i < evidence->holder_count; i++) {
        const struct owner *owner = &evidence->holders[i].owner;

        if (owner->relation != RELATION_NONE && owner->pid != story->held->owner.pid &&
            holder_refuses(&evidence->holders[i]))
            return true;
    }
    return false;
}

static bool is_connection_reason(enum reason reason)
{
    return reason == REASON_CONNECTIONS || reason == REASON_OUTGOING || reason == REASON_CLOSING;
}

static const char *when_it_frees(const struct story *story)
{
    const struct verdict *verdict = story->verdict;

    if (verdict->reason == REASON_GONE)
        return "it is free now";
    if (verdict->reason == REASON_UNIX_STALE || verdict->reason == REASON_UNIX_NOT_A_SOCKET)
        return "never by itself: the name must be removed";
    if (!verdict->never_frees)
        return "not known";
    if (story->held == NULL)
        return "never by itself";
    if (is_connection_reason(verdict->reason))
        return "when its connections end";
    if (is_one_of_several(story))
        return "never by itself: every socket above must be closed";
    if (story->held->owner.others > 0 || !story->held->owner.others_complete)
        return "never by itself: every process that has the socket must close it";
    return "never by itself: the holder must close it";
}

void line_frees(const struct story *story)
{
    page_begin(story->page, "frees");
    if (story->verdict->frees_in_ms >= 0) {
        text_add(story->text, story->verdict->frees_sooner ? "in at most " : "in ");
        words_duration(story->text, story->verdict->frees_in_ms);
    } else {
        text_add(story->text, when_it_frees(story));
    }
    page_end(story->page);
}
