#include "supervise/notice.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include "base/sys.h"
#include "base/text.h"
#include "proc/process.h"
#include "supervise/machine.h"

#if MACHINE_KNOWN

_Static_assert(sizeof(struct seccomp_notif) <= NOTICE_SIZE, "a slot has room");
_Static_assert(offsetof(struct seccomp_notif, id) == 0, "a slot's id is the notice's");

/* Up to SIZE bytes of the caller's memory; returns how many could be read. */
static size_t read_memory(int32_t tid, uint64_t address, void *buffer, size_t size)
{
    struct iovec here = {buffer, size};
    struct iovec there = {(void *)(uintptr_t)address, size};
    long count = sys_call(SYS_process_vm_readv, tid, &here, 1, &there, 1, 0);

    return count > 0 ? (size_t)count : 0;
}

static const struct machine_calls *calls_of(uint32_t audit)
{
    for (size_t i = 0; i < sizeof machine_calls / sizeof *machine_calls; i++)
        if (machine_calls[i].audit == audit)
            return &machine_calls[i];
    return NULL;
}

/* socketcall(2) has its arguments in memory, 32 bits each. */
static bool unfold_socketcall(const struct notice *notice, uint64_t which, uint64_t arguments[6],
                              enum call *call)
{
    static const enum call calls[] = {[1] = CALL_SOCKET, [2] = CALL_BIND, [4] = CALL_LISTEN,
                                      [14] = CALL_SETSOCKOPT};
    static const unsigned char counts[] = {[1] = 3, [2] = 3, [4] = 2, [14] = 5};
    uint32_t words[5];

    if (which >= sizeof counts || counts[which] == 0 ||
        read_memory(notice->tid, arguments[1], words, counts[which] * sizeof *words) <
            counts[which] * sizeof *words)
        return false;
    for (size_t i = 0; i < counts[which]; i++)
        arguments[i] = words[i];
    *call = calls[which];
    return true;
}

static void read_arguments(struct notice *notice, const uint64_t arguments[6])
{
    notice->fd = notice->call == CALL_SOCKET ? -1 : (int)arguments[0];
    switch (notice->call) {
    case CALL_BIND:
        if (arguments[2] <= sizeof notice->address &&
            read_memory(notice->tid, arguments[1], notice->address, arguments[2]) == arguments[2])
            notice->length = (uint32_t)arguments[2];
        break;
    case CALL_LISTEN: notice->backlog = (int)arguments[1]; break;
    case CALL_SETSOCKOPT:
        notice->level = (int)arguments[1];
        notice->option = (int)arguments[2];
        notice->value_length = (uint32_t)arguments[4];
        read_memory(notice->tid, arguments[3], &notice->value, sizeof notice->value);
        break;
    default:
        notice->domain = (int)arguments[0];
        notice->type = (int)arguments[1];
        notice->protocol = (int)arguments[2];
    }
}

/* False for a call that is none of ours, as a socketcall() may turn out to be. */
static bool read_call(struct notice *notice, const struct seccomp_data *data)
{
    const struct machine_calls *calls = calls_of(data->arch);
    uint64_t arguments[6];

    if (calls == NULL)
        return false;
    memcpy(arguments, data->args, sizeof arguments);
    notice->narrow = calls->narrow;
    notice->number = (uint64_t)data->nr;
    notice->first = arguments[0];
    if (data->nr == calls->io_uring_setup)
        notice->uring = true;
    else if (data->nr == calls->bind)
        notice->call = CALL_BIND;
    else if (data->nr == calls->listen)
        notice->call = CALL_LISTEN;
    else if (data->nr == calls->socket)
        notice->call = CALL_SOCKET;
    else if (data->nr == calls->setsockopt)
        notice->call = CALL_SETSOCKOPT;
    else if (!unfold_socketcall(notice, arguments[0], arguments, &notice->call))
        return false;
    read_arguments(notice, arguments);
    return true;
}

int notice_receive(int listener, union notice_slot *slot, struct notice *notice)
{
    struct seccomp_notif received;
    long error;

    memset(slot, 0, sizeof *slot); /* the kernel insists */
    error = sys_call(SYS_ioctl, listener, SECCOMP_IOCTL_NOTIF_RECV, slot);
    if (error < 0)
        return (int)error;
    memcpy(&received, slot, sizeof received);
    memset(notice, 0, sizeof *notice);
    notice->id = received.id;
    notice->tid = (int32_t)received.pid;
    if (!read_call(notice, &received.data))
        notice->call = CALL_COUNT;
    return 0;
}

int notice_continue(int listener, union notice_slot *slot, uint64_t id)
{
    struct seccomp_notif_resp answer = {.id = id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    long error = sys_call(SYS_ioctl, listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);

    slot->id = 0;
    return (int)error;
}

bool notice_is_valid(int listener, const struct notice *notice)
{
    return sys_call(SYS_ioctl, listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &notice->id) == 0;
}

#endif

/* The process that made the last call, who is likely to make the next one. */
static struct {
    int32_t tid;
    int32_t pid;
    int handle; /* a pidfd */
} last = {0, 0, -1};

static void forget_process(void)
{
    if (last.handle >= 0)
        sys_close(last.handle);
    last.handle = -1;
}

/* A first thread has the number of its process, and only of those a handle can be had plainly. */
bool notice_find_process(struct notice *notice)
{
    if (last.tid != notice->tid || last.handle < 0) {
        forget_process();
        last.tid = last.pid = notice->tid;
        last.handle = process_open(notice->tid);
        if (last.handle < 0) {
            last.pid = process_status_number(notice->tid, "\nTgid:");
            last.handle = last.pid == 0 ? -1 : process_open(last.pid);
        }
        if (last.handle < 0) /* the first thread has ended before the others */
            last.handle = process_open_thread(notice->tid);
    }
    notice->pid = last.pid;
    return last.pid != 0;
}

int notice_copy_descriptor(const struct notice *notice, int fd)
{
    int handle, copy = -ESRCH;

    if (last.pid == notice->pid && last.handle >= 0)
        copy = process_copy_descriptor(last.handle, fd);
    if (copy != -ESRCH)
        return copy;
    forget_process(); /* it has ended, and its number is another's */
    handle = process_open(notice->pid);
    if (handle < 0)
        return handle;
    copy = process_copy_descriptor(handle, fd);
    sys_close(handle);
    return copy;
}
