/* A program, its path and a socket's path may have any bytes in their names: text shows them
 * without control characters, on the line where they belong; JSON stays JSON, one object a line. */
#include "check.h"
#include "folder.h"
#include "json.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

/* As files are named; the last is no valid UTF-8. */
static const char *const names[] = {
    "a\nreuseshim: b",  "\033[31mred\033[m", "tab\tand\"quote'", "back\\slash",
    "caf\xc3\xa9 \xe2\x82\xac", "\xff\xfe\x80 bytes", "\xc2\x9b[31m c1",
};

static int play(const char *role)
{
    int fd = net_unix(SOCK_STREAM);

    if (role[0] == '/')
        run_say("%d", net_bind(fd, role, 0));
    else
        run_say("%d", net_bind(net_tcp("127.0.0.1"), "127.0.0.1", 8080));
    return 0;
}

/* The program under another name: a copy, so that /proc/PID/exe has the name too. */
static void copy_program(const char *to)
{
    int from = open(run_me(), O_RDONLY | O_CLOEXEC), fd;
    struct stat status;
    off_t done = 0;

    fd = open(to, O_CREAT | O_WRONLY | O_CLOEXEC, 0700);
    CHECK(from >= 0 && fd >= 0 && fstat(from, &status) == 0, "%s: %s", to,
          check_errno_name(errno));
    while (done < status.st_size)
        CHECK(sendfile(fd, from, &done, (size_t)(status.st_size - done)) > 0, "a copy");
    close(from);
    close(fd);
}

static bool has_control(const char *text)
{
    for (; *text != '\0'; text++) {
        const unsigned char c = (unsigned char)*text;

        if ((c < 0x20 && c != '\n') || c == 0x7f ||
            (c == 0xc2 && (unsigned char)text[1] >= 0x80 && (unsigned char)text[1] < 0xa0))
            return true;
    }
    return false;
}

static void check(char *const argv[], const char *reason)
{
    struct run_result run = run_program_shimmed(argv, "explain", NULL);
    char end[64];

    snprintf(end, sizeof end, " [%s]", reason);
    CHECK_STR(run.out, "-98\n", "%s: %s", argv[0], run.err);
    CHECK(!has_control(run.err), "no control character in:\n%s", run.err);
    CHECK_EQ(told_lines(run.err, end), 1, "one headline in:\n%s", run.err);
    CHECK_EQ(told_lines(run.err, "reuseshim: "), 1, "and nothing like it in:\n%s", run.err);
    CHECK(strncmp(run.err, "reuseshim: ", 11) == 0, "it comes first:\n%s", run.err);

    run = run_program_shimmed(argv, "log", told_json);
    CHECK(told_lines(run.err, "") >= 3, "socket, bind, bind_failed:\n%s", run.err);
    for (int i = 0; i < told_lines(run.err, ""); i++) {
        const char *line = told_line(run.err, "", i);

        CHECK(json_is_object(line), "each line is an object: %s", line);
        CHECK(!has_control(line), "without control characters: %s", line);
    }
    CHECK_STR(json_at(told_record(run.err, "bind_failed", 0), "reason"), reason, "the reason");
}

int main(int argc, char **argv)
{
    char program[PATH_MAX], path[PATH_MAX], plain[] = "bind";
    char *const with_program[] = {program, plain, NULL};
    char *const with_path[] = {argv[0], path, NULL};
    size_t i;

    if (argc > 1)
        return play(argv[1]);
    net_own_namespace();
    net_listener("127.0.0.1", 8080, 0, 0);
    for (i = 0; i < sizeof names / sizeof *names; i++) {
        int fd = net_unix(SOCK_STREAM);

        folder_file(program, sizeof program, names[i]);
        copy_program(program);
        check(with_program, "listening");
        unlink(program);

        folder_file(path, sizeof path, names[i]);
        CHECK_RESULT(net_bind(fd, path, 0), 0, "bind %s", path);
        check(with_path, "unix-live");
        close(fd);
        unlink(path);
    }
    return 0;
}
