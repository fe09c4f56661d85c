#include "proc/cgroup.h"

#include <fcntl.h>
#include <string.h>

#include "base/folder.h"
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

/* The number of a folder of cgroups is its inode's. */
enum { ENTRIES_SIZE = 1024, DEPTH_MAX = 4, FOLDERS_MAX = 48, TYPE_FOLDER = 4 /* DT_DIR */ };

struct cgroup_search {
    uint64_t id;
    struct text *path;
    unsigned int left; /* folders that may still be opened */
};

/* One of two passes over a folder: first all that are in it, then what is below them. */
struct pass {
    struct cgroup_search *search;
    int folder;
    unsigned int depth;
    bool below;
    bool found;
};

static bool holds_units(const char *name)
{
    return text_bytes_end_with(name, strlen(name), ".slice") || text_begins_with(name, "user@");
}

static bool find_below(struct cgroup_search *search, int folder, unsigned int depth);

/* Is it this entry, or in it? */
static bool find_in(void *context, const struct folder_entry *entry)
{
    struct pass *pass = context;
    struct cgroup_search *search = pass->search;
    size_t used = search->path->used;
    int inner;

    pass->found = !pass->below && entry->inode == search->id;
    if (entry->type != TYPE_FOLDER || entry->name[0] == '.' || (!pass->found && !pass->below)) {
        pass->found = false;
        return true;
    }
    text_join(search->path, "/", entry->name, NULL);
    if (!pass->found && pass->depth < DEPTH_MAX && search->left > 0 && holds_units(entry->name)) {
        search->left--;
        inner = open_folder(pass->folder, entry->name);
        pass->found = inner >= 0 && find_below(search, inner, pass->depth + 1);
        if (inner >= 0)
            sys_close(inner);
    }
    if (!pass->found) {
        search->path->used = used;
        search->path->start[used] = '\0';
    }
    return !pass->found;
}

static bool find_below(struct cgroup_search *search, int folder, unsigned int depth)
{
    char entries[ENTRIES_SIZE];
    struct pass pass = {search, folder, depth, false, false};
    const struct folder_visitor visitor = {find_in, &pass};

    sys_call(SYS_lseek, folder, 0, 0);
    folder_each(folder, entries, sizeof entries, &visitor);
    if (pass.found)
        return true;
    pass.below = true;
    sys_call(SYS_lseek, folder, 0, 0);
    folder_each(folder, entries, sizeof entries, &visitor);
    return pass.found;
}

bool cgroup_path(uint64_t id, struct text *path)
{
    struct cgroup_search search = {id, path, FOLDERS_MAX};
    bool found = false;

    for (size_t i = 0; i < sizeof mounts / sizeof *mounts && !found; i++) {
        int mount = open_folder(AT_FDCWD, mounts[i]);

        if (mount < 0)
            continue;
        found = find_below(&search, mount, 0);
        sys_close(mount);
    }
    return found && !path->cut;
}
