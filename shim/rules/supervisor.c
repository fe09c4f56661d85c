#include "rules/supervisor.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "rules/program.h"

/* Every string of the table, one behind the other: an array of the longest would be four times as
 * long, and pointers would be relocated at each start. */
static const struct strings {
#define SUPERVISOR(kind, name, program, variable, group, folder_in, folder, stop)                  \
    char kind##_program[sizeof program], kind##_variable[sizeof variable],                         \
        kind##_group[sizeof group], kind##_folder_in[sizeof folder_in], kind##_stop[sizeof stop];
#include "rules/supervisors.def"
    char uwsgi_core[sizeof "uwsgi-core"];
} strings = {
#define SUPERVISOR(kind, name, program, variable, group, folder_in, folder, stop)                  \
    program, variable, group, folder_in, stop,
#include "rules/supervisors.def"
    "uwsgi-core",
};
static_assert(sizeof strings < UINT16_MAX, "each has an offset");

#define AT(string) (uint16_t) offsetof(struct strings, string)
#define ROW(kind, program, folder)                                                                 \
    {AT(program),          AT(kind##_variable),    AT(kind##_group), AT(kind##_folder_in),         \
     AT(kind##_stop), SUPERVISOR_##kind, folder}

static const struct supervisor_form forms[] = {
#define SUPERVISOR(kind, name, program, variable, group, folder_in, folder, stop)                  \
    ROW(kind, kind##_program, folder),
#include "rules/supervisors.def"
    ROW(UWSGI, uwsgi_core, FOLDER_NONE),
};

enum { FORMS = sizeof forms / sizeof *forms, COMM_LENGTH = 15 };

const char *supervisor_word(uint16_t at)
{
    return (const char *)&strings + at;
}

const struct supervisor_form *supervisor_form(enum supervisor_kind kind)
{
    for (size_t i = 0; i < FORMS; i++)
        if (forms[i].kind == kind)
            return &forms[i];
    return NULL;
}

/* PATH's last component, up to an extension: "nodemon" of /x/bin/nodemon.js. */
static bool is_named(const char *path, const char *name)
{
    const char *base = path == NULL ? NULL : text_base_name(path);
    size_t length = strlen(name);

    return base != NULL && text_begins_with(base, name) &&
           (base[length] == '\0' || base[length] == '.');
}

/* A comm is 15 bytes at most; php-fpm8.2 has its version behind it, "gunicorn: mast" its part. */
static bool is_called(const char *comm, const char *name)
{
    size_t length = strlen(name) < COMM_LENGTH ? strlen(name) : COMM_LENGTH;

    return comm != NULL && strlen(comm) >= length && memcmp(comm, name, length) == 0 &&
           (comm[length] == '\0' || comm[length] == ':' || length == COMM_LENGTH ||
            (comm[length] >= '0' && comm[length] <= '9'));
}

/* A script is known by its own name and not by its interpreter's, which has the name of the
 * thread; so a script's comm counts only where it is no interpreter's. */
const struct supervisor_form *supervisor_by_process(const char *comm, const char *program)
{
    for (size_t i = 0; i < FORMS; i++) {
        const char *name = supervisor_word(forms[i].program);

        if (*name != '\0' && (is_named(program, name) || is_called(comm, name)) &&
            (forms[i].kind != SUPERVISOR_FOREVER ||
             (program != NULL && strstr(program, "/forever") != NULL)))
            return &forms[i];
    }
    return NULL;
}

/* Most leave it alone when they are stopped (KillMode=process of systemd.kill(5), in cron, atd and
 * sshd), and the rest is a whole login, or a container. */
bool supervisor_stops_unit(const char *unit)
{
    static const char starts[][16] = {
        "cron.", "crond.", "cronie.", "atd.", "ssh.", "sshd.", "ssh@", "sshd@", "user@", "getty@",
        "serial-getty@", "console-getty.", "dbus.", "systemd-nspawn@",
    };
    const char *dot = unit == NULL ? NULL : strrchr(unit, '.');

    if (dot == NULL || (strcmp(dot, ".service") != 0 && strcmp(dot, ".socket") != 0))
        return false;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (text_begins_with(unit, starts[i]))
            return false;
    return true;
}

bool supervisor_code_loops(const char *code)
{
    static const char words[][7] = {"while ", "until ", "for "};
    bool command = true; /* may a command begin here? */

    for (const char *at = code; *at != '\0'; at++) {
        for (size_t i = 0; command && i < sizeof words / sizeof *words; i++)
            if (text_begins_with(at, words[i]))
                return true;
        if (*at != ' ' && *at != '\t')
            command = strchr("\n;&|({", *at) != NULL;
    }
    return false;
}

static bool has_in_stop(enum supervisor_kind kind, const char *value)
{
    const struct supervisor_form *form = supervisor_form(kind);

    return form != NULL && strstr(supervisor_word(form->stop), value) != NULL;
}

bool supervisor_ends_by_signal(enum supervisor_kind kind)
{
    return has_in_stop(kind, "%p");
}

bool supervisor_ends_holder(enum supervisor_kind kind)
{
    return has_in_stop(kind, "%9");
}

static bool is_plain_name(const char *name)
{
    return name != NULL && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-")] == '\0';
}

/* The children of a loop are others by the time that somebody has read their numbers: those that
 * have the name are looked up when the command runs. */
static void add_children(struct text *command, const struct supervisor *supervisor,
                         const struct supervised *supervised)
{
    if (!supervisor->through && supervised->count == 1 && is_plain_name(supervised->comm)) {
        text_format(command, "$(pgrep -P %d -x %s)", supervisor->pid, supervised->comm);
        return;
    }
    for (size_t i = 0; i < supervised->count; i++)
        text_format(command, i == 0 ? "%d" : " %d", supervised->pids[i]);
}

static bool add_value(struct text *command, char what, const struct supervisor *supervisor,
                      const struct supervised *supervised)
{
    const char *string = what == 'n' ? supervisor->name : supervisor->folder;
    struct supervisor fixed = {.through = true};

    switch (what) {
    case 'p': text_number(command, supervisor->pid); return supervisor->pid > 1;
    case 'd':
    case 'h':
        add_children(command, what == 'd' ? supervisor : &fixed, supervised);
        return supervised->count > 0;
    case '9': text_add(command, supervised->deaf ? " -9" : ""); return true;
    case 'c':
        if (supervisor->config != NULL) {
            text_add(command, " -c ");
            program_add_word(command, supervisor->config, strlen(supervisor->config));
        } else if (supervisor->folder != NULL) {
            text_add(command, " -s ");
            program_add_word(command, supervisor->folder, strlen(supervisor->folder));
        }
        return true;
    default:
        if (string == NULL || *string == '\0')
            return false;
        program_add_word(command, string, strlen(string));
        return true;
    }
}

bool supervisor_add_stop(struct text *command, const struct supervisor *supervisor,
                         const struct supervised *supervised)
{
    const struct supervisor_form *form = supervisor_form(supervisor->kind);
    size_t used = command->used;
    bool known = form != NULL;

    for (const char *at = known ? supervisor_word(form->stop) : ""; known && *at != '\0'; at++) {
        if (*at != '%')
            text_char(command, *at);
        else
            known = add_value(command, *++at, supervisor, supervised);
    }
    if (!known || command->cut) {
        command->used = used;
        command->start[used] = '\0';
        command->cut = false;
        return false;
    }
    return true;
}
