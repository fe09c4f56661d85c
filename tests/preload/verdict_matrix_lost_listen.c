/* A bind that worked and a listen() that lost is explained as the kernel has it: whatever changed
 * in between, on whichever side. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "matrix.h"
#include "matrix_expect.h"
#include "mounts.h"
#include "net.h"
#include "run.h"

enum { RECORDS_SIZE = 1 << 18, LEAST_FAILING = 400, LEAST_KNOWN = 92 };

/* What happens between bind and listen. */
struct change {
    const char *name;
    bool holder_listens;
    int holder_clears;
    int newcomer_clears;
};

static const struct change changes[] = {
    { "the holder listens", true, 0, 0 },
    { "the holder clears SO_REUSEADDR", false, WITH_REUSEADDR, 0 },
    { "the holder clears SO_REUSEPORT", false, WITH_REUSEPORT, 0 },
    { "the newcomer clears SO_REUSEADDR", false, 0, WITH_REUSEADDR },
    { "the newcomer clears SO_REUSEPORT", false, 0, WITH_REUSEPORT },
};

/* One failing listen in the making. */
struct attempt {
    const struct change *change;
    const struct state *state;
    const struct place *held;
    const struct place *wanted;
    int held_options;
    int options;
};

static struct matrix_tally tally;

static const struct state *state_called(const char *name)
{
    for (size_t i = 0; i < matrix_state_count; i++) {
        if (strcmp(matrix_states[i].name, name) == 0)
            return &matrix_states[i];
    }
    check_failed(__FILE__, __LINE__, "a state", "%s", name);
}

static bool suits(const struct change *change, const struct state *state)
{
    bool bound = strcmp(state->name, "bound") == 0;

    if (change->holder_listens)
        return bound;
    if (change->holder_clears != 0)
        return bound || strcmp(state->name, "child ESTABLISHED") == 0;
    return bound || strcmp(state->name, "TIME_WAIT") == 0 || strcmp(state->name, "listening") == 0;
}

/* Who meets whom is shown by what is bound; the other states need a few places only. */
static bool is_left_out(const struct state *state, const struct place *held)
{
    return strcmp(state->name, "bound") != 0 && strcmp(held->name, "127.0.0.1") != 0 &&
           strcmp(held->name, ":: dual") != 0;
}

static struct newcomer newcomer_of(const struct attempt *attempt, int port)
{
    struct newcomer newcomer = {
        .v6only = net_family(attempt->wanted->address) == AF_INET6 ? attempt->wanted->v6only : -1,
        .port = port,
        .options = attempt->options,
        .listens = true,
        .clears = attempt->change->newcomer_clears,
    };

    snprintf(newcomer.address, sizeof newcomer.address, "%s", attempt->wanted->address);
    return newcomer;
}

static void change_holder(const struct attempt *attempt, const struct scene *scene)
{
    CHECK_RESULT(newcomer_raw_set(scene->holder, attempt->change->holder_clears, 0), 0, "clear");
    if (attempt->change->holder_listens)
        CHECK_RESULT(net_listen(scene->holder), 0, "the holder listens");
}

/* What the kernel does if the newcomer has `mine`, and the holder `theirs`, at the time of this
 * very call. (A newcomer that is let in by SO_REUSEADDR and has SO_REUSEPORT from the start leaves
 * that in the port's bucket, and its listen() is not looked at any more: fastreuseport. That would
 * be another bind, not another listen.) IPV6_V6ONLY cannot be set later than bind. */
static int ask_kernel(const struct attempt *attempt, int mine, int theirs, bool v6only)
{
    struct scene scene = scene_make(attempt->state, attempt->held, attempt->held_options | theirs);
    struct newcomer newcomer = newcomer_of(attempt, scene.port);
    int fd, result;

    newcomer.clears &= ~mine;
    if (v6only)
        newcomer.v6only = 1;
    result = fd = newcomer_raw_bind(&newcomer);
    if (fd >= 0) {
        if (scene.holder >= 0)
            change_holder(attempt, &scene);
        if (theirs != 0 && scene.holder >= 0)
            newcomer_raw_set(scene.holder, theirs, 1);
        newcomer_raw_set(fd, mine, 1);
        result = newcomer_raw_listen(fd, &newcomer);
        close(fd);
    }
    scene_end(&scene);
    return result;
}

static void find_truth(const struct attempt *attempt, struct matrix_case *what)
{
    static const int options[] = { WITH_REUSEADDR, WITH_REUSEPORT };

    for (int i = 0; i < 2; i++) {
        for (int both = 0; both < 2; both++)
            what->would[2 * i + both] =
                ask_kernel(attempt, options[i], both ? options[i] : 0, false) == 0;
    }
    what->would[WISH_NEWCOMER_V6ONLY] =
        what->newcomer->v6only == 0 && ask_kernel(attempt, 0, 0, true) == 0;
}

