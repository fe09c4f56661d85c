/* reuseshim systemd: a drop-in that puts a unit under the shim. Environment= lines add up, so only
 * LD_PRELOAD, if the unit has one itself, has to be taken over. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/command.h"
#include "command/console.h"
#include "command/drop_in.h"
#include "command/launch.h"
#include "command/trial.h"
#include "command/unit.h"
#include "command/word_size.h"
#include "report/json_text.h"

#define DROP_IN_NAME "50-reuseshim.conf"

enum { FLAG_POLICY = 0, FLAG_LOG, FLAG_FORMAT, FLAG_LIBRARY, FLAG_ROOT, FLAG_USER,
       FLAG_PRINT, FLAG_REMOVE, FLAG_TRY, FLAG_HISTORY };

enum { DROP_IN_SIZE = 4 * UNIT_VALUE_MAX };

struct task {
    char unit[NAME_MAX + 1];
    const char *root;
    const char *units; /* the folder for units of the administrator, or of the user */
    char folder[PATH_MAX];
    char path[PATH_MAX];
    bool user, print, remove, try, json, history, library_given;
    struct launch launch;
};

/* ---- Names ---- */

/* "nginx" is nginx.service. */
static void name_unit(const struct arguments *arguments, const char *name, struct task *task)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@";
    const char *dot = strrchr(name, '.');
    bool suffixed = dot != NULL && strcmp(dot, ".service") == 0;

    if (strspn(name, letters) != strlen(name) || name[0] == '.' || name[0] == '\0' ||
        strlen(name) + strlen(".service") > NAME_MAX)
        arguments_wrong(arguments, "'%s' is no name of a unit", console_shown(name));
    if (dot != NULL && unit_is_other_type(dot))
        arguments_wrong(arguments,
                        "'%s' is no service, and only a service can be put under the shim",
                        console_shown(name));
    snprintf(task->unit, sizeof task->unit, "%s%s", name, suffixed ? "" : ".service");
    if (snprintf(task->folder, sizeof task->folder, "%s%s/%s.d", task->root, task->units,
                 task->unit) >= PATH_MAX ||
        snprintf(task->path, sizeof task->path, "%s/" DROP_IN_NAME, task->folder) >= PATH_MAX)
        arguments_wrong(arguments, "the path is too long");
}

/* ---- Writing it ---- */

static void add_environment(struct text *text, const char *name, const char *value)
{
    if (value == NULL)
        return;
    text_add(text, "Environment=");
    unit_add_assignment(text, name, value);
    text_char(text, '\n');
}

/* A program that the shim can't see is started all the same, and nothing comes of the drop-in; one
 * of another word size needs the library for that. Below another root an interpreter may be missing
 * only from here. */
static void look_at_program(struct task *task, const struct unit *unit)
{
    static struct program program;
    static char path[PATH_MAX], library[PATH_MAX];
    char *chosen = task->library_given ? library : task->launch.library;
    struct text sentence = console_text(4 * PATH_MAX);
    struct kind kind;

    if (unit->program[0] == '\0' ||
        snprintf(path, sizeof path, "%s%s", task->root, unit->program) >= PATH_MAX)
        return;
    library_kind(&kind);
    program_inspect(path, &kind, &program);
    word_size_solve(&program, chosen);
    if (program.obstacle == OBSTACLE_NONE || program.obstacle == OBSTACLE_UNREADABLE ||
        (program.obstacle == OBSTACLE_MISSING_INTERPRETER && task->root[0] != '\0'))
        return;
    program_explain(&sentence, &program);
    console_error("the drop-in will not help: %s", sentence.start);
}

/* Of an image the unit may come later; here a name without a unit is mistyped, and nothing is
 * written for it. */
