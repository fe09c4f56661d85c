#include "rules/settings.h"

#include <assert.h>
#include <string.h>

#include "rules/glob.h"
#include "rules/reader.h"
#include "rules/settings_history.h"

static const char format_names[][5] = {[FORMAT_TEXT] = "text", [FORMAT_JSON] = "json"};
static_assert(sizeof format_names / sizeof format_names[0] == FORMAT_COUNT,
              "every format has its name");

const char *format_name(enum format format)
{
    return format_names[format];
}

/* ---- One function a variable: sets the default, then what the text says, if it is not empty ----
 */

static bool value_is(const struct reader *reader, const char *word)
{
    return strcmp(reader->text, word) == 0;
}

/* Copies the value as a path. */
static bool read_path(struct reader *reader, char path[SETTINGS_PATH_MAX])
{
    if (reader->length >= SETTINGS_PATH_MAX)
        return reader_expected(reader, SETTINGS_PATH_MAX - 1, "a path of at most 4095 bytes");
    memcpy(path, reader->text, reader->length + 1);
    return true;
}

static bool read_policy(struct settings *settings, struct reader *reader)
{
    settings->policy.count = 0;
    return reader->length == 0 ||
           policy_parse(reader->text, reader->length, &settings->policy, reader->error);
}

static bool read_log_fd(struct settings *settings, struct reader *reader)
{
    size_t start = reader->at;
    uint64_t number;

    /* No descriptor comes near the number at which the reader stops counting. */
    if (!reader_number(reader, &number) || number >= READER_NUMBER_MAX)
        return reader_expected(reader, start, "a descriptor number, as in fd:5");
    if (!reader_at_end(reader))
        return reader_expected(reader, reader->at, "the end after the descriptor number");
    settings->log = LOG_FD;
    settings->log_fd = (int)number;
    return true;
}

static bool read_log(struct settings *settings, struct reader *reader)
{
    static const struct {
        char name[8];
        enum log_kind kind;
    } places[] = {{"", LOG_STDERR},
                  {"stderr", LOG_STDERR},
                  {"syslog", LOG_SYSLOG},
                  {"journal", LOG_JOURNAL}};

    settings->log = LOG_STDERR;
    settings->log_fd = -1;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (value_is(reader, places[i].name)) {
            settings->log = places[i].kind;
            return true;
        }
    }
    if (text_begins_with(reader->text, "fd:")) {
        reader->at = 3;
        return read_log_fd(settings, reader);
    }
    for (size_t i = 0; i < reader->length; i++) {
        if (reader->text[i] != '%')
            continue;
        if (reader->text[i + 1] != 'p' && reader->text[i + 1] != '%')
            return reader_expected(reader, i, "%%p (the process id) or %%%%");
        i++;
    }
    /* Else a mistyped word would become a file. */
    if (strchr(reader->text, '/') == NULL && strchr(reader->text, '.') == NULL)
        return reader_expected(reader, 0, "stderr, syslog, journal, fd:N, or a file's name with a "
                                          "'/' or a '.' in it, as ./log");
    if (!read_path(reader, settings->log_path))
        return false;
    settings->log = LOG_FILE;
    return true;
}

static bool read_format(struct settings *settings, struct reader *reader)
{
    settings->format = FORMAT_TEXT;
    for (unsigned int i = 0; i < FORMAT_COUNT; i++) {
        if (value_is(reader, format_names[i])) {
            settings->format = (enum format)i;
            return true;
        }
    }
    return reader->length == 0 || reader_expected(reader, 0, "text or json");
}

/* The next name of a comma list, without the blanks around it. */
static struct word next_glob(struct reader *reader)
{
    struct word word;

    reader_skip_blanks(reader);
    word.start = reader->text + reader->at;
    while (!reader_at_end(reader) && !reader_next_is(reader, ','))
        reader->at++;
    word.length = (size_t)(reader->text + reader->at - word.start);
    while (word.length > 0 && reader_is_blank(word.start[word.length - 1]))
        word.length--;
    return word;
}

static bool read_only(struct settings *settings, struct reader *reader)
{
    settings->only_length = 0;
    if (reader->length >= SETTINGS_ONLY_MAX)
        return reader_expected(reader, SETTINGS_ONLY_MAX - 1, "at most 1023 bytes");
    while (reader->length > 0) {
        struct word word = next_glob(reader);
        const char *slash = memchr(word.start, '/', word.length);

        if (word.length == 0)
            return reader_expected(reader, (size_t)(word.start - reader->text),
                                   "a program's name, or a glob of one");
        if (slash != NULL)
            return reader_expected(reader, (size_t)(slash - reader->text),
                                   "a program's name without its folder");
        if (!reader_accept(reader, ','))
            break;
    }
    settings->only_length = reader->length;
    memcpy(settings->only, reader->text, reader->length + 1);
    return true;
}

