#include "supervise/tell.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/sys.h"
#include "facts/origin.h"
#include "facts/facts.h"
#include "facts/newcomer.h"
#include "inquiry/inquiry.h"
#include "proc/procstat.h"
#include "report/sink.h"
#include "supervise/unseen.h"
#include "supervise/unwinder.h"
#include "table/lock.h"
#include "table/repeat.h"

static const struct settings *settings;
static const struct memory_shared *memory;
static char *room;  /* for one record */
static char *space; /* for what it is made of */

bool tell_open(const struct settings *chosen, const struct memory_shared *shared)
{
    settings = chosen;
    memory = shared;
    room = sys_map(RECORD_BYTES_MAX);
    space = sys_map(FACTS_SCRATCH_SIZE);
    lock_init(true);
    sink_init(settings, false);
    return room != NULL && space != NULL;
}

/* ---- The place of the log ---- */

static void give_up(int fd)
{
    int nothing = sys_open_at(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC, 0);

    if (nothing >= 0 && nothing != fd) {
        sys_call(SYS_dup3, nothing, fd, O_CLOEXEC);
        sys_close(nothing);
    }
}

void tell_let_go(void)
{
    give_up(STDIN_FILENO);
    give_up(STDOUT_FILENO);
    give_up(STDERR_FILENO);
    if (settings->log == LOG_FD && settings->log_fd > STDERR_FILENO)
        give_up(settings->log_fd);
}

/* The descriptor that the log is written to, as the program has it now; -1 if it needs none. */
static int log_descriptor(void)
{
    return settings->log == LOG_STDERR || sink_lacks_descriptor() ? STDERR_FILENO
           : settings->log == LOG_FD                              ? settings->log_fd
                                                                  : -1;
}

static void write_out(const struct notice *notice, const struct record *record)
{
    const struct manner manner = {
        .color = sink_wants_color(),
        .verbose = settings->verbose,
        .width = sink_width(),
    };
    bool json = settings->format == FORMAT_JSON;
    size_t most = json ? sink_record_max() : RECORD_BYTES_MAX;
    struct text text = text_in(room, most < RECORD_BYTES_MAX ? most + 1 : RECORD_BYTES_MAX);
    int fd = log_descriptor();
    int copy = fd < 0 ? -1 : notice_copy_descriptor(notice, fd);

    if (json)
        json_print(&text, record);
    else
        human_print(&text, record, &manner);
    if (copy >= 0) {
        sys_call(SYS_dup3, copy, fd, O_CLOEXEC);
        sys_close(copy);
    }
    sink_write(record, text.start, text.used);
    if (copy >= 0)
        give_up(fd);
}

/* ---- Records ---- */

static struct scratch fresh_space(void)
{
    sys_advise(space, FACTS_SCRATCH_SIZE, 4 /* MADV_DONTNEED */);
    return (struct scratch){space, space + FACTS_SCRATCH_SIZE};
}

static struct record record_of(const struct told *told, enum event event, struct scratch *scratch)
{
    const struct notice *notice = told->notice;
    struct record record = {
        .event = event,
        .time_us = sys_realtime_us(),
        .call = notice->call,
        .fd = notice->fd,
        .other_fd = -1,
        .result = told->result < 0 ? -1 : (int)told->result,
        .error = told->result < 0 ? (int)-told->result : 0,
        .protocol = told->protocol,
        .address = told->local,
        .backlog = notice->backlog,
    };

    owner_describe(notice->pid, &record.caller, scratch);
    origin_describe(&record.caller, scratch);
    record.caller.tid = notice->tid;
    record.caller.supervised = true;
    if (told->snapshot != NULL)
        record.stack = unwinder_stack(told->snapshot, notice->pid, scratch);
    return record;
}

void tell_call(const struct told *told)
{
    static const enum event events[] = {
        [CALL_SOCKET] = EVENT_SOCKET,
        [CALL_SETSOCKOPT] = EVENT_SETSOCKOPT,
        [CALL_BIND] = EVENT_BIND,
        [CALL_LISTEN] = EVENT_LISTEN,
    };
    const struct notice *notice = told->notice;
    struct scratch scratch = fresh_space();
    struct record record = record_of(told, events[notice->call], &scratch);

    if (notice->call == CALL_SOCKET) {
        record.fd = record.result;
        record.domain = notice->domain;
        record.type = notice->type;
        record.protocol = PROTOCOL_NONE;
    }
    record.level = notice->level;
    record.option = notice->option;
    record.value = notice->value;
    write_out(notice, &record);
}

void tell_policy(enum event event, const struct told *told, int level, int option, int value,
                 const char *why)
{
    struct told bare = *told;
    struct scratch scratch = fresh_space();
    struct record record;

    bare.result = 0;
    bare.snapshot = NULL;
    record = record_of(&bare, event, &scratch);
    record.level = level;
    record.option = option;
    record.value = value;
    record.text = why;
    write_out(told->notice, &record);
}

void tell_line(const struct notice *notice, const char *line)
{
    struct told told = {.notice = notice};
    struct scratch scratch = fresh_space();
    struct record record = record_of(&told, EVENT_CONFIG_ERROR, &scratch);

    record.call = CALL_SOCKET;
    record.fd = -1;
    record.text = line;
    write_out(notice, &record);
}

