/* A stale UNIX socket with a relative name: the command among the cures removes it from every
 * folder, not only from the program's. A name that no terminal shows as it is gets no command.
 * Oracle: the file. */
#include "check.h"
#include "cure.h"
#include "folder.h"
#include "json.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const char name[] = "./it's stale", odd_name[] = "./od\033[1m";

static int play(const char *role)
{
    run_say("%d", net_bind(net_unix(SOCK_STREAM), strcmp(role, "odd") == 0 ? odd_name : name, 0));
    return 0;
}

static void read_unlink(const char *role, struct cure *cure)
{
    struct run_result run = run_self(role, NULL);

    CHECK_STR(run.out, "0\n", "bound, and left over");
    run = run_shimmed(role, "explain", told_json);
    CHECK_STR(run.out, "-98\n", "refused: %s", run.err);
    cure_read(told_line(run.err, "unix-stale", 0), 0, cure);
    CHECK_STR(cure->id, "unlink", "the first cure: %s", run.err);
}

int main(int argc, char **argv)
{
    char path[PATH_MAX];
    struct stat status;
    struct cure cure;

    if (argc > 1)
        return play(argv[1]);
    folder_file(path, sizeof path, name);
    CHECK_RESULT(chdir(folder_path()), 0, "the program's folder");
    read_unlink("odd", &cure);
    CHECK(!cure_is_command(&cure), "no command: %s", cure.command);
    read_unlink("plain", &cure);
    CHECK_RESULT(chdir("/"), 0, "another one");
    CHECK(lstat(path, &status) == 0, "the file is there");
    cure_paste(cure.command);
    CHECK(lstat(path, &status) < 0, "%s: the file is gone", cure.command);
    return 0;
}
