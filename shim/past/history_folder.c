#include "past/history_folder.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/vfs.h>

#include "base/folder.h"
#include "base/sys.h"
#include "base/text.h"

enum { NAMES_SIZE = 16 * 1024 }; /* bytes of names on their way from the kernel */

void history_name_print(const struct history_name *name, char text[HISTORY_NAME_MAX])
{
    struct text out = text_in(text, HISTORY_NAME_MAX);

    text_number(&out, name->pid);
    text_char(&out, '-');
    text_unsigned(&out, name->start_ticks);
    text_char(&out, '-');
    text_unsigned(&out, name->opened_us);
    text_add(&out, HISTORY_SUFFIX);
}

static bool take_number(const char **at, uint64_t *number)
{
    const char *start = *at;

    *number = 0;
    while (**at >= '0' && **at <= '9' && *at - start < 19)
        *number = *number * 10 + (uint64_t)(*(*at)++ - '0');
    return *at != start && (*start != '0' || *at == start + 1);
}

bool history_name_parse(const char *text, struct history_name *name)
{
    uint64_t pid;

    if (!take_number(&text, &pid) || pid == 0 || pid > INT32_MAX || *text++ != '-' ||
        !take_number(&text, &name->start_ticks) || *text++ != '-' ||
        !take_number(&text, &name->opened_us))
        return false;
    name->pid = (int32_t)pid;
    return strcmp(text, HISTORY_SUFFIX) == 0;
}

/* Whoever may write to the folder may put files there in another process's name. */
static int folder_check(int folder, bool make)
{
    uint32_t me = (uint32_t)geteuid();
    struct sys_file file;
    int error = sys_file_of_fd(folder, &file);

    if (error < 0)
        return error;
    if (file.uid != me && (make || me != 0))
        return -EPERM;
    return (file.mode & 077) != 0 ? -EPERM : 0;
}

int history_folder_open(const char *path, bool make)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
    int folder = sys_open_at(AT_FDCWD, path, flags, 0);
    int error;

    if (folder == -ENOENT && make) {
        error = (int)sys_call(SYS_mkdirat, AT_FDCWD, path, 0700);
        if (error < 0 && error != -EEXIST)
            return error;
        folder = sys_open_at(AT_FDCWD, path, flags, 0);
    }
    if (folder < 0)
        return folder == -ELOOP ? -ENOTDIR : folder;
    error = folder_check(folder, make);
    if (error < 0)
        sys_close(folder);
    return error < 0 ? error : folder;
}

/* On these a store to a mapped file can fail long after its blocks were given out, because they
 * write each time to new blocks, or far away; and a store that fails is a SIGBUS.
 * include/linux/magic.h */
bool history_folder_fits(int fd)
{
    static const uint32_t kinds[] = {
        0x9123683e /* btrfs */,  0x2fc12fc1 /* zfs */,    0xca451a4e /* bcachefs */,
        0x6969 /* nfs */,        0xff534d42 /* cifs */,   0xfe534d42 /* smb2 */,
        0x517b /* smb */,        0x65735546 /* fuse */,   0x01021997 /* 9p */,
        0x00c36400 /* ceph */,   0x5346414f /* afs */,    0x3434 /* nilfs */,
        0xf15f /* ecryptfs */,
    };
    struct statfs status;

    if (fstatfs(fd, &status) != 0)
        return false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if ((uint32_t)status.f_type == kinds[i])
            return false;
    return true;
}

void history_note_death(int fd, int64_t now_us)
{
    struct iovec piece = {&now_us, sizeof now_us};

    sys_call(SYS_pwritev, fd, &piece, 1,
             (unsigned long)offsetof(struct history_header, found_dead_us), 0UL);
}

struct name_list {
    struct history_name *names;
    size_t max;
    long count;
};

static bool take_name(void *context, const struct folder_entry *entry)
{
    struct name_list *list = context;
    struct history_name name;

    if (!history_name_parse(entry->name, &name))
        return true;
    if ((size_t)list->count < list->max)
        list->names[list->count] = name;
    list->count++;
    return true;
}

long history_folder_list(int folder, struct history_name *names, size_t max)
{
    struct name_list list = {names, max, 0};
    char *buffer = sys_map(NAMES_SIZE);
    int error;

    if (buffer == NULL)
        return -ENOMEM;
    sys_call(SYS_lseek, folder, 0, SEEK_SET);
    error = folder_each(folder, buffer, NAMES_SIZE, &(struct folder_visitor){take_name, &list});
    sys_unmap(buffer, NAMES_SIZE);
    return error < 0 ? error : list.count;
}

/* Shell's sort: few lines, no recursion, no heap. */
void history_names_sort(struct history_name *names, size_t count)
{
    size_t gap, j;

    for (gap = count / 2; gap > 0; gap /= 2) {
        for (size_t i = gap; i < count; i++) {
            struct history_name name = names[i];

            for (j = i; j >= gap && names[j - gap].opened_us > name.opened_us; j -= gap)
                names[j] = names[j - gap];
            names[j] = name;
        }
    }
}
