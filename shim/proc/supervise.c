#include "proc/supervise.h"

#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"
#include "proc/environment.h"
#include "proc/launcher.h"
#include "rules/program.h"
#include "rules/supervisor.h"

enum {
    STEPS_MAX = 16 /* ancestors that are looked at */
};

struct chain {
    struct known *known;
    const struct process *process;
    struct supervisor *supervisor;
    struct scratch *scratch;
    struct step *top;   /* the master of the process, or itself */
    struct step *step;  /* the ancestor that is looked at */
    char *code;         /* SUPERVISE_CODE_SIZE bytes for a script, or a path */
    int distance;       /* from top to step */
};

static const char *copy(const struct chain *chain, const char *string)
{
    return string == NULL ? NULL : scratch_copy(chain->scratch, string, strlen(string));
}

/* A path as STEP's process would take it. */
static const char *copy_path(const struct chain *chain, const struct step *step, const char *path)
{
    char name[64];
    struct text text = text_in(chain->code, SUPERVISE_CODE_SIZE);
    long length;

    if (path == NULL || *path == '/')
        return copy(chain, path);
    length = sys_read_link(chain->known->proc, process_path(name, sizeof name, step->pid, "cwd"),
                           chain->code, STEP_PATH_SIZE);
    if (length <= 0)
        return NULL;
    text.used = (size_t)length;
    text_join(&text, *path == '\0' ? "" : "/", path, NULL);
    return text.cut ? NULL : scratch_copy(chain->scratch, chain->code, text.used);
}

/* "-c FILE", "-cFILE", "--configuration FILE" and "--configuration=FILE" of supervisord. */
static const char *configuration(const struct step *step)
{
    static const char word[] = "--configuration";
    const char *at = NULL;

    while ((at = program_next(step->args, step->args_length, at)) != NULL) {
        if (strcmp(at, "-c") == 0 || strcmp(at, word) == 0)
            return program_next(step->args, step->args_length, at);
        if (text_begins_with(at, word) && at[sizeof word - 1] == '=')
            return at + sizeof word;
        if (text_begins_with(at, "-c"))
            return at + 2;
    }
    return NULL;
}

static void set_step(struct chain *chain, enum supervisor_kind kind, const struct step *step)
{
    struct supervisor *supervisor = chain->supervisor;

    supervisor->kind = kind;
    supervisor->pid = step->pid;
    supervisor->comm = copy(chain, step->stat.comm);
    supervisor->through =
        chain->distance > 1 && ((kind >= SUPERVISOR_SUPERVISORD && kind <= SUPERVISOR_OPENRC) ||
                                kind == SUPERVISOR_SHELL);
}

/* The value of the variable that a row has at WORD; NULL if it has none. */
static const char *value_in(const struct environment *environment, uint16_t word)
{
    const char *variable = supervisor_word(word);

    return *variable != '\0' ? environment_value(environment, variable) : NULL;
}

/* "GROUP:NAME", or the name alone where the group has the same. */
static void set_name(struct chain *chain, const struct supervisor_form *form,
                     const struct environment *environment)
{
    const char *name = value_in(environment, form->variable);
    const char *group = value_in(environment, form->group);
    struct text text = text_in(chain->code, SUPERVISE_CODE_SIZE);

    if (name == NULL)
        return;
    if (group != NULL && strcmp(group, name) != 0)
        text_join(&text, group, ":", NULL);
    text_add(&text, name);
    if (!text.cut)
        chain->supervisor->name = copy(chain, chain->code);
}

static void set_form(struct chain *chain, const struct supervisor_form *form)
{
    struct environment environment =
        environment_read(chain->known->proc, chain->top->pid, chain->scratch);
    struct supervisor *supervisor = chain->supervisor;

    set_step(chain, form->kind, chain->step);
    set_name(chain, form, &environment);
    if (form->folder == FOLDER_OF_SUPERVISOR)
        supervisor->folder = copy_path(chain, chain->step, "");
    else if (form->folder == FOLDER_IN_VARIABLE)
        supervisor->folder = copy(chain, value_in(&environment, form->folder_in));
    if (form->kind == SUPERVISOR_SUPERVISORD) {
        supervisor->config = copy_path(chain, chain->step, configuration(chain->step));
        if (supervisor->config == NULL)
            supervisor->folder =
                copy(chain, environment_value(&environment, "SUPERVISOR_SERVER_URL"));
    }
    environment_leave(&environment, chain->scratch);
}

