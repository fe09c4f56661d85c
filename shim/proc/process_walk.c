#include "proc/process_walk.h"

#include <fcntl.h>
#include <string.h>

#include <linux/kcmp.h>

#include "base/folder.h"
#include "base/sys.h"
#include "base/text.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434 /* Linux 5.3, one number everywhere: asm-generic/unistd.h */
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438 /* Linux 5.6 */
#endif

#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL /* Linux 6.9 */
#endif

const char *process_path(char *path, size_t size, int32_t pid, const char *name)
{
    struct text text = text_in(path, size);

    text_number(&text, pid);
    text_char(&text, '/');
    text_add(&text, name);
    return path;
}

int32_t process_self(int proc)
{
    char name[16];

    return sys_read_link(proc, "self", name, sizeof name) > 0 ? (int32_t)text_number_at(name) : 0;
}

int process_folder(void)
{
    int proc = sys_open_at(AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY, 0);
    int32_t self = proc < 0 ? 0 : process_self(proc);

    if (proc < 0 || self == (int32_t)sys_call(SYS_getpid))
        return proc;
    sys_close(proc);
    return self == 0 ? -ENOENT : -EXDEV; /* a folder of that name that is no proc */
}

/* Gets each name of a folder that is a number; returns false to end the walk. */
struct number_visitor {
    bool (*visit)(void *context, const char *name, int32_t number);
    void *context;
};

/* Reads a whole name as a number without a sign. */
static bool is_number(const char *name, int32_t *number)
{
    uint64_t value;
    const char *end = text_read_number(name, &value);

    *number = (int32_t)value;
    return end != NULL && *end == '\0' && value <= INT32_MAX;
}

static bool visit_number(void *context, const struct folder_entry *entry)
{
    const struct number_visitor *visitor = context;
    int32_t number;

    return !is_number(entry->name, &number) ||
           visitor->visit(visitor->context, entry->name, number);
}

static int each_number(int folder, char *names, size_t size, struct number_visitor *visitor)
{
    return folder_each(folder, names, size, &(struct folder_visitor){visit_number, visitor});
}

struct pid_list {
    int32_t *pids;
    size_t max;
    int32_t but; /* a helper does not count itself, which has the descriptors of who made it */
    long count;
};

static bool list_pid(void *context, const char *name, int32_t number)
{
    struct pid_list *list = context;

    (void)name;
    if (number == list->but)
        return true;
    if ((size_t)list->count < list->max)
        list->pids[list->count] = number;
    list->count++;
    return true;
}

long process_list(int proc, int32_t *pids, size_t max, char *names)
{
    int32_t but = sys_place.pid != 0 ? (int32_t)sys_call(SYS_getpid) : 0;
    struct pid_list list = {pids, max, but, 0};
    struct number_visitor visitor = {list_pid, &list};
    long result = sys_call(SYS_lseek, proc, 0L, 0 /* SEEK_SET */);

    if (result >= 0)
        result = each_number(proc, names, PROCESS_NAMES_SIZE, &visitor);
    return result < 0 ? result : list.count;
}

/* The inode in "socket:[12345]". */
static bool is_socket(const char *target, uint64_t *inode)
{
    static const char prefix[] = "socket:[";
    const char *end = text_begins_with(target, prefix)
                          ? text_read_number(target + sizeof prefix - 1, inode)
                          : NULL;

    return end != NULL && *end == ']';
}

struct other_thread {
    int32_t first;
    int32_t found; /* 0 = none yet */
};

static bool visit_thread(void *context, const char *name, int32_t number)
{
    struct other_thread *other = context;

    (void)name;
    if (number != other->first)
        other->found = number;
    return other->found == 0;
}

/* The folder counts its threads as links, which is quicker asked than listed: most processes that
 * come here are threads of the kernel. */
int32_t process_thread(int proc, int32_t pid, char *names, size_t size)
{
    enum { LINKS_OF_ONE = 3 }; /* proc_task_getattr() */
    struct other_thread other = {pid, 0};
    struct number_visitor visitor = {visit_thread, &other};
    struct sys_file file;
    char path[64];
    int folder;

    if (sys_file_of_path(proc, process_path(path, sizeof path, pid, "task"), &file) < 0 ||
        file.links <= LINKS_OF_ONE)
        return 0;
    folder = sys_open_at(proc, path, O_RDONLY | O_DIRECTORY, 0);
    if (folder < 0)
        return 0;
    each_number(folder, names, size, &visitor);
    sys_close(folder);
    return other.found;
}

