/* Rule: INET_DIAG_CGROUP_ID is the inode number of the socket's cgroup v2 folder; 1 is the
 * root.
 * Source: inet_diag_msg_attrs_fill(), cgroup_id(sock_cgroup_ptr()).
 * Relied on by: facts/owner (cgroup.procs narrows the search), `cgroup` and `unit` in the
 * record. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "check.h"
#include "diag.h"
#include "net.h"

/* The inode of this process's own cgroup v2 folder, or 0 if it cannot be seen. */
static unsigned long own_cgroup(void)
{
    static const char *const roots[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
    FILE *file = fopen("/proc/self/cgroup", "re");
    char line[512], path[600];
    struct stat status;

    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, "0::", 3) != 0)
            continue;
        line[strcspn(line, "\n")] = '\0';
        for (int i = 0; i < 2; i++) {
            snprintf(path, sizeof path, "%s%s/cgroup.procs", roots[i], line + 3);
            if (stat(path, &status) != 0)
                continue;
            *strrchr(path, '/') = '\0';
            fclose(file);
            return stat(path, &status) == 0 ? status.st_ino : 0;
        }
    }
    if (file)
        fclose(file);
    return 0;
}

int main(void)
{
    unsigned long expected = own_cgroup();
    struct diag_rows rows;

    net_own_namespace();
    rows = diag_port(AF_INET, net_port(net_listener("127.0.0.1", 0, 0, 0)));
    CHECK_EQ(rows.count, 1, "rows");
    if (expected == 0)
        skip("no cgroup v2 folder of our own to compare with (the row says %llu)",
             (unsigned long long)rows.row[0].cgroup);
    CHECK_EQ(rows.row[0].cgroup, expected, "the cgroup's number");
    return CHECK_PASSED;
}
