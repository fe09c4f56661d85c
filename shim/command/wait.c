/* reuseshim wait: until a bind would work. It looks a few times a second, for a fraction of a
 * millisecond each, and once a second where all that is in the way ends by a timer: that may be
 * earlier than the timer says, by a peer's last segment or by `reuseshim free`. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/sys.h"
#include "command/answer.h"
#include "command/command.h"
#include "command/console.h"
#include "command/bind_error.h"
#include "report/words.h"
#include "rules/policy.h"

enum {
    POLL_MS = 200,        /* between two quick looks where no timer tells when */
    TIMED_POLL_MS = 1000, /* where one does */
    PROGRESS_MS = 1000,   /* between two progress lines */
    TIMER_MARGIN_MS = 20, /* the kernel's timer wheel is coarse */
    LOOK_AGAIN_MS = 10000 /* between two whole looks while polling: it may free itself by now */
};

enum { FLAG_TIMEOUT = 0, FLAG_REUSEADDR, FLAG_QUIET };

struct watch {
    struct where where;
    struct answers answers;
    bool with_option;
    bool progress;       /* a terminal reads stderr */
    int64_t deadline_ms; /* of sys_monotonic_ms; INT64_MAX = none */
    const char *timeout; /* as it was given; NULL = none, or not to wait at all */
    bool gave_up;        /* the deadline has come */
};

static void sleep_ms(int64_t ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    if (ms > 0)
        nanosleep(&time, NULL);
}

/* "\rtcp:80 is held [time-wait]: free in 53 s", over the line before. */
static void show_progress(const struct watch *watch, int64_t left_ms)
{
    char buffer[ENDPOINT_TEXT_MAX + 128];
    struct text text = text_in(buffer, sizeof buffer);

    if (!watch->progress)
        return;
    where_print(&text, &watch->where);
    text_add(&text, answers_bind_error(&watch->answers) != 0 ? " can't be bound yet: "
                                                             : " is held: ");
    if (left_ms >= 0) {
        text_add(&text, "free in ");
        words_duration(&text, left_ms);
    } else {
        text_add(&text, "waiting");
    }
    if (watch->deadline_ms != INT64_MAX) {
        text_add(&text, ", giving up in ");
        words_duration(&text, watch->deadline_ms - sys_monotonic_ms());
    }
    fprintf(stderr, "\r%s\033[K", buffer);
    fflush(stderr);
}

