#include "proc/launcher.h"

#include <fcntl.h>
#include <string.h>

#include "base/folder.h"
#include "base/sys.h"
#include "base/text.h"
#include "proc/process.h"
#include "rules/program.h"

enum {
    THREADS_MAX = 16,   /* that are looked at */
    LATER_TICKS = 200,  /* a child so much younger, in PROCSTAT_TICK_US, may not be the first */
    ROOM = 512          /* for a path, names of threads, and the numbers of children */
};

struct launcher_look {
    int proc;
    int32_t parent, child;
    int threads;
    bool alone; /* no other child has been seen */
    bool waits; /* some thread waits for a child */
};

bool launcher_is_runner(const char *comm)
{
    static const char names[][8] = {"npm", "yarn", "pnpm", "sudo", "su",
                                    "timeout", "script", "strace", "unshare", "nsenter"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t length = strlen(names[i]);

        if (text_begins_with(comm, names[i]) && (comm[length] == '\0' || comm[length] == ' '))
            return true; /* "npm start" is how npm calls itself */
    }
    return false;
}

/* Reads the file NAME of a thread of the parent. */
static long read_file(const struct launcher_look *look, const char *thread, const char *name,
                      char content[ROOM])
{
    char path[64];
    struct text text = text_in(path, sizeof path);

    text_format(&text, "%d/task/%s/%s", look->parent, thread, name);
    return sys_read_file(look->proc, path, content, ROOM);
}

/* "41 42 ", or nothing. */
static bool has_no_other(const char *children, int32_t child)
{
    uint64_t pid;

    for (const char *at = children; (at = text_read_number(at, &pid)) != NULL; at++)
        if ((int32_t)pid != child || *at != ' ')
            return false;
    return true;
}

static bool look_at_thread(void *context, const struct folder_entry *entry)
{
    struct launcher_look *look = context;
    char content[ROOM];

    if (entry->name[0] == '.')
        return true;
    content[0] = '\0';
    look->alone = look->threads++ < THREADS_MAX &&
                  read_file(look, entry->name, "children", content) >= 0 &&
                  has_no_other(content, look->child);
    if (look->alone && read_file(look, entry->name, "wchan", content) > 0)
        look->waits |= strcmp(content, "do_wait") == 0;
    return look->alone;
}

static void look_at_threads(struct launcher_look *look)
{
    char path[64], names[ROOM];
    int folder = sys_open_at(look->proc, process_path(path, sizeof path, look->parent, "task"),
                             O_RDONLY | O_DIRECTORY, 0);

    if (folder < 0)
        return;
    if (folder_each(folder, names, sizeof names,
                    &(struct folder_visitor){look_at_thread, look}) != 0)
        look->alone = false;
    sys_close(folder);
}

enum answer launcher_may_restart(struct known *known, int32_t parent, int32_t child)
{
    struct launcher_look look = {.proc = known->proc, .parent = parent, .child = child};
    struct procstat above, below;
    char path[64], exe[ROOM];

    /* Of another user's process the link may not be read, and it may not be ended either. */
    if (parent <= 1 || known_stat(known, parent, &above) != 0 ||
        known_stat(known, child, &below) != 0 || launcher_is_runner(above.comm) ||
        sys_read_link(known->proc, process_path(path, sizeof path, parent, "exe"), exe,
                      sizeof exe) <= 0 ||
        program_is_shell(exe))
        return ANSWER_NO;
    look_at_threads(&look);
    if (!look.alone)
        return ANSWER_NO;
    return look.waits || (above.reaped_faults > 0 &&
                          below.start_ticks >= above.start_ticks + LATER_TICKS)
               ? ANSWER_YES
               : ANSWER_UNKNOWN;
}

static bool is_launcher(struct known *known, int32_t pid, const int32_t *pids, size_t count,
                        bool goes_on)
{
    struct procstat own, child;

    if (known_stat(known, pid, &own) != 0)
        return false;
    goes_on |= program_is_shell(own.comm);
    for (size_t i = 0; i < count; i++) {
        if (pids[i] == pid)
            continue;
        if (known_stat(known, pids[i], &child) != 0 || child.parent != pid)
            return false;
        goes_on |= child.start_ticks >= own.start_ticks + LATER_TICKS;
    }
    return goes_on;
}

int32_t launcher_among(struct known *known, const int32_t *pids, size_t count, bool goes_on)
{
    for (size_t i = 0; i < count; i++)
        if (is_launcher(known, pids[i], pids, count, goes_on))
            return pids[i];
    return 0;
}
