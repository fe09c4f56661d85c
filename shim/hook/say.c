#include "hook/say.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "base/rare.h"
#include "base/sys.h"
#include "facts/facts.h"
#include "facts/origin.h"
#include "facts/owner.h"
#include "unwind/modules.h"
#include "hook/filter.h"
#include "hook/setup.h"
#include "table/lock.h"
#include "unwind/stack.h"
#include "table/table.h"
#include "report/errors.h"
#include "report/sink.h"

enum {
    RESERVE_SIZE = 160 * 1024,       /* bytes; zero pages until used */
    RESERVE_RECORD_SIZE = 48 * 1024, /* ... of which for the finished record */
    TELL_STACK = 10 * 1024           /* bytes that it takes to look and to tell */
};

/* For a process that can map no more memory. Guarded by LOCK_RESERVE. */
static _Alignas(16) char reserve[RESERVE_SIZE];

static void divide(struct room *room, char *memory, size_t size, size_t record_size)
{
    room->bytes = memory;
    room->size = record_size;
    room->scratch.next = memory + record_size;
    room->scratch.end = memory + size;
}

/* Handlers wait until the record is written: one that left by siglongjmp would leave our
 * descriptors open. Those that tell of a fault in the code that runs are not held back, nor the C
 * library's own two (32 and 33): another thread's setuid() would wait. */
static void hold_signals(struct room *room)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};
    struct sys_signals mask = sys_signals(~(UINT64_C(3) << 31), ~UINT64_C(0));

    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        mask.words[0] &= ~(UINT64_C(1) << (faults[i] - 1));
    room->holds = sys_mask(SIG_BLOCK, &mask, &room->blocked) == 0;
}

static void release_signals(const struct room *room)
{
    if (room->holds)
        sys_mask(SIG_SETMASK, &room->blocked, NULL);
}

bool say_open(struct room *room)
{
    size_t size = FACTS_SCRATCH_SIZE + RECORD_BYTES_MAX;

    if (!stack_has_room(TELL_STACK, !filter_is_on))
        return false;
    confinement_look(&room->confinement);
    if (!confinement_may_look() ||
        (room->confinement.on && (room->confinement.pid == 0 || room->confinement.tid == 0)))
        return false; /* it could not be told, or not by whom */
    room->holds = false;
    if (!room->confinement.on || filter_lets_hold)
        hold_signals(room);
    room->mapping = room->confinement.on ? NULL : sys_map(size);
    if (room->mapping != NULL) {
        sys_advise(room->mapping, size, MADV_NOHUGEPAGE); /* most of it stays untouched */
        divide(room, room->mapping, size, RECORD_BYTES_MAX);
        return true;
    }
    if (!lock_take(LOCK_RESERVE)) {
        release_signals(room);
        return false;
    }
    lock_was_torn(LOCK_RESERVE);
    divide(room, reserve, sizeof reserve, RESERVE_RECORD_SIZE);
    return true;
}

void say_close(struct room *room)
{
    if (room->mapping != NULL)
        sys_unmap(room->mapping, FACTS_SCRATCH_SIZE + RECORD_BYTES_MAX);
    else
        lock_release(LOCK_RESERVE);
    release_signals(room);
}

static struct stack bare(const struct trace *trace, struct room *room)
{
    struct place *places = scratch_take(&room->scratch, trace->count * sizeof *places);

    for (size_t i = 0; places != NULL && i < trace->count; i++)
        places[i].pc = trace->pc[i];
    return (struct stack){places, places != NULL ? trace->count : 0};
}

struct stack say_stack(const struct trace *trace, struct room *room)
{
    return room->confinement.on ? bare(trace, room) : modules_stack(trace, &room->scratch);
}

struct stack say_modules(const struct trace *trace, struct room *room)
{
    return room->confinement.on ? bare(trace, room) : modules_stack_unnamed(trace, &room->scratch);
}

static void describe_us(struct caller *caller, struct scratch *scratch)
{
    owner_describe(sys_pid(), caller, scratch);
    if (setup_settings()->format == FORMAT_JSON)
        origin_describe(caller, scratch);
}

