/* Rule: sock_diag tells the file of a bound UNIX socket by inode and device, and the device is
 * in the kernel's own form, major << 20 | minor, not as st_dev has it. A stale file matches no
 * socket.
 * Source: sk_diag_dump_vfs(), "dentry->d_sb->s_dev"; <linux/kdev_t.h>.
 * Relied on by: facts/sockdiag: telling `unix-live` from `unix-stale`; the action `unlink`. */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "check.h"
#include "diag.h"
#include "folder.h"
#include "net.h"

int main(void)
{
    char path[100];
    struct diag_unix row;
    struct stat status;
    unsigned inode;
    int fd = net_unix(SOCK_STREAM);

    folder_file(path, sizeof path, "socket");
    CHECK_RESULT(net_bind(fd, path, 0), 0, "bind");
    CHECK(lstat(path, &status) == 0, "lstat");
    inode = diag_inode(fd);
    CHECK(diag_unix(inode, &row), "the socket has a row");
    CHECK_STR(row.name, path, "its name");
    CHECK_EQ(row.vfs_inode, status.st_ino, "its file's inode");
    CHECK_EQ(row.vfs_device, (major(status.st_dev) << 20) | minor(status.st_dev), "the device");
    CHECK_EQ(row.uid, getuid(), "its user");
    close(fd);
    CHECK(!diag_unix(inode, &row), "no row after close");
    return CHECK_PASSED;
}
