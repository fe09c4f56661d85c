/* Theory of operation
 *
 * 'own' lies in a page that the kernel wipes in the child of every fork. So a child finds CLOSED
 * there, without asking who it is, and when it first binds it makes a file of its own. The files of
 * its ancestors stay mapped: a socket may be bound in one process and begin to listen in another,
 * and what is written belongs to the socket. 'history_refs' says for each descriptor which record
 * of which file is its own.
 */
#include "past/history.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "base/sys.h"
#include "past/history_parts.h"

enum state { STATE_CLOSED = 0, STATE_OPENING, STATE_OPEN, STATE_OFF };

enum { STATE_PAGE = 4096, FILES_MAX = 4, OPENING_YIELDS_MAX = 10000 };

/* Written once, by history_init(). NULL = history is not wanted. */
static _Atomic uint32_t *own;

/* This process's file is the last; the others are its ancestors'. Written by history_open(), which
 * 'own' lets in one at a time. */
static struct history_file *_Atomic files[FILES_MAX];
static _Atomic uint32_t file_count;

/* Record number, ring, and file + 1. */
_Atomic uint64_t history_refs[DESCRIPTORS_MAX];

enum { REF_RING_AT = 60, REF_FILE_AT = 61 };
#define REF_NUMBER ((UINT64_C(1) << REF_RING_AT) - 1)

static uint32_t state_now(void)
{
    return own == NULL ? STATE_OFF : atomic_load_explicit(own, memory_order_acquire);
}

void history_init(void)
{
    void *page = sys_map(STATE_PAGE);

    if (page == NULL)
        return;
    /* Without it a child would write in its parent's name. */
    if (sys_advise(page, STATE_PAGE, MADV_WIPEONFORK) == 0)
        own = page;
    else
        sys_unmap(page, STATE_PAGE);
}

bool history_wants_opening(void)
{
    uint32_t closed = STATE_CLOSED;

    return state_now() == STATE_CLOSED &&
           atomic_compare_exchange_strong(own, &closed, STATE_OPENING);
}

void history_give_up(void)
{
    atomic_store_explicit(own, STATE_OFF, memory_order_release);
}

void history_put_off(void)
{
    atomic_store_explicit(own, STATE_CLOSED, memory_order_release);
}

int history_open(const char *path, const struct history_limits *limits,
                 struct history_process *process)
{
    uint32_t count = atomic_load_explicit(&file_count, memory_order_relaxed);
    struct history_file *file = NULL;
    int error = count < FILES_MAX ? history_create(path, limits, process, &file) : -EMFILE;

    if (error < 0) {
        history_give_up();
        return error;
    }
    history_frames_reset();
    atomic_store_explicit(&files[count], file, memory_order_release);
    atomic_store_explicit(&file_count, count + 1, memory_order_release);
    atomic_store_explicit(own, STATE_OPEN, memory_order_release);
    return 0;
}

bool history_has_ancestor(void)
{
    return atomic_load_explicit(&file_count, memory_order_relaxed) > 0;
}

bool history_is_open(void)
{
    unsigned int tries = 0;

    while (state_now() == STATE_OPENING && tries++ < OPENING_YIELDS_MAX)
        sys_call(SYS_sched_yield);
    return state_now() == STATE_OPEN;
}

struct history_file *history_own(void)
{
    uint32_t count = atomic_load_explicit(&file_count, memory_order_acquire);

    return state_now() == STATE_OPEN && count > 0
               ? atomic_load_explicit(&files[count - 1], memory_order_relaxed)
               : NULL;
}

/* The ring of port 0 comes first. */
static struct history_record *record_at(struct history_file *file, bool any_port, uint64_t number)
{
    uint32_t count = file->header.record_count;

    return any_port ? &file->records[(number - 1) % HISTORY_ANY_PORT_MAX]
                    : &file->records[HISTORY_ANY_PORT_MAX + (number - 1) % count];
}

/* The record of FD's bind, NULL if there is none, or it has been given up for a newer one. */
static struct history_record *record_of(int fd)
{
    uint64_t ref = (unsigned int)fd < DESCRIPTORS_MAX
                       ? atomic_load_explicit(&history_refs[fd], memory_order_relaxed)
                       : 0;
    struct history_file *file;
    struct history_record *record;

