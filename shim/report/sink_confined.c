/* Writing with what a process under a tight seccomp filter surely may: it has been able to read
 * /proc/self/status a moment ago, by openat, read and close, and it may write.
 *
 * That its descriptor is still the same file is told by the inode in /proc/self/fdinfo (Linux 5.14;
 * before, statx must do). A pipe or terminal is opened again through /proc/self/fd, non-blocking,
 * so that nothing can hang; a pipe for reading too, so that there is a reader and no SIGPIPE comes.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "report/sink_place.h"

enum { PATH_SIZE = 40 };

static void descriptor_path(char *buffer, const char *folder, int fd)
{
    struct text path = text_in(buffer, PATH_SIZE);

    text_add(&path, folder);
    text_number(&path, fd);
}

/* The inode of FD in INODE. Returns 0, -ENODATA if the kernel does not tell, or -errno. */
static int inode_of(int fd, uint64_t *inode)
{
    char path[PATH_SIZE], info[512];
    long result;

    descriptor_path(path, "/proc/self/fdinfo/", fd);
    result = sys_read_file(AT_FDCWD, path, info, sizeof info);
    if (result < 0)
        return (int)result;
    return text_number_after(info, "\nino:", inode) ? 0 : -ENODATA;
}

static int still_the_same(int fd, const struct sys_file *file)
{
    struct sys_file now = *file;
    int result = inode_of(fd, &now.inode);

    if (result == -ENODATA)
        result = sys_file_of_fd(fd, &now);
    if (result == -ENOENT)
        return -EBADF;
    if (result < 0)
        return result;
    return sys_file_same(&now, file) ? 0 : -ESTALE;
}

static int write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        long result = sys_call(SYS_write, fd, bytes, length);

        if (result == -EINTR)
            continue;
        if (result <= 0)
            return result < 0 ? (int)result : -EIO;
        bytes += result;
        length -= (size_t)result;
    }
    return 0;
}

int confined_write(int fd, const struct sys_file *file, const char *bytes, size_t length)
{
    char path[PATH_SIZE];
    int access = S_ISFIFO(file->mode) ? O_RDWR : O_WRONLY;
    int result = still_the_same(fd, file);
    int own;

    if (result < 0)
        return result;
    if (!S_ISFIFO(file->mode) && !S_ISCHR(file->mode))
        return write_all(fd, bytes, length);
    descriptor_path(path, "/proc/self/fd/", fd);
    own = sys_open_at(AT_FDCWD, path, access | O_NONBLOCK | O_NOCTTY, 0);
    if (own < 0)
        return own;
    result = write_all(own, bytes, length);
    sys_close(own);
    return result;
}

int confined_append(const char *path, const char *bytes, size_t length)
{
    int fd = sys_open_at(AT_FDCWD, path,
                         O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0600);
    int result;

    if (fd < 0)
        return fd;
    result = write_all(fd, bytes, length);
    sys_close(fd);
    return result;
}
