/* What a program executes gets the descriptors that it would have got without the shim, also after
 * a hundred failures and in the midst of another thread's; and the next number is the same. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "same.h"

static atomic_bool over;

static void *fail_on(void *unused)
{
    (void)unused;
    while (!over)
        same_calls_silently();
    return NULL;
}

static int list_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    struct dirent *entry;
    char target[256], path[64];

    while ((entry = readdir(folder)) != NULL) {
        ssize_t length;

        snprintf(path, sizeof path, "/proc/self/fd/%.20s", entry->d_name);
        length = readlink(path, target, sizeof target - 1);
        if (length < 0 || atoi(entry->d_name) == dirfd(folder))
            continue;
        target[length] = '\0';
        *strchrnul(target, ':') = '\0'; /* without the inode */
        run_say("%s %s", entry->d_name, target);
    }
    closedir(folder);
    return CHECK_PASSED;
}

static void run_list(void)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        char *argv[] = {(char *)(uintptr_t)run_me(), (char[]){"list"}, NULL};

        execv(argv[0], argv);
        _exit(CHECK_FAILED);
    }
    waitpid(pid, &status, 0);
    CHECK_EQ(status, 0, "the executed program");
}

/* The thread's own sockets are close-on-exec: the list is always the same. */
static int play_role(void)
{
    pthread_t thread;

    for (int i = 0; i < 100; i++)
        CHECK(same_calls_silently(), "calls");
    same_calls("numbers");
    run_say("next %d", open("/dev/null", O_RDONLY));
    run_list();
    CHECK(pthread_create(&thread, NULL, fail_on, NULL) == 0, "a thread");
    for (int i = 0; i < 20; i++)
        run_list();
    over = true;
    pthread_join(thread, NULL);
    return CHECK_PASSED;
}

int main(int argc, char **argv)
{
    char log[] = "REUSESHIM_LOG=/dev/null", *extra[] = {log, NULL};

    if (argc > 1 && strcmp(argv[1], "list") == 0)
        return list_descriptors();
    if (argc > 1)
        return play_role();
    same_with_and_without("play", extra);
    same_with_and_without("play", NULL);
    return CHECK_PASSED;
}
