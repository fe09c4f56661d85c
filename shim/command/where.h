/* WHERE, as it is typed: [PROTO:][ADDR:]PORT, or a UNIX socket's path or @name. */
#ifndef REUSESHIM_COMMAND_WHERE_H
#define REUSESHIM_COMMAND_WHERE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "rules/endpoint.h"

enum { WHERE_LOCALS_MAX = 2, WHERE_ERROR_MAX = 256 };

struct where {
    enum protocol protocol;
    size_t count; /* addresses: a bare port means the wildcards of both families */
    struct endpoint locals[WHERE_LOCALS_MAX];
};

/* Reads TEXT: "80", "http", "udp:53", "127.0.0.1:80", "tcp:[::1]:80", "tcp6:80", "*:80",
 * "/run/x.sock", "unix:x.sock", "@name". Names of ports come from the system's table of services.
 * Returns true; or false with a sentence in ERROR. */
bool where_parse(const char *text, struct where *where, char error[WHERE_ERROR_MAX]);

/* Adds WHERE in one canonical form that where_parse reads back, but for a name's control
 * characters: "tcp:80", "udp:[::1]:53", "/run/x.sock". */
void where_print(struct text *text, const struct where *where);

#endif