struct descriptors {
    int folder;
    bool any;
    int error; /* why a link could not be read, though the folder could */
    const struct socket_visitor *visitor;
};

static bool visit_descriptor(void *context, const char *name, int32_t number)
{
    struct descriptors *descriptors = context;
    char target[40]; /* a longer one is no socket */
    long length = sys_read_link(descriptors->folder, name, target, sizeof target);
    uint64_t inode;

    descriptors->any = true;
    if (length == -EACCES || length == -EPERM) {
        descriptors->error = (int)length;
        return false;
    }
    if (length <= 0 || !is_socket(target, &inode))
        return true;
    return descriptors->visitor->visit(descriptors->visitor->context, number, inode);
}

/* The descriptors that process or thread ID shows; ANY tells whether there were some. */
static int sockets_of(int proc, int32_t id, struct descriptors *descriptors, char *names)
{
    struct number_visitor numbers = {visit_descriptor, descriptors};
    char path[64];
    int error;

    descriptors->folder = sys_open_at(proc, process_path(path, sizeof path, id, "fd"),
                                      O_RDONLY | O_DIRECTORY, 0);
    if (descriptors->folder < 0)
        return descriptors->folder;
    error = each_number(descriptors->folder, names, PROCESS_NAMES_SIZE, &numbers);
    sys_close(descriptors->folder);
    return descriptors->error != 0 ? descriptors->error : error;
}

int process_sockets(int proc, int32_t pid, const struct socket_visitor *visitor, char *names)
{
    struct descriptors descriptors = {.visitor = visitor};
    int error = sockets_of(proc, pid, &descriptors, names);
    int32_t thread = 0;

    if (error == 0 && !descriptors.any)
        thread = process_thread(proc, pid, names, PROCESS_NAMES_SIZE);
    return thread == 0 ? error : sockets_of(proc, thread, &descriptors, names);
}

struct signal_search {
    int folder;
    bool found;
};

static bool visit_for_signalfd(void *context, const char *name, int32_t number)
{
    struct signal_search *search = context;
    char target[40];

    (void)number;
    search->found = sys_read_link(search->folder, name, target, sizeof target) <= 0 ||
                    strcmp(target, "anon_inode:[signalfd]") == 0;
    return !search->found;
}

bool process_has_signalfd(int proc, int32_t pid)
{
    char path[64], names[2048];
    struct signal_search search = {
        sys_open_at(proc, process_path(path, sizeof path, pid, "fd"), O_RDONLY | O_DIRECTORY, 0),
        true};
    struct number_visitor visitor = {visit_for_signalfd, &search};

    if (search.folder < 0)
        return true;
    search.found = false;
    if (each_number(search.folder, names, sizeof names, &visitor) < 0)
        search.found = true;
    sys_close(search.folder);
    return search.found;
}

int64_t process_socket_at(int proc, int32_t pid, int32_t fd)
{
    char path[64], target[40];
    struct text text = text_in(path, sizeof path);
    uint64_t inode;
    long length;

    text_format(&text, "%s%d/fd/%d", proc < 0 ? "/proc/" : "", (int)pid, (int)fd);
    length = sys_read_link(proc < 0 ? AT_FDCWD : proc, path, target, sizeof target);
    if (length <= 0)
        return length;
    return is_socket(target, &inode) ? (int64_t)inode : 0;
}

int process_share(int32_t one, int32_t other, int32_t fd)
{
    long order = sys_place.pid != 0 ? -ENOSYS
                                    : sys_call(SYS_kcmp, one, other, KCMP_FILE, fd, fd);

    return order < 0 ? (int)order : order == 0;
}

int process_open(int32_t pid)
{
    return sys_place.modest ? -EPERM : (int)sys_call(SYS_pidfd_open, pid, 0);
}

int process_open_thread(int32_t pid)
{
    char names[512];
    int proc = process_folder();
    int32_t thread;

    if (proc < 0)
        return proc;
    thread = process_thread(proc, pid, names, sizeof names);
    sys_close(proc);
    return thread == 0 ? -ESRCH : (int)sys_call(SYS_pidfd_open, thread, PIDFD_THREAD);
}

int process_copy_descriptor(int handle, int32_t fd)
{
    return (int)sys_call(SYS_pidfd_getfd, handle, fd, 0);
}
