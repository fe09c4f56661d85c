/* Only a folder of one's own, closed to others, is used; no link is followed; files are closed to
 * others whatever the umask. Root may read what is another user's, and never writes there. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "binds.h"
#include "folder.h"
#include "net.h"
#include "run.h"

enum { NOBODY = 65534 };

static struct binds binds;

static int open_as(const char *path, bool make)
{
    int fd = history_folder_open(path, make);

    if (fd >= 0)
        close(fd);
    return fd >= 0 ? 0 : fd;
}

static void modes(const char *path)
{
    static const mode_t wrong[] = {0755, 0770, 0702, 0710, 0777};

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        chmod(path, wrong[i]);
        CHECK_RESULT(open_as(path, true), -EPERM, "writing, mode %o", wrong[i]);
        CHECK_RESULT(open_as(path, false), -EPERM, "reading, mode %o", wrong[i]);
    }
    chmod(path, 0700);
    CHECK_RESULT(open_as(path, true), 0, "mode 0700");
}

static void links(const char *path)
{
    char link[512], file[512];
    int fd;

    folder_file(link, sizeof link, "link");
    CHECK(symlink(path, link) == 0, "a link");
    CHECK_RESULT(open_as(link, true), -ENOTDIR, "a link to a good folder");
    folder_file(file, sizeof file, "file");
    fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    close(fd);
    CHECK_RESULT(open_as(file, true), -ENOTDIR, "a file");
    folder_file(file, sizeof file, "no/such");
    CHECK_RESULT(open_as(file, true), -ENOENT, "what is above is not made");
    folder_file(file, sizeof file, "made");
    CHECK_RESULT(open_as(file, false), -ENOENT, "reading makes nothing");
    CHECK_RESULT(open_as(file, true), 0, "writing makes it");
    CHECK_RESULT(open_as(file, false), 0, "now it is there");
}

static int as_nobody(void *path)
{
    if (setresuid(NOBODY, NOBODY, NOBODY) != 0)
        return 77;
    return open_as(path, false) == 0 || open_as(path, true) == 0;
}

static void other_users(const char *path)
{
    struct run_result result;

    if (geteuid() != 0)
        return;
    chmod(folder_path(), 0711);
    result = run_function(as_nobody, (void *)(uintptr_t)path);
    CHECK_EQ(result.status, 0, "nobody opens root's folder");
    CHECK(chown(path, NOBODY, NOBODY) == 0, "chown");
    CHECK_RESULT(open_as(path, true), -EPERM, "root does not write to another user's folder");
    CHECK_RESULT(open_as(path, false), 0, "root reads it");
    binds_read(&binds);
    CHECK_EQ(binds.count, 1, "and its files");
    chmod(path, 0722);
    CHECK_RESULT(open_as(path, false), -EPERM, "not where others can write");
}

int main(void)
{
    struct endpoint inet = binds_inet(80);
    struct stat status;
    const char *path;

    path = history_folder(1);
    modes(path);
    links(path);
    umask(0);
    binds_open(&binds_limits);
    binds_make(5, &inet, true, NULL, 1111);
    CHECK(stat(history_file_path(0), &status) == 0, "the file");
    CHECK_EQ(status.st_mode & 07777, 0600, "mode of the file");
    CHECK_EQ(status.st_size, 64 * 1024, "its size");
    CHECK(status.st_blocks * 512 >= status.st_size, "every block is there from the start");
    other_users(path);
    return 0;
}
