/* In a signal handler on a stack of 16 KiB (of 96 where libunwind takes more), right above a page
 * that can't be touched, a walk through new places works; and a handler that interrupts a walk gets
 * no stack, but no harm. */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>

#include "check.h"
#include "unwind/trace.h"
#include "walk.h"

#if defined(__x86_64__) || defined(__i386__)
enum { STACK = 16384 };
#else
enum { STACK = 98304 };
#endif
enum { GUARD = 65536 }; /* the largest page */

static struct trace in_handler;
static struct trace outside;
static volatile sig_atomic_t handled;
static volatile sig_atomic_t refused;

static void capture_in_handler(void)
{
    trace_capture(&in_handler, true);
}

static void capture_outside(void)
{
    trace_capture(&outside, true);
}

static void handle_one(int signal_number)
{
    (void)signal_number;
    walk_without_information(capture_in_handler);
    walk_below(4, capture_in_handler);
}

static void handle_timer(int signal_number)
{
    struct trace trace;

    (void)signal_number;
    trace_capture(&trace, true);
    if (trace.count == 0)
        refused = refused + 1;
    handled = handled + 1;
}

static void use_small_stack(void)
{
    char *memory = mmap(NULL, GUARD + STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                        -1, 0);
    stack_t stack = {.ss_sp = memory + GUARD, .ss_size = STACK};

    CHECK(memory != MAP_FAILED, "mmap: %s", strerror(errno));
    CHECK_EQ(mprotect(memory, GUARD, PROT_NONE), 0, "mprotect");
    CHECK_EQ(sigaltstack(&stack, NULL), 0, "sigaltstack");
}

static void handle(int signal_number, void (*handler)(int))
{
    struct sigaction action = {.sa_flags = SA_ONSTACK};

    action.sa_handler = handler;
    CHECK_EQ(sigaction(signal_number, &action, NULL), 0, "sigaction");
}

int main(void)
{
    struct itimerval often = {{0, 200}, {0, 200}};
    struct itimerval never = {{0, 0}, {0, 0}};
    uint32_t expected;

    if (!trace_warm())
        skip("libunwind is not installed");
    use_small_stack();
    handle(SIGUSR1, handle_one);
    raise(SIGUSR1);
    CHECK(in_handler.count > 5, "%u frames in the handler", in_handler.count);

    walk_below(8, capture_outside);
    expected = outside.count;
    handle(SIGALRM, handle_timer);
    setitimer(ITIMER_REAL, &often, NULL);
    while (handled < 300 || (refused < 3 && handled < 5000)) {
        walk_below(8, capture_outside);
        CHECK_EQ(outside.count, expected, "frames of a walk that signals interrupt");
    }
    setitimer(ITIMER_REAL, &never, NULL);
    CHECK(refused > 0, "none of %d signals came during a walk", (int)handled);
    return CHECK_PASSED;
}
