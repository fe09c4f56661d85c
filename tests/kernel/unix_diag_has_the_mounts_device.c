/* Rule: the device that sock_diag tells of a UNIX socket's file is that of the mount, as
 * /proc/PID/mountinfo has it; on layered file systems and subvolumes stat tells another one of the
 * same file. statx names the mount (STATX_MNT_ID, Linux 5.8).
 * Source: sk_diag_dump_vfs(), "dentry->d_sb->s_dev"; show_mountinfo(); ovl_map_dev_ino().
 * Relied on by: facts/unixfile: who has a socket file in a container or on btrfs. */
#include <fcntl.h>
#include <linux/stat.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "diag.h"
#include "net.h"
#include "overlay.h"

/* The kernel's form of the device of the mount with this number. */
static unsigned device_of_mount(unsigned long long mount)
{
    FILE *file = fopen("/proc/self/mountinfo", "re");
    unsigned long long number;
    unsigned major, minor;
    char line[8192];

    CHECK(file != NULL, "mountinfo");
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "%llu %*u %u:%u", &number, &major, &minor) == 3 && number == mount) {
            fclose(file);
            return major << 20 | minor;
        }
    }
    check_failed(__FILE__, __LINE__, "a line", "mount %llu in mountinfo", mount);
}

int main(void)
{
    char path[128];
    struct diag_unix row;
    struct statx status;
    int fd = net_unix(SOCK_STREAM);

    snprintf(path, sizeof path, "%s/socket", overlay_folder());
    CHECK_RESULT(net_bind(fd, path, 0), 0, "bind");
    CHECK(syscall(SYS_statx, AT_FDCWD, path, 0, STATX_INO | STATX_MNT_ID, &status) == 0, "statx");
    if (!(status.stx_mask & STATX_MNT_ID))
        skip("statx does not name the mount before Linux 5.8");
    CHECK(diag_unix(diag_inode(fd), &row), "the socket has a row");
    CHECK_EQ(row.vfs_inode, status.stx_ino, "its file's inode");
    CHECK_EQ(row.vfs_device, device_of_mount(status.stx_mnt_id), "the mount's device");
    CHECK(row.vfs_device != (status.stx_dev_major << 20 | status.stx_dev_minor),
          "stat tells another device: %u:%u", status.stx_dev_major, status.stx_dev_minor);
    return CHECK_PASSED;
}
