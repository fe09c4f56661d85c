#include "facts/origin.h"

#include <string.h>
#include <sys/utsname.h>

#include "base/sys.h"
#include "base/text.h"
#include "proc/namespace.h"

void origin_describe(struct caller *caller, struct scratch *scratch)
{
    struct utsname name;
    char boot[40];
    size_t length;

    if (sys_call(SYS_uname, &name) == 0) {
        length = text_length(name.nodename, sizeof name.nodename);
        if (length > 0)
            caller->host = scratch_copy(scratch, name.nodename, length);
    }
    namespace_boot(boot);
    if (boot[0] != '\0')
        caller->boot = scratch_copy(scratch, boot, strlen(boot));
}
