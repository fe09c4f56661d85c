/* Binds that worked, from a history's file: of this machine or another, of processes that live or
 * are long gone. Nothing is asked of the kernel. */
#include <string.h>

#include "command/report.h"
#include "past/past_file.h"
#include "proc/process.h"

enum { UNIT_MAX = 256 };

/* The unit in a cgroup's path, NULL if there is none. */
static const char *unit_of(const char *cgroup, char unit[UNIT_MAX])
{
    size_t length;
    const char *name = process_unit_in(cgroup, strlen(cgroup), &length);

    if (name == NULL || length >= UNIT_MAX)
        return NULL;
    memcpy(unit, name, length);
    unit[length] = '\0';
    return unit;
}

static void add_address(struct line *line, const struct endpoint *local, struct text *text)
{
    endpoint_print_address(text, local);
    line->address = text->start;
    if (local->family == FAMILY_INET || local->family == FAMILY_INET6)
        line->port = local->port;
}

static void gather_bind(struct report *report, const struct past_file *file,
                        const struct past_bind *bind)
{
    char address[ENDPOINT_TEXT_MAX], unit[UNIT_MAX];
    struct text text = text_in(address, sizeof address);
    struct line line = {
        .kind = LINE_WORKED,
        .time_us = bind->time_us,
        .event = "bind",
        .comm = file->process.comm[0] != '\0' ? file->process.comm : NULL,
        .boot = file->process.boot,
        .host = report_host_of_boot(report, file->process.boot),
        .unit = unit_of(file->process.cgroup, unit),
        .proto = bind->protocol == PROTOCOL_NONE ? NULL : protocol_name(bind->protocol),
        .pid = file->process.pid,
        .fd = bind->fd,
        .port = -1,
        .of_history = true,
        .frees_in_ms = -1,
    };

    add_address(&line, &bind->local, &text);
    report_gather(report, &line);
    if (bind->listened_us == 0)
        return;
    line.event = "listen";
    line.time_us = bind->listened_us;
    report_gather(report, &line);
}

bool report_gather_history(struct report *report, const void *bytes, size_t size)
{
    struct past_file file;
    struct past_bind bind;

    if (past_open(&file, bytes, size) < 0 || file.record_count == 0)
        return false;
    for (uint32_t i = 0; i < file.record_count; i++)
        if (past_bind_at(&file, i, &bind))
            gather_bind(report, &file, &bind);
    return true;
}
