/* A log for tests of the sink: settings by text, and records of a length. */
#ifndef UNIT_SINKS_H
#define UNIT_SINKS_H

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "report/sink.h"
#include "rules/policy.h"

static struct settings sinks_settings;

/* As with REUSESHIM_LOG=LOG. */
static inline void sinks_open(const char *log)
{
    struct reader_error error;

    settings_init(&sinks_settings);
    if (!settings_read(&sinks_settings, VARIABLE_LOG, log, &error))
        abort();
    sink_init(&sinks_settings, false);
}

/* LENGTH bytes that end with a line end, as a failure's record. */
static inline int sinks_write(size_t length)
{
    static char bytes[1024 * 1024];
    struct record record = {.event = EVENT_BIND_FAILED};

    memset(bytes, 'x', length);
    bytes[length - 1] = '\n';
    return sink_write(&record, bytes, length);
}

/* Open descriptors of this process. */
static inline int sinks_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;

    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

#endif