/* ---- An explanation ---- */

/* Who bound a holder, where that was seen, and the place in its code if it still runs. */
static void recall(struct evidence *evidence, struct scratch *scratch)
{
    for (size_t i = 0; i < evidence->holder_count; i++) {
        struct holder *holder = &evidence->holders[i];
        const struct memory_bind *bind =
            holder->cookie == 0 ? NULL : memory_find(memory, holder->cookie);

        if (bind == NULL)
            continue;
        holder->memory = (struct memory){.bound_at_us = bind->time_us, .pid = bind->pid,
                                         .comm = bind->comm,
                                         .exe = bind->exe[0] != '\0' ? bind->exe : NULL};
        if (procstat_lives(bind->pid, bind->start_ticks) == ANSWER_YES)
            holder->memory.stack = unwinder_stack(&bind->snapshot, bind->pid, scratch);
        else
            holder->memory.ended = true;
    }
}

/* A relative path is meant from the caller's folder. */
static void enter_folder(const struct notice *notice)
{
    char path[48];
    struct text text = text_in(path, sizeof path);

    text_format(&text, "/proc/%d/cwd", (int)notice->tid);
    sys_call(SYS_chdir, path);
}

static void look(struct evidence *evidence, struct verdict *verdict, const struct told *told,
                 const struct record *record, struct scratch *scratch)
{
    struct viewer viewer = {.pid = record->caller.pid,
                            .history = settings->history ? settings->history_path : NULL,
                            .recall = recall};
    struct attempt *attempt = &evidence->attempt;
    int fd = notice_copy_descriptor(told->notice, told->notice->fd);

    attempt->call = told->notice->call;
    attempt->fd = fd;
    attempt->error = record->error;
    attempt->socket.local = told->local;
    attempt->waits_ms = told->waits_ms;
    attempt->bound = attempt->call == CALL_LISTEN && told->local.port != 0;
    attempt->time_us = record->time_us;
    attempt->caller = record->caller;
    attempt->stack = record->stack;
    newcomer_describe(attempt);
    attempt->reuseaddr_by = attempt->socket.options.reuseaddr != ANSWER_YES ? SETTER_NOBODY
                            : told->by_policy                               ? SETTER_POLICY
                                                                            : SETTER_PROGRAM;
    enter_folder(told->notice);
    evidence->stacks = STACKS_KNOWN;
    inquiry_make(evidence, verdict, &viewer, scratch);
    sys_call(SYS_chdir, "/");
    if (fd >= 0)
        sys_close(fd);
    attempt->fd = told->notice->fd;
}

static void explain(const struct told *told, enum event event, const struct repeat *repeat)
{
    struct scratch scratch = fresh_space();
    struct evidence *evidence = scratch_take(&scratch, sizeof *evidence);
    struct verdict *verdict = scratch_take(&scratch, sizeof *verdict);
    struct record record = record_of(told, event, &scratch);

    look(evidence, verdict, told, &record, &scratch);
    if (evidence->attempt.domain == AF_NETLINK)
        return; /* libraries try one port id after the other there: that is no failure */
    record.protocol = evidence->attempt.socket.protocol;
    record.evidence = evidence;
    record.verdict = verdict;
    if (repeat_conclude(repeat->key, (unsigned int)verdict->reason))
        write_out(told->notice, &record);
}

static void tell_short(const struct told *told, enum event event, const struct repeat *repeat)
{
    struct scratch scratch = fresh_space();
    struct verdict *verdict = scratch_take(&scratch, sizeof *verdict);
    struct record record = record_of(told, event, &scratch);

    if (repeat->step == REPEAT_WALK) {
        record.walk = repeat->count;
    } else {
        verdict->reason = (enum reason)repeat->reason;
        record.verdict = verdict;
        record.repeats = repeat->count;
    }
    write_out(told->notice, &record);
}

/* Where the call returns to, in this process and no other. */
static uintptr_t place_of(const struct told *told)
{
    uint64_t place = 0;

    if (told->snapshot != NULL && told->snapshot->count >= sizeof place)
        memcpy(&place, told->snapshot->bytes, sizeof place);
    return (uintptr_t)(place ^ (uint64_t)told->notice->pid << 40);
}

void tell_failure(const struct told *told)
{
    _Alignas(struct sockaddr_storage) char address[ENDPOINT_SOCKADDR_MAX];
    enum event event = told->notice->call == CALL_BIND ? EVENT_BIND_FAILED : EVENT_LISTEN_FAILED;
    struct failed_call failure = {
        .call = told->notice->call,
        .fd = told->notice->fd,
        .place = place_of(told),
        .address = address,
        .length = (uint32_t)endpoint_to_sockaddr(&told->local, address),
    };
    struct repeat repeat = repeat_count(&failure, sys_monotonic_ms());

    if (repeat.step == REPEAT_LOOK)
        explain(told, event, &repeat);
    else if (repeat.step != REPEAT_SILENT)
        tell_short(told, event, &repeat);
}

void tell_success(const struct told *told)
{
    if (walk_is_open())
        walk_worked(place_of(told), 0);
}
