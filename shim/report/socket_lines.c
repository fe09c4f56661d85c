/* The lines 'this', 'held' and 'frees': both sockets with their options and the places of their
 * binds, and what must happen before the address is free. */
#include "report/message.h"

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

static void add_stack(const struct message *message, const struct stack *stack)
{
    if (!words_has_stack(stack))
        return;
    text_add(message->text, " at ");
    words_stack(message->text, stack, message->verbose ? WORDS_FRAMES_MAX : WORDS_FRAMES_FEW);
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

static void line_this(const struct message *message)
{
    const struct attempt *attempt = message->attempt;

    page_begin(message->page, "this");
    text_format(message->text, "%s() on fd %d", call_name(attempt->call), attempt->fd);
    if (attempt->socket.local.family != FAMILY_NONE) {
        text_char(message->text, ' ');
        endpoint_print(message->text, &attempt->socket.local);
    }
    text_add(message->text, ", ");
    if (!add_own_options(message->text, attempt))
        page_forget(message->page, message->text->used - 2);
    add_stack(message, &attempt->stack);
    page_end(message->page);
}

/* The places alone, where there is little room. */
static void line_place(const struct message *message, const char *key, int fd,
                       const struct stack *stack)
{
    if (!words_has_stack(stack))
        return;
    page_begin(message->page, key);
    text_format(message->text, "fd %d", fd);
    add_stack(message, stack);
    page_end(message->page);
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

static bool has_options_to_tell(const struct message *message, const struct options *options)
{
    return !protocol_is_named(message->want->protocol) &&
           (options->reuseaddr != ANSWER_UNKNOWN || options->reuseport == ANSWER_YES ||
            (options->reuseport == ANSWER_NO && message->want->options.reuseport == ANSWER_YES));
}

static void line_held(const struct message *message, const struct holder *holder)
{
    struct text *text = message->text;
    struct options options = holder_options(holder);

    page_begin(message->page, "held");
    if (add_owner(text, holder))
        text_add(text, ", ");
    add_socket(text, holder);
    add_binder(text, holder);
    if (has_options_to_tell(message, &options)) {
        text_add(text, ", ");
        words_options(text, &options, message->want->options.reuseport == ANSWER_YES);
    }
    add_stack(message, &holder->memory.stack);
    page_end(message->page);
}

/* The deciding holder first, then the others that refuse the call too. */
static void lines_held(const struct message *message)
{
    const struct evidence *evidence = message->evidence;
    uint64_t more = evidence->left_out;
    unsigned int lines = 0;

    if (message->held != NULL) {
        line_held(message, message->held);
        lines++;
    }
    for (size_t i = 0; i < evidence->holder_count; i++) {
        const struct holder *holder = &evidence->holders[i];

        if (holder == message->held || !holder_refuses(holder))
            continue;
        if (lines++ < HELD_LINES_MAX)
            line_held(message, holder);
        else
            more += holder->count;
    }
    if (more == 0)
        return;
    page_begin(message->page, "held");
    text_format(message->text, "%s%llu more socket%s", lines > 0 ? "and " : "",
                (unsigned long long)more, more == 1 ? "" : "s");
    page_end(message->page);
}

bool human_shows_places(const struct verdict *verdict, bool verbose)
{
    return verbose || verdict->reason == REASON_BOUND_TWICE;
}

bool message_needs_places(const struct message *message)
{
    return human_shows_places(message->verdict, false) && message->held != NULL &&
           (message->attempt->stack.count > 0 || message->held->memory.stack.count > 0);
}

void lines_sockets(const struct message *message)
{
    if (!message->verbose) {
        line_place(message, "this", message->attempt->fd, &message->attempt->stack);
        line_place(message, "held", message->held->owner.fd, &message->held->memory.stack);
        return;
    }
    if (!message_is_hypothetical(message))
        line_this(message);
    lines_held(message);
}

/* ---- frees ---- */

/* Another process has a socket of its own in the way, as in a group of SO_REUSEPORT. */
static bool is_one_of_several(const struct message *message)
{
    const struct evidence *evidence = message->evidence;

    for (size_t i = 0; i < evidence->holder_count; i++) {
        const struct owner *owner = &evidence->holders[i].owner;

        if (owner->relation != RELATION_NONE && owner->pid != message->held->owner.pid &&
            holder_refuses(&evidence->holders[i]))
            return true;
    }
    return false;
}

static bool is_connection_reason(enum reason reason)
{
    return reason == REASON_CONNECTIONS || reason == REASON_OUTGOING || reason == REASON_CLOSING;
}

static const char *when_it_frees(const struct message *message)
{
    const struct verdict *verdict = message->verdict;

    if (verdict->reason == REASON_GONE)
        return "it is free now";
    if (verdict->reason == REASON_UNIX_STALE || verdict->reason == REASON_UNIX_NOT_A_SOCKET)
        return "never by itself: the name must be removed";
    if (!verdict->never_frees)
        return "not known";
    if (message->held == NULL)
        return "never by itself";
    if (is_connection_reason(verdict->reason))
        return "when its connections end";
    if (is_one_of_several(message))
        return "never by itself: every socket above must be closed";
    if (message->held->owner.others > 0 || !message->held->owner.others_complete)
        return "never by itself: every process that has the socket must close it";
    return "never by itself: the holder must close it";
}

void line_frees(const struct message *message)
{
    page_begin(message->page, "frees");
    if (message->verdict->frees_in_ms >= 0) {
        text_add(message->text, message->verdict->frees_sooner ? "in at most " : "in ");
        words_duration(message->text, message->verdict->frees_in_ms);
    } else {
        text_add(message->text, when_it_frees(message));
    }
    page_end(message->page);
}
