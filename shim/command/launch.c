#include "command/launch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "command/console.h"
#include "command/trouble.h"
#include "report/errors.h"
#include "report/sink.h"

enum { PRELOAD_MAX = 64 * 1024 }; /* bytes of LD_PRELOAD */

/* The option of run and systemd that sets a variable, for messages. */
static const char *const options[VARIABLE_COUNT] = {
    [VARIABLE_POLICY] = "--policy",
    [VARIABLE_LOG] = "--log",
    [VARIABLE_FORMAT] = "--format",
    [VARIABLE_ONLY] = "--only",
    [VARIABLE_VERBOSE] = "--verbose",
};

/* ---- Settings ---- */

static bool read_one(struct launch *launch, enum variable variable, const char *value,
                     const char *source)
{
    struct reader_error error;

    if (value == NULL || settings_read(&launch->settings, variable, value, &error))
        return true;
    trouble_line(source, value, &error);
    return false;
}

/* A relative file as an absolute one. The folder's own '%' must not be taken for a sign. */
static void make_log_absolute(struct launch *launch)
{
    static char path[2 * SETTINGS_PATH_MAX];
    char folder[SETTINGS_PATH_MAX];
    struct text text;
    const char *c;

    if (launch->settings.log != LOG_FILE || launch->settings.log_path[0] == '/' ||
        getcwd(folder, sizeof folder) == NULL)
        return;
    text = text_in(path, sizeof path);
    for (c = folder; *c != '\0'; c++)
        text_add(&text, (char[]){*c, *c == '%' ? '%' : '\0', '\0'});
    text_join(&text, "/", launch->settings.log_path, NULL);
    if (text.used >= SETTINGS_PATH_MAX)
        return;
    memcpy(launch->settings.log_path, path, text.used + 1);
    launch->values[VARIABLE_LOG] = path;
}

bool launch_read_values(struct launch *launch)
{
    settings_init(&launch->settings);
    for (unsigned int i = 0; i < VARIABLE_COUNT; i++)
        if (!read_one(launch, (enum variable)i, launch->values[i], options[i]))
            return false;
    make_log_absolute(launch);
    return true;
}

static bool check_log(const struct launch *launch)
{
    char buffer[128];
    struct text sentence = text_in(buffer, sizeof buffer);
    const char *value = launch->values[VARIABLE_LOG];
    int error;

    sink_init(&launch->settings, false);
    error = launch->settings.log == LOG_STDERR ? 0 : sink_check();
    if (error == 0)
        return true;
    error_print_sentence(&sentence, -error);
    console_error("the log \"%s\" can't be written to: %s",
                  console_shown(value != NULL ? value : getenv(variable_name(VARIABLE_LOG))),
                  buffer);
    return false;
}

bool launch_read_settings(struct launch *launch)
{
    if (!launch_read_values(launch))
        return false;
    for (unsigned int i = 0; i < VARIABLE_COUNT; i++)
        if (launch->values[i] == NULL &&
            !read_one(launch, (enum variable)i, getenv(variable_name((enum variable)i)),
                      variable_name((enum variable)i)))
            return false;
    make_log_absolute(launch);
    return check_log(launch);
}

/* ---- LD_PRELOAD ---- */

static const char separators[] = " :"; /* ld.so(8) */

/* True if the LENGTH bytes at ENTRY name the same file as NAME, whatever the folders. */
static bool names(const char *entry, size_t length, const char *name)
{
    const char *wanted = text_base_name(name);
    size_t before = length - strlen(wanted);

    return text_bytes_end_with(entry, length, wanted) && (before == 0 || entry[before - 1] == '/');
}

/* The entry of LIST that names NAME; its length in LENGTH. NULL if there is none. */
static const char *find_entry(const char *list, const char *name, size_t *length)
{
    while (list != NULL && *list != '\0') {
        *length = strcspn(list, separators);
        if (*length > 0 && names(list, *length, name))
            return list;
        list += *length + (list[*length] != '\0');
    }
    return NULL;
}

static void add_entry(struct text *text, const char *entry, size_t length)
{
    if (text->used > 0)
        text_char(text, ':');
    text_bytes(text, entry, length);
}

bool launch_preload(char *buffer, size_t size, const char *sanitizer, const char *library,
                    const char *existing)
{
    struct text text = text_in(buffer, size);
    const char *at = existing != NULL ? existing : "";
    size_t length;

    if (sanitizer[0] != '\0') { /* by the path that the user has given, if he has */
        const char *entry = find_entry(at, sanitizer, &length);

        add_entry(&text, entry != NULL ? entry : sanitizer,
                  entry != NULL ? length : strlen(sanitizer));
    }
    if (library[0] != '\0')
        add_entry(&text, library, strlen(library));
    for (; *at != '\0'; at += length + (at[length] != '\0')) {
        length = strcspn(at, separators);
        if (length > 0 && !names(at, length, LIBRARY_NAME) &&
            (sanitizer[0] == '\0' || !names(at, length, sanitizer)))
            add_entry(&text, at, length);
    }
    return !text.cut;
}

static bool set_variables(const struct launch *launch)
{
    bool set = true;

    for (unsigned int i = 0; i < VARIABLE_COUNT; i++)
        if (launch->values[i] != NULL)
            set &= setenv(variable_name((enum variable)i), launch->values[i], 1) == 0;
    if (!set)
        console_error("the environment can't be set: %s", strerror(errno));
    return set;
}

static bool set_preload(const char *sanitizer, const char *library)
{
    static char preload[PRELOAD_MAX];
    const char *existing = getenv("LD_PRELOAD");

    if (!launch_preload(preload, sizeof preload, sanitizer, library, existing)) {
        console_error("LD_PRELOAD is too long to be extended");
        return false;
    }
    return preload[0] != '\0' ? setenv("LD_PRELOAD", preload, 1) == 0
                              : unsetenv("LD_PRELOAD") == 0;
}

bool launch_set_environment(const struct launch *launch, const char *sanitizer)
{
    return set_preload(sanitizer, launch->library) && set_variables(launch);
}

bool launch_set_environment_bare(const struct launch *launch)
{
    return (getenv("LD_PRELOAD") == NULL || set_preload("", "")) && set_variables(launch);
}
