/* WHERE, as it is typed or pasted: [PROTO:][ADDR:]PORT, a URL, an error message, or a UNIX socket's
 * path or @name. */
#ifndef REUSESHIM_COMMAND_WHERE_H
#define REUSESHIM_COMMAND_WHERE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "rules/endpoint.h"

enum { WHERE_LOCALS_MAX = 2, WHERE_ERROR_MAX = 320 };

struct where {
    enum protocol protocol;
    size_t count; /* addresses: a bare port means the wildcards of both families */
    struct endpoint locals[WHERE_LOCALS_MAX];
};

/* Reads TEXT: "80", "http", "udp:53", "53/udp", "127.0.0.1:80", "localhost:80", ":::80", "TCP:80",
 * "tcp6:80", "*:80", "http://localhost:8080/", "/run/x.sock", "unix:x.sock", "@name", and a pasted
 * message, as "listen EADDRINUSE: address already in use :::3000". Names of ports come from the
 * system's table of services. Returns true; or false with a sentence in ERROR. */
bool where_parse(const char *text, struct where *where, char error[WHERE_ERROR_MAX]);

/* The same for COUNT words, as a shell has divided them. */
bool where_parse_words(char *const *words, int count, struct where *where,
                       char error[WHERE_ERROR_MAX]);

/* Adds WHERE in one canonical form that where_parse reads back, but for a name's control
 * characters: "tcp:80", "udp:[::1]:53", "/run/x.sock". */
void where_print(struct text *text, const struct where *where);

#endif
