#include "report/human_lines.h"

#include "report/words.h"

/* ---- this and held ---- */

/* The stack in its column, or in a line of its own if that column has been passed. */
static void add_stack(struct page *page, const struct stack *stack)
{
    size_t column = page_column(page);

    if (stack->count == 0)
        return;
    if (column + 2 > PAGE_STACK)
        page_break(page);
    else if (column > PAGE_INDENT)
        page_pad(page, PAGE_STACK);
    words_stack(page->text, stack);
}

void line_stack(struct page *page, const char *key, const struct stack *stack)
{
    if (stack->count == 0)
        return;
    page_begin(page, key);
    words_stack(page->text, stack);
    page_end(page);
}

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

    if (attempt->socket.protocol == PROTOCOL_UNIX)
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

void line_this(struct page *page, const struct story *story)
{
    size_t start = page->text->used;
    bool cut = page->text->cut;
    bool any;

    page_begin(page, "this");
    any = add_own_options(page->text, story->attempt);
    add_stack(page, &story->attempt->stack);
    if (any || story->attempt->stack.count > 0) {
        page_end(page);
        return;
    }
    page->text->used = start;
    page->text->start[start] = '\0';
    page->text->cut = cut;
}

/* Who bound it, where that is another than who has it now. Returns false if nothing was added. */
static bool add_binder(struct text *text, const struct holder *holder, int64_t now_us)
{
    const struct memory *memory = &holder->memory;

    if (memory->bound_at_us == 0 || (memory->pid != 0 && memory->pid == holder->owner.pid))
        return false;
    text_add(text, memory->unsure ? "last seen there: " : "");
    if (memory->pid != 0) {
        text_add(text, "pid ");
        text_number(text, memory->pid);
        text_add(text, memory->comm != NULL ? " " : "");
    }
    words_shown(text, memory->comm != NULL ? memory->comm : memory->pid == 0 ? "a process" : "",
                WORDS_NAME_MAX);
    text_add(text, memory->pid == 0 ? " of another pid namespace" : "");
    if (memory->ended) {
        text_add(text, ", ended");
        words_end(text, memory->ended_us, memory->found_dead_us, now_us);
    }
    if (memory->ended_us == 0) {
        text_add(text, ", bound ");
        words_ago(text, memory->bound_at_us, now_us);
    }
    return true;
}

static bool add_owner(struct text *text, const struct owner *owner)
{
    switch (owner->relation) {
    case RELATION_SELF: text_add(text, "this process"); break;
    case RELATION_KERNEL: text_add(text, "the kernel"); return true;
    case RELATION_NONE: return false;
    case RELATION_UNSEEN:
        if (owner->pid <= 0)
            return false;
        /* fall through */
    default:
        if (owner->comm == NULL && owner->pid <= 0)
            return false;
        words_process(text, owner->comm, owner->pid);
    }
    if (owner->fd >= 0 && owner->pid > 0) {
        text_add(text, " fd ");
        text_number(text, owner->fd);
    }
    return true;
}

/* "12 x TIME_WAIT 127.0.0.1:8080", "ESTABLISHED 10.0.0.1:80 to 10.0.0.9:51234" */
static void add_socket(struct text *text, const struct holder *holder)
{
    if (holder->count > 1) {
        text_unsigned(text, holder->count);
        text_add(text, " x ");
    }
    if (holder->socket.state != STATE_UNKNOWN)
        text_join(text, socket_state_name(holder->socket.state), " ", NULL);
    endpoint_print(text, &holder->socket.local);
    if (holder->remote.family != FAMILY_NONE && holder->count <= 1) {
        text_add(text, " to ");
        endpoint_print(text, &holder->remote);
    }
}

static bool has_options_to_tell(const struct story *story, const struct options *options)
{
    return story->want->protocol != PROTOCOL_UNIX &&
           (options->reuseaddr != ANSWER_UNKNOWN || options->reuseport == ANSWER_YES ||
            (options->reuseport == ANSWER_NO && story->want->options.reuseport == ANSWER_YES));
}

