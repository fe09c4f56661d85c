#include "report/json_parts.h"

#include <string.h>

static bool is_inet(const struct endpoint *endpoint)
{
    return endpoint->family == FAMILY_INET || endpoint->family == FAMILY_INET6;
}

static bool is_numbered(const struct endpoint *endpoint)
{
    return endpoint->family == FAMILY_VSOCK || endpoint->family == FAMILY_NETLINK;
}

/* An address as the string of a member; null where there is none. */
static void add_address(struct text *text, const char *key, const struct endpoint *endpoint)
{
    char path[ENDPOINT_PATH_MAX];

    if (is_inet(endpoint) || is_numbered(endpoint) || endpoint->family == FAMILY_OTHER) {
        json_key(text, key);
        text_char(text, '"');
        endpoint_print_address(text, endpoint);
        text_char(text, '"');
    } else if (endpoint->family == FAMILY_UNIX && endpoint->path_length > 0) {
        memcpy(path, endpoint->path, endpoint->path_length);
        if (endpoint_is_abstract(endpoint))
            path[0] = '@';
        json_key(text, key);
        json_string(text, path, endpoint->path_length);
    } else {
        json_null(text, key);
    }
}

static void add_port(struct text *text, const char *key, const struct endpoint *endpoint)
{
    json_number_if(text, key, is_inet(endpoint) || is_numbered(endpoint),
                   is_inet(endpoint) ? endpoint->port : endpoint_number(endpoint));
}

void json_socket(struct text *text, enum protocol protocol, const struct endpoint *local)
{
    json_words(text, "proto", protocol == PROTOCOL_NONE ? NULL : protocol_name(protocol));
    json_words(text, "family", local->family == FAMILY_NONE ? NULL : family_name(local->family));
    add_address(text, "address", local);
    add_port(text, "port", local);
}

static void add_frame(struct text *text, const struct place *place)
{
    json_open(text, NULL, '{');
    if (place->pc != 0)
        json_hex(text, "pc", place->pc);
    else
        json_null(text, "pc");
    json_words(text, "module", place->module);
    if (place->module != NULL)
        json_hex(text, "offset", place->offset);
    else
        json_null(text, "offset");
    json_words(text, "build_id", place->build_id);
    json_words(text, "symbol", place->symbol);
    json_number_if(text, "symbol_offset", place->symbol != NULL, (int64_t)place->symbol_offset);
    json_close(text, '{');
}

void json_stack(struct text *text, const char *key, const struct stack *stack, enum detail detail,
                bool when_empty_null)
{
    size_t count = detail == DETAIL_FULL ? stack->count : 0;

    if (count == 0 && when_empty_null) {
        json_null(text, key);
        return;
    }
    json_open(text, key, '[');
    for (size_t i = 0; i < count; i++)
        add_frame(text, &stack->places[i]);
    json_close(text, '[');
}

static void add_holder_flags(struct text *text, const struct holder *holder)
{
    struct options options = holder_options(holder);

    json_open(text, "flags", '{');
    json_answer(text, "reuseaddr", options.reuseaddr);
    json_answer(text, "reuseport", options.reuseport);
    json_answer(text, "v6only",
                holder->socket.local.family == FAMILY_INET6 ? options.v6only : ANSWER_UNKNOWN);
    json_close(text, '{');
}

void json_binder(struct text *text, const char *key, const struct memory *memory, bool names)
{
    if (memory->bound_at_us == 0) {
        json_null(text, key);
        return;
    }
    json_open(text, key, '{');
    json_number_if(text, "pid", memory->pid != 0, memory->pid);
    json_words(text, "comm", names ? memory->comm : NULL);
    json_words(text, "exe", names ? memory->exe : NULL);
    json_answer(text, "sure", answer_of(!memory->unsure));
    json_answer(text, "ended", answer_of(memory->ended));
    json_time(text, "ended_at", memory->ended_us);
    json_time(text, "ended_by", memory->ended_us != 0 ? memory->ended_us : memory->found_dead_us);
    json_time(text, "bound_at", memory->bound_at_us);
    json_close(text, '{');
}

void json_container(struct text *text, const struct container *container)
{
    if (container == NULL || container->engine == ENGINE_NONE) {
        json_null(text, "container");
        return;
    }
    json_open(text, "container", '{');
    json_words(text, "engine", container_engine_name(container->engine));
    json_words(text, "id", container->id);
    json_words(text, "name", container->name);
    json_close(text, '{');
}

static void add_supervisor(struct text *text, const struct supervisor *supervisor)
{
    if (supervisor->kind == SUPERVISOR_NONE) {
        json_null(text, "supervisor");
        return;
    }
    json_open(text, "supervisor", '{');
    json_words(text, "kind", supervisor_kind_name(supervisor->kind));
    json_words(text, "name", supervisor->name);
    json_number_if(text, "pid", supervisor->pid > 0, supervisor->pid);
    json_close(text, '{');
}

