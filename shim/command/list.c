/* reuseshim list: what is bound now, and what was, from the histories. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/sys.h"
#include "command/command.h"
#include "command/console.h"
#include "command/list_print.h"
#include "command/remembered.h"

enum {
    FLAG_PORT = 0,
    FLAG_PID,
    FLAG_PROGRAM,
    FLAG_SINCE,
    FLAG_BOUND,
    FLAG_FOLLOW,
    FLAG_HISTORY,
    ROW_SIZE = 64 * 1024, /* bytes of one printed row */
    NAMES_SIZE = 1 << 20, /* of the symbols in it */
    FOLLOW_MS = 250,      /* between two looks: a store to a mapped file wakes nobody */
    LATE_US = 2000000     /* a bind that is told later than others that were made after it */
};

struct listing {
    const char *folder;
    struct list_filter filter;
    bool json;
    bool follow;
    bool filtered; /* not all binds are asked for */
    struct text text;
    void *names;
};

static void read_flags(struct listing *listing, struct arguments *arguments)
{
    int flag;

    while ((flag = arguments_next(arguments)) >= 0) {
        listing->filtered |= flag != FLAG_FOLLOW && flag != FLAG_HISTORY;
        switch (flag) {
        case FLAG_PORT:
            listing->filter.port = (int)arguments_number(arguments, "port", 65535);
            break;
        case FLAG_PID:
            listing->filter.pid = (int32_t)arguments_number(arguments, "process id", INT_MAX);
            break;
        case FLAG_PROGRAM: listing->filter.program = arguments->value; break;
        case FLAG_SINCE:
            listing->filter.since_us = sys_realtime_us() - arguments_age_us(arguments);
            break;
        case FLAG_BOUND: listing->filter.only_bound = true; break;
        case FLAG_FOLLOW: listing->follow = true; break;
        case FLAG_HISTORY: listing->folder = arguments->value; break;
        default: abort(); /* a row of the table without its case */
        }
    }
    arguments_want(arguments, 0, 0);
    if (listing->folder != NULL && listing->folder[0] != '/')
        arguments_wrong(arguments, "--history \"%s\": expected the absolute path of a folder",
                        console_shown(listing->folder));
    listing->json = arguments->json;
}

/* A terminal may be narrower than the table; a file is not. */
static void fold(struct listing *listing, size_t start)
{
    if (isatty(STDOUT_FILENO))
        console_fold(&listing->text, start, console_width());
}

/* Not before the folder could be read: what goes wrong stands alone. */
static void print_head(struct listing *listing)
{
    size_t start;

    if (listing->json)
        return;
    start = listing->text.used;
    list_print_head(&listing->text);
    fold(listing, start);
    console_print(&listing->text);
}

static void print_row(struct listing *listing, struct list_row *row)
{
    struct scratch scratch = {listing->names, (char *)listing->names + NAMES_SIZE};
    size_t start = listing->text.used;

    if (listing->json)
        list_print_json(&listing->text, row, &scratch);
    else
        list_print_row(&listing->text, row, sys_realtime_us(), &scratch);
    if (!listing->json)
        fold(listing, start);
    console_print(&listing->text);
}

static void tell_skipped(uint32_t skipped)
{
    if (skipped > 0)
        console_error("%u %s of the folder %s no history that can be understood: skipped", skipped,
                      skipped == 1 ? "file" : "files", skipped == 1 ? "is" : "are");
}

/* No folder yet means that nothing has been remembered yet. */
static bool tell_error(const struct listing *listing, int error)
{
    if (error == 0 || error == -ENOENT)
        return false;
    console_error("the folder %s can't be used: %s", console_shown(listing->folder),
                  remembered_trouble(error));
    return true;
}

/* ---- --follow ---- */

/* A row is known by its process's file, its ring and its number. */
struct known_row {
    int64_t opened_us;
    int64_t time_us;
    uint64_t number;
    int32_t pid;
    size_t at;
};

struct follower {
    struct known_row *seen; /* those of the last LATE_US, on the heap */
    size_t count;
    int64_t until_us; /* nothing older is new */
};

static struct known_row known_of(const struct list_row *row)
{
    return (struct known_row){row->process.opened_us, row->bind.time_us, row->bind.number,
                          row->process.pid, row->bind.at};
}

static bool is_known(const struct follower *follower, const struct known_row *row)
{
    for (size_t i = 0; i < follower->count; i++)
        if (follower->seen[i].opened_us == row->opened_us && follower->seen[i].pid == row->pid &&
            follower->seen[i].at == row->at && follower->seen[i].number == row->number)
            return true;
    return false;
}

