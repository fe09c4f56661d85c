#include "proc/kin.h"

#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"
#include "proc/birth.h"

/* proc(5): field 2 is the name in parentheses, which may itself contain any byte. */
enum { FIELD_NAME = 2, FIELD_STARTTIME = 22, FIELD_STARTCODE = 26, FIELD_STARTSTACK = 28 };

static uint64_t read_number(const char *at)
{
    uint64_t number = 0;

    while (*at >= '0' && *at <= '9')
        number = number * 10 + (uint64_t)(*at++ - '0');
    return number;
}

bool kin_read(const char *stat, struct kin *kin)
{
    const char *at = strrchr(stat, ')');
    int field;

    *kin = (struct kin){0, 0, 0};
    for (field = FIELD_NAME; at != NULL && field < FIELD_STARTSTACK; field++) {
        at = strchr(at, ' ');
        if (at == NULL)
            return false;
        at++;
        if (field + 1 == FIELD_STARTTIME)
            kin->start_ticks = read_number(at);
        else if (field + 1 == FIELD_STARTCODE)
            kin->code = read_number(at);
        else if (field + 1 == FIELD_STARTSTACK)
            kin->stack = read_number(at);
    }
    return kin->code > 1 && kin->stack > 1; /* 0 or 1 for those who may not trace the process */
}

static bool read_process(const char *name, struct kin *kin)
{
    char path[32], stat[1024];
    struct text text = text_in(path, sizeof path);

    text_join(&text, "/proc/", name, "/stat", NULL);
    return sys_read_file(AT_FDCWD, path, stat, sizeof stat) > 0 && kin_read(stat, kin);
}

bool kin_by_fork(int32_t pid, int64_t *started_us)
{
    char name[16];
    struct text text = text_in(name, sizeof name);
    struct kin relative, us;

    text_number(&text, pid);
    if (!read_process(name, &relative) || !read_process("self", &us) ||
        relative.code != us.code || relative.stack != us.stack)
        return false;
    *started_us = birth_us(relative.start_ticks);
    return true;
}