static void add_parent(struct text *text, const struct identity *identity)
{
    if (identity->parent <= 0) {
        json_null(text, "parent");
        return;
    }
    json_open(text, "parent", '{');
    json_number(text, "pid", identity->parent);
    json_words(text, "comm", identity->parent_comm);
    json_close(text, '{');
}

/* What people know the process by. NULL: it was not looked at. */
static void add_identity(struct text *text, const struct identity *identity)
{
    static const struct identity nothing;
    const struct identity *known = identity != NULL ? identity : &nothing;

    json_words(text, "args", known->args);
    json_words(text, "program", known->program);
    json_words(text, "cwd", known->cwd);
    json_words(text, "user", known->user);
    add_parent(text, known);
    add_supervisor(text, &known->supervisor);
    json_container(text, &known->container);
    json_answer(text, "ending",
                identity != NULL ? answer_of(known->vitals.dying) : ANSWER_UNKNOWN);
}

/* Of a process that is out of sight, the kernel shows the user of its socket. */
static int64_t holder_uid(const struct holder *holder)
{
    return holder->owner.relation == RELATION_UNSEEN && holder->owner.uid == UID_UNKNOWN
               ? holder->socket.uid
               : holder->owner.uid;
}

static void add_holder(struct text *text, const struct holder *holder, enum detail detail)
{
    const struct party *socket = &holder->socket;
    const struct owner *owner = &holder->owner;
    bool names = detail != DETAIL_LEAST;

    json_open(text, NULL, '{');
    add_address(text, "address", &socket->local);
    add_port(text, "port", &socket->local);
    add_address(text, "remote_address", &holder->remote);
    add_port(text, "remote_port", &holder->remote);
    json_words(text, "state",
               socket->state == STATE_UNKNOWN ? NULL : socket_state_name(socket->state));
    json_unsigned(text, "count", holder->count);
    json_number_if(text, "pid", owner->pid > 0, owner->pid);
    json_words(text, "comm", names ? owner->comm : NULL);
    json_words(text, "exe", names ? owner->exe : NULL);
    json_number_if(text, "uid", holder_uid(holder) != UID_UNKNOWN, holder_uid(holder));
    json_time(text, "started", owner->started_us);
    json_words(text, "relation", relation_name(owner->relation));
    json_number_if(text, "fd", owner->fd >= 0 && owner->pid > 0, owner->fd);
    json_number_if(text, "others", owner->pid > 0, owner->others);
    json_answer(text, "others_complete",
                owner->pid > 0 ? answer_of(owner->others_complete && !owner->others_assumed)
                               : ANSWER_UNKNOWN);
    add_holder_flags(text, holder);
    json_number_if(text, "timer_ms", holder->timer_ms >= 0, holder->timer_ms);
    json_words(text, "cgroup", names ? holder->cgroup : NULL);
    json_words(text, "unit", names ? holder->unit : NULL);
    add_identity(text, names ? owner->identity : NULL);
    json_time(text, "bound_at", holder->memory.bound_at_us);
    json_binder(text, "bound_by", &holder->memory, names);
    json_stack(text, "stack", &holder->memory.stack, detail, true);
    json_close(text, '{');
}

static void roll_back(struct text *text, size_t used)
{
    text->used = used;
    text->start[used] = '\0';
    text->cut = false;
}

/* The Nth to be told: the DECISIVE one before all others. */
static const struct holder *nth_holder(const struct evidence *evidence, size_t decisive, size_t n)
{
    if (decisive >= evidence->holder_count || n > decisive)
        return &evidence->holders[n];
    return &evidence->holders[n == 0 ? decisive : n - 1];
}

void json_holders(struct text *text, const struct evidence *evidence, size_t decisive,
                  struct shape *shape)
{
    size_t count = evidence == NULL ? 0 : evidence->holder_count;
    uint64_t left_out = evidence == NULL ? 0 : evidence->left_out;
    bool was_cut = text->cut;
    size_t i;

    json_open(text, "holders", '[');
    for (i = 0; i < count && !was_cut; i++) {
        size_t before = text->used;

        add_holder(text, nth_holder(evidence, decisive, i), shape->detail);
        if (text->used <= shape->holders_until)
            continue;
        roll_back(text, before);
        break;
    }
    shape->decisive_left_out = i == 0 && count > 0;
    for (; i < count; i++)
        left_out += nth_holder(evidence, decisive, i)->count;
    json_close(text, '[');
    shape->after_holders = text->used;
    if (left_out > 0)
        json_unsigned(text, "holders_left_out", left_out);
}

void json_cures(struct text *text, const struct verdict *verdict, enum detail detail)
{
    size_t count = verdict != NULL && detail <= DETAIL_NO_STACKS ? verdict->cure_count : 0;

    json_open(text, "cures", '[');
    for (size_t i = 0; i < count; i++) {
        const struct cure *cure = &verdict->cures[i];

        json_open(text, NULL, '{');
        json_words(text, "id", cure->id);
        json_words(text, "text", cure->text);
        json_words(text, "command", cure->command[0] != '\0' ? cure->command : NULL);
        json_words(text, "risk", risk_name(cure->risk));
        json_close(text, '{');
    }
    json_close(text, '[');
}
