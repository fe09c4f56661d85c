#include "command/bind_error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys.h"
#include "facts/probe.h"

/* ---- Finding it ---- */

/* The folder of a path, as a path of its own. */
static void folder_of(const struct endpoint *local, char folder[ENDPOINT_PATH_MAX + 1])
{
    char *slash;

    memset(folder, 0, ENDPOINT_PATH_MAX + 1);
    memcpy(folder, local->path, local->path_length);
    slash = strrchr(folder, '/');
    if (slash == NULL)
        strcpy(folder, ".");
    else
        slash[slash == folder] = '\0';
}

/* A path is not tried, for bind() would make the file: only whether its folder would take one. */
static int folder_error(const struct endpoint *local)
{
    char folder[ENDPOINT_PATH_MAX + 1];
    struct sys_file file;
    long error;

    folder_of(local, folder);
    error = sys_file_of_path(AT_FDCWD, folder, &file);
    if (error < 0)
        return (int)-error;
    if (!S_ISDIR(file.mode))
        return ENOTDIR;
    return faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

/* Address and right are looked at before the port is, and alike for TCP: a bind() of that disturbs
 * no receiver of datagrams. But to an IPv6 group TCP is never bound. */
static int datagram_error(const struct attempt *attempt)
{
    struct attempt stream = *attempt;
    int error;

    if (endpoint_is_multicast(&attempt->socket.local))
        return 0;
    stream.socket.protocol = PROTOCOL_TCP;
    error = probe_result(&stream, false);
    return error == -EADDRINUSE || error == -EOPNOTSUPP ? 0 : -error;
}

int bind_error_find(const struct attempt *attempt)
{
    switch (attempt->socket.protocol) {
    case PROTOCOL_UNIX:
        return endpoint_is_abstract(&attempt->socket.local) ? 0
                                                            : folder_error(&attempt->socket.local);
    case PROTOCOL_UDP:
    case PROTOCOL_UDPLITE: return datagram_error(attempt);
    default: return 0;
    }
}

bool bind_error_may_pass(int error)
{
    return error == EADDRNOTAVAIL || error == ENOENT;
}

/* ---- What helps ---- */

/* The first port that needs no right. */
static unsigned long first_port_for_all(void)
{
    char value[16];

    if (sys_read_file(AT_FDCWD, "/proc/sys/net/ipv4/ip_unprivileged_port_start", value,
                      sizeof value) <= 0)
        return 1024;
    return strtoul(value, NULL, 10);
}

static bool is_link_local(const struct endpoint *local)
{
    return local->family == FAMILY_INET6 && local->address[0] == 0xfe &&
           (local->address[1] & 0xc0) == 0x80;
}

static void print_inet_help(struct text *text, const struct endpoint *local, int error)
{
    unsigned long first = first_port_for_all();

    if (error == EACCES && local->port < first) {
        text_add(text, "run it as root or with CAP_NET_BIND_SERVICE: ports below ");
        text_unsigned(text, first);
        text_add(text, " need it\n           (net.ipv4.ip_unprivileged_port_start)");
    } else if (error == EADDRNOTAVAIL) {
        endpoint_print_address(text, local);
        text_add(text, " is not an address of this machine, or not yet: see ip address");
    } else if (error == EINVAL && is_link_local(local) && local->scope == 0) {
        text_add(text, "a link-local address needs its %interface, as in [");
        endpoint_print_address(text, local);
        text_add(text, "%eth0]:");
        text_unsigned(text, local->port);
    } else if (error == ENODEV) {
        text_add(text, "this machine has no interface of that number");
    }
}

static void print_folder_help(struct text *text, const struct endpoint *local, int error)
{
    char folder[ENDPOINT_PATH_MAX + 1];
    const char *what = error == ENOENT    ? "make the folder: "
                       : error == ENOTDIR ? "not a folder: "
                       : error == EACCES  ? "the program needs write permission for the folder "
                                          : NULL;

    if (what == NULL)
        return;
    folder_of(local, folder);
    text_add(text, what);
    text_shown(text, folder, strlen(folder), ENDPOINT_TEXT_MAX);
}

void bind_error_print_help(struct text *text, const struct attempt *attempt, int error)
{
    const struct endpoint *local = &attempt->socket.local;
    size_t before = text->used, start;

    text_add(text, "  fix      ");
    start = text->used;
    if (local->family == FAMILY_UNIX)
        print_folder_help(text, local, error);
    else
        print_inet_help(text, local, error);
    if (text->used == start) {
        text->used = before;
        text->start[before] = '\0';
        return;
    }
    text_char(text, '\n');
}
