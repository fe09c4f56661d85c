#include "command/remembered.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

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

bool remembered_default(char folder[SETTINGS_PATH_MAX])
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    const char *home = getenv("HOME");

    if (is_own_folder(runtime))
        return join(folder, runtime, "/reuseshim");
    if (geteuid() == 0)
        return join(folder, "/run", "/reuseshim");
    if (!is_own_folder(home) || !join(folder, home, "/.cache"))
        return false;
    if (mkdir(folder, 0700) < 0 && errno != EEXIST)
        return false;
    return join(folder, home, "/.cache/reuseshim");
}

const char *remembered_folder(void)
{
    static struct settings settings;
    static char folder[SETTINGS_PATH_MAX];
    const char *value = getenv(variable_name(VARIABLE_HISTORY));
    struct policy_error error;

    if (value == NULL || value[0] == '\0')
        return remembered_default(folder) ? folder : NULL;
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
    default: return strerror(-error);
    }
}
