/* A plugin: it binds, and asks for symbols as plugins do. */
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>


int plugin_serve(int *port);
int plugin_next_is_itself(void);

/* Binds to PORT on loopback (0: any, which is filled in) and listens. Returns 0 or errno. */
int plugin_serve(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)*port)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 5) < 0)
        return errno;
    getsockname(fd, (struct sockaddr *)&address, &length);
    *port = ntohs(address.sin_port);
    return 0;
}

/* RTLD_NEXT means what comes behind the caller: nobody behind this plugin has it. */
int plugin_next_is_itself(void)
{
    return dlsym(RTLD_NEXT, "plugin_serve") == NULL;
}
