/* A library whose constructor puts a filter on the program: the one that the program has ready. */
#include <linux/filter.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <unistd.h>

extern struct sock_fprog *filter_program;

__attribute__((constructor)) static void start(void)
{
    if (filter_program != NULL && prctl(PR_SET_SECCOMP, 2 /* a filter */, filter_program) != 0)
        _exit(3);
}
