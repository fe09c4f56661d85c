/* Names that others choose - of processes, executables and socket files - may hold control
 * characters, quotes, bytes that are not UTF-8, and four thousand bytes: no record lets them reach
 * a terminal or break JSON, and the program gets the kernel's answers. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "check.h"
#include "folder.h"
#include "net.h"
#include "same.h"

/* A line end, an escape sequence, quotes, a lone continuation byte, an overlong form, C1. */
#define NASTY "a\n\x1b[31m\"\\\x80\xc0\xaf\xc2\x9b'$(x)\r\t{}\x7f"

static void fail_unix(const char *path, size_t length)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    int held = socket(AF_UNIX, SOCK_STREAM, 0), fd = socket(AF_UNIX, SOCK_STREAM, 0);
    int first, second;

    memcpy(address.sun_path, path, length);
    first = bind(held, (struct sockaddr *)&address, size);
    listen(held, 1);
    second = bind(fd, (struct sockaddr *)&address, size);
    run_say("%d %d %s", first, second, check_errno_name(errno));
    close(held);
    close(fd);
}

static int play_role(void)
{
    char abstract[108] = "\0" NASTY;

    prctl(PR_SET_NAME, NASTY);
    same_calls("strange names");
    fail_unix(NASTY, sizeof NASTY);
    unlink(NASTY);
    fail_unix(abstract, sizeof abstract);
    memset(abstract + 1, 0xff, sizeof abstract - 1);
    fail_unix(abstract, sizeof abstract);
    return CHECK_PASSED;
}

static void check_harmless(const char *text, const char *what)
{
    const unsigned char *at = (const unsigned char *)text;

    for (; *at != '\0'; at++) {
        CHECK((*at >= 0x20 || *at == '\n') && *at != 0x7f, "%s: control character %#x", what, *at);
        CHECK(!(at[0] == 0xc2 && at[1] < 0xa0), "%s: a control character of C1", what);
        CHECK(*at != 0xff && *at != 0xc0 && *at != 0xc1, "%s: no UTF-8: %#x", what, *at);
    }
    CHECK_CONTAINS(text, "bound-twice", "the records of %s", what);
}

/* jq is another's reading of JSON. */
static void check_json(char *path)
{
    char *argv[] = {(char[]){"jq"}, (char[]){"-es"}, (char[]){"length >= 4"}, path, NULL};
    struct run_result run = run_program(argv, NULL);

    if (run.status != 127)
        CHECK_EQ(run.status, 0, "jq reads the records: %s", run.err);
}

static struct run_result play(const char *program, const char *format, const char *log)
{
    char setting[64], place[600], *extra[] = {setting, place, NULL};
    char *argv[] = {(char *)(uintptr_t)program, (char[]){"play"}, NULL};
    struct run_result run;

    snprintf(setting, sizeof setting, "REUSESHIM_FORMAT=%s", format);
    snprintf(place, sizeof place, "REUSESHIM_LOG=%s", log ? log : "stderr");
    run = log ? run_program_shimmed(argv, "explain", extra) : run_program(argv, extra);
    CHECK_EQ(run.status, 0, "the program under strange names: %s", run.err);
    return run;
}

static void check_program(const char *program)
{
    static const char *const formats[] = {"text", "json"};
    static char text[1 << 20];
    struct run_result plain = play(program, "text", NULL);
    char path[512];

    for (size_t i = 0; i < 2; i++) {
        struct run_result run =
            play(program, formats[i], folder_file(path, sizeof path, formats[i]));
        FILE *file = fopen(path, "re");

        CHECK_STR(run.out, plain.out, "what the program sees");
        CHECK(file != NULL, "the log");
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
        check_harmless(text, formats[i]);
        if (i == 1)
            check_json(path);
        unlink(path);
    }
}

/* Folders in folders, until the path of the program has nearly the 4,096 bytes it may have. */
static void go_down(const char *me)
{
    char name[251];
    char command[5000];

    memset(name, '\\', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    for (int i = 0; i < 15; i++) {
        name[0] = (char)('a' + i);
        CHECK(mkdir(name, 0755) == 0 && chdir(name) == 0, "folder %d", i);
    }
    snprintf(command, sizeof command, "cp '%s' program", me);
    CHECK(system(command) == 0, "%s", command);
}

int main(int argc, char **argv)
{
    char path[1200], me[512];

    (void)argv;
    if (argc > 1)
        return play_role();
    snprintf(me, sizeof me, "%s", run_me());
    snprintf(path, sizeof path, "REUSESHIM_LIB=%s", run_library());
    putenv(strdup(path));
    CHECK(chdir(folder_path()) == 0 && mkdir(NASTY, 0755) == 0 && chdir(NASTY) == 0, "folders");
    snprintf(path, sizeof path, "ln -s '%s' link && cp '%s' \"$(printf 'x\\033\\377\"')\"", me, me);
    CHECK(system(path) == 0, "%s", path);
    check_program("./x\033\377\"");
    go_down(me);
    check_program("./program");
    CHECK(chdir("/") == 0, "chdir");
    return CHECK_PASSED;
}