static bool check_unit(const struct task *task, const struct unit *unit)
{
    bool may_come = task->root[0] != '\0' || task->print;
    char near[NAME_MAX + 1];

    if (unit->found)
        return true;
    if (may_come)
        console_error("there is no unit %s here yet; the drop-in will count once there is one",
                      task->unit);
    else if (unit_nearest(task->root, task->unit, near))
        console_error("there is no unit %s; did you mean %s?", task->unit, console_shown(near));
    else
        console_error("there is no unit %s; see: systemctl list-unit-files", task->unit);
    return may_come;
}

/* Under the unit's filters a failure is looked at by a process of its own, which only something
 * proves to be harmless: a trial, here, as long as the filters stay as many. */
static void add_proof(struct text *text, const struct task *task, const struct unit *unit)
{
    char number[16];
    int filters;

    if (unit->filters[0] == '\0')
        return;
    if (task->root[0] != '\0') {
        console_error("%s has a system call filter (%.*s): run this again on the system itself, "
                      "which tries whether a failure can be looked at under that filter",
                      task->unit, (int)strcspn(unit->filters, "\n"), unit->filters);
        return;
    }
    filters = trial_of_unit(unit, task->user);
    if (filters < 0)
        console_error("under the system call filter of %s no process could be made for a trial: an "
                      "explanation there will tell what the program remembers, and the command to "
                      "ask with from outside",
                      task->unit);
    if (filters <= 0)
        return;
    snprintf(number, sizeof number, "%d", filters);
    text_add(text, "# Tried under the unit's system call filters. After a change of them run "
                   "it again.\n");
    add_environment(text, variable_name(VARIABLE_HELPER), number);
}

/* The unit's user gets a folder, in which the library makes one that is its own alone. */
static void add_history(struct text *text, const struct task *task)
{
    if (task->history)
        text_add(text, "StateDirectory=reuseshim/%N\n"
                       "Environment=\"REUSESHIM_HISTORY=%S/reuseshim/%N/history\"\n");
}

/* Returns false, having said why, if LD_PRELOAD gets too long or the unit is not there. */
static bool compose(struct task *task, struct text *text)
{
    static char preload[UNIT_VALUE_MAX];
    static struct unit unit;

    unit_read(task->root, task->unit, DROP_IN_NAME, &unit);
    if (!check_unit(task, &unit))
        return false;
    look_at_program(task, &unit);
    if (!launch_preload(preload, sizeof preload, "", task->launch.library, unit.preload)) {
        console_error("the unit's LD_PRELOAD is too long to be extended");
        return false;
    }
    text_join(text, "# Written by: reuseshim systemd ", task->unit,
              "\n# Taken away by: reuseshim systemd --remove ", task->unit, "\n[Service]\n", NULL);
    add_environment(text, "LD_PRELOAD", preload);
    for (unsigned int i = 0; i < VARIABLE_COUNT; i++)
        add_environment(text, variable_name((enum variable)i), task->launch.values[i]);
    add_history(text, task);
    add_proof(text, task, &unit);
    return !text->cut;
}

static int fail(const char *what, const char *path)
{
    int error = errno;

    console_error("%s can't be %s: %s%s", console_shown(path), what, strerror(error),
                  error == EACCES || error == EPERM ? "; this needs root" : "");
    return EXIT_OWN_ERROR;
}

/* DONE is "written", "removed", or NULL for nothing; DROP_IN what the file has then, or NULL. */
static void tell_json(const struct task *task, const char *done, const char *drop_in)
{
    struct text text = console_text(4 * PATH_MAX + 2 * DROP_IN_SIZE);

    json_begin(&text);
    json_words(&text, "unit", task->unit);
    json_words(&text, "path", task->path);
    json_words(&text, "done", done);
    json_words(&text, "drop_in", drop_in);
    json_end(&text);
    console_print(&text);
}