/* The newcomer's bind, the change, and its listen. The record of that is in RECORDS. */
static struct outcome lose(const struct attempt *attempt, const struct scene *scene, char *records)
{
    struct newcomer newcomer = newcomer_of(attempt, scene->port);
    struct outcome outcome;

    CHECK_EQ(newcomer_bind(&newcomer).bind, 0, "%s: bind under the shim", attempt->change->name);
    CHECK_EQ(newcomer_records(records, RECORDS_SIZE), 0, "records of a bind that works");
    if (scene->holder >= 0)
        change_holder(attempt, scene);
    outcome = newcomer_go_on();
    CHECK_RESULT(outcome.listen, -EADDRINUSE, "%s: listen", attempt->change->name);
    CHECK_EQ(newcomer_records(records, RECORDS_SIZE), 1, "%s: records of a listen that fails",
             attempt->change->name);
    return outcome;
}

static void meet(const struct attempt *attempt)
{
    static char records[RECORDS_SIZE];
    struct scene scene = scene_make(attempt->state, attempt->held, attempt->held_options);
    struct newcomer newcomer = newcomer_of(attempt, scene.port);
    struct matrix_case what = {
        .state = attempt->change->holder_listens ? state_called("listening") : attempt->state,
        .scene = &scene,
        .held = attempt->held,
        .wanted = attempt->wanted,
        .held_options = attempt->held_options & ~attempt->change->holder_clears,
        .newcomer = &newcomer,
        .holder_pid = getpid(),
        .holder_readable = true,
        .relation = "ancestor",
        .lost_listen = true,
    };

    what.outcome = lose(attempt, &scene, records);
    for (int tries = 1; tries < MATRIX_TRIES && matrix_is_cut_short(records); tries++) {
        scene_end(&scene);
        scene = scene_make(attempt->state, attempt->held, attempt->held_options);
        newcomer.port = scene.port;
        what.outcome = lose(attempt, &scene, records);
    }
    find_truth(attempt, &what);
    matrix_judge(&what, records, &tally);
    scene_end(&scene);
}

static void try_options(struct attempt *attempt)
{
    for (int held = 0; held < OPTION_SETS; held++) {
        for (int options = 0; options < OPTION_SETS; options++) {
            attempt->held_options = held;
            attempt->options = options;
            tally.cases++;
            /* A bind that fails is the other matrix's; one that nobody disturbs listens. */
            if (ask_kernel(attempt, 0, 0, false) == -EADDRINUSE) {
                struct scene scene = scene_make(attempt->state, attempt->held, held);
                struct newcomer newcomer = newcomer_of(attempt, scene.port);
                bool bound = newcomer_raw_try(&newcomer) == 0;

                scene_end(&scene);
                if (bound)
                    meet(attempt);
            }
        }
    }
}

static void try_change(const struct change *change)
{
    struct attempt attempt = { .change = change };

    for (size_t i = 0; i < matrix_state_count; i++) {
        attempt.state = &matrix_states[i];
        if (!suits(change, attempt.state))
            continue;
        for (size_t held = 0; held < MATRIX_NEWCOMER_PLACES; held++) {
            attempt.held = &matrix_places[held];
            if (is_left_out(attempt.state, attempt.held) || !matrix_is_sampled(held + i))
                continue;
            for (size_t wanted = 0; wanted < MATRIX_NEWCOMER_PLACES; wanted++) {
                attempt.wanted = &matrix_places[wanted];
                try_options(&attempt);
            }
        }
    }
}

int main(int argc, char **argv)
{
    char log[32], format[] = "REUSESHIM_FORMAT=json";
    char *extra[] = { log, format, NULL };
    struct run_child server;

    if (argc > 1 && strcmp(argv[1], "newcomers") == 0) {
        newcomer_serve();
        return CHECK_PASSED;
    }
    mounts_few_processes();
    newcomer_open_channels();
    scene_prepare();
    snprintf(log, sizeof log, "REUSESHIM_LOG=fd:%d", NEWCOMER_LOG);
    server = run_start_shimmed("newcomers", NULL, extra);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
        try_change(&changes[i]);
    run_kill(&server, SIGTERM);
    matrix_summary("tcp, listen after a bind that worked", &tally);
    CHECK_EQ(tally.wrong, 0, "wrong answers");
    if (!matrix_is_whole())
        return CHECK_PASSED;
    CHECK(tally.failing >= LEAST_FAILING, "at least %d failing, seen %ld", LEAST_FAILING,
          tally.failing);
    matrix_check_known(&tally, LEAST_KNOWN);
    return CHECK_PASSED;
}
