/* Claim: a file is to be removed only if nobody is bound to it, and by a name that is the same file
 * in every shell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cures.h"

static void begin_path(struct sample_case *it, const char *path, enum path_kind kind)
{
    struct endpoint *local = &it->evidence.attempt.socket.local;

    case_begin(it, here, "");
    it->evidence.attempt.socket.protocol = PROTOCOL_UNIX;
    *local = (struct endpoint){.family = FAMILY_UNIX, .path_length = (uint8_t)strlen(path)};
    memcpy(local->path, path, strlen(path));
    it->evidence.path = kind;
}

static void only_stale_files_are_removed(void **state)
{
    struct sample_case it;

    (void)state;
    begin_path(&it, "/run/it's.sock", PATH_STALE);
    case_conclude(&it);
    expect_cures(&it, "unlink unlink-always");
    expect_command(&it, "unlink", "rm -- '/run/it'\\''s.sock'");
    begin_path(&it, "/run/x", PATH_LIVE);
    case_conclude(&it);
    expect_cures(&it, "");
    begin_path(&it, "/run/x", PATH_FILE);
    case_conclude(&it);
    expect_cures(&it, "see-name"); /* never removed */
    begin_path(&it, "/run/x", PATH_MISSING);
    case_conclude(&it);
    expect_cures(&it, "retry");
}

/* The shell may be in another folder, and takes bytes as they were copied from the log. */
static void a_file_is_removed_by_a_name_that_any_shell_has(void **state)
{
    char deep[700];
    struct sample_case it;

    (void)state;
    begin_path(&it, "run/x.sock", PATH_STALE);
    case_conclude(&it);
    expect_command(&it, "unlink", ""); /* the text alone */
    it.evidence.folder = "/home/it's";
    case_conclude(&it);
    expect_command(&it, "unlink", "rm -- '/home/it'\\''s/run/x.sock'");
    it.evidence.folder = "/";
    case_conclude(&it);
    expect_command(&it, "unlink", "rm -- '/run/x.sock'");
    it.evidence.folder = "/home/\xc3\xa9";
    case_conclude(&it);
    expect_command(&it, "unlink", "rm -- '/home/\xc3\xa9/run/x.sock'");
    it.evidence.folder = "/home/\xff";
    case_conclude(&it);
    expect_command(&it, "unlink", "");
    memset(deep, 'a', sizeof deep - 1);
    deep[0] = '/';
    deep[sizeof deep - 1] = '\0';
    it.evidence.folder = deep;
    case_conclude(&it);
    expect_command(&it, "unlink", "");
    begin_path(&it, "/run/a\nb", PATH_STALE);
    case_conclude(&it);
    expect_command(&it, "unlink", "");
    begin_path(&it, "/run/\xc2\x9b", PATH_STALE);
    case_conclude(&it);
    expect_command(&it, "unlink", "");
    expect_cures(&it, "unlink unlink-always");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_stale_files_are_removed),
        cmocka_unit_test(a_file_is_removed_by_a_name_that_any_shell_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
