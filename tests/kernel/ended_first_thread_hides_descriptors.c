/* Rule: a process whose first thread has ended shows neither descriptors nor its executable file
 * under /proc/PID; under the number of another of its threads it shows both, and such a thread can
 * be asked for a copy of a descriptor (PIDFD_THREAD, Linux 6.9). The links of /proc/PID/task are
 * two and its threads, the ended one counted. Source: proc_readfd_common(), get_files_struct();
 * proc_exe_link(); proc_task_getattr(). Relied on by: proc/process: whose socket it is. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

static const int pidfd_open_number = 434, pidfd_getfd_number = 438; /* asm-generic/unistd.h */

static int entries_of(const char *folder)
{
    DIR *names = opendir(folder);
    int count = 0;

    CHECK(names != NULL, "open %s: %s", folder, check_errno_name(errno));
    while (readdir(names) != NULL)
        count++;
    closedir(names);
    return count - 2; /* . and .. */
}

static bool first_has_ended(void *unused)
{
    char target[8];

    (void)unused;
    return readlink("/proc/self/exe", target, sizeof target) < 0 && errno == ENOENT;
}

static int copy_of(int id, unsigned flags, int fd)
{
    long handle = syscall(pidfd_open_number, id, flags);
    long copy = handle < 0 ? -1 : syscall(pidfd_getfd_number, handle, fd, 0);

    return copy < 0 ? -errno : (int)copy;
}

static void *outlive(void *unused)
{
    int fd = net_listener("127.0.0.1", 0, 0, 0), thread = (int)syscall(SYS_gettid), copy;
    char path[64], target[64];
    struct stat status;

    CHECK(wait_until(first_has_ended, NULL, 5000), "the first thread ends");
    CHECK_EQ(entries_of("/proc/self/fd"), 0, "descriptors of the process");
    snprintf(path, sizeof path, "/proc/%d/fd/%d", thread, fd);
    CHECK(readlink(path, target, sizeof target) > 0, "%s: %s", path, check_errno_name(errno));
    CHECK(strncmp(target, "socket:[", 8) == 0, "the thread shows the socket");
    CHECK(stat("/proc/self/task", &status) == 0, "stat");
    CHECK_EQ(status.st_nlink, 2 + 2, "two, and the threads");
    CHECK_RESULT(copy_of(getpid(), 0, fd), -ESRCH, "a copy from the process");
    copy = copy_of(thread, O_EXCL, fd);
    if (copy == -EINVAL)
        skip("no handle of a thread before Linux 6.9");
    CHECK(copy >= 0, "a copy from the thread: %s", check_errno_name(copy));
    exit(CHECK_PASSED);
    return unused;
}

int main(void)
{
    pthread_t thread;

    CHECK_EQ(pthread_create(&thread, NULL, outlive, NULL), 0, "a thread");
    pthread_exit(NULL);
}