static void tell(const struct task *task, const char *done, const char *drop_in)
{
    const char *user = task->user ? " --user" : "";

    if (task->json) {
        tell_json(task, done, drop_in);
        return;
    }
    printf("%s: %s\nIt counts from the next start on: systemctl%s daemon-reload && systemctl%s "
           "restart %s\n",
           done, task->path, user, user, task->unit);
    if (drop_in != NULL && !task->history)
        printf("To have its binds remembered across restarts: reuseshim systemd%s --history %s\n",
               user, task->unit);
    else if (drop_in != NULL && !task->user)
        printf("What it binds: REUSESHIM_HISTORY=/var/lib/reuseshim/%.*s/history reuseshim list\n",
               (int)(strlen(task->unit) - strlen(".service")), task->unit);
}

/* A service often may not look into homes (ProtectHome=) or has its own /tmp. */
static void warn_of_library(const struct task *task)
{
    static const char *const folders[] = {"/home/", "/root/", "/tmp/", "/var/tmp/"};

    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (strncmp(task->launch.library, folders[i], strlen(folders[i])) == 0)
            console_error("the library lies in %s, where a service may not be allowed to look; "
                          "better install it (make install) and run this again",
                          task->launch.library);
}

/* A path is the service's: on the system below the root. A bare name and $LIB are the loader's to
 * find. */
static void check_library(const struct arguments *arguments, struct task *task)
{
    static char path[2 * PATH_MAX], given[PATH_MAX];

    task->library_given = task->launch.library[0] != '\0';
    if (strchr(task->launch.library, '/') == NULL || strchr(task->launch.library, '$') != NULL)
        return;
    strcpy(given, task->launch.library);
    if (given[0] != '/' && task->root[0] != '\0')
        arguments_wrong(arguments, "--library \"%s\": below a root an absolute path is needed",
                        console_shown(given));
    snprintf(path, sizeof path, "%s%s", task->root, given);
    if (access(path, R_OK) < 0 || (given[0] != '/' && realpath(path, task->launch.library) == NULL))
        arguments_wrong(arguments, "--library \"%s\": %s", console_shown(given), strerror(errno));
}

static void check_root(const struct arguments *arguments, const struct task *task)
{
    struct stat status;

    if (task->root[0] == '\0')
        return;
    if (stat(task->root, &status) < 0)
        arguments_wrong(arguments, "--root \"%s\": %s", console_shown(task->root),
                        strerror(errno));
    if (!S_ISDIR(status.st_mode))
        arguments_wrong(arguments, "--root \"%s\" is no folder", console_shown(task->root));
}

/* A relative file for the log is one of the folder that we are in, as for run: no part of another
 * root. */
static bool read_values(const struct arguments *arguments, struct task *task)
{
    const char *log = task->launch.values[VARIABLE_LOG];

    if (!launch_read_values(&task->launch))
        return false;
    if (task->root[0] != '\0' && log != task->launch.values[VARIABLE_LOG])
        arguments_wrong(arguments, "--log \"%s\": below a root an absolute path is needed",
                        console_shown(log));
    return true;
}

static int write_it(struct task *task)
{
    struct text text = console_text(DROP_IN_SIZE);

    if (!task->library_given && !library_find(task->launch.library))
        return EXIT_OWN_ERROR;
    if (!compose(task, &text))
        return EXIT_OWN_ERROR;
    warn_of_library(task);
    if (task->print && task->json)
        tell_json(task, NULL, text.start);
    else if (task->print)
        console_print(&text);
    if (task->print)
        return EXIT_YES;
    if (!drop_in_make_folders(task->folder))
        return fail("made", task->folder);
    if (!drop_in_write(task->path, &text))
        return fail("written", task->path);
    tell(task, "written", text.start);
    return EXIT_YES;
}

static int remove_it(const struct task *task)
{
    if (unlink(task->path) < 0) {
        if (errno != ENOENT)
            return fail("removed", task->path);
        console_error("%s is not there: nothing to remove", task->path);
        if (task->json)
            tell_json(task, NULL, NULL);
        return EXIT_YES;
    }
    rmdir(task->folder); /* only if nothing else is in it */
    tell(task, "removed", NULL);
    return EXIT_YES;
}

