#include "command/drop_in.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool drop_in_make_folders(const char *folder)
{
    char path[PATH_MAX];
    char *slash;

    snprintf(path, sizeof path, "%s", folder);
    for (slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0755) < 0 && errno != EEXIST)
            return false;
        *slash = '/';
    }
    return mkdir(path, 0755) == 0 || errno == EEXIST;
}

/* First beside it, then in its place: systemd never sees half of it. */
bool drop_in_write(const char *path, const struct text *text)
{
    char beside[PATH_MAX + 8];
    FILE *file;
    bool written;

    snprintf(beside, sizeof beside, "%s.new", path);
    file = fopen(beside, "we");
    if (file == NULL)
        return false;
    written = fwrite(text->start, 1, text->used, file) == text->used;
    written = fchmod(fileno(file), 0644) == 0 && written;
    written = fclose(file) == 0 && written;
    if (written && rename(beside, path) == 0)
        return true;
    unlink(beside);
    return false;
}
