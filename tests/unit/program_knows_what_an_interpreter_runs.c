/* What people call a process by is found in its command line, as the manual of each interpreter
 * has its options; secrets are masked; and only a command that a shell takes as it was given is
 * offered to be pasted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/program.h"

/* Arguments are divided by '|' here. */
static size_t arguments(const char *line, char *args)
{
    size_t length = strlen(line) + 1;

    memcpy(args, line, length);
    for (size_t i = 0; i < length; i++)
        if (args[i] == '|')
            args[i] = '\0';
    return length;
}

static const struct { const char *exe, *line, *program; } programs[] = {
    {"/usr/bin/python3.11", "python3|app.py|--port|80", "app.py"},
    {"/usr/bin/python3.11", "python3|-um|http.server|80", "http.server"},
    {"/usr/bin/python3.11", "python3|-W|ignore|/usr/bin/gunicorn|app:app", "/usr/bin/gunicorn"},
    {"/usr/bin/python3.11", "python3|-c|import os", NULL},
    {"/usr/bin/python3.11", "gunicorn: master [app:app]", NULL},
    {"/usr/bin/node", "node|--inspect=9229|-r|dotenv/config|server.js", "server.js"},
    {"/usr/bin/node", "node|-e|setTimeout(()=>{},1)", NULL},
    {"/usr/bin/deno", "deno|run|--allow-net|main.ts", "main.ts"},
    {"/usr/lib/jvm/java/bin/java", "java|-cp|a.jar:b.jar|-Xmx1g|org.Main|x", "org.Main"},
    {"/usr/lib/jvm/java/bin/java", "java|-Dx=y|-jar|app.jar", "app.jar"},
    {"/usr/bin/perl", "perl|-w|-I|lib|d.pl", "d.pl"},
    {"/usr/bin/perl", "perl|-we|print", NULL},
    {"/usr/bin/php8.2", "php8.2|-S|127.0.0.1:80|router.php", "router.php"},
    {"/bin/dash", "/bin/sh|./start.sh", "./start.sh"},
    {"/bin/dash", "sh|-ec|while :; do :; done", NULL},
    {"/usr/lib/erlang/erts-13/bin/beam.smp", "beam.smp|--|-root|/usr/lib|-s|rabbit|boot", "rabbit"},
    {"/usr/bin/ruby3.1", "ruby|-Ilib|app.rb", "app.rb"},
    {"/usr/sbin/nginx", "nginx|-c|x", NULL},
};

static void what_is_run(void **state)
{
    char args[256], found[64];

    (void)state;
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        size_t length = arguments(programs[i].line, args);
        struct text text = text_in(found, sizeof found);
        bool any = program_add(&text, programs[i].exe, args, length);

        if (any != (programs[i].program != NULL) ||
            (any && strcmp(found, programs[i].program) != 0))
            fail_msg("%s: %s", programs[i].line, any ? found : "nothing");
    }
}

static const struct { const char *line, *shown, *command; } lines[] = {
    {"./server|-p|8080", "./server -p 8080", "./server -p 8080"},
    {"./my server|it's|", "./my server it's", "'./my server' 'it'\\''s' ''"},
    {"redis-server|--save||", "redis-server --save", "redis-server --save '' ''"},
    {"a|b||||", "a b", "a b"},
    {"db|--password=abc|x", "db --password=*** x", NULL},
    {"db|--Password|abc|x", "db --Password *** x", NULL},
    {"db|--no-password|--port|80", "db --no-password --port 80", NULL},
    {"db|API_TOKEN=abc|x", "db API_TOKEN=*** x", NULL},
    {"db|postgres://me:abc@host/db", "db postgres://me:***@host/db", NULL},
    {"db|-Djavax.net.ssl.keyStorePassword=abc", "db -Djavax.net.ssl.keyStorePassword=***", NULL},
    {"db|--ssl-key=abc", "db --ssl-key=***", NULL},
    {"monkey.py|--keyboard=de", "monkey.py --keyboard=de", "monkey.py --keyboard=de"},
    {"db|a\x1b[2J", "db a\x1b[2J", NULL},
    {"db|a\xe2\x80\xae" "b", "db a\xe2\x80\xae" "b", NULL},
    {"a|$(b)|*|;c", "a $(b) * ;c", "a '$(b)' '*' ';c'"},
};

static void how_it_is_shown(void **state)
{
    char args[256], shown[128], command[128];

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        size_t length = arguments(lines[i].line, args);
        struct text text = text_in(shown, sizeof shown);
        struct text paste = text_in(command, sizeof command);
        bool pasteable;

        program_add_args(&text, args, length);
        assert_string_equal(shown, lines[i].shown);
        pasteable = program_add_command(&paste, args, length);
        if (pasteable != (lines[i].command != NULL))
            fail_msg("%s: pasteable %d", lines[i].line, pasteable);
        if (pasteable)
            assert_string_equal(command, lines[i].command);
    }
}

/* A command line that was cut off is none to paste. */
static void half_a_command(void **state)
{
    char command[64];
    struct text text = text_in(command, sizeof command);

    (void)state;
    assert_false(program_add_command(&text, "rm\0-rf\0/srv/ol", 14));
}

static void the_same_program(void **state)
{
    struct identity one = {.args = "node a.js", .program = "a.js", .cwd = "/srv/a"};
    struct identity other = one;

    (void)state;
    assert_int_equal(program_same("/usr/bin/node", &one, &other), ANSWER_YES);
    other.cwd = "/srv/b";
    assert_int_equal(program_same("/usr/bin/node", &one, &other), ANSWER_NO);
    assert_int_equal(program_same("/usr/sbin/nginx", &one, &other), ANSWER_YES);
    other.cwd = NULL;
    assert_int_equal(program_same("/usr/bin/node", &one, &other), ANSWER_UNKNOWN);
    one.program = other.program = "/srv/a.js";
    assert_int_equal(program_same("/usr/bin/node", &one, &other), ANSWER_YES);
    other.program = "/srv/b.js";
    assert_int_equal(program_same("/usr/bin/node", &one, &other), ANSWER_NO);
    assert_int_equal(program_same("/usr/bin/node", &one, NULL), ANSWER_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_run), cmocka_unit_test(how_it_is_shown),
        cmocka_unit_test(half_a_command), cmocka_unit_test(the_same_program),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
