#include "proc/cgroup.h"

#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"
#include "proc/process.h"

/* struct file_handle with a number of kernfs in it (FILEID_KERNFS, include/linux/exportfs.h). */
struct handle {
    uint32_t bytes;
    int32_t type;
    uint64_t id;
};
enum { HANDLE_KERNFS = 0xfe, TEXT_SIZE = 1024 };

/* Where cgroup v2 is mounted: alone, or beside v1 (systemd's hybrid layout). */
static const char mounts[][24] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};

static int open_folder(int folder, const char *path)
{
    return sys_open_at(folder, path, O_RDONLY | O_DIRECTORY, 0);
}

static int open_by_number(int mount, uint64_t id)
{
    struct handle handle = {sizeof handle.id, HANDLE_KERNFS, id};

    return (int)sys_call(SYS_open_by_handle_at, mount, &handle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* This process's own cgroup below MOUNT, if it has that number. */
static int open_own(int proc, int mount, uint64_t id)
{
    char text[TEXT_SIZE];
    long length = sys_read_file(proc, "self/cgroup", text, sizeof text);
    const char *line = length <= 0                       ? NULL
                       : text_begins_with(text, "0::/") ? text
                                                         : strstr(text, "\n0::/");
    struct sys_file file;
    char *path, *end;
    int folder;

    if (line == NULL)
        return -ENOENT;
    path = text + (line - text) + (*line == '\n') + strlen("0::/");
    end = strchr(path, '\n');
    if (end == NULL)
        return -ENOENT;
    *end = '\0';
    folder = open_folder(mount, *path == '\0' ? "." : path);
    if (folder < 0 || (sys_file_of_fd(folder, &file) == 0 && file.inode == id))
        return folder;
    sys_close(folder);
    return -ENOENT;
}

static int open_cgroup(int proc, uint64_t id)
{
    int folder = -ENOENT;

    for (size_t i = 0; i < sizeof mounts / sizeof *mounts && folder < 0; i++) {
        int mount = open_folder(AT_FDCWD, mounts[i]);

        if (mount < 0)
            continue;
        folder = open_own(proc, mount, id);
        if (folder < 0)
            folder = open_by_number(mount, id);
        sys_close(mount);
    }
    return folder;
}

/* One number a line; 0 for a process of another pid namespace. */
static long read_numbers(int file, int32_t *pids, size_t max)
{
    char bytes[TEXT_SIZE];
    int32_t number = 0;
    long count = 0, got;

    while ((got = sys_read(file, bytes, sizeof bytes)) > 0)
        for (long i = 0; i < got; i++) {
            if (bytes[i] >= '0' && bytes[i] <= '9') {
                number = number * 10 + (bytes[i] - '0');
                continue;
            }
            if (number != 0 && (size_t)count < max)
                pids[count] = number;
            count += number != 0;
            number = 0;
        }
    return got < 0 ? got : count;
}

long cgroup_processes(int proc, uint64_t id, int32_t *pids, size_t max)
{
    int folder = open_cgroup(proc, id), file;
    long count;

    if (folder < 0)
        return folder;
    file = sys_open_at(folder, "cgroup.procs", O_RDONLY, 0);
    sys_close(folder);
    if (file < 0)
        return file;
    count = read_numbers(file, pids, max);
    sys_close(file);
    return count;
}

/* ---- From its number to its path, without a right ---- */

/* What getdents64(2) gives: the number of a folder of cgroups is its inode's. */
struct entry {
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    char name[]; /* ends with a NUL byte */
};

enum { ENTRIES_SIZE = 1024, DEPTH_MAX = 4, FOLDERS_MAX = 48, TYPE_FOLDER = 4 /* DT_DIR */ };

struct walk {
    uint64_t id;
    struct text *path;
    unsigned int left; /* folders that may still be opened */
};

static bool holds_units(const char *name)
{
    return text_bytes_end_with(name, strlen(name), ".slice") || text_begins_with(name, "user@");
}

static bool find_below(struct walk *walk, int folder, unsigned int depth);

/* Is it this entry, or in it? */
static bool find_in(struct walk *walk, int folder, const struct entry *entry, bool below,
                    unsigned int depth)
{
    size_t used = walk->path->used;
    bool found = !below && entry->inode == walk->id;
    int inner;

    if (entry->type != TYPE_FOLDER || entry->name[0] == '.' || (!found && !below))
        return false;
    text_join(walk->path, "/", entry->name, NULL);
    if (!found && depth < DEPTH_MAX && walk->left > 0 && holds_units(entry->name)) {
        walk->left--;
        inner = open_folder(folder, entry->name);
        found = inner >= 0 && find_below(walk, inner, depth + 1);
        if (inner >= 0)
            sys_close(inner);
    }
    if (!found) {
        walk->path->used = used;
        walk->path->start[used] = '\0';
    }
    return found;
}

/* First among all that are in FOLDER, then below them. */
static bool find_below(struct walk *walk, int folder, unsigned int depth)
{
    _Alignas(struct entry) char entries[ENTRIES_SIZE];
    long got;

    for (int below = 0; below <= 1; below++) {
        sys_call(SYS_lseek, folder, 0, 0);
        while ((got = sys_call(SYS_getdents64, folder, entries, sizeof entries)) > 0)
            for (long at = 0; at < got;) {
                const struct entry *entry = (const struct entry *)(const void *)(entries + at);

                if (find_in(walk, folder, entry, below == 1, depth))
                    return true;
                at += entry->length;
            }
    }
    return false;
}

bool cgroup_path(uint64_t id, struct text *path)
{
    struct walk walk = {id, path, FOLDERS_MAX};
    bool found = false;

    for (size_t i = 0; i < sizeof mounts / sizeof *mounts && !found; i++) {
        int mount = open_folder(AT_FDCWD, mounts[i]);

        if (mount < 0)
            continue;
        found = find_below(&walk, mount, 0);
        sys_close(mount);
    }
    return found && !path->cut;
}
