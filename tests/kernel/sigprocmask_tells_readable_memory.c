/* Rule: rt_sigprocmask() with an impossible `how` reads 8 bytes and changes nothing: EFAULT
 * where they cannot be read, EINVAL where they can.
 * Source: SYSCALL_DEFINE4(rt_sigprocmask): copy_from_user() comes before sigprocmask() looks at
 * `how`.
 * Relied on by: reading a caller's memory without a fault and without a descriptor or a lock. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

enum { NO_SUCH_HOW = 1000, BYTES = 8 };

static int ask(const void *address)
{
    return syscall(SYS_rt_sigprocmask, NO_SUCH_HOW, address, NULL, BYTES) == 0 ? 0 : -errno;
}

int main(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    sigset_t before, after;

    CHECK(pages != MAP_FAILED, "mmap");
    CHECK(mprotect(pages + page, page, PROT_NONE) == 0, "mprotect");
    memset(pages, 0xff, page);
    sigprocmask(SIG_SETMASK, NULL, &before);
    CHECK_RESULT(ask(pages), -EINVAL, "readable");
    CHECK_RESULT(ask(pages + page - BYTES), -EINVAL, "the last bytes of a readable page");
    CHECK_RESULT(ask(pages + page - BYTES + 1), -EFAULT, "one byte too far");
    CHECK_RESULT(ask(pages + page), -EFAULT, "no right to read");
    CHECK_RESULT(ask((const void *)(uintptr_t)1), -EFAULT, "address 1");
    CHECK_RESULT(ask((const void *)(UINTPTR_MAX - 4095)), -EFAULT, "an address of the kernel");
    sigprocmask(SIG_SETMASK, NULL, &after);
    CHECK(memcmp(&before, &after, BYTES) == 0, "the signal mask is as it was");
    return CHECK_PASSED;
}
