/* Unit files: systemd.syntax(7), systemd.unit(5), and Environment= of systemd.exec(5). */
#include "command/unit.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/nearest.h"

/* Where unit files are, the strongest first; drop-ins of all of them count. */
static const char *const folders_of_system[] = {"/etc/systemd/system", "/run/systemd/system",
                                                "/usr/local/lib/systemd/system",
                                                "/usr/lib/systemd/system", "/lib/systemd/system"};
static char own_folder[PATH_MAX];
static const char *const folders_of_user[] = {own_folder, "/etc/systemd/user", "/run/systemd/user",
                                              "/usr/local/lib/systemd/user",
                                              "/usr/lib/systemd/user"};

/* One of these two: see unit_of_user(). */
static const char *const *folders = folders_of_system;

enum { FOLDER_COUNT = sizeof folders_of_system / sizeof *folders_of_system, DROP_INS_MAX = 256 };

const char *unit_of_user(void)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    bool has_config = config != NULL && config[0] == '/';

    if (!has_config && (home == NULL || home[0] != '/'))
        return NULL;
    snprintf(own_folder, sizeof own_folder, "%s%s/systemd/user", has_config ? config : home,
             has_config ? "" : "/.config");
    folders = folders_of_user;
    return own_folder;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* ---- One Environment= line ---- */

/* The next word of *AT with its quotes and escapes undone. */
static bool next_word(const char **at, char word[UNIT_VALUE_MAX])
{
    size_t used = 0;
    char quote = '\0';
    const char *c = *at;

    while (is_blank(*c))
        c++;
    if (*c == '\0')
        return false;
    for (; *c != '\0' && (quote != '\0' || !is_blank(*c)); c++) {
        if (quote == '\0' && (*c == '"' || *c == '\'')) {
            quote = *c;
            continue;
        }
        if (*c == quote && quote != '\0') {
            quote = '\0';
            continue;
        }
        if (*c == '\\' && c[1] != '\0')
            c++;
        else if (*c == '%' && c[1] == '%')
            c++;
        if (used + 1 < UNIT_VALUE_MAX)
            word[used++] = *c;
    }
    word[used] = '\0';
    *at = c;
    return true;
}

void unit_read_environment(const char *assignments, char value[UNIT_VALUE_MAX])
{
    static const char variable[] = "LD_PRELOAD=";
    static char word[UNIT_VALUE_MAX];
    bool any = false;

    for (; next_word(&assignments, word); any = true)
        if (strncmp(word, variable, strlen(variable)) == 0)
            memmove(value, word + strlen(variable), strlen(word + strlen(variable)) + 1);
    if (!any)
        value[0] = '\0';
}

void unit_add_assignment(struct text *text, const char *name, const char *value)
{
    text_join(text, "\"", name, "=", NULL);
    for (; *value != '\0'; value++) {
        if (*value == '"' || *value == '\\')
            text_char(text, '\\');
        if (*value == '%')
            text_char(text, '%');
        text_char(text, *value);
    }
    text_char(text, '"');
}

/* ---- The files ---- */

/* Reads a whole logical line: one that ends with '\' goes on in the next. */
static bool read_line(FILE *file, char **line, size_t *size)
{
    ssize_t length = getline(line, size, file);
    char *more = NULL;
    size_t more_size = 0;

    while (length > 1 && strcmp(*line + length - 2, "\\\n") == 0) {
        ssize_t added = getline(&more, &more_size, file);
        char *longer = added > 0 ? realloc(*line, (size_t)(length + added)) : NULL;

        if (longer == NULL)
            break;
        *line = longer;
        *size = (size_t)(length + added);
        longer[length - 2] = ' ';
        memcpy(longer + length - 1, more, (size_t)added + 1);
        length += added - 1;
    }
    free(more);
    return length > 0;
}

/* "-/usr/sbin/nginx -g ...": the signs in front say how it is started, systemd.service(5). An empty
 * line takes back what was set before. */
static void read_start(const char *line, struct unit *unit)
{
    static char word[UNIT_VALUE_MAX];
    const char *path = word;

    if (!next_word(&line, word)) {
        unit->program[0] = '\0';
        return;
    }
    path += strspn(path, "@-:+!|");
    if (unit->program[0] == '\0' && path[0] == '/' && strlen(path) < PATH_MAX)
        strcpy(unit->program, path);
}

/* What stands behind KEY and '=' in LINE; NULL if it begins with another word. */
static const char *value_of(const char *line, const char *key)
{
    size_t length = strlen(key);

    if (strncmp(line, key, length) != 0)
        return NULL;
    for (line += length; *line == ' ' || *line == '\t';)
        line++;
    return *line == '=' ? line + 1 : NULL;
}

/* systemd.exec(5): each of these makes one filter or more. */
static void read_filter(const char *line, struct unit *unit)
{
    static const char keys[] =
        "SystemCallFilter\0SystemCallErrorNumber\0SystemCallArchitectures\0SystemCallLog\0"
        "RestrictAddressFamilies\0RestrictNamespaces\0RestrictRealtime\0RestrictSUIDSGID\0"
        "MemoryDenyWriteExecute\0LockPersonality\0ProtectClock\0ProtectHostname\0"
        "ProtectKernelModules\0ProtectKernelLogs\0ProtectKernelTunables\0PrivateDevices\0"
        "DynamicUser\0";
    size_t used = strlen(unit->filters);
    const char *key, *value;

    for (key = keys; *key != '\0'; key += strlen(key) + 1) {
        if ((value = value_of(line, key)) == NULL)
            continue;
        value += strspn(value, " \t");
        snprintf(unit->filters + used, sizeof unit->filters - used, "%s=%.*s\n", key,
                 (int)strcspn(value, "\r\n"), value);
    }
}

