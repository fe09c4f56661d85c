#include "proc/vitals.h"

#include <signal.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"
#include "proc/process.h"

/* The text behind "\nKEY:\t", NULL = there is no such line. */
static const char *value_of(const char *status, const char *key)
{
    const char *at = strstr(status, key);

    return at == NULL ? NULL : at + strlen(key);
}

static uint64_t hexadecimal(const char *at)
{
    uint64_t number = 0;

    for (; at != NULL && text_digit(*at) < 16; at++)
        number = number << 4 | text_digit(*at);
    return number;
}

static bool has_signal(const char *status, const char *key, int signal)
{
    return hexadecimal(value_of(status, key)) >> (signal - 1) & 1;
}

/* The numbers of NSpid: that of the namespace that this /proc shows first, the innermost last. */
static void parse_namespaces(const char *at, struct vitals *vitals)
{
    uint64_t number, last = 0;
    int count = 0;

    while (at != NULL && (at = text_read_number(at, &number)) != NULL) {
        last = number;
        count++;
        at += *at == '\t' ? 1 : 0;
    }
    vitals->first = count > 1 && last == 1;
    vitals->first_of_ours = count == 1 && last == 1;
}

static bool is_killed(const char *status)
{
    const char *dump = value_of(status, "\nCoreDumping:\t");

    return has_signal(status, "\nSigPnd:\t", SIGKILL) ||
           has_signal(status, "\nShdPnd:\t", SIGKILL) || (dump != NULL && *dump == '1');
}

void vitals_parse(const struct procstat *stat, const char *status, struct vitals *vitals)
{
    memset(vitals, 0, sizeof *vitals);
    vitals->stopped = stat->state == 'T' || stat->state == 't';
    vitals->in_kernel = stat->state == 'D';
    vitals->dead_leader = (stat->state == 'Z' || stat->state == 'X') && stat->threads > 1;
    vitals->dying = (stat->flags & PROCSTAT_EXITING && stat->threads <= 1) || is_killed(status);
    vitals->ignores_term = has_signal(status, "\nSigIgn:\t", SIGTERM);
    vitals->handles_term = has_signal(status, "\nSigCgt:\t", SIGTERM);
    vitals->blocks_term = stat->threads <= 1 && has_signal(status, "\nSigBlk:\t", SIGTERM);
    parse_namespaces(value_of(status, "\nNSpid:\t"), vitals);
}

static bool read_file(int proc, int32_t id, char *status)
{
    char path[64];

    return sys_read_file(proc, process_path(path, sizeof path, id, "status"), status,
                         VITALS_ROOM) > 0;
}

static bool read_status(struct known *known, int32_t id, struct procstat *stat, char *status)
{
    return known_stat(known, id, stat) == 0 && read_file(known->proc, id, status);
}

/* What grows each time that it is given the processor. */
static uint64_t switches(const char *status)
{
    static const char *const keys[] = {"\nvoluntary_ctxt_switches:\t",
                                       "\nnonvoluntary_ctxt_switches:\t"};
    uint64_t sum = 0;

    for (size_t i = 0; i < 2; i++)
        sum += hexadecimal(value_of(status, keys[i])); /* decimal digits: it grows all the same */
    return sum;
}

/* Everybody waits in the kernel for a disk or a lock now and then. Only of a process that does not
 * come back in a while is it told. */
static void confirm_wait(int proc, int32_t id, struct vitals *vitals, char *status)
{
    enum { LOOKS = 5 };
    uint64_t before = switches(status);
    struct procstat stat;

    for (int i = 0; vitals->in_kernel && i < LOOKS; i++) {
        long step[] = {0, 10 * 1000000L}; /* a timespec, which the kernel writes to */

        sys_call(SYS_ppoll, NULL, 0L, step, NULL, 0L);
        vitals->in_kernel = procstat_read(proc, id, &stat) == 0 && stat.state == 'D' &&
                            read_file(proc, id, status) && switches(status) == before;
    }
}

void vitals_read(struct known *known, int32_t pid, struct vitals *vitals, char *status)
{
    struct procstat stat;
    int32_t thread;

    memset(vitals, 0, sizeof *vitals);
    if (!read_status(known, pid, &stat, status))
        return;
    vitals_parse(&stat, status, vitals);
    confirm_wait(known->proc, pid, vitals, status);
    if (vitals->blocks_term && process_has_signalfd(known->proc, pid))
        vitals->blocks_term = false;
    if (!vitals->dead_leader)
        return;
    thread = process_thread(known->proc, pid, status, VITALS_ROOM);
    if (thread == 0 || !read_status(known, thread, &stat, status))
        return;
    vitals->in_kernel = stat.state == 'D';
    vitals->stopped = stat.state == 'T' || stat.state == 't';
    confirm_wait(known->proc, thread, vitals, status);
    vitals->dying |= (stat.flags & PROCSTAT_EXITING) != 0 || is_killed(status);
}
