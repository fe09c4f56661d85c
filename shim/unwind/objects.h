/* Which loaded object an address lies in, as the loader tells without a lock and without a system
 * call: _dl_find_object of glibc 2.35 and later. Async-signal-safe but for objects_prepare(). errno
 * is not changed.
 */
#ifndef REUSESHIM_UNWIND_OBJECTS_H
#define REUSESHIM_UNWIND_OBJECTS_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum objects_answer {
    OBJECTS_CANNOT_TELL = 0, /* an older C library, or an object of a strange layout */
    OBJECTS_NONE,
    OBJECTS_FOUND,
};

struct loaded {
    uintptr_t base;             /* ELF addresses count from here */
    const char *name;           /* as the loader opened it; "" for the program itself */
    const ElfW(Phdr) *headers;
    size_t header_count;
};

/* Looks the function up. In ordinary context, before the others; further calls do no harm. */
void objects_prepare(void);

/* Finds the object that ADDRESS lies in. It stays as it is as long as nobody unloads it: its code
 * is in use. */
enum objects_answer objects_find(uintptr_t address, struct loaded *loaded);

/* The SIZE bytes from ADDRESS on are in a part of LOADED that the loader has mapped to be read. */
bool objects_can_read(const struct loaded *loaded, uintptr_t address, size_t size);

#endif
