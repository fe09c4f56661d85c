#include "facts/probe.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/constants.h"
#include "base/sys.h"
#include "confine/confinement.h"
#include "facts/probe_parts.h"
#include "facts/sockdiag.h"

int probe_bind_device(int fd, const struct attempt *attempt)
{
    uint32_t device = attempt->socket.device;

    return device == 0 ? 0 : sys_set_option(fd, SOL_SOCKET, SO_BINDTOIFINDEX, (int)device);
}

/* bind() itself sets IPV6_V6ONLY for a native address. */
static bool takes_v6only(const struct party *want)
{
    return want->options.v6only != ANSWER_UNKNOWN &&
           (endpoint_is_wildcard(&want->local) || endpoint_is_mapped(&want->local));
}

/* Gives the throwaway socket FD what decides about a conflict. Returns 0 or -errno. */
static int dress(int fd, const struct attempt *attempt)
{
    const struct party *want = &attempt->socket;
    int error = 0;

    if (attempt->domain == AF_INET6 && takes_v6only(want))
        error = sys_set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, want->options.v6only == ANSWER_YES);
    if (error == 0)
        error = probe_bind_device(fd, attempt);
    return error;
}

bool probe_may(const struct attempt *attempt)
{
    const struct party *want = &attempt->socket;

    if (want->protocol != PROTOCOL_TCP || want->local.port == 0)
        return false;
    if (attempt->domain != family_domain(want->local.family))
        return false;
    return want->local.family == FAMILY_INET || want->options.v6only != ANSWER_UNKNOWN ||
           !endpoint_is_wildcard(&want->local);
}

enum answer probe_answer(long error)
{
    return error == 0 || error == -EADDRINUSE ? answer_of(error == 0) : ANSWER_UNKNOWN;
}

long probe_once(const struct attempt *attempt, bool reuseaddr, bool reuseport, int64_t uid)
{
    _Alignas(struct sockaddr_storage) char address[ENDPOINT_SOCKADDR_MAX];
    size_t length = endpoint_to_sockaddr(&attempt->socket.local, address);
    long fd, error;

    if (length == 0 || !probe_may(attempt))
        return -EOPNOTSUPP;
    fd = sys_call(SYS_socket, attempt->domain, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fd;
    error = dress((int)fd, attempt);
    if (error == 0 && reuseaddr)
        error = sys_set_option((int)fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (error == 0 && reuseport)
        error = sys_set_option((int)fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (error == 0 && uid != UID_UNKNOWN)
        error = sys_call(SYS_fchown, fd, (uid_t)uid, (gid_t)-1);
    if (error == 0)
        error = sys_call(SYS_bind, fd, address, (socklen_t)length);
    sys_close((int)fd);
    return error;
}

int probe_result(const struct attempt *attempt, bool reuseaddr)
{
    return (int)probe_once(attempt, reuseaddr, false, UID_UNKNOWN);
}

enum answer probe_bind(const struct attempt *attempt, bool reuseaddr)
{
    return probe_answer(probe_result(attempt, reuseaddr));
}

/* The result of connecting a datagram socket to the path: 0 where one is bound to it, -EPROTOTYPE
 * where a socket of another type is, -ECONNREFUSED where none is, or what forbids the question. */
static long connect_to(const struct endpoint *endpoint)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    long fd = sys_call(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    long error;

    if (fd < 0)
        return fd;
    memcpy(address.sun_path, endpoint->path, endpoint->path_length);
    error = sys_call(SYS_connect, fd, &address,
                     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + endpoint->path_length));
    sys_close((int)fd);
    return error;
}

struct path_search {
    const struct endpoint *endpoint;
    const struct sys_file *file;
    bool by_name;
    bool found;
};

/* The same file; or, if BY_NAME, where the file system shows other numbers than it keeps
 * (overlayfs), the same name and the same inode number. */
static bool is_bound_to(void *context, const struct diag_row *row)
{
    struct path_search *search = context;
    const struct sys_file *file = search->file;

    /* What a server has accepted has its file, too, and may outlive it; who has bound himself and
     * then connected is listed in the same way: connect() tells. */
    if (row->file_inode == 0 || row->file_inode != (uint32_t)file->inode ||
        row->remote.family != FAMILY_NONE)
        return true;
    if ((row->file_device_major == file->device_major &&
         row->file_device_minor == file->device_minor) ||
        (search->by_name && endpoint_equal(&row->socket.local, search->endpoint)))
        search->found = true;
    return !search->found;
}

static bool is_in_list(const struct endpoint *endpoint, const struct sys_file *file, bool by_name)
{
    const struct diag_query query = {.protocol = PROTOCOL_UNIX};
    struct path_search search = {endpoint, file, by_name, false};

    sockdiag_each(&query, &(struct diag_visitor){is_bound_to, &search});
    return search.found;
}

enum path_kind probe_path(const struct endpoint *endpoint)
{
    char path[ENDPOINT_PATH_MAX + 1] = "";
    struct sys_file file;
    long error;

    if (endpoint->family != FAMILY_UNIX || endpoint->path_length == 0 ||
        endpoint->path_length > ENDPOINT_PATH_MAX || endpoint_is_abstract(endpoint))
        return PATH_UNKNOWN;
    memcpy(path, endpoint->path, endpoint->path_length);
    error = sys_file_of_path(AT_FDCWD, path, &file);
    if (error == -ENOENT || error == -ENOTDIR)
        return PATH_MISSING;
    if (error != 0)
        return PATH_UNKNOWN;
    if (!S_ISSOCK(file.mode))
        return S_ISREG(file.mode)   ? PATH_FILE
               : S_ISDIR(file.mode) ? PATH_FOLDER
               : S_ISLNK(file.mode) ? PATH_LINK
                                    : PATH_OTHER;
    /* connect() would leave its mark on a datagram socket; a filter may kill for the list. */
    if (!confinement_is_on() && is_in_list(endpoint, &file, false))
        return PATH_LIVE;
    error = connect_to(endpoint);
    if (error == -ECONNREFUSED)
        return PATH_STALE;
    if (error == 0 || error == -EPROTOTYPE || is_in_list(endpoint, &file, true))
        return PATH_LIVE;
    return PATH_UNKNOWN;
}
