/* Colour only on a terminal; NO_COLOR takes it away and FORCE_COLOR gives it, unless either is
 * empty; never in JSON. Without its colour the text is the same. */
#include "check.h"
#include "folder.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const char address[] = "127.0.0.1";

static int play(void)
{
    run_say("%d", net_bind(net_tcp(address), address, 8080));
    return 0;
}

static char *variable(const char *text)
{
    static char kept[4][PATH_MAX + 16];
    static unsigned next;
    char *to = kept[next++ % 4];

    snprintf(to, sizeof kept[0], "%s", text);
    return to;
}

/* What is told with stderr a terminal, up to a few KiB; `one` and `two` are settings or NULL. */
static const char *on_terminal(const char *one, const char *two)
{
    char *const extra[] = {one ? variable(one) : NULL, two ? variable(two) : NULL, NULL};
    static char text[16 * 1024];
    int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), user, saved = dup(STDERR_FILENO);
    struct run_child child;
    size_t length = 0;
    ssize_t got;

    if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0)
        skip("no pseudo terminal: %s", check_errno_name(errno));
    user = open(ptsname(terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(user >= 0, "the terminal's other end: %s", check_errno_name(errno));
    dup2(user, STDERR_FILENO);
    child = run_start_shimmed("play", "explain", extra);
    dup2(saved, STDERR_FILENO);
    close(saved);
    CHECK_EQ(run_number(&child), -98, "the bind");
    run_stop(&child);
    close(user);
    while ((got = read(terminal, text + length, sizeof text - 1 - length)) > 0)
        length += (size_t)got;
    text[length] = '\0';
    close(terminal);
    return text;
}

static const char *on_pipe(const char *one, const char *two)
{
    char *const extra[] = {one ? variable(one) : NULL, two ? variable(two) : NULL, NULL};
    static struct run_result run;

    run = run_shimmed("play", "explain", extra);
    return run.err;
}

static void check(const char *told, bool colour, const char *when)
{
    CHECK(strlen(told) > 100, "it is told: %s", when);
    CHECK_EQ(strchr(told, '\033') != NULL, colour, "colour: %s", when);
}

/* Takes away escape sequences, what a terminal adds to line ends, and the pid. */
static const char *plain(const char *told, char *to)
{
    char *start = to;

    while (*told != '\0') {
        if (*told == '\033') {
            told += strcspn(told, "m") + 1;
        } else if (strchr("\r0123456789", *told) != NULL) {
            told++;
        } else {
            *to++ = *told++;
        }
    }
    *to = '\0';
    return start;
}

int main(int argc, char **argv)
{
    static char first[16 * 1024], second[16 * 1024];
    char log[PATH_MAX], to_log[PATH_MAX + 16];

    (void)argv;
    if (argc > 1)
        return play();
    net_own_namespace();
    net_listener(address, 8080, 0, 0);

    check(on_pipe(NULL, NULL), false, "a pipe");
    check(on_pipe("FORCE_COLOR=1", NULL), true, "a pipe, forced");
    check(on_pipe("FORCE_COLOR=", NULL), false, "a pipe, forced by an empty value");
    check(on_pipe("FORCE_COLOR=1", "NO_COLOR=1"), false, "a pipe, both");
    check(on_pipe("FORCE_COLOR=1", "REUSESHIM_FORMAT=json"), false, "JSON");
    check(on_terminal(NULL, NULL), true, "a terminal");
    check(on_terminal("NO_COLOR=1", NULL), false, "a terminal, none wanted");
    check(on_terminal("NO_COLOR=", NULL), true, "a terminal, NO_COLOR empty");
    check(on_terminal("REUSESHIM_FORMAT=json", NULL), false, "JSON on a terminal");

    snprintf(to_log, sizeof to_log, "REUSESHIM_LOG=%s", folder_file(log, sizeof log, "log"));
    CHECK_STR(on_terminal(to_log, NULL), "", "a log file, started on a terminal");
    check(on_terminal("REUSESHIM_LOG=stderr", NULL), true, "stderr, asked for");

    plain(on_terminal(NULL, NULL), first);
    plain(on_pipe(NULL, NULL), second);
    CHECK_STR(first, second, "the text is the same");
    return 0;
}
