#include "unwind/walk_cache.h"

#include <stdint.h>
#include <sys/mman.h>

#include "base/rare.h"
#include "base/sys.h"

enum {
    TABLE_BYTES = 256 * 1024, /* 1 << 14 entries (src/x86_64/Gtrace.c, HASH_MIN_BITS) */
    USED_MAX = 64             /* entries of a first walk: a stack, and some for luck */
};

struct entry {
    uint64_t address;
    uint64_t rest;
};

enum { ENTRIES = TABLE_BYTES / sizeof(struct entry) };

/* Made by the walk that this thread is in; NULL = none. */
static _Thread_local struct entry *fresh;

void *walk_cache_map(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
    void *memory = mmap(address, size, protection, flags, fd, offset);

    if (memory != MAP_FAILED && size == TABLE_BYTES && fd == -1)
        fresh = memory;
    return memory;
}

/* Gathers the entries that are in use. Returns how many, or -1 if this is not the table we know:
 * free entries are all alike. */
static int entries_used(const struct entry *table, uint16_t used[USED_MAX])
{
    const struct entry *empty = NULL;
    int count = 0;

    for (size_t i = 0; i < ENTRIES; i++) {
        if (table[i].address != 0) {
            if (count == USED_MAX)
                return -1;
            used[count++] = (uint16_t)i;
        } else if (empty == NULL) {
            empty = &table[i];
        } else if (table[i].rest != empty->rest) {
            return -1;
        }
    }
    return count;
}

RARE static void trim(struct entry *table)
{
    struct entry kept[USED_MAX];
    uint16_t used[USED_MAX];
    int count = entries_used(table, used);

    for (int i = 0; i < count; i++)
        kept[i] = table[used[i]];
    if (count < 0 || sys_advise(table, TABLE_BYTES, MADV_DONTNEED) != 0)
        return;
    for (int i = 0; i < count; i++)
        table[used[i]] = kept[i];
}

void walk_cache_trim(void)
{
    struct entry *table = fresh;

    if (table == NULL)
        return;
    fresh = NULL;
    trim(table);
}