static bool is_master_kind(enum supervisor_kind kind)
{
    return kind >= SUPERVISOR_GUNICORN && kind <= SUPERVISOR_PHP_FPM;
}

/* By its title. A worker at the top has lost its master, and ends as any process does. */
static bool is_worker(const struct step *step)
{
    return step->args_length > 0 && strstr(step->args, ": worker") != NULL;
}

static const struct supervisor_form *form_of(const struct step *step)
{
    return supervisor_by_process(step->stat.comm, step->program[0] != '\0' ? step->program : NULL);
}

/* From a worker to its master, which is then the top of what is looked at. */
static void climb_to_master(struct chain *chain)
{
    for (int i = 0; i < STEPS_MAX; i++) {
        const struct supervisor_form *form;
        struct step *step = chain->top;

        if (!step_read(chain->known, chain->top->stat.parent, chain->step) ||
            chain->step->exe[0] == '\0' || strcmp(chain->step->exe, chain->top->exe) != 0)
            return;
        form = form_of(chain->step);
        if (form == NULL || !is_master_kind(form->kind))
            return;
        chain->top = chain->step;
        chain->step = step;
        chain->distance = 0;
        set_step(chain, form->kind, chain->top);
    }
}

/* The code of the shell at step: behind -c, or in its script. */
static const char *code_of(struct chain *chain)
{
    const struct step *shell = chain->step;
    const char *code = program_shell_code(shell->args, shell->args_length);
    char *path = chain->code; /* for the path, then for what is there */
    struct text text = text_in(path, SUPERVISE_CODE_SIZE);
    bool relative = shell->program[0] != '/';

    if (code != NULL || shell->program[0] == '\0')
        return code;
    if (relative)
        text_format(&text, "%d/cwd/", (int)shell->pid);
    text_add(&text, shell->program);
    return sys_read_file(relative ? chain->known->proc : AT_FDCWD, path, chain->code,
                         SUPERVISE_CODE_SIZE) > 0
               ? chain->code
               : NULL;
}

/* Has the shell started us too? Then its loop goes on with us, or with what it tests. */
static bool is_above_us(const struct chain *chain)
{
    int32_t pid = process_self(chain->known->proc);

    for (int i = 0; i < 4 * STEPS_MAX && pid > 1 && pid != chain->step->pid; i++)
        pid = known_parent(chain->known, pid);
    return pid == chain->step->pid;
}

static bool is_shell(const struct step *step)
{
    return program_is_shell(step->exe[0] != '\0' ? step->exe : step->stat.comm);
}

static bool is_looping_shell(struct chain *chain)
{
    const char *code = is_shell(chain->step) ? code_of(chain) : NULL;

    return code != NULL && supervisor_code_loops(code) && !is_above_us(chain);
}

static bool is_pm2(const struct step *step)
{
    return text_begins_with(step->stat.comm, "PM2 v");
}

/* Looks at the ancestors of the top, the nearest first. Returns whether one starts it again. */
static bool climb(struct chain *chain)
{
    struct supervisor shell = {.kind = SUPERVISOR_NONE};
    int32_t parent = chain->top->stat.parent;
    bool found = false, near = true; /* nothing between but shells and runners of one command */

    for (chain->distance = 1; !found && chain->distance <= STEPS_MAX && parent > 1 &&
                              step_read(chain->known, parent, chain->step);
         chain->distance++, parent = chain->step->stat.parent) {
        const struct supervisor_form *form =
            is_pm2(chain->step) ? supervisor_form(SUPERVISOR_PM2) : form_of(chain->step);

        if (form != NULL && !is_master_kind(form->kind)) {
            set_form(chain, form);
            found = true;
        } else if (near && shell.kind == SUPERVISOR_NONE && is_looping_shell(chain)) {
            set_step(chain, SUPERVISOR_SHELL, chain->step);
            shell = *chain->supervisor;
        }
        near = near && (is_shell(chain->step) || launcher_is_runner(chain->step->stat.comm));
    }
    return found;
}

