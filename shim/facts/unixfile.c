#include "facts/unixfile.h"

#include <string.h>

#include "base/sys.h"
#include "facts/probe.h"
#include "facts/sockdiag.h"

enum { FOLDER_MAX = 4096 }; /* PATH_MAX, linux/limits.h */

const char *unixfile_folder(const struct endpoint *local, struct scratch *scratch)
{
    char *folder;
    long length;

    if (local->path_length == 0 || local->path[0] == '/' || endpoint_is_abstract(local))
        return NULL;
    folder = scratch_take(scratch, FOLDER_MAX);
    if (folder == NULL)
        return NULL;
    length = sys_call(SYS_getcwd, folder, FOLDER_MAX);
    /* "(unreachable)/..." outside of the root; an error in a folder that was removed. */
    return length > 0 && folder[0] == '/' ? folder : NULL;
}

/* The bytes after the last slash. */
static const char *last_part(const struct endpoint *local, size_t *length)
{
    size_t start = local->path_length;

    while (start > 0 && local->path[start - 1] != '/')
        start--;
    *length = local->path_length - start;
    return local->path + start;
}

struct namesakes {
    const struct endpoint *local;
    bool any;
};

static bool visit(void *context, const struct diag_row *row)
{
    struct namesakes *namesakes = context;
    size_t length, other_length;
    const char *name = last_part(namesakes->local, &length);
    const char *other = last_part(&row->local, &other_length);

    if (row->local.family == FAMILY_UNIX && length == other_length &&
        memcmp(name, other, length) == 0)
        namesakes->any = true;
    return !namesakes->any;
}

bool unixfile_is_elsewhere(const struct endpoint *local)
{
    struct diag_query query = {.protocol = PROTOCOL_UNIX};
    struct namesakes namesakes = {local, false};
    struct diag_visitor visitor = {visit, &namesakes};
    struct diag_result result = sockdiag_each(&query, &visitor);

    /* Last: it may have been closed in the meantime. */
    return result.error == 0 && result.complete && !namesakes.any &&
           probe_path(local) == PATH_LIVE;
}