static void take_flag(struct task *task, int flag, const char *value)
{
    switch (flag) {
    case FLAG_POLICY: task->launch.values[VARIABLE_POLICY] = value; break;
    case FLAG_LOG: task->launch.values[VARIABLE_LOG] = value; break;
    case FLAG_FORMAT: task->launch.values[VARIABLE_FORMAT] = value; break;
    case FLAG_LIBRARY: snprintf(task->launch.library, PATH_MAX, "%s", value); break;
    case FLAG_ROOT: task->root = strcmp(value, "/") == 0 ? "" : value; break;
    case FLAG_USER: task->user = true; break;
    case FLAG_PRINT: task->print = true; break;
    case FLAG_TRY: task->try = true; break;
    case FLAG_HISTORY: task->history = true; break;
    default: task->remove = true; break;
    }
}

static int try_here(void)
{
    int filters = trial_here();

    printf("%d\n", filters);
    return filters < 0 ? EXIT_NO : EXIT_YES;
}

static int run(struct arguments *arguments)
{
    static struct task task;
    int flag;

    task.root = "";
    while ((flag = arguments_next(arguments)) >= 0)
        take_flag(&task, flag, arguments->value);
    arguments_want(arguments, task.try ? 0 : 1, task.try ? 0 : 1);
    if (task.try)
        return try_here();
    task.json = arguments->json;
    check_root(arguments, &task);
    task.units = task.user ? unit_of_user() : "/etc/systemd/system";
    if (task.units == NULL || (task.user && task.root[0] != '\0'))
        arguments_wrong(arguments, "--user: %s", task.units == NULL
                                                     ? "HOME is not set"
                                                     : "another root has no users of its own");
    name_unit(arguments, arguments->words[0], &task);
    if (task.remove)
        return remove_it(&task);
    check_library(arguments, &task);
    if (!read_values(arguments, &task))
        return EXIT_OWN_ERROR;
    return write_it(&task);
}

static const struct flag flags[] = {
    [FLAG_POLICY] = {"policy", 'p', "POLICY", "what is done for which sockets"},
    [FLAG_LOG] = {"log", 'l', "LOG", "where messages go; by itself the journal, through stderr"},
    [FLAG_FORMAT] = {"format", 'f', "FORMAT", "text or json"},
    [FLAG_LIBRARY] = {"library", 0, "FILE", "the library, if it is elsewhere for the service"},
    [FLAG_ROOT] = {"root", 0, "FOLDER", "work on the system below FOLDER"},
    [FLAG_USER] = {"user", 0, NULL, "a unit of your own, of systemctl --user"},
    [FLAG_PRINT] = {"print", 0, NULL, "print the drop-in and write nothing"},
    [FLAG_REMOVE] = {"remove", 0, NULL, "remove the drop-in"},
    [FLAG_HISTORY] = {"history", 0, NULL, "remember its binds across restarts (StateDirectory=)"},
    [FLAG_TRY] = {"try", 0, NULL, "print under how many filters this process may look, or -1"},
};

const struct subcommand systemd_subcommand = {
    .name = "systemd",
    .usage = "[OPTION]... UNIT",
    .summary = "Puts a service under the shim by a drop-in of its unit",
    .details = "Writes /etc/systemd/system/UNIT.service.d/50-reuseshim.conf, or with --user\n"
               "one below ~/.config/systemd/user. The unit's own Environment= lines stay, and\n"
               "an LD_PRELOAD that it has is extended. (One from an EnvironmentFile= would win\n"
               "over both.)\n"
               "Where the unit has a system call filter, it is tried in a unit of its own\n"
               "whether a failure can be looked at under that filter.\n"
               "\n"
               "Exit code: 0, 125 for an error.\n",
    .flags = flags,
    .flag_count = sizeof flags / sizeof *flags,
    .has_json = true,
    .usage_exit = EXIT_OWN_ERROR,
    .run = run,
};
