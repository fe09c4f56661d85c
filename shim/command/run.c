/* reuseshim run: checks everything, then becomes the program under the shim. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/command.h"
#include "command/console.h"
#include "command/launch.h"
#include "command/program.h"
#include "command/remembered.h"
#include "command/word_size.h"
#include "supervise/supervise.h"

enum { FLAG_POLICY = 0, FLAG_LOG, FLAG_FORMAT, FLAG_ONLY, FLAG_VERBOSE, FLAG_SUPERVISE };

/* The variable that each option sets. */
static const enum variable variables[] = {
    [FLAG_POLICY] = VARIABLE_POLICY,
    [FLAG_LOG] = VARIABLE_LOG,
    [FLAG_FORMAT] = VARIABLE_FORMAT,
    [FLAG_ONLY] = VARIABLE_ONLY,
    [FLAG_VERBOSE] = VARIABLE_VERBOSE,
};

static int refuse(const struct program *program)
{
    struct text sentence = console_text(4 * PATH_MAX);

    program_explain(&sentence, program);
    console_error("%s", sentence.start);
    return EXIT_CANNOT_RUN;
}

/* A folder that the user has named must do; where he has named none, the default one is used if
 * that can be done. */
static bool choose_history(struct launch *launch)
{
    static char folder[SETTINGS_PATH_MAX];
    const char *value = getenv(variable_name(VARIABLE_HISTORY));
    bool named = value != NULL && value[0] != '\0';
    int error;

    if (!named) {
        if (remembered_default(folder, true))
            launch->values[VARIABLE_HISTORY] = folder;
        return true;
    }
    if (!launch->settings.history)
        return true;
    error = remembered_try(launch->settings.history_path);
    if (error == 0)
        return true;
    console_error("%s: the folder %s can't be used: %s", variable_name(VARIABLE_HISTORY),
                  console_shown(launch->settings.history_path), remembered_trouble(error));
    return false;
}

static int become(const char *path, char *const *words)
{
    execv(path, words);
    console_error("'%s' can't be started: %s", console_shown(path), strerror(errno));
    return errno == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
}

/* What keeps a library out is no obstacle to one who looks from outside. */
static bool can_be_supervised(enum obstacle obstacle)
{
    switch (obstacle) {
    case OBSTACLE_NONE:
    case OBSTACLE_GO:
    case OBSTACLE_RAW_CALLS:
    case OBSTACLE_STATIC:
    case OBSTACLE_STATIC_PIE:
    case OBSTACLE_LOADER:
    case OBSTACLE_OTHER_WORD_SIZE:
    case OBSTACLE_OTHER_LIBC:
    case OBSTACLE_APPIMAGE:
    case OBSTACLE_ENVIRONMENT: return true;
    case OBSTACLE_SETUID:
    case OBSTACLE_SETGID:
    case OBSTACLE_CAPABILITIES: return geteuid() == 0; /* others need no_new_privs: seccomp(2) */
    default: return false;
    }
}

static int run_supervised(const struct arguments *arguments, struct launch *launch,
                          const struct program *program, const char *path)
{
    struct text trouble;

    if (!can_be_supervised(program->obstacle))
        return refuse(program);
    if (!launch_set_environment_bare(launch))
        return EXIT_OWN_ERROR;
    trouble = console_text(PATH_MAX);
    switch (supervise_start(&launch->settings, &trouble)) {
    case SUPERVISE_ON: break;
    case SUPERVISE_NOT:
        console_error("the program runs unseen, for it can't be supervised: %s", trouble.start);
        break;
    case SUPERVISE_BROKEN:
        console_error("the program can't be supervised: %s", trouble.start);
        return EXIT_OWN_ERROR;
    }
    return become(path, arguments->words);
}

/* What is started may be seen: before that line of a script, or in the image. */
static void warn(const struct program *program)
{
    struct text text = console_text(4 * PATH_MAX);

    program_explain(&text, program);
    console_error("%s", text.start);
}

static int run(struct arguments *arguments)
{
    static struct launch launch;
    static struct program program;
    static char path[PATH_MAX];
    bool supervise = false;
    int flag;

    while ((flag = arguments_next(arguments)) >= 0)
        if (flag == FLAG_SUPERVISE)
            supervise = true;
        else
            launch.values[variables[flag]] = arguments->value != NULL ? arguments->value : "1";
    arguments_want(arguments, 1, INT_MAX);
    if (!launch_read_settings(&launch) || !choose_history(&launch) ||
        (!supervise && !library_find(launch.library)))
        return EXIT_OWN_ERROR;
    if (!program_find(arguments->words[0], path)) {
        program_not_found(arguments->words[0], &program);
        refuse(&program);
        return EXIT_NOT_FOUND;
    }
    library_kind(&launch.kind);
    program_inspect(path, &launch.kind, &program);
    if (program.obstacle == OBSTACLE_LOADER)
        program_inspect_loaded(arguments->words + 1, &program);
    program_inspect_script(&program);
    if (supervise)
        return run_supervised(arguments, &launch, &program, path);
    word_size_solve(&program, launch.library);
    if (program.obstacle == OBSTACLE_ENVIRONMENT || program.obstacle == OBSTACLE_APPIMAGE)
        warn(&program);
    else if (program.obstacle != OBSTACLE_NONE)
        return refuse(&program);
    if (!launch_set_environment(&launch, program.sanitizer))
        return EXIT_OWN_ERROR;
    return become(path, arguments->words);
}

static const struct flag flags[] = {
    [FLAG_POLICY] = {"policy", 'p', "POLICY",
                     "what is done for which sockets (REUSESHIM_POLICY); see: "
                     "reuseshim policy --help"},
    [FLAG_LOG] = {"log", 'l', "LOG",
                  "stderr, syslog, journal, fd:N or a file, %p = pid (REUSESHIM_LOG)"},
    [FLAG_FORMAT] = {"format", 'f', "FORMAT", "text or json (REUSESHIM_FORMAT)"},
    [FLAG_ONLY] = {"only", 0, "GLOBS",
                   "touch only programs of these names, comma-separated "
                   "(REUSESHIM_ONLY)"},
    [FLAG_VERBOSE] = {"verbose", 'v', NULL,
                      "stacks and options of both sides, and every cure (REUSESHIM_VERBOSE)"},
    [FLAG_SUPERVISE] = {"supervise", 0, NULL,
                        "look from outside, for programs that no library can see: static ones, "
                        "Go, musl"},
};

const struct subcommand run_subcommand = {
    .name = "run",
    .usage = "[OPTION]... [--] COMMAND [ARGUMENT]...",
    .summary = "Runs a program under the shim",
    .details = "Everything is checked before anything starts: the settings, and whether the\n"
               "shim can see the program at all (see: reuseshim check --help). What no option\n"
               "says, the environment says.\n"
               "\n"
               "Exit code: the program's; 125 for an error of reuseshim's own, 126 if the\n"
               "program can't be run or can't be seen, 127 if there is none.\n",
    .flags = flags,
    .flag_count = sizeof flags / sizeof *flags,
    .stops_early = true,
    .usage_exit = EXIT_OWN_ERROR,
    .run = run,
};