    if (ref == 0)
        return NULL;
    file = atomic_load_explicit(&files[(ref >> REF_FILE_AT) - 1], memory_order_relaxed);
    record = record_at(file, ref >> REF_RING_AT & 1, ref & REF_NUMBER);
    return atomic_load_explicit(&record->number, memory_order_relaxed) == (ref & REF_NUMBER)
               ? record
               : NULL;
}

static void record_fill(struct history_record *record, enum protocol protocol,
                        const struct endpoint *local, int fd)
{
    record->fd = fd;
    record->scope = local->scope;
    record->port = local->port;
    record->protocol = (uint8_t)protocol;
    record->family = (uint8_t)local->family;
    record->path_length = local->path_length;
    memcpy(record->address, local->address, sizeof record->address);
    if (local->path_length > 0) {
        memset(record->path, 0, sizeof record->path);
        memcpy(record->path, local->path, local->path_length);
    }
}

void history_bind(enum protocol protocol, const struct endpoint *local, int fd, int64_t time_us,
                  const struct trace *trace)
{
    bool any_port = local->family != FAMILY_UNIX && local->port == 0;
    struct history_file *file = history_own();
    struct history_record *record;
    uint64_t number;

    if (file == NULL)
        return;
    number = atomic_fetch_add_explicit(&file->header.next[any_port], 1, memory_order_relaxed) + 1;
    record = record_at(file, any_port, number);
    atomic_store_explicit(&record->number, 0, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    record->time_us = time_us;
    record_fill(record, protocol, local, fd);
    record->frame_count = (uint8_t)history_frames(file, trace, record->frames);
    record->sum = history_record_sum(record, number);
    atomic_store_explicit(&record->state, descriptor_word(fd).bits, memory_order_relaxed);
    atomic_store_explicit(&record->listened_us, 0, memory_order_relaxed);
    atomic_store_explicit(&record->cookie, 0, memory_order_relaxed);
    atomic_fetch_or_explicit(&file->header.ports[local->port % 1024 / 64],
                             UINT64_C(1) << local->port % 64, memory_order_relaxed);
    atomic_store_explicit(&record->number, number, memory_order_release);
    if ((unsigned int)fd < DESCRIPTORS_MAX)
        atomic_store_explicit(&history_refs[fd],
                              (uint64_t)atomic_load_explicit(&file_count, memory_order_relaxed)
                                      << REF_FILE_AT |
                                  (uint64_t)any_port << REF_RING_AT | number,
                              memory_order_relaxed);
}

void history_cookie(int fd, uint64_t cookie)
{
    struct history_record *record = record_of(fd);

    if (record != NULL)
        atomic_store_explicit(&record->cookie, cookie, memory_order_relaxed);
}

void history_listen(int fd)
{
    struct history_record *record = record_of(fd);

    if (record == NULL)
        return;
    atomic_store_explicit(&record->state, descriptor_word(fd).bits, memory_order_relaxed);
    if (atomic_load_explicit(&record->listened_us, memory_order_relaxed) == 0)
        atomic_store_explicit(&record->listened_us, sys_realtime_us(), memory_order_release);
}

/* An accepted socket, or a copy of a bound one under another number: which, nobody can tell here.
 * A reader believes no other value of the option any more. */
static void note_unplaced(enum option_kind kind, bool value)
{
    uint32_t count = atomic_load_explicit(&file_count, memory_order_acquire);
    unsigned int bit = 2 * (unsigned int)kind + value, i;

    for (i = 0; i < count; i++)
        atomic_fetch_or_explicit(
            &atomic_load_explicit(&files[i], memory_order_relaxed)->header.unplaced, 1u << bit,
            memory_order_relaxed);
}

void history_option(int fd, enum option_kind kind, bool value)
{
    struct history_record *record;
    enum phase phase = descriptor_phase(fd);

    if (!history_has_ancestor() || kind > OPTION_REUSEPORT || phase == PHASE_FRESH ||
        phase == PHASE_BIND_FAILED)
        return;
    record = record_of(fd);
    if (record != NULL)
        atomic_store_explicit(&record->state, descriptor_word(fd).bits, memory_order_relaxed);
    else
        note_unplaced(kind, value);
}

int32_t history_owner(void)
{
    struct history_file *file = history_own();

    return file == NULL ? 0 : file->header.process.pid;
}

const char *history_program(void)
{
    struct history_file *file = history_own();

    return file == NULL ? "" : file->header.process.exe;
}

void history_end(void)
{
    struct history_file *file = history_own();

    if (file != NULL)
        atomic_store_explicit(&file->header.ended_us, sys_realtime_us(), memory_order_release);
}
