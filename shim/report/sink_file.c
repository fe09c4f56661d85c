/* A log file, opened for one record and closed again: nothing of ours is there for the program to
 * close, to inherit or to take over, and a log that was rotated away is made anew.
 *
 * A path in a folder that everybody may write to, such as /tmp, may have been laid there by
 * somebody else: links are not followed, and what belongs to another user, or is neither a file, a
 * pipe nor a device, is not written to. Root's own are fine for everybody who may open them.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "report/sink_place.h"

enum { FLAGS = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK };

static int is_trusted(const struct sys_file *file)
{
    bool fit = S_ISREG(file->mode) || S_ISFIFO(file->mode) || S_ISCHR(file->mode);
    bool ours = file->uid == 0 || file->uid == (uint32_t)sys_call(SYS_geteuid);

    return fit && ours ? 0 : -EPERM;
}

/* Opens PATH with FLAGS and more. Returns a descriptor of a file that is fit for a log, or -errno.
 */
static int open_trusted(const char *path, int more, struct sys_file *file)
{
    int fd = sys_open_at(AT_FDCWD, path, FLAGS | more, 0600);
    int result;

    if (fd < 0)
        return fd;
    result = sys_file_of_fd(fd, file);
    if (result == 0)
        result = is_trusted(file);
    if (result == 0)
        return fd;
    sys_close(fd);
    return result;
}

int file_append(const char *path, const char *bytes, size_t length)
{
    struct sys_file file;
    int fd = open_trusted(path, O_CREAT, &file);
    int result;

    if (fd < 0)
        return fd;
    result = descriptor_write(fd, file.mode, bytes, length);
    sys_close(fd);
    return result;
}

/* May a file be created in the folder of PATH? */
static int check_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char folder[4096];
    struct text text = text_in(folder, sizeof folder);

    if (slash == NULL)
        text_add(&text, ".");
    else
        text_bytes(&text, path, slash == path ? 1 : (size_t)(slash - path));
    if (text.cut)
        return -ENAMETOOLONG;
    return (int)sys_call(SYS_faccessat, AT_FDCWD, folder, W_OK | X_OK);
}

int file_check(const char *path)
{
    struct sys_file file;
    int fd = open_trusted(path, 0, &file);

    if (fd < 0)
        return fd == -ENOENT ? check_folder(path) : fd;
    sys_close(fd);
    return 0;
}
