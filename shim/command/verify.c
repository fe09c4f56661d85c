/* reuseshim verify: is the shim at work in a running process, and with which policy? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/command.h"
#include "command/console.h"
#include "command/library.h"
#include "command/program.h"
#include "command/unexplained.h"
#include "report/json_text.h"
#include "rules/settings.h"

enum { ENVIRONMENT_MAX = 4 * 1024 * 1024, TEXT_SIZE = 64 * 1024 };

/* What is found out about the process. */
struct finding {
    const char *pid;
    char library[PATH_MAX]; /* empty = not loaded */
    char *environment;      /* as the process was started; NULL = could not be read */
    size_t environment_size;
    struct settings settings;
    enum answer at_work;
    const char *why_not; /* a sentence, or NULL */
    struct text unexplained; /* listeners, if it is at work and has a history */
    enum answer has_unexplained;
};

/* A whole file of /proc in memory from the heap; NULL (with errno) if it can't be read. */
static char *read_all(const char *pid, const char *name, size_t *size)
{
    char path[64];
    char *bytes = malloc(ENVIRONMENT_MAX + 1);
    FILE *file;

    snprintf(path, sizeof path, "/proc/%s/%s", pid, name);
    file = fopen(path, "re");
    if (file == NULL || bytes == NULL) {
        free(bytes);
        if (file != NULL)
            fclose(file);
        return NULL;
    }
    *size = fread(bytes, 1, ENVIRONMENT_MAX, file);
    bytes[*size] = '\0';
    fclose(file);
    return bytes;
}

/* The value of variable NAME in the process's environment, NULL if it has none. */
static const char *value_of(const struct finding *finding, const char *name)
{
    const char *at = finding->environment;
    const char *end = at + finding->environment_size;
    size_t length = strlen(name);

    for (; at != NULL && at < end; at += strlen(at) + 1)
        if (strncmp(at, name, length) == 0 && at[length] == '=')
            return at + length + 1;
    return NULL;
}

static void read_settings(struct finding *finding)
{
    struct reader_error error;

    settings_init(&finding->settings);
    for (unsigned int i = 0; i < VARIABLE_COUNT; i++) {
        const char *value = value_of(finding, variable_name((enum variable)i));

        if (value != NULL)
            settings_read(&finding->settings, (enum variable)i, value, &error);
    }
}

/* By its first argument, as the library has it. */
static bool is_meant(const struct finding *finding)
{
    size_t size;
    char *words = read_all(finding->pid, "cmdline", &size);
    const char *slash = words != NULL ? strrchr(words, '/') : NULL;
    bool meant = words == NULL ||
                 settings_means_program(&finding->settings, slash != NULL ? slash + 1 : words);

    free(words);
    return meant;
}

static bool is_off(const struct settings *settings)
{
    const struct policy_rule *rule = &settings->policy.rules[0];

    return settings->policy.count > 0 && policy_rule_has(rule, ACTION_OFF) &&
           rule->protocol == SELECT_ANY && !rule->has_address && rule->range_count == 0;
}

/* Makes it its system calls itself, so that the library is there for nothing? */
static bool calls_by_itself(const struct finding *finding)
{
    static struct program program;
    char path[64];
    struct kind kind;

    snprintf(path, sizeof path, "/proc/%s/exe", finding->pid);
    library_kind(&kind);
    program_inspect(path, &kind, &program);
    return program.obstacle == OBSTACLE_GO || program.obstacle == OBSTACLE_RAW_CALLS;
}

static void judge(struct finding *finding)
{
    finding->at_work = ANSWER_NO;
    if (finding->library[0] == '\0')
        finding->why_not = "the library is not loaded; start it under: reuseshim run";
    else if (calls_by_itself(finding))
        finding->why_not = "the library is loaded, but the program makes its system calls "
                           "without the C library; start it under: reuseshim run --supervise";
    else if (!is_meant(finding))
        finding->why_not = "the library is loaded, but REUSESHIM_ONLY leaves this program alone";
    else if (is_off(&finding->settings))
        finding->why_not = "the library is loaded, but its policy is off";
    else
        finding->at_work = ANSWER_YES;
}

