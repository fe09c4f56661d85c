#include "proc/namespace.h"

#include <fcntl.h>
#include <sys/socket.h>

#include "base/sys.h"
#include "base/text.h"

enum { OPTION_NETNS_COOKIE = 71 }; /* asm-generic/socket.h */

void namespace_boot(char boot[40])
{
    long length = sys_read_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id", boot, 40);

    boot[length >= 36 ? 36 : 0] = '\0';
}

uint64_t namespace_inode(const char *kind)
{
    char path[32];
    struct text text = text_in(path, sizeof path);
    struct sys_file file;

    text_join(&text, "/proc/self/ns/", kind, NULL);
    return sys_file_of_target(AT_FDCWD, path, &file) == 0 ? file.inode : 0;
}

uint64_t namespace_network_of(int fd)
{
    uint64_t cookie;
    socklen_t length = sizeof cookie;

    return sys_call(SYS_getsockopt, fd, SOL_SOCKET, OPTION_NETNS_COOKIE, &cookie, &length) < 0
               ? 0
               : cookie | NAMESPACE_NETWORK_UNIQUE;
}

uint64_t namespace_network(void)
{
    int fd = (int)sys_call(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    uint64_t network = fd < 0 ? 0 : namespace_network_of(fd);

    if (fd >= 0)
        sys_close(fd);
    return network != 0 ? network : namespace_inode("net");
}
