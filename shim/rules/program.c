#include "rules/program.h"

/* Names without their version; options that take the next argument as their value; options whose
 * value is the program; options whose value is code. Each list is divided and ended by blanks. */
struct interpreter {
    const char *names;
    const char *valued;
    const char *runs;
    const char *code;
    const char *clusters; /* not empty: -um is -u -m */
};

/* One text, since the lists are of very different length. */
#define ROW(names, valued, runs, code, clusters)                                                   \
    names "\0" valued "\0" runs "\0" code "\0" clusters "\0"
#define CLUSTERS "+"

/* By the manuals of each: python(1), node(1), java(1), ruby(1), perl(1), php(1), bash(1), erl(1),
 * dotnet(1), mono(1), lua(1), tclsh(1), Rscript(1), guile(1), racket(1), sbcl(1), julia(1). */
static const char interpreters[] =
    ROW("python pypy python-dbg ", "-W -X -Q --check-hash-based-pycs ", "-m ", "-c ", CLUSTERS)
    ROW("node nodejs bun deno ",
        "-r --require --import --loader --experimental-loader --env-file -C --conditions ", "",
        "-e --eval -p --print ", "")
    ROW("java ", "-cp -classpath --class-path -p --module-path --add-modules --add-opens "
                 "--add-exports --add-reads --source ",
        "-jar -m --module ", "", "")
    ROW("ruby jruby truffleruby ", "-I -r -C -E -F -K ", "", "-e ", CLUSTERS)
    ROW("perl ", "-I ", "", "-e -E ", CLUSTERS)
    ROW("php php-cgi ", "-c -d -z -t -S ", "-f ", "-r -B -R -E ", "")
    ROW("sh bash dash zsh ash ksh mksh fish ", "-o +o -O +O --rcfile --init-file ", "", "-c ",
        CLUSTERS)
    ROW("beam.smp erl ", "-root -progname -home -boot -sname -name -pa -pz -config -args_file "
                         "-setcookie -kernel -mnesia -boot_var -start_epmd -bindir ",
        "-s -run -extra ", "-eval ", "")
    ROW("dotnet mono ", "--depsfile --runtimeconfig --additionalprobingpath --fx-version ",
        "exec ", "", "")
    ROW("lua luajit texlua ", "-l ", "", "-e ", "")
    ROW("tclsh wish expect ", "-encoding ", "", "-c ", "")
    ROW("r rscript ", "-g --gui ", "-f --file ", "-e ", "")
    ROW("guile ", "-L -C -l -x ", "-s ", "-c ", "")
    ROW("racket ", "-l -p -r ", "-t -u ", "-e ", "")
    ROW("sbcl ", "--core --dynamic-space-size --control-stack-size ", "--script --load ",
        "--eval ", "")
    ROW("julia ", "-C -J -t -p -L ", "", "-e -E ", "")
    ROW("swipl gforth octave-cli escript elixir ", "-g -s -t ", "", "-e ", "");

enum { NAME_MAX_LENGTH = 31 };

static bool has_word(const char *list, const char *word, size_t length)
{
    for (const char *at = list; *at != '\0';) {
        const char *end = strchr(at, ' ');

        if (length > 0 && (size_t)(end - at) == length && memcmp(at, word, length) == 0)
            return true;
        at = end + 1;
    }
    return false;
}

/* The name of PATH in lower case without a version behind it: "python" of /usr/bin/python3.11. */
static size_t bare_name(const char *path, char name[NAME_MAX_LENGTH + 1])
{
    const char *start = text_base_name(path);
    size_t length;

    start += *start == '-' ? 1 : 0; /* a login shell */
    length = text_length(start, NAME_MAX_LENGTH);
    while (length > 1 && ((start[length - 1] >= '0' && start[length - 1] <= '9') ||
                          start[length - 1] == '.'))
        length--;
    for (size_t i = 0; i < length; i++)
        name[i] = (char)(start[i] >= 'A' && start[i] <= 'Z' ? start[i] + 32 : start[i]);
    name[length] = '\0';
    return length;
}

static const char *next_list(const char *list)
{
    return list + strlen(list) + 1;
}