static void read_file(const char *path, struct unit *unit)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t size = 0;
    bool service = false;

    while (file != NULL && read_line(file, &line, &size)) {
        const char *at = line, *value;

        while (is_blank(*at))
            at++;
        if (*at == '[')
            service = strncmp(at, "[Service]", 9) == 0;
        if (!service)
            continue;
        if ((value = value_of(at, "Environment")) != NULL)
            unit_read_environment(value, unit->preload);
        else if ((value = value_of(at, "ExecStart")) != NULL)
            read_start(value, unit);
        else
            read_filter(at, unit);
    }
    free(line);
    if (file != NULL)
        fclose(file);
}

struct drop_ins {
    struct drop_in {
        char name[NAME_MAX + 1];
        char path[PATH_MAX];
    } files[DROP_INS_MAX];
    size_t count;
};

/* Of one name the strongest folder's counts. */
static void add_drop_in(struct drop_ins *found, const char *folder, const char *name)
{
    struct drop_in *file = &found->files[found->count];

    for (size_t i = 0; i < found->count; i++)
        if (strcmp(found->files[i].name, name) == 0)
            return;
    if (found->count == DROP_INS_MAX)
        return;
    snprintf(file->name, sizeof file->name, "%s", name);
    if (snprintf(file->path, sizeof file->path, "%s/%s", folder, name) < PATH_MAX)
        found->count++;
}

static void list_drop_ins(struct drop_ins *found, const char *folder, const char *except)
{
    DIR *directory = opendir(folder);
    struct dirent *entry;

    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        size_t length = strlen(entry->d_name);

        if (length > 5 && strcmp(entry->d_name + length - 5, ".conf") == 0 &&
            strcmp(entry->d_name, except) != 0)
            add_drop_in(found, folder, entry->d_name);
    }
    if (directory != NULL)
        closedir(directory);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct drop_in *)a)->name, ((const struct drop_in *)b)->name);
}

/* "nginx.service"; of "web@1.service" also the template "web@.service". */
static bool template_of(const char *name, char template[NAME_MAX + 1])
{
    const char *at = strchr(name, '@'), *dot = strrchr(name, '.');

    if (at == NULL || dot == NULL || dot < at)
        return false;
    snprintf(template, NAME_MAX + 1, "%.*s%s", (int)(at + 1 - name), name, dot);
    return true;
}

static bool read_unit_file(const char *root, const char *name, struct unit *unit)
{
    char path[PATH_MAX];

    for (size_t i = 0; i < FOLDER_COUNT; i++) {
        snprintf(path, sizeof path, "%s%s/%s", root, folders[i], name);
        if (access(path, R_OK) == 0) {
            read_file(path, unit);
            return true;
        }
    }
    return false;
}

bool unit_is_other_type(const char *suffix)
{
    static const char *const types[] = {".socket", ".timer", ".target",    ".mount", ".swap",
                                        ".slice",  ".path",  ".automount", ".scope", ".device"};

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(suffix, types[i]) == 0)
            return true;
    return false;
}

bool unit_nearest(const char *root, const char *name, char found[NAME_MAX + 1])
{
    struct nearest nearest = nearest_to(name);
    char path[PATH_MAX];

    for (size_t i = 0; i < FOLDER_COUNT; i++) {
        struct dirent *entry;
        DIR *directory;

        snprintf(path, sizeof path, "%s%s", root, folders[i]);
        directory = opendir(path);
        while (directory != NULL && (entry = readdir(directory)) != NULL) {
            nearest_consider(&nearest, entry->d_name);
            if (nearest.found == entry->d_name) /* which the next call writes over */
                nearest.found = strcpy(found, entry->d_name);
        }
        if (directory != NULL)
            closedir(directory);
    }
    return nearest.found != NULL;
}

void unit_read(const char *root, const char *name, const char *drop_in, struct unit *unit)
{
    static struct drop_ins drop_ins;
    char path[PATH_MAX], template[NAME_MAX + 1] = "";
    bool has_template = template_of(name, template);

    unit->preload[0] = unit->program[0] = unit->filters[0] = '\0';
    drop_ins.count = 0;
    unit->found = read_unit_file(root, name, unit) ||
                  (has_template && read_unit_file(root, template, unit));
    for (size_t i = 0; i < FOLDER_COUNT; i++) {
        snprintf(path, sizeof path, "%s%s/%s.d", root, folders[i], name);
        list_drop_ins(&drop_ins, path, drop_in);
        snprintf(path, sizeof path, "%s%s/%s.d", root, folders[i], template);
        if (has_template)
            list_drop_ins(&drop_ins, path, drop_in);
    }
    qsort(drop_ins.files, drop_ins.count, sizeof *drop_ins.files, by_name);
    for (size_t i = 0; i < drop_ins.count; i++)
        read_file(drop_ins.files[i].path, unit);
}
