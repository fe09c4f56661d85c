/* Another library that stands in front of the same calls works before the shim and behind it: it
 * sees every call of the program, and the program sees what it sees without the shim. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "check.h"
#include "same.h"

static int play_role(void)
{
    same_calls("main");
    errno = 0;
    same_calls("again");
    return CHECK_PASSED;
}

int main(int argc, char **argv)
{
    static const char *const policies[] = {"explain", "log"};
    char library[PATH_MAX], setting[3][2 * PATH_MAX];
    char *plain_extra[] = {setting[0], NULL};
    struct run_result plain;

    (void)argv;
    if (argc > 1)
        return play_role();
    CHECK(strlen(run_me()) < sizeof library - 64, "path");
    strcpy(library, run_me());
    strcpy(strrchr(library, '/') + 1, "interposes_too.so");
    snprintf(setting[0], sizeof setting[0], "LD_PRELOAD=%s", library);
    snprintf(setting[1], sizeof setting[1], "LD_PRELOAD=%s:%s", library, run_library());
    snprintf(setting[2], sizeof setting[2], "LD_PRELOAD=%s:%s", run_library(), library);
    plain = run_self("play", plain_extra);
    CHECK_CONTAINS(plain.out, "6 socket, 4 setsockopt, 8 bind, 6 listen", "the library's counts");
    for (size_t place = 1; place <= 2; place++)
        for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
            char *extra[] = {setting[place], NULL};
            struct run_result run = same_under("play", policies[i], extra, &plain);

            CHECK_CONTAINS(run.err, " cannot bind ", "the explanation");
        }
    return CHECK_PASSED;
}