/* Fills FOUND with the row of PATH. False if it has none. */
static bool interpreter_of(const char *path, struct interpreter *found)
{
    char name[NAME_MAX_LENGTH + 1];
    size_t length = path == NULL ? 0 : bare_name(path, name);

    for (const char *at = interpreters; *at != '\0'; at = next_list(found->clusters)) {
        found->names = at;
        found->valued = next_list(at);
        found->runs = next_list(found->valued);
        found->code = next_list(found->runs);
        found->clusters = next_list(found->code);
        if (has_word(found->names, name, length))
            return true;
    }
    return false;
}

bool program_is_interpreter(const char *path)
{
    struct interpreter found;

    return interpreter_of(path, &found);
}

bool program_is_shell(const char *path)
{
    char name[NAME_MAX_LENGTH + 1];

    return path != NULL &&
           has_word("sh bash dash zsh ash ksh mksh fish busybox ", name, bare_name(path, name));
}

const char *program_next(const char *args, size_t length, const char *at)
{
    const char *next = at == NULL ? args : at + text_length(at, length - (size_t)(at - args)) + 1;

    return next < args + length ? next : NULL;
}

/* Is ARGUMENT one of LIST's options: by itself, or at the end of a cluster of letters? */
static bool is_option(const struct interpreter *interpreter, const char *list, const char *argument)
{
    size_t length = strlen(argument);
    char last[3] = {'-', length > 2 ? argument[length - 1] : '\0', '\0'};

    if (has_word(list, argument, length))
        return true;
    return interpreter->clusters[0] != '\0' && argument[0] == '-' && argument[1] != '-' &&
           length > 2 &&
           length <= 4 && has_word(list, last, 2);
}

/* The value of "--option=value" where that option names the program. */
static const char *joined_value(const struct interpreter *interpreter, const char *argument)
{
    const char *equal = strchr(argument, '=');

    return equal != NULL && has_word(interpreter->runs, argument, (size_t)(equal - argument))
               ? equal + 1
               : NULL;
}

/* Where the program is named among ARGS; NULL = it is not. The first argument is the name that the
 * interpreter was called by. ARGS ends with a NUL byte. */
static const char *find_program(const struct interpreter *interpreter, const char *args,
                                size_t length)
{
    const char *at = program_next(args, length, NULL);

    while (at != NULL && (at = program_next(args, length, at)) != NULL) {
        if (joined_value(interpreter, at) != NULL)
            return joined_value(interpreter, at);
        if (is_option(interpreter, interpreter->runs, at))
            return program_next(args, length, at);
        if (is_option(interpreter, interpreter->code, at))
            return NULL;
        if (is_option(interpreter, interpreter->valued, at))
            at = program_next(args, length, at);
        else if (at[0] != '-' && at[0] != '+' && at[0] != '\0')
            return at;
    }
    return NULL;
}

/* deno and bun name what to do with the program before it. */
static bool is_verb(const char *word)
{
    return strcmp(word, "run") == 0 || strcmp(word, "serve") == 0;
}

bool program_add(struct text *text, const char *path, const char *args, size_t length)
{
    struct interpreter interpreter;
    const char *found = interpreter_of(path, &interpreter)
                            ? find_program(&interpreter, args, length)
                            : NULL;

    while (found != NULL && is_verb(found)) {
        do
            found = program_next(args, length, found);
        while (found != NULL && *found == '-');
    }
    if (found == NULL || *found == '\0')
        return false;
    text_add(text, found);
    return true;
}

const char *program_shell_code(const char *args, size_t length)
{
    const char *at = program_next(args, length, NULL);
    struct interpreter shell;

    interpreter_of("sh", &shell);
    while (at != NULL && (at = program_next(args, length, at)) != NULL && *at == '-')
        if (is_option(&shell, shell.code, at))
            return program_next(args, length, at);
    return NULL;
}

enum answer program_same(const char *exe, const struct identity *one, const struct identity *other)
{
    const char *a, *b;

    if (!program_is_interpreter(exe))
        return ANSWER_YES;
    if (one == NULL || other == NULL || one->args == NULL || other->args == NULL)
        return ANSWER_UNKNOWN;
    if ((one->program == NULL) != (other->program == NULL))
        return ANSWER_NO;
    a = one->program != NULL ? one->program : one->args;
    b = other->program != NULL ? other->program : other->args;
    if (strcmp(a, b) != 0)
        return ANSWER_NO;
    if (*a == '/' && one->program != NULL)
        return ANSWER_YES;
    return one->cwd == NULL || other->cwd == NULL ? ANSWER_UNKNOWN
                                                  : answer_of(strcmp(one->cwd, other->cwd) == 0);
}
