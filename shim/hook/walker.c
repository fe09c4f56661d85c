#include "hook/walker.h"

#include <string.h>

#include "base/rare.h"
#include "base/sys.h"
#include "base/text.h"
#include "unwind/objects.h"

/* bindresvport() of libtirpc, and of nfs-ganesha's libntirpc: for a port below 1024, of which they
 * try each. Nothing else in these libraries asks for one of these. */
RARE static bool is_known(const struct failed_call *failure)
{
    uint16_t port = endpoint_from_sockaddr(failure->address, failure->length).port;
    struct loaded library;
    const char *name;

    if (port == 0 || port >= 1024 || failure->call != CALL_BIND ||
        objects_find(failure->place, &library) != OBJECTS_FOUND)
        return false;
    name = strrchr(library.name, '/');
    name = name == NULL ? library.name : name + 1;
    return text_begins_with(name, "libtirpc.so") || text_begins_with(name, "libntirpc.so");
}

struct repeat walker_count(const struct failed_call *failure)
{
    int64_t now_ms = sys_monotonic_ms();
    struct repeat repeat = repeat_count(failure, now_ms);

    if (repeat.step == REPEAT_LOOK && is_known(failure)) {
        walk_expect(failure, now_ms);
        repeat.step = REPEAT_SILENT;
    }
    return repeat;
}
