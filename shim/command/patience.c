#include "command/patience.h"

#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "base/sys.h"

enum { EVERY_MS = 1000 };

static int64_t begun_ms;
static int64_t next_ms; /* when the line is due */

void patience_begin(void)
{
    begun_ms = sys_monotonic_ms();
    next_ms = begun_ms + EVERY_MS;
}

void patience_tick(void)
{
    int64_t now_ms = sys_monotonic_ms();

    if (now_ms < next_ms || !isatty(STDERR_FILENO))
        return;
    next_ms = now_ms + EVERY_MS;
    fprintf(stderr, "\rstill looking for who has it, for %lld s\033[K",
            (long long)(now_ms - begun_ms) / 1000);
    fflush(stderr);
}

void patience_end(void)
{
    if (next_ms > begun_ms + EVERY_MS)
        fputs("\r\033[K", stderr);
}
