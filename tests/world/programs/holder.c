/* A server on 127.0.0.1:PORT that is in one of the states that a signal meets: holder STATE PORT.
 *   leader  its first thread has ended, another goes on
 *   vfork   it waits in the kernel for a child that never ends by itself
 *   large   it has so much memory that it takes a while to end
 *   write   it writes to the file of its third argument */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static void *wait_for_ever(void *nothing)
{
    for (;;)
        pause();
    return nothing;
}

static void listen_on(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 5) < 0)
        exit(1);
}

int main(int argc, char **argv)
{
    pthread_t thread;

    if (argc < 3)
        return 1;
    if (strcmp(argv[1], "large") == 0) {
        size_t size = (size_t)4 << 30;
        char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (memory == MAP_FAILED || madvise(memory, size, MADV_NOHUGEPAGE) < 0)
            return 1;
        for (size_t i = 0; i < size; i += 4096)
            memory[i] = 1;
    }
    listen_on(atoi(argv[2]));
    if (strcmp(argv[1], "leader") == 0 && pthread_create(&thread, NULL, wait_for_ever, NULL) == 0)
        pthread_exit(NULL);
    if (strcmp(argv[1], "vfork") == 0 && vfork() == 0) {
        execl("/nonexistent", "none", (char *)NULL);
        wait_for_ever(NULL);
    }
    if (strcmp(argv[1], "write") == 0) {
        int fd = open(argv[3], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        for (;;)
            if (write(fd, "x", 1) < 0)
                return 1;
    }
    wait_for_ever(NULL);
    return 0;
}
