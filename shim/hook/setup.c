#include "hook/setup.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/auxv.h>

#include "base/sys.h"
#include "confine/confinement.h"
#include "confine/proof.h"
#include "hook/explain.h"
#include "hook/filter.h"
#include "hook/last_word.h"
#include "hook/guard.h"
#include "hook/late.h"
#include "hook/next.h"
#include "hook/remember.h"
#include "hook/say.h"
#include "past/history.h"
#include "unwind/imports.h"
#include "table/lock.h"
#include "unwind/objects.h"
#include "unwind/trace.h"
#include "report/sink.h"

_Atomic int setup_mode_known;
_Atomic int setup_stacks_tried;

/* Written by the one thread that moves the mode from UNSET to READING, read-only after that. What
 * the start of every program touches is the end of this, in one page. */
static struct {
    struct settings settings;
    /* A seccomp filter was on this process before it was started: nothing may be done at its start
     * that the start of every program does not do. */
    bool confined_from_start;
    /* The environment has been read and the log's descriptor is known, by prepare(). */
    bool prepared;
} setup;

static void check_log(void)
{
    int error = setup.settings.log == LOG_FILE && !setup.confined_from_start ? sink_check() : 0;

    if (error < 0) {
        setup.settings.log = LOG_STDERR;
        say_log_error(&setup.settings, error);
    }
}

/* The lines about values that could not be understood; empty = there is none. Written as 'settings'
 * is. */
static char complaints[VARIABLE_COUNT][SETTINGS_ERROR_MAX];

static void read_environment(void)
{
    settings_init(&setup.settings);
    for (unsigned int i = 0; i < VARIABLE_COUNT; i++) {
        enum variable variable = (enum variable)i;
        const char *value = next_environment(variable_name(variable));
        struct reader_error error;

        if (value != NULL && !settings_read(&setup.settings, variable, value, &error)) {
            struct text line = text_in(complaints[i], sizeof complaints[i]);

            settings_print_error(&line, variable, value, &error);
        }
    }
}

/* All has been read before anything is said, so that it is said in the form and the place that the
 * other variables ask for. */
static void complain(void)
{
    check_log();
    for (unsigned int i = 0; i < VARIABLE_COUNT; i++)
        if (complaints[i][0] != '\0')
            say_setting_error(complaints[i]);
}

static void open_sink(void)
{
    if (setup.prepared && !setup.confined_from_start)
        sink_complete();
    else
        sink_init(&setup.settings, setup.confined_from_start);
}

/* Has every rule no other actions than ACTIONS (bits 1 << enum action)? */
static bool does_no_more_than(const struct policy *policy, uint32_t actions)
{
    for (size_t i = 0; i < policy->count; i++)
        if ((policy->rules[i].actions & ~actions) != 0)
            return false;
    return true;
}

