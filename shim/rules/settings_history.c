#include "rules/settings_history.h"

#include <string.h>

enum { KIB = 1024, MIB = 1024 * 1024, HOUR_S = 3600, PAGE = 4096 };

/* A unit is one letter behind a number; what it stands for is a factor. */
struct unit {
    char letter;
    uint64_t factor;
};

/* Reads a number and its unit. UNITS ends with a letter of NUL. */
static bool read_amount(struct reader *reader, const struct unit *units, uint64_t *amount)
{
    if (!reader_number(reader, amount) || *amount >= READER_NUMBER_MAX)
        return false;
    for (; units->letter != '\0'; units++) {
        if (!reader_at_end(reader) && reader->text[reader->at] == units->letter) {
            reader->at++;
            *amount *= units->factor;
            return true;
        }
    }
    return false;
}

static bool read_size(struct reader *reader, uint64_t *size)
{
    static const struct unit units[] = {
        {'K', KIB}, {'M', MIB}, {'G', (uint64_t)KIB * MIB}, {'\0', 0}};

    return read_amount(reader, units, size);
}

static bool read_folder_size(struct settings *settings, struct reader *reader)
{
    uint64_t size;

    if (!read_size(reader, &size) || size < MIB)
        return false;
    settings->history_folder_bytes = size;
    return true;
}

static bool read_process_size(struct settings *settings, struct reader *reader)
{
    uint64_t size;

    if (!read_size(reader, &size) || size < 32 * KIB || size > MIB)
        return false;
    settings->history_process_bytes = (uint32_t)size / PAGE * PAGE;
    return true;
}

static bool read_age(struct settings *settings, struct reader *reader)
{
    static const struct unit units[] = {
        {'s', 1}, {'m', 60}, {'h', HOUR_S}, {'d', 24 * HOUR_S}, {'\0', 0}};
    uint64_t age_s;

    if (!read_amount(reader, units, &age_s) || age_s < 1 || age_s > 3650 * 24 * HOUR_S)
        return false;
    settings->history_age_s = (int64_t)age_s;
    return true;
}

/* Is KEY next? Then it is passed by. */
static bool accept_key(struct reader *reader, const char *key)
{
    if (!text_begins_with(reader->text + reader->at, key))
        return false;
    reader->at += strlen(key);
    return true;
}

/* What follows a comma. */
static bool read_limit(struct settings *settings, struct reader *reader)
{
    bool (*read)(struct settings *settings, struct reader *reader) = read_age;
    const char *expected = "a time, as in 30m, 24h or 7d";
    size_t start;

    if (accept_key(reader, "size=")) {
        read = read_folder_size;
        expected = "the size of a folder from 1M on, as in 64M";
    } else if (accept_key(reader, "process=")) {
        read = read_process_size;
        expected = "the size of a process's file from 32K to 1M, as in 64K";
    } else if (!accept_key(reader, "age=")) {
        return reader_expected(reader, reader->at, "size=, process= or age=");
    }
    start = reader->at;
    if (!read(settings, reader))
        return reader_expected(reader, start, "%s", expected);
    return reader_at_end(reader) || reader_next_is(reader, ',') ||
           reader_expected(reader, reader->at, "a comma or the end");
}

bool settings_read_history(struct settings *settings, struct reader *reader)
{
    const char *comma = strchr(reader->text, ',');
    size_t length = comma == NULL ? reader->length : (size_t)(comma - reader->text);

    settings->history = false;
    settings->history_folder_bytes = 64 * MIB;
    settings->history_process_bytes = 64 * KIB;
    settings->history_age_s = 24 * HOUR_S;
    if (length == 0 || strcmp(reader->text, "off") == 0)
        return true;
    if (reader->text[0] != '/')
        return reader_expected(reader, 0, "off or the absolute path of a folder");
    if (length >= SETTINGS_PATH_MAX)
        return reader_expected(reader, SETTINGS_PATH_MAX - 1, "a path of at most 4095 bytes");
    reader->at = length;
    while (reader_accept(reader, ','))
        if (!read_limit(settings, reader))
            return false;
    memcpy(settings->history_path, reader->text, length);
    settings->history_path[length] = '\0';
    settings->history = true;
    return true;
}
