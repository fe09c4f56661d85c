/* Writing to a descriptor without hanging and without signals.
 *
 * A blocking pipe of which nobody reads would stop the program in our write. POLLOUT promises room
 * for one page; a longer record goes through a description of our own of the same pipe, opened
 * non-blocking through /proc/self/fd, and where that is not to be had, in pieces of a page.
 *
 * SIGPIPE (no reader), SIGXFSZ (RLIMIT_FSIZE) and SIGTTOU (a background job on a terminal with
 * 'stty tostop') are blocked for this thread meanwhile. The first two are taken back if our write
 * raised them; the third is not raised at all while it is blocked.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "report/sink.h"
#include "report/sink_place.h"

enum {
    PIECE_MAX = 4096,     /* bytes: PIPE_BUF, what fits in a pipe that polls as writable */
    RETRY_PAUSE_MS = 1
};

/* The kernel's old timespec on every architecture: two longs. */
struct pause {
    long second;
    long nanosecond;
};

static uint64_t bit_of(int signal)
{
    return (uint64_t)1 << (signal - 1);
}

/* ---- Signals ---- */

struct signals {
    struct sys_signals before;  /* the thread's mask */
    struct sys_signals pending; /* before our write: not ours to take */
};

static void signals_hold(struct signals *signals)
{
    const struct sys_signals held =
        sys_signals(bit_of(SIGPIPE) | bit_of(SIGXFSZ) | bit_of(SIGTTOU), 0);

    *signals = (struct signals){.before = sys_signals(0, 0), .pending = sys_signals(0, 0)};
    sys_mask(SIG_BLOCK, &held, &signals->before);
    sys_call(SYS_rt_sigpending, &signals->pending, sizeof signals->pending);
}

static void signals_release(const struct signals *signals, int result)
{
    uint64_t bit = result == -EPIPE ? bit_of(SIGPIPE) : result == -EFBIG ? bit_of(SIGXFSZ) : 0;
    const struct sys_signals raised = sys_signals(bit, 0);
    struct pause none = {0, 0};

    if (bit != 0 && (signals->pending.words[0] & bit) == 0)
        sys_call(SYS_rt_sigtimedwait, &raised, NULL, &none, sizeof raised);
    sys_mask(SIG_SETMASK, &signals->before, NULL);
}

/* ---- Waiting ---- */

static void rest(void)
{
    struct pause pause = {0, RETRY_PAUSE_MS * 1000000L};

    sys_call(SYS_ppoll, NULL, 0, &pause, NULL, sizeof(struct sys_signals));
}

int descriptor_await(int fd, int64_t deadline_ms)
{
    struct pollfd wanted = {.fd = fd, .events = POLLOUT};
    long result;

    do {
        int64_t left_ms = deadline_ms - sys_monotonic_ms();
        struct pause pause = {0, 0};

        if (left_ms > 0)
            pause = (struct pause){(long)(left_ms / 1000), (long)(left_ms % 1000) * 1000000L};
        result = sys_call(SYS_ppoll, &wanted, 1, &pause, NULL, sizeof(struct sys_signals));
    } while (result == -EINTR);
    return result == 0 ? -ETIMEDOUT : 0;
}

/* ---- Writing ---- */

static long write_once(int fd, uint32_t mode, const char *bytes, size_t length)
{
    if (S_ISSOCK(mode))
        return sys_call(SYS_sendto, fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0);
    return sys_call(SYS_write, fd, bytes, length);
}

static int write_all(int fd, uint32_t mode, const char *bytes, size_t length, size_t piece_max)
{
    int64_t deadline_ms = sys_monotonic_ms() + SINK_PATIENCE_MS;
    size_t done = 0;

    while (done < length) {
        size_t piece = length - done < piece_max ? length - done : piece_max;
        long result = S_ISREG(mode) ? 0 : descriptor_await(fd, deadline_ms);

        if (result < 0)
            return (int)result;
        result = write_once(fd, mode, bytes + done, piece);
        if (result == -EAGAIN && sys_monotonic_ms() < deadline_ms)
            rest();
        else if (result == 0)
            return -EIO;
        else if (result < 0 && result != -EINTR)
            return (int)result;
        else if (result > 0)
            done += (size_t)result;
    }
    return 0;
}

/* A description of our own of the pipe FD, or -errno. */
static int open_again(int fd)
{
    char buffer[32];
    struct text path = text_in(buffer, sizeof buffer);

    text_add(&path, "/proc/self/fd/");
    text_number(&path, fd);
    return sys_open_at(AT_FDCWD, buffer, O_WRONLY | O_NONBLOCK | O_NOCTTY, 0);
}

int descriptor_write(int fd, uint32_t mode, const char *bytes, size_t length)
{
    struct signals signals;
    int own = S_ISFIFO(mode) && length > PIECE_MAX ? open_again(fd) : -1;
    size_t piece_max = S_ISFIFO(mode) && own < 0 ? PIECE_MAX : length;
    int result;

    signals_hold(&signals);
    result = write_all(own >= 0 ? own : fd, mode, bytes, length, piece_max);
    signals_release(&signals, result);
    if (own >= 0)
        sys_close(own);
    return result;
}
