/* In a set-user-ID program the shim does nothing, even where the system preloads it into every
 * program: no policy from the user's environment is followed, no file is written. Nor does a log
 * follow a link that somebody has laid in its place. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "folder.h"
#include "mounts.h"
#include "net.h"
#include "same.h"

static void copy(const char *from, const char *to, unsigned mode)
{
    char command[1200];

    snprintf(command, sizeof command, "cp '%s' '%s' && chmod %o '%s'", from, to, mode, to);
    CHECK(system(command) == 0, "%s", command);
}

/* What the victim does: tells its option after a bind, and fails to bind. */
static int play_victim(void)
{
    int held = net_listener("127.0.0.1", 0, 0, 0), fd = net_tcp("127.0.0.1");
    int result = net_bind(fd, "127.0.0.1", net_port(held));

    run_say("SO_REUSEADDR %d, uid %d of %d, %s", net_get(held, SOL_SOCKET, SO_REUSEADDR),
            (int)geteuid(), (int)getuid(), check_errno_name(-result));
    return CHECK_PASSED;
}

/* A private /etc with ld.so.preload, so that the loader preloads the shim whatever the program is.
 * Then a program of root's, or of nobody's, is run by nobody. */
static int play_outer(const char *program, const char *library, const char *folder)
{
    char command[1200];
    char *argv[] = {(char *)(uintptr_t)program, (char[]){"victim"}, NULL};

    if (!mounts_unshare())
        skip("no mount namespace: %s", check_errno_name(errno));
    snprintf(command, sizeof command,
             "mkdir '%s/etc' && mount -t tmpfs -o size=32m none '%s/etc' && cp /etc/ld.so.cache "
             "'%s/etc' && echo '%s' >'%s/etc/ld.so.preload' && mount --bind '%s/etc' /etc",
             folder, folder, folder, library, folder, folder);
    CHECK(system(command) == 0, "a private /etc");
    setenv("REUSESHIM_POLICY", "force", 1);
    CHECK(setgid(65534) == 0 && setuid(65534) == 0, "setuid");
    execv(program, argv);
    return CHECK_FAILED;
}

static struct run_result play(const char *program, const char *library, char *extra[])
{
    char folder[600];
    char *argv[] = {(char *)(uintptr_t)run_me(), (char[]){"outer"}, (char *)(uintptr_t)program,
                    (char *)(uintptr_t)library, folder, NULL};
    struct run_result run;

    folder_file(folder, sizeof folder, "private");
    CHECK(mkdir(folder, 0755) == 0, "mkdir");
    run = run_program(argv, extra);
    if (run.status == CHECK_SKIPPED)
        skip("%s", run.err);
    CHECK_EQ(run.status, 0, "%s: %s%s", program, run.err, run.out);
    snprintf(folder + strlen(folder), 8, "/etc");
    rmdir(folder);
    *strrchr(folder, '/') = '\0';
    CHECK(rmdir(folder) == 0, "rmdir: %s", check_errno_name(errno));
    return run;
}

int main(int argc, char **argv)
{
    char program[512], library[512], log[600], setting[700], open[512];
    char *extra[] = {setting, NULL};
    struct run_result run;

    if (argc > 4)
        return play_outer(argv[2], argv[3], argv[4]);
    if (argc > 1)
        return play_victim();
    if (geteuid() != 0)
        skip("root is needed to make a set-user-ID program");
    CHECK(chmod(folder_path(), 0755) == 0, "chmod");
    folder_file(open, sizeof open, "open");
    CHECK(mkdir(open, 0777) == 0 && chmod(open, 0777) == 0, "a folder for everybody");
    snprintf(log, sizeof log, "%s/log", open);
    snprintf(setting, sizeof setting, "REUSESHIM_LOG=%s", log);
    copy(run_library(), folder_file(library, sizeof library, "library.so"), 04755);
    copy(run_me(), folder_file(program, sizeof program, "program"), 0755);
    run = play(program, library, extra);
    CHECK_STR(run.out, "SO_REUSEADDR 1, uid 65534 of 65534, EADDRINUSE\n", "an ordinary program");
    CHECK_EQ(access(log, F_OK), 0, "its log is there");
    unlink(log);
    copy(run_me(), program, 04755);
    run = play(program, library, extra);
    CHECK_STR(run.out, "SO_REUSEADDR 0, uid 0 of 65534, EADDRINUSE\n", "a set-user-ID program");
    CHECK_STR(run.err, "", "what it says");
    CHECK(access(log, F_OK) < 0, "it writes no log");
    return CHECK_PASSED;
}
