#include "hook/setup.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/auxv.h>

#include "base/sys.h"
#include "facts/facts.h"
#include "hook/next.h"
#include "hook/say.h"
#include "memory/history.h"
#include "memory/lock.h"
#include "memory/trace.h"
#include "report/sink.h"

_Atomic int setup_mode_known;
_Atomic bool setup_stacks_tried;

/* Written by the one thread that moves the mode from UNSET to READING, read-only after that. */
static struct settings settings;

/* A seccomp filter was on this process before it was started: nothing may be done at its start that
 * the start of every program does not do. Written as 'settings' is. */
static bool confined_from_start;

static void check_log(void)
{
    int error = settings.log == LOG_FILE && !confined_from_start ? sink_check() : 0;

    if (error < 0) {
        settings.log = LOG_STDERR;
        say_log_error(&settings, error);
    }
}

/* Everything is read before anything is said, so that it is said in the form and the place that the
 * other variables ask for. */
static void read_environment(void)
{
    const char *values[VARIABLE_COUNT];
    struct policy_error errors[VARIABLE_COUNT];
    bool failed[VARIABLE_COUNT];
    unsigned int i;

    settings_init(&settings);
    for (i = 0; i < VARIABLE_COUNT; i++) {
        values[i] = next_environment(variable_name((enum variable)i));
        failed[i] = values[i] != NULL &&
                    !settings_read(&settings, (enum variable)i, values[i], &errors[i]);
    }
    if (!settings_means_program(&settings, next_program_name()))
        return;
    if (confined_from_start)
        sink_init_confined(&settings);
    else
        sink_init(&settings);
    check_log();
    for (i = 0; i < VARIABLE_COUNT; i++)
        if (failed[i])
            say_setting_error((enum variable)i, values[i], &errors[i]);
}

/* Rules that say what is done anyway must not cost a look at each socket. */
static bool only_explains(const struct policy *policy)
{
    size_t i;

    for (i = 0; i < policy->count; i++)
        if (policy->rules[i].actions != 1u << ACTION_EXPLAIN)
            return false;
    return true;
}

static bool is_off_for_all(const struct policy *policy)
{
    const struct policy_rule *first = &policy->rules[0];

    return policy->count > 0 && first->actions == 1u << ACTION_OFF &&
           first->protocol == SELECT_ANY && !first->has_address && first->range_count == 0;
}

/* valgrind preloads libraries of its own. */
static bool is_under_valgrind(void)
{
    const char *preload = next_environment("LD_PRELOAD");

    return preload != NULL && strstr(preload, "/vgpreload_") != NULL;
}

static enum mode read_settings(void)
{
    if (getauxval(AT_SECURE) != 0)
        return MODE_OFF;
    if (is_under_valgrind())
        sys_readable_under_valgrind();
    confined_from_start = facts_confined();
    lock_init(!confined_from_start);
    read_environment();
    if (!settings_means_program(&settings, next_program_name()) ||
        is_off_for_all(&settings.policy))
        return MODE_OFF;
    if (settings.history && !confined_from_start)
        history_init();
    return only_explains(&settings.policy) ? MODE_PLAIN : MODE_POLICY;
}

enum mode setup_read(void)
{
    int unset = MODE_UNSET, saved, now;

    if (!atomic_compare_exchange_strong(&setup_mode_known, &unset, MODE_READING))
        return (enum mode)unset;
    saved = errno;
    now = (int)read_settings();
    errno = saved;
    atomic_store_explicit(&setup_mode_known, now, memory_order_release);
    return (enum mode)now;
}

const struct settings *setup_settings(void)
{
    return &settings;
}

/* A handler runs with its own signal blocked, at least. A program that blocks signals before it
 * opens its first socket is taken for one, and has no stacks then; most are warmed up by the
 * constructor anyway. */
static bool may_be_in_handler(void)
{
    uint64_t blocked = 1;

    return sys_call(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &blocked, sizeof blocked) < 0 ||
           blocked != 0;
}

void setup_try_stacks(void)
{
    int saved = errno;

    if (atomic_exchange_explicit(&setup_stacks_tried, true, memory_order_relaxed))
        return;
    if (next_single_threaded() && !lock_in_fork_child() && !facts_confined() &&
        !may_be_in_handler())
        trace_warm();
    errno = saved;
}

__attribute__((constructor)) static void start(void)
{
    int saved = errno;
    enum mode now;

    next_find();
    now = setup_mode();
    if ((now == MODE_PLAIN || now == MODE_POLICY) && !confined_from_start && trace_program_binds() &&
        !atomic_exchange_explicit(&setup_stacks_tried, true, memory_order_relaxed))
        trace_warm();
    errno = saved;
}

__attribute__((destructor)) static void finish(void)
{
    history_end();
}