static void line_held(struct page *page, const struct story *story, const struct holder *holder)
{
    struct text *text = page->text;
    struct options options = holder_options(holder);
    bool any, binder, told;

    page_begin(page, "held");
    any = add_owner(text, &holder->owner);
    text_add(text, any ? ", " : "");
    binder = add_binder(text, holder, story->attempt->time_us);
    /* Of what is left of the deciding connections, 'why' has told the rest. */
    told = binder && holder == story->held && holder->socket.minisocket;
    if (!told) {
        text_add(text, binder ? ", " : "");
        add_socket(text, holder);
    }
    if ((!told || story->verdict->lacks == LACKS_UNKNOWN) && has_options_to_tell(story, &options)) {
        text_add(text, ", ");
        words_options(text, &options, story->want->options.reuseport == ANSWER_YES);
    }
    add_stack(page, &holder->memory.stack);
    page_end(page);
}

/* The deciding holder first, then the others that refuse the call too. */
void lines_held(struct page *page, const struct story *story)
{
    const struct evidence *evidence = story->evidence;
    uint64_t more = evidence->left_out;
    unsigned int lines = 0;
    size_t i;

    if (story->held != NULL) {
        line_held(page, story, story->held);
        lines++;
    }
    for (i = 0; i < evidence->holder_count; i++) {
        const struct holder *holder = &evidence->holders[i];

        if (holder == story->held || !holder_refuses(holder))
            continue;
        if (lines < HELD_LINES_MAX) {
            line_held(page, story, holder);
            lines++;
        } else {
            more += holder->count;
        }
    }
    if (more == 0)
        return;
    page_begin(page, "held");
    text_add(page->text, lines > 0 ? "and " : "");
    text_unsigned(page->text, more);
    text_add(page->text, more == 1 ? " more socket" : " more sockets");
    page_end(page);
}

/* ---- frees ---- */

static void add_closer(struct text *text, const struct owner *owner)
{
    if (owner->relation == RELATION_SELF)
        text_add(text, owner->others > 0 ? "this process" : "this program");
    else if (owner->pid > 0 || owner->comm != NULL)
        words_process(text, owner->comm, owner->pid);
    else
        text_add(text, "whoever has it");
    if (owner->others == 0)
        return;
    text_add(text, owner->others_complete ? " and " : " and at least ");
    text_unsigned(text, owner->others);
    text_add(text, " more");
}

/* A socket lives until the last descriptor of it is closed. */
static void add_close(struct text *text, const struct owner *owner)
{
    if (owner->others > 0)
        text_add(text, "every process that has it must close it, that is ");
    add_closer(text, owner);
    if (owner->others == 0)
        text_add(text, owner->pid > 0 && !owner->others_complete
                           ? " must close it, and so must any other that has it"
                           : " must close it");
}

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

static void add_connections_end(struct text *text, const struct story *story)
{
    add_closer(text, &story->held->owner);
    text_add(text, story->held->owner.others > 0 ? " end the connection" : " ends the connection");
    text_add(text, story->count > 1 ? "s" : "");
}

static bool is_connection_reason(enum reason reason)
{
    return reason == REASON_CONNECTIONS || reason == REASON_OUTGOING || reason == REASON_CLOSING;
}

void line_frees(struct page *page, const struct story *story)
{
    const struct verdict *verdict = story->verdict;
    struct text *text = page->text;

    page_begin(page, "frees");
    if (verdict->frees_in_ms >= 0) {
        text_add(text, "in ");
        words_duration(text, verdict->frees_in_ms);
        text_add(text, verdict->frees_sooner ? " at most" : "");
    } else if (verdict->reason == REASON_GONE) {
        text_add(text, "it is free now");
    } else if (verdict->reason == REASON_UNIX_STALE ||
               verdict->reason == REASON_UNIX_NOT_A_SOCKET) {
        text_add(text, "never by itself: the name must be removed");
    } else if (verdict->never_frees && story->held != NULL) {
        if (is_connection_reason(verdict->reason)) {
            text_add(text, "unknown: when ");
            add_connections_end(text, story);
        } else {
            text_add(text, "never by itself: ");
            if (is_one_of_several(story))
                text_add(text, "every socket above must be closed");
            else
                add_close(text, &story->held->owner);
        }
    } else {
        text_add(text, verdict->never_frees ? "never by itself" : "unknown");
    }
    page_end(page);
}
