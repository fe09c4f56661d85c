#include "hook/last_word.h"

#include <string.h>

#include "base/rare.h"
#include "base/sys.h"
#include "confine/confinement.h"
#include "hook/guard.h"
#include "hook/next.h"
#include "hook/say.h"
#include "hook/setup.h"
#include "report/record.h"

enum {
    LINE_MAX_BYTES = 1024,
    FRESH_MS = 60 * 1000 /* an exit later than this has perhaps another cause */
};

/* Guarded by 'busy': who finds it taken does without. */
static struct {
    _Atomic int busy; /* exchanging one byte takes libatomic on RISC-V */
    int64_t pid; /* of the process that it happened to: a child of fork has a copy */
    int64_t kept_ms;
    struct endpoint local;
    char line[LINE_MAX_BYTES];
} last;

_Atomic bool last_word_is_kept;

static bool take(void)
{
    return !atomic_exchange_explicit(&last.busy, true, memory_order_acquire);
}

static void release(void)
{
    atomic_store_explicit(&last.busy, false, memory_order_release);
}

static bool is_wanted(void)
{
    const struct settings *settings = setup_settings();

    return settings->log == LOG_STDERR && settings->format == FORMAT_TEXT;
}

RARE static void say_last(int status, void *argument)
{
    struct confinement now;
    char line[LINE_MAX_BYTES];
    bool fresh;

    (void)argument;
    if (status == 0 || !atomic_load_explicit(&last_word_is_kept, memory_order_relaxed) ||
        !guard_enter())
        return;
    confinement_look(&now); /* with calls that a filter is known to let through */
    if (take()) {
        fresh = last.pid == now.pid && sys_monotonic_ms() - last.kept_ms <= FRESH_MS;
        memcpy(line, last.line, sizeof line);
        atomic_store_explicit(&last_word_is_kept, false, memory_order_relaxed);
        release();
        if (fresh)
            say_setting_error(line);
    }
    guard_leave();
}

void last_word_watch(void)
{
    static _Atomic int watches;

    if (!atomic_exchange_explicit(&watches, true, memory_order_relaxed))
        next_on_exit(say_last);
}

char *last_word_share(void)
{
    return is_wanted() ? sys_map_shared(LINE_MAX_BYTES) : NULL;
}

/* Alone in its copy of the memory. What it found there is of an earlier failure. */
void last_word_hand_over(char *shared)
{
    if (shared != NULL && last.pid == sys_place.pid)
        memcpy(shared, last.line, sizeof last.line);
}

void last_word_adopt(char *shared, const struct endpoint *local, int32_t pid)
{
    if (shared == NULL)
        return;
    if (shared[0] != '\0' && take()) {
        memcpy(last.line, shared, sizeof last.line);
        last.line[sizeof last.line - 1] = '\0';
        last.pid = pid;
        last.kept_ms = sys_monotonic_ms();
        last.local = *local;
        release();
        atomic_store_explicit(&last_word_is_kept, true, memory_order_relaxed);
    }
    sys_unmap(shared, LINE_MAX_BYTES);
}

RARE void last_word_keep(const struct evidence *evidence, const struct verdict *verdict)
{
    struct text text;

    if (!is_wanted() || !take())
        return;
    text = text_in(last.line, sizeof last.line);
    human_last_word(&text, evidence, verdict);
    last.pid = evidence->attempt.caller.pid;
    last.kept_ms = sys_monotonic_ms();
    last.local = evidence->attempt.socket.local;
    release();
    atomic_store_explicit(&last_word_is_kept, true, memory_order_relaxed);
}

RARE void last_word_forget(const struct endpoint *local)
{
    bool same;

    if (!take())
        return;
    same = local->family == FAMILY_UNIX || last.local.family == FAMILY_UNIX
               ? endpoint_equal(local, &last.local)
               : local->port == last.local.port;
    if (same)
        atomic_store_explicit(&last_word_is_kept, false, memory_order_relaxed);
    release();
}