static void end_progress(const struct watch *watch)
{
    if (watch->progress)
        fputs("\r\033[K", stderr);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static bool is_free_now(const struct watch *watch)
{
    for (size_t i = 0; i < watch->answers.count; i++)
        if (look_quickly(watch->where.protocol,
                         &watch->answers.looks[i].evidence.attempt.socket.local,
                         watch->with_option) != ANSWER_YES)
            return false;
    return true;
}

/* Looks every now and then, until it is free, the deadline has come, or a whole look is due: when
 * the timer ends, in LEFT_MS; where LEFT_MS is negative, no timer tells when. */
static void poll_for_a_while(const struct watch *watch, int64_t left_ms)
{
    bool timed = left_ms >= 0;
    int64_t now = sys_monotonic_ms();
    int64_t due = now + (timed ? left_ms + TIMER_MARGIN_MS : LOOK_AGAIN_MS);
    int64_t end = earlier(due, watch->deadline_ms);
    int64_t shown = 0;

    while (now < end && !is_free_now(watch)) {
        if (now - shown >= PROGRESS_MS) {
            show_progress(watch, timed ? due - now : -1);
            shown = now;
        }
        sleep_ms(earlier(timed ? TIMED_POLL_MS : POLL_MS, end - now));
        now = sys_monotonic_ms();
    }
}

/* Nobody need wait for a right. Whoever sets a timeout may be earlier than an address or a folder,
 * as at the start of a machine; without one, a slip of the pen would be waited for for ever. */
static bool ends_now(const struct watch *watch, int *code)
{
    int error = answers_bind_error(&watch->answers);

    if (error == 0)
        return *code == EXIT_FREE || *code == EXIT_CANNOT_SEE;
    if (bind_error_may_pass(error) && watch->deadline_ms != INT64_MAX)
        return false;
    *code = EXIT_CANNOT_BIND;
    return true;
}

/* Returns the exit code: of a free address, or of how it stood at the deadline. */
static int watch_it(struct watch *watch)
{
    for (;;) {
        int code;

        answers_look(&watch->answers, &watch->where);
        code = answers_exit(&watch->answers, watch->with_option);
        if (ends_now(watch, &code))
            return code;
        if (sys_monotonic_ms() >= watch->deadline_ms) {
            watch->gave_up = true;
            return code;
        }
        poll_for_a_while(watch, answers_frees_in_ms(&watch->answers, watch->with_option));
        answers_close(&watch->answers);
    }
}

static void tell(const struct watch *watch, int code, bool json)
{
    char buffer[ENDPOINT_TEXT_MAX + 64];
    struct text text = text_in(buffer, sizeof buffer);
    bool free_for_all = answers_exit(&watch->answers, false) == EXIT_FREE;

    if (watch->gave_up && watch->timeout != NULL)
        console_error("gave up after %s", watch->timeout);
    if (json) {
        answers_json(&watch->answers);
        return;
    }
    if (code != EXIT_FREE) {
        answers_print(&watch->answers);
        return;
    }
    where_print(&text, &watch->where);
    printf("%s is free%s\n", buffer, free_for_all ? "" : " for a program that sets SO_REUSEADDR");
}

static int64_t deadline_after(const struct arguments *arguments)
{
    struct reader_error error;
    uint32_t timeout_ms;

    if (strcmp(arguments->value, "0") == 0)
        return sys_monotonic_ms();
    if (!policy_parse_time(arguments->value, strlen(arguments->value), &timeout_ms, &error))
        arguments_wrong(arguments, "--timeout \"%s\": expected %s", console_shown(arguments->value),
                        error.expected);
    return sys_monotonic_ms() + timeout_ms;
}

static int run(struct arguments *arguments)
{
    static struct watch watch;
    char error[WHERE_ERROR_MAX];
    bool quiet = false;
    int flag, code;

    watch.deadline_ms = INT64_MAX;
    while ((flag = arguments_next(arguments)) >= 0) {
        switch (flag) {
        case FLAG_TIMEOUT:
            watch.deadline_ms = deadline_after(arguments);
            watch.timeout = strcmp(arguments->value, "0") != 0 ? arguments->value : NULL;
            break;
        case FLAG_REUSEADDR: watch.with_option = true; break;
        default: quiet = true; break;
        }
    }
    arguments_want(arguments, 1, 1);
    if (!where_parse(arguments->words[0], &watch.where, error))
        arguments_wrong(arguments, "%s", error);
    watch.progress = !quiet && isatty(STDERR_FILENO);
    code = watch_it(&watch);
    end_progress(&watch);
    if (!quiet)
        tell(&watch, code, arguments->json);
    answers_close(&watch.answers);
    return code;
}

static const struct flag flags[] = {
    [FLAG_TIMEOUT] = {"timeout", 't', "TIME",
                      "give up after TIME, such as 500ms, 30s or 2m; 0: do not wait"},
    [FLAG_REUSEADDR] = {"reuseaddr", 'r', NULL, "wait for a program that sets SO_REUSEADDR itself"},
    [FLAG_QUIET] = {"quiet", 'q', NULL, "say nothing; the exit code tells"},
};

const struct subcommand wait_subcommand = {
    .name = "wait",
    .usage = "[OPTION]... WHERE",
    .summary = "Waits until a bind would work",
    .details = "WHERE is as for: reuseshim why. On a terminal a line shows the time left.\n"
               "\n"
               "It ends at once, with 4, where waiting would not help: a right is missing, or\n"
               "the address (for UNIX: the folder) is not of this machine. With --timeout it\n"
               "waits for such an address or folder as well.\n"
               "\n"
               "Exit code: 0 free; at the timeout 1 held, 2 held but frees itself; 3 usage,\n"
               "4 cannot see, or bind() fails for another reason than who has it.\n",
    .flags = flags,
    .flag_count = sizeof flags / sizeof *flags,
    .has_json = true,
    .usage_exit = EXIT_USAGE,
    .run = run,
};