/* Prints what is new in ROWS, the oldest first, and remembers what is recent. */
static void follow_rows(struct listing *listing, struct follower *follower, struct list_rows *rows)
{
    struct known_row *seen = console_memory((rows->count + 1) * sizeof *seen);
    int64_t next_us = sys_realtime_us() - LATE_US;
    size_t count = 0;

    for (size_t i = rows->count; i-- > 0;) {
        struct known_row row = known_of(&rows->rows[i]);

        if (row.time_us >= follower->until_us && !is_known(follower, &row))
            print_row(listing, &rows->rows[i]);
        if (row.time_us >= next_us)
            seen[count++] = row;
    }
    free(follower->seen);
    *follower = (struct follower){seen, count, next_us};
    fflush(stdout);
}

static int follow(struct listing *listing)
{
    const struct timespec pause = {0, FOLLOW_MS * 1000000L};
    struct follower follower = {NULL, 0, 0};
    uint32_t told = 0;
    bool begun = false;

    for (;;) {
        struct list_rows rows;
        int error = list_read(&rows, listing->folder, &listing->filter);

        if (tell_error(listing, error))
            return EXIT_CANNOT_SEE;
        if (!begun)
            print_head(listing);
        begun = true;
        if (rows.skipped > told) {
            tell_skipped(rows.skipped);
            told = rows.skipped;
        }
        follow_rows(listing, &follower, &rows);
        list_free(&rows);
        if (ferror(stdout))
            return EXIT_YES; /* console_finish says the rest */
        if (follower.until_us > listing->filter.since_us)
            listing->filter.since_us = follower.until_us;
        nanosleep(&pause, NULL);
    }
}

static void tell_nothing(const struct listing *listing, int error)
{
    if (error == -ENOENT)
        console_error("nothing is remembered: there is no history yet; it begins with what is "
                      "started by: reuseshim run");
    else if (!listing->filtered)
        console_error("nothing is remembered: nothing that ran under reuseshim run has bound yet");
    else
        console_error("no bind in the history fits these options");
}

static int show(struct listing *listing)
{
    struct list_rows rows;
    int error = list_read(&rows, listing->folder, &listing->filter);

    if (tell_error(listing, error))
        return EXIT_CANNOT_SEE;
    print_head(listing);
    if (rows.count == 0 && !listing->json)
        tell_nothing(listing, error);
    for (size_t i = 0; i < rows.count; i++)
        print_row(listing, &rows.rows[i]);
    tell_skipped(rows.skipped);
    list_free(&rows);
    return EXIT_YES;
}

static int run(struct arguments *arguments)
{
    struct listing listing = {.filter.port = -1};

    read_flags(&listing, arguments);
    if (listing.folder == NULL)
        listing.folder = remembered_folder();
    if (listing.folder == NULL) {
        console_error("there is no history: REUSESHIM_HISTORY is off, or names no folder");
        return EXIT_CANNOT_SEE;
    }
    listing.text = console_text(ROW_SIZE);
    listing.names = console_text(NAMES_SIZE).start;
    return listing.follow ? follow(&listing) : show(&listing);
}

static const struct flag flags[] = {
    [FLAG_PORT] = {"port", 0, "N", "only binds of this port"},
    [FLAG_PID] = {"pid", 0, "PID", "only binds of this process"},
    [FLAG_PROGRAM] = {"program", 0, "GLOB", "only binds of programs of this name"},
    [FLAG_SINCE] = {"since", 0, "TIME", "only binds of the last 90s, 30m, 24h, 7d"},
    [FLAG_BOUND] = {"bound", 0, NULL, "only what is bound now"},
    [FLAG_FOLLOW] = {"follow", 'f', NULL, "goes on, with each bind as it is made; the newest last"},
    [FLAG_HISTORY] = {"history", 0, "FOLDER", "another folder than that of REUSESHIM_HISTORY"},
};

const struct subcommand list_subcommand = {
    .name = "list",
    .usage = "[OPTION]...",
    .summary = "Lists what is bound now, and what was, from the history",
    .details =
        "The newest comes first. BOUND is when bind() worked; STATE is how it is now:\n"
        "listening, bound, connected (and in whose hands, if not in those that bound\n"
        "it), closed (its process lives and has it no more), ended (its process is gone),\n"
        "or ? where that cannot be seen. server[7 inside] has the number 7 in another pid\n"
        "namespace. REUSE has SO_REUSEADDR and SO_REUSEPORT as they were at bind(). Only\n"
        "what ran under the shim with a history is known.\n\n"
        "Exit code: 0; 3 usage; 4 the folder can't be used.\n",
    .flags = flags,
    .flag_count = sizeof flags / sizeof *flags,
    .has_json = true,
    .usage_exit = EXIT_USAGE,
    .run = run,
};