static bool read_helper(struct settings *settings, struct reader *reader)
{
    uint64_t number;

    settings->helper = HELPER_AUTO;
    if (reader->length == 0 || value_is(reader, "auto"))
        return true;
    if (value_is(reader, "off")) {
        settings->helper = HELPER_OFF;
        return true;
    }
    if (!reader_number(reader, &number) || number == 0 || number > INT16_MAX ||
        !reader_at_end(reader))
        return reader_expected(reader, 0, "auto, off, or a number of filters");
    settings->helper = (int)number;
    return true;
}

static bool read_verbose(struct settings *settings, struct reader *reader)
{
    settings->verbose = value_is(reader, "1");
    return reader->length == 0 || settings->verbose || value_is(reader, "0") ||
           reader_expected(reader, 0, "1 or 0");
}

/* Both colour variables govern one setting, and neither takes back what the other says. */
static bool read_no_color(struct settings *settings, struct reader *reader)
{
    if (reader->length > 0)
        settings->color = COLOR_NEVER;
    return true;
}

static bool read_force_color(struct settings *settings, struct reader *reader)
{
    if (settings->color != COLOR_NEVER && reader->length > 0 && !value_is(reader, "0"))
        settings->color = COLOR_ALWAYS;
    return true;
}

/* One row for each variable: all that is to be known about it, but for its meaning. */
static const struct {
    char name[20];
    char standard[16];
    bool blanks_count; /* a value of blanks alone is a value */
    bool (*read)(struct settings *settings, struct reader *reader);
} variables[] = {
    [VARIABLE_POLICY] = {"REUSESHIM_POLICY", "explain", false, read_policy},
    [VARIABLE_LOG] = {"REUSESHIM_LOG", "stderr", false, read_log},
    [VARIABLE_FORMAT] = {"REUSESHIM_FORMAT", "text", false, read_format},
    [VARIABLE_ONLY] = {"REUSESHIM_ONLY", "every program", false, read_only},
    [VARIABLE_HISTORY] = {"REUSESHIM_HISTORY", "off", false, settings_read_history},
    [VARIABLE_HELPER] = {"REUSESHIM_HELPER", "auto", false, read_helper},
    [VARIABLE_VERBOSE] = {"REUSESHIM_VERBOSE", "0", false, read_verbose},
    [VARIABLE_NO_COLOR] = {"NO_COLOR", "unset", true, read_no_color},
    [VARIABLE_FORCE_COLOR] = {"FORCE_COLOR", "unset", true, read_force_color},
};
static_assert(sizeof variables / sizeof variables[0] == VARIABLE_COUNT,
              "every variable has its row");

const char *variable_name(enum variable variable)
{
    return variables[variable].name;
}

const char *variable_default(enum variable variable)
{
    return variables[variable].standard;
}

void settings_init(struct settings *settings)
{
    struct reader_error error;

    settings->color = COLOR_AUTO;
    for (unsigned int i = 0; i < VARIABLE_COUNT; i++)
        settings_read(settings, (enum variable)i, "", &error);
}

bool settings_read(struct settings *settings, enum variable variable, const char *value,
                   struct reader_error *error)
{
    struct reader reader = reader_of(value, strlen(value), error);

    if (!variables[variable].blanks_count)
        reader_skip_blanks(&reader);
    if (reader_at_end(&reader))
        reader = reader_of("", 0, error);
    reader.at = 0;
    return variables[variable].read(settings, &reader);
}

bool settings_means_program(const struct settings *settings, const char *name)
{
    struct reader reader = reader_of(settings->only, settings->only_length, NULL);

    if (reader.length == 0)
        return true;
    do {
        struct word glob = next_glob(&reader);

        if (glob_matches(glob.start, glob.length, name, strlen(name)))
            return true;
    } while (reader_accept(&reader, ','));
    return false;
}

bool settings_log_path(const struct settings *settings, long pid, char *buffer, size_t size)
{
    struct text text = text_in(buffer, size);
    const char *c;

    if (settings->log != LOG_FILE)
        return false;
    for (c = settings->log_path; *c != '\0'; c++) {
        if (*c != '%')
            text_char(&text, *c);
        else if (*++c == 'p')
            text_number(&text, pid);
        else
            text_char(&text, '%');
    }
    return !text.cut;
}