/* What an app is called that pm2 runs in cluster mode: its environment is JSON in one variable, and
 * has none of the variables of fork mode. NULL = it is none, or its name has an escape. */
static const char *clustered_name(const struct environment *environment, size_t *length)
{
    static const char key[] = "\"name\":\"";
    const char *json = environment_value(environment, "pm2_env");
    const char *start = json == NULL ? NULL : strstr(json, key), *end;

    if (start == NULL || environment_value(environment, "name") != NULL)
        return NULL;
    start += sizeof key - 1;
    end = strchr(start, '"');
    if (end == NULL || memchr(start, '\\', (size_t)(end - start)) != NULL)
        return NULL;
    *length = (size_t)(end - start);
    return start;
}

/* Adds the app that the child PID of pm2 is of; false if it is another one than those before. */
static bool add_app(struct chain *chain, int32_t pid)
{
    struct environment environment = environment_read(chain->known->proc, pid, chain->scratch);
    struct supervisor *supervisor = chain->supervisor;
    size_t length;
    const char *name = clustered_name(&environment, &length);
    bool other = name != NULL && supervisor->name != NULL &&
                 (strlen(supervisor->name) != length ||
                  memcmp(supervisor->name, name, length) != 0);

    if (name != NULL && supervisor->name == NULL) {
        supervisor->name = scratch_copy(chain->scratch, name, length);
        supervisor->folder = copy(chain, environment_value(&environment, "PM2_HOME"));
    }
    environment_leave(&environment, chain->scratch);
    return !other;
}

/* In cluster mode pm2 has the ports itself: the app is the one that all such children are of. */
static void find_app(struct chain *chain)
{
    char path[64];
    struct text text = text_in(path, sizeof path);
    uint64_t pid;
    bool one = true;

    set_step(chain, SUPERVISOR_PM2, chain->top);
    text_format(&text, "%d/task/%d/children", (int)chain->top->pid, (int)chain->top->pid);
    if (sys_read_file(chain->known->proc, path, chain->code, SUPERVISE_CODE_SIZE) <= 0)
        return;
    for (const char *at = chain->code;
         one && (at = text_read_number(at, &pid)) != NULL && *at == ' '; at++)
        one = add_app(chain, (int32_t)pid);
    if (!one)
        chain->supervisor->name = NULL;
}

/* The unit that the process runs in, where to stop the unit is to stop the process. */
static bool find_unit(struct chain *chain)
{
    const struct process *process = chain->process;
    bool of_user = process->cgroup != NULL && strstr(process->cgroup, "/user@") != NULL;

    if (!supervisor_stops_unit(process->unit))
        return false;
    *chain->supervisor = (struct supervisor){
        .kind = of_user ? SUPERVISOR_SYSTEMD_USER : SUPERVISOR_SYSTEMD, .name = process->unit};
    return true;
}

void supervise_find(struct known *known, const struct process *process,
                    struct supervise_room *room, struct supervisor *supervisor,
                    struct scratch *scratch)
{
    struct chain chain = {known, process, supervisor, scratch, &room->steps[0], &room->steps[1],
                          room->code, 0};
    const struct supervisor_form *form;

    memset(supervisor, 0, sizeof *supervisor);
    climb_to_master(&chain);
    form = form_of(chain.top);
    if (form != NULL && is_master_kind(form->kind) && !is_worker(chain.top))
        set_step(&chain, form->kind, chain.top);
    if (is_pm2(chain.top))
        find_app(&chain);
    else if (!climb(&chain))
        find_unit(&chain);
}
