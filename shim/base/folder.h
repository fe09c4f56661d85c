/* What a folder holds, by getdents64(2). No heap, no lock; errno is not kept. */
#ifndef REUSESHIM_BASE_FOLDER_H
#define REUSESHIM_BASE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct folder_entry {
    uint64_t inode;
    uint8_t type; /* DT_DIR and the like of readdir(3) */
    const char *name;
};

/* Gets each entry of a folder; returns false to end the walk. */
struct folder_visitor {
    bool (*visit)(void *context, const struct folder_entry *entry);
    void *context;
};

/* Visits the entries of the open FOLDER from where it stands, in a BUFFER of SIZE bytes. A folder
 * has ended when there is nothing more, and not before: a pending signal, or work that io_uring
 * left for the thread, makes the kernel stop early. Returns 0, or -errno. */
int folder_each(int folder, char *buffer, size_t size, const struct folder_visitor *visitor);

#endif