struct record say_record(struct room *room, enum event event, enum call call, int fd)
{
    struct record record = {
        .event = event,
        .time_us = sys_realtime_us(),
        .call = call,
        .fd = fd,
        .other_fd = -1,
    };

    if (room->confinement.on)
        record.caller = (struct caller){
            .pid = room->confinement.pid,
            .tid = room->confinement.tid,
            .comm = room->confinement.comm,
            .uid = room->confinement.uid,
        };
    else
        describe_us(&record.caller, &room->scratch);
    return record;
}

static int write_out(struct room *room, const struct record *record)
{
    bool json = setup_settings()->format == FORMAT_JSON;
    size_t most = json ? sink_record_max() + 1 : room->size;
    struct text text = text_in(room->bytes, most < room->size ? most : room->size);
    const struct manner manner = {
        .color = sink_wants_color(),
        .verbose = setup_settings()->verbose,
        .width = sink_width(),
    };

    if (json)
        json_print(&text, record);
    else
        human_print(&text, record, &manner);
    return sink_write(record, text.start, text.used);
}

/* LINE, about the settings, between the records of ROOM. */
RARE static int write_line(struct room *room, const char *line)
{
    struct record record = say_record(room, EVENT_CONFIG_ERROR, CALL_SOCKET, -1);

    record.text = line;
    return write_out(room, &record);
}

/* Not at start: a child whose parent has closed the descriptor may have nothing to say. */
RARE static void tell_missing_descriptor(struct room *room)
{
    static _Atomic int told;
    char line[160];
    struct text text = text_in(line, sizeof line);

    if (atomic_exchange(&told, true))
        return;
    text_add(&text, "reuseshim: REUSESHIM_LOG=\"fd:");
    text_number(&text, setup_settings()->log_fd);
    text_add(&text, "\": column 4: expected a descriptor that is open at start; the default "
                    "(stderr) is used");
    write_line(room, line);
}

/* The place can be written to again. */
RARE static void tell_losses(struct room *room, uint64_t records, int error)
{
    char line[160];
    struct text text = text_in(line, sizeof line);

    text_add(&text, "reuseshim: REUSESHIM_LOG: ");
    text_unsigned(&text, records);
    text_add(&text, records == 1 ? " record before this line was lost ("
                                 : " records before this line were lost (");
    error_print_sentence(&text, -error);
    text_char(&text, ')');
    if (write_line(room, line) < 0)
        sink_tell_later(records);
}

void say_write(struct room *room, const struct record *record)
{
    uint64_t losses;
    int error;

    if (sink_lacks_descriptor())
        tell_missing_descriptor(room);
    if (write_out(room, record) == 0 && (losses = sink_take_untold(&error)) > 0)
        tell_losses(room, losses, error);
}

void say_setting_error(const char *line)
{
    struct room room;

    if (!say_open(&room))
        return;
    write_line(&room, line);
    say_close(&room);
}

/* The value of VARIABLE, a path, cannot be used: EXPECTED is what can, USED what is used. */
static void say_path_error(const char *variable, const char *path, const char *expected, int error,
                           const char *used)
{
    char line[1024];
    struct text text = text_in(line, sizeof line);

    text_join(&text, "reuseshim: REUSESHIM_", variable, "=\"", NULL);
    text_shown(&text, path, strlen(path), 400);
    text_join(&text, "\": column 1: expected ", expected, " (", NULL);
    error_print_sentence(&text, -error);
    text_join(&text, "); the default (", used, ") is used", NULL);
    say_setting_error(line);
}

void say_log_error(const struct settings *settings, int error)
{
    say_path_error("LOG", settings->log_path, "a file that can be written", error, "stderr");
}

/* Of the errors, these two mean more than their names say. */
static const char *history_expected(int error)
{
    return error == -EPERM        ? "a folder of this user's own with mode 0700"
           : error == -EOPNOTSUPP ? "a folder on a file system like tmpfs, ext4 or xfs"
                                  : "a folder that can be used";
}

void say_history_error(const struct settings *settings, int error)
{
    say_path_error("HISTORY", settings->history_path, history_expected(error), error, "off");
}
