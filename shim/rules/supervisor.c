#include "rules/supervisor.h"

#include <string.h>

#include "base/text.h"
#include "rules/program.h"

static const struct supervisor_form forms[] = {
#define SUPERVISOR(kind, name, program, variable, group, folder_in, folder, parent_only,           \
                   by_variable, stop)                                                              \
    {SUPERVISOR_##kind, program,     variable,    group, folder_in,                                \
     folder,            parent_only, by_variable, stop},
#include "rules/supervisors.def"
    {SUPERVISOR_UWSGI, "uwsgi-core", "", "", "", FOLDER_NONE, true, false, "kill -INT %p"},
};

enum { FORMS = sizeof forms / sizeof *forms, COMM_LENGTH = 15 };

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
    for (size_t i = 0; i < FORMS; i++)
        if (forms[i].program[0] != '\0' &&
            (is_named(program, forms[i].program) || is_called(comm, forms[i].program)) &&
            (forms[i].kind != SUPERVISOR_FOREVER ||
             (program != NULL && strstr(program, "/forever") != NULL)))
            return &forms[i];
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

bool supervisor_ends_by_signal(enum supervisor_kind kind)
{
    const struct supervisor_form *form = supervisor_form(kind);

    return form != NULL && strstr(form->stop, "%p") != NULL;
}

static bool add_value(struct text *command, char what, const struct supervisor *supervisor,
                      int32_t holder)
{
    const char *string = what == 'n' ? supervisor->name : supervisor->folder;

    switch (what) {
    case 'p':
    case 'h':
        text_number(command, what == 'p' ? supervisor->pid : holder);
        return (what == 'p' ? supervisor->pid : holder) > 1;
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

bool supervisor_add_stop(struct text *command, const struct supervisor *supervisor, int32_t holder)
{
    const struct supervisor_form *form = supervisor_form(supervisor->kind);
    size_t used = command->used;
    bool known = form != NULL;

    for (const char *at = known ? form->stop : ""; known && *at != '\0'; at++) {
        if (*at != '%')
            text_char(command, *at);
        else
            known = add_value(command, *++at, supervisor, holder);
    }
    if (!known || command->cut) {
        command->used = used;
        command->start[used] = '\0';
        command->cut = false;
        return false;
    }
    return true;
}
