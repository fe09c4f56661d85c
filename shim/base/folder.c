#include "base/folder.h"

#include <string.h>

#include "base/sys.h"

/* As getdents64(2) gives them. */
struct record {
    uint64_t inode;
    int64_t offset;
    uint16_t length; /* of the whole, with name and padding */
    uint8_t type;
    char name[]; /* ends with a NUL byte */
};

int folder_each(int folder, char *buffer, size_t size, const struct folder_visitor *visitor)
{
    long got;

    while ((got = sys_call(SYS_getdents64, folder, buffer, size)) > 0) {
        struct record record;

        for (const char *at = buffer; at < buffer + got; at += record.length) {
            struct folder_entry entry;

            memcpy(&record, at, offsetof(struct record, name));
            entry = (struct folder_entry){record.inode, record.type,
                                          at + offsetof(struct record, name)};
            if (!visitor->visit(visitor->context, &entry))
                return 0;
        }
    }
    return (int)got;
}
