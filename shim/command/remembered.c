#include "command/remembered.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "past/history_folder.h"

/* An absolute path of a folder that is this user's own: what is under it is nobody else's. */
static bool is_own_folder(const char *path)
{
    struct stat status;

    return path != NULL && path[0] == '/' && stat(path, &status) == 0 && S_ISDIR(status.st_mode) &&
           status.st_uid == geteuid();
}

static bool join(char folder[SETTINGS_PATH_MAX], const char *above, const char *name)
{
    struct text text = text_in(folder, SETTINGS_PATH_MAX);

    text_join(&text, above, name, NULL);
    return !text.cut && strchr(folder, ',') == NULL;
}

/* ---- The places, in order; each false if there is no such place for this user ---- */

static bool in_runtime(char folder[SETTINGS_PATH_MAX])
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");

    return is_own_folder(runtime) && join(folder, runtime, "/reuseshim");
}

static bool in_run(char folder[SETTINGS_PATH_MAX])
{
    return geteuid() == 0 && join(folder, "/run", "/reuseshim");
}

static bool in_home(char folder[SETTINGS_PATH_MAX])
{
    const char *home = getenv("HOME");

    if (!is_own_folder(home) || !join(folder, home, "/.cache"))
        return false;
    if (mkdir(folder, 0700) < 0 && errno != EEXIST)
        return false;
    return join(folder, home, "/.cache/reuseshim");
}

/* Its owner and mode are looked at as everywhere: nobody can offer us another. */
static bool in_tmp(char folder[SETTINGS_PATH_MAX])
{
    char name[32];

    snprintf(name, sizeof name, "/reuseshim-%u", (unsigned int)geteuid());
    return join(folder, "/tmp", name);
}

static int try_folder(const char *path, bool make)
{
    int fd = history_folder_open(path, make);
    bool fits = fd >= 0 && history_folder_fits(fd);

    if (fd >= 0)
        close(fd);
    return fd < 0 ? fd : fits ? 0 : -EOPNOTSUPP;
}

int remembered_try(const char *path)
{
    return try_folder(path, true);
}

bool remembered_default(char folder[SETTINGS_PATH_MAX], bool make)
{
    static bool (*const places[])(char *) = {in_runtime, in_run, in_home, in_tmp};
    const size_t count = sizeof places / sizeof *places;
    size_t first_to_come = count;

    for (size_t i = 0; i < count; i++) {
        int error = places[i](folder) ? try_folder(folder, make) : -ENOTDIR;

        if (error == 0)
            return true;
        if (error == -ENOENT && first_to_come == count)
            first_to_come = i;
    }
    return !make && first_to_come < count && places[first_to_come](folder);
}

const char *remembered_folder(void)
{
    static struct settings settings;
    static char folder[SETTINGS_PATH_MAX];
    const char *value = getenv(variable_name(VARIABLE_HISTORY));
    struct reader_error error;

    if (value == NULL || value[0] == '\0')
        return remembered_default(folder, false) ? folder : NULL;
    settings_init(&settings);
    if (!settings_read(&settings, VARIABLE_HISTORY, value, &error) || !settings.history)
        return NULL;
    return settings.history_path;
}

const char *remembered_trouble(int error)
{
    switch (error) {
    case -EPERM: return "it is not this user's own, or open to others (it must have mode 0700)";
    case -ENOTDIR: return "it is no folder";
    case -EOPNOTSUPP: return "its file system may fail a write to a mapped file";
    default: return strerror(-error);
    }
}