bool setup_only_watches(void)
{
    return does_no_more_than(&setup.settings.policy,
                             1u << ACTION_OFF | 1u << ACTION_EXPLAIN | 1u << ACTION_LOG);
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
    struct confinement now;

    if (getauxval(AT_SECURE) != 0)
        return MODE_OFF;
    if (is_under_valgrind())
        sys_readable_under_valgrind();
    confinement_look(&now);
    setup.confined_from_start = now.on;
    lock_init(!setup.confined_from_start);
    if (setup.confined_from_start) {
        confinement_expect(true); /* or this program would not have come so far */
        proof_at_start(&now);
    }
    if (!setup.prepared)
        read_environment();
    proof_of_trial(setup.settings.helper);
    if (!settings_means_program(&setup.settings, next_program_name()))
        return MODE_OFF;
    open_sink();
    complain();
    if (is_off_for_all(&setup.settings.policy))
        return MODE_OFF;
    if (setup.settings.history && (!setup.confined_from_start || proof_answers(&now)))
        history_init();
    /* Rules that say what is done anyway must not cost a look at each socket. */
    return does_no_more_than(&setup.settings.policy, 1u << ACTION_EXPLAIN) ? MODE_PLAIN
                                                                           : MODE_POLICY;
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

/* Pid 1 of a container has nobody to compare its filters with later. */
static void count_filters(void)
{
    struct confinement now;

    confinement_look(&now);
    if (now.on)
        proof_at_start(&now);
}

/* For the many programs that never open a socket: no more is done at their start than what could
 * not be done as well later, and no system call but one that every program makes at its start. What
 * is wrong with a setting is told when the first socket is opened, too: else a start script would
 * say it once for each of its commands. */
static void prepare(void)
{
    int unset = MODE_UNSET;

    if (getauxval(AT_SECURE) != 0 ||
        !atomic_compare_exchange_strong(&setup_mode_known, &unset, MODE_READING))
        return;
    read_environment();
    sink_init(&setup.settings, true);
    if (next_thread_number() == 1)
        count_filters();
    setup.prepared = true;
    atomic_store_explicit(&setup_mode_known, MODE_UNSET, memory_order_release);
}

const struct settings *setup_settings(void)
{
    return &setup.settings;
}

/* A handler runs with its own signal blocked, at least. A program that blocks signals before it
 * opens its first socket is taken for one, and has no stacks then; most are warmed up by the
 * constructor anyway. */
static bool may_be_in_handler(void)
{
    const struct sys_signals none = sys_signals(0, 0);
    struct sys_signals blocked;

    return sys_mask(SIG_BLOCK, NULL, &blocked) < 0 || memcmp(&blocked, &none, sizeof none) != 0;
}

/* May more be called than the program calls? Not under a filter of which nothing is known, or only
 * that the program's own fork was let through. */
static bool may_make_calls(void)
{
    struct confinement now;

    confinement_look(&now);
    return !now.on || proof_holds(&now, false);
}

void setup_try_stacks(void)
{
    int saved = errno;

    if (atomic_exchange_explicit(&setup_stacks_tried, true, memory_order_relaxed))
        return;
    if (next_single_threaded() && !lock_in_fork_child() && may_make_calls() &&
        !may_be_in_handler()) {
        trace_warm();
        last_word_watch();
    }
    errno = saved;
}

/* Has the program anything to do with us? The settings have been read, unless it is set-user-ID. */
static bool is_meant(void)
{
    return getauxval(AT_SECURE) == 0 && (!setup.confined_from_start || may_make_calls()) &&
           settings_means_program(&setup.settings, next_program_name()) &&
           !is_off_for_all(&setup.settings.policy);
}

/* The settings are read at once. Under a filter it matters whether the program makes a process. */
static void start_listener(void)
{
    setup_mode();
    if (setup.confined_from_start)
        pthread_atfork(NULL, proof_of_fork, NULL);
}

/* What the program and the libraries that it was started with import says what it may do; that we
 * import syscall ourselves says nothing. bind would not do for listen: libselinux imports it, and
 * with it ls, cp and sed. */
__attribute__((constructor)) static void start(void)
{
    enum { LISTEN = 1, PRCTL = 2, SYSCALL = 4, DLSYM = 8, SIGALTSTACK = 16 };
    int saved = errno;
    uint32_t imported;

    next_find();
    imported = imports_loaded("listen\0prctl\0syscall\0dlsym\0sigaltstack\0", &setup);
    if (imported & SIGALTSTACK)
        next_find_sigaltstack();
    if (imported & LISTEN)
        start_listener();
    else
        prepare();
    if (is_meant()) {
        if (imported & (PRCTL | SYSCALL))
            filter_watch(); /* before libunwind is there, which gets others in their place */
        if (imported & DLSYM)
            late_watch();
        if ((imported & LISTEN) &&
            !atomic_exchange_explicit(&setup_stacks_tried, true, memory_order_relaxed))
            trace_warm();
        last_word_watch(); /* also where the caller of bind is loaded later, as in Java */
        if (setup.settings.history)
            objects_prepare();
    }
    errno = saved;
}

/* What a walk that came to no end has not told yet is told before the program is gone. */
RARE static void tell_last(void)
{
    if (guard_enter()) {
        explain_walks(true);
        guard_leave();
    }
}

__attribute__((destructor)) static void finish(void)
{
    if (walk_is_open())
        tell_last();
    if (setup.settings.history) /* else its memory is not even touched */
        remember_end();
}
