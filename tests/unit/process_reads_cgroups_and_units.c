/* The cgroup that systemd uses, and the innermost unit of it, are found in what /proc/PID/cgroup
 * gives on machines with cgroup v2, v1 and both. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proc/process.h"

static const struct {
    const char *text;
    const char *cgroup;
    const char *unit;
} rows[] = {
    {"0::/system.slice/nginx.service\n", "/system.slice/nginx.service", "nginx.service"},
    {"0::/system.slice/x.service/payload\n", "/system.slice/x.service/payload", "x.service"},
    { "0::/user.slice/user-1.slice/user@1.service/app.slice/a.service\n",
      "/user.slice/user-1.slice/user@1.service/app.slice/a.service", "a.service" },
    { "0::/user.slice/user-1.slice/session-3.scope\n", "/user.slice/user-1.slice/session-3.scope",
      "session-3.scope" },
    { "12:pids:/a.service\n1:name=systemd:/system.slice/b.service\n0::/\n",
      "/system.slice/b.service", "b.service" },
    {"1:name=systemd:/system.slice/b.service\n", "/system.slice/b.service", "b.service"},
    {"0::/\n", "/", NULL},
    {"0::/docker/0123abc\n", "/docker/0123abc", NULL},
    {"0::/.service\n", "/.service", NULL},
    {"0::/cut.serv", NULL, NULL},
    {"0:\n::\n\n", NULL, NULL},
    {"", NULL, NULL},
};

static void check_text(const char *seen, size_t count, const char *expected)
{
    if (expected == NULL) {
        assert_null(seen);
        return;
    }
    assert_non_null(seen);
    assert_int_equal(count, strlen(expected));
    assert_memory_equal(seen, expected, count);
}

static void every_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t count = 0, unit_count = 0;
        const char *cgroup = process_cgroup_in(rows[i].text, strlen(rows[i].text), &count);

        const char *unit = cgroup == NULL ? NULL : process_unit_in(cgroup, count, &unit_count);

        check_text(cgroup, count, rows[i].cgroup);
        check_text(unit, unit_count, rows[i].unit);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_row)};

    return cmocka_run_group_tests(tests, NULL, NULL) == 0 ? 0 : 1;
}