static void look_for_unexplained(struct finding *finding)
{
    bool is_self = strcmp(finding->pid, "self") == 0;

    finding->unexplained = console_text(TEXT_SIZE);
    finding->has_unexplained = ANSWER_UNKNOWN;
    if (finding->at_work == ANSWER_YES && finding->settings.history)
        finding->has_unexplained = unexplained_listeners(
            &finding->unexplained, is_self ? getpid() : (int32_t)atol(finding->pid),
            finding->settings.history_path);
}

static void print(const struct finding *finding, bool json)
{
    struct text text = console_text(TEXT_SIZE), policy = console_text(TEXT_SIZE);
    bool known = finding->environment != NULL;

    policy_print(&policy, &finding->settings.policy);
    if (json) {
        json_begin(&text);
        json_number(&text, "pid", atol(finding->pid));
        json_answer(&text, "at_work", finding->at_work);
        json_words(&text, "library", finding->library[0] != '\0' ? finding->library : NULL);
        json_words(&text, "policy", finding->library[0] != '\0' && known ? policy.start : NULL);
        json_words(&text, "text", finding->why_not);
        json_answer(&text, "has_unexplained", finding->has_unexplained);
        json_words(&text, "unexplained",
                   finding->has_unexplained == ANSWER_YES ? finding->unexplained.start : NULL);
        json_end(&text);
        console_print(&text);
    } else if (finding->at_work == ANSWER_YES) {
        printf("the shim is at work in process %s: %s, policy %s\n", finding->pid,
               console_shown(finding->library),
               known ? policy.start : "not known (its environment can't be read)");
        if (finding->has_unexplained == ANSWER_YES)
            printf("no record explains what it listens on at %s: its bind was not seen\n",
                   finding->unexplained.start);
    } else {
        printf("the shim is not at work in process %s: %s\n", finding->pid, finding->why_not);
    }
}

/* A process that is not there, or into which this user may not look. */
static int tell_unseen(struct finding *finding, int error, bool json)
{
    bool blind = access("/proc/self", F_OK) < 0;
    bool gone = !blind && (error == ENOENT || error == ESRCH);

    if (json) {
        finding->has_unexplained = ANSWER_UNKNOWN;
        finding->at_work = gone ? ANSWER_NO : ANSWER_UNKNOWN;
        finding->why_not = gone ? "there is no such process"
                           : blind ? "/proc is not mounted here, so no process can be looked at"
                                   : "it can't be looked at; ask as its user or as root";
        print(finding, true);
    } else if (blind) {
        console_error("process %s can't be looked at: /proc is not mounted here", finding->pid);
    } else if (gone) {
        console_error("there is no process %s", finding->pid);
    } else {
        console_error("process %s can't be looked at (%s); ask as its user or as root",
                      finding->pid, strerror(error));
    }
    return EXIT_NO;
}

static bool is_pid(const char *word)
{
    return strcmp(word, "self") == 0 ||
           (strspn(word, "0123456789") == strlen(word) && strlen(word) > 0 && strlen(word) < 10);
}

static int run(struct arguments *arguments)
{
    static struct finding finding;
    int error;

    arguments_want(arguments, 1, 1);
    finding.pid = arguments->words[0];
    if (!is_pid(finding.pid))
        arguments_wrong(arguments, "'%s' is no process id", console_shown(finding.pid));
    if (!library_is_loaded(finding.pid, finding.library, &error) && error != 0)
        return tell_unseen(&finding, error, arguments->json);
    finding.environment = read_all(finding.pid, "environ", &finding.environment_size);
    read_settings(&finding);
    judge(&finding);
    look_for_unexplained(&finding);
    print(&finding, arguments->json);
    return finding.at_work == ANSWER_YES ? EXIT_YES : EXIT_NO;
}

const struct subcommand verify_subcommand = {
    .name = "verify",
    .usage = "[OPTION]... PID",
    .summary = "Tells whether the shim is at work in a process, with which policy",
    .details = "The policy is read from the environment that the process was started with.\n"
               "Of a process with a history (reuseshim run) it also names the listeners whose\n"
               "bind was not seen.\n\n"
               "Exit code: 0 yes, 1 no or not to be seen, 3 usage.\n",
    .has_json = true,
    .usage_exit = EXIT_USAGE,
    .run = run,
};
