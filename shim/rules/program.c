#include "rules/program.h"

/* Names without their version; options that take the next argument as their value; options whose
 * value is the program; options whose value is code. Each list is divided and ended by blanks. */
struct interpreter {
    char names[40];
    char valued[160];
    char runs[24];
    char code[24];
    bool clusters; /* -um is -u -m */
};

/* By the manuals of each: python(1), node(1), java(1), ruby(1), perl(1), php(1), bash(1), erl(1),
 * dotnet(1), mono(1), lua(1), tclsh(1), Rscript(1), guile(1), racket(1), sbcl(1), julia(1). */
static const struct interpreter interpreters[] = {
    {"python pypy python-dbg ", "-W -X -Q --check-hash-based-pycs ", "-m ", "-c ", true},
    {"node nodejs bun deno ",
     "-r --require --import --loader --experimental-loader --env-file -C --conditions ", "",
     "-e --eval -p --print ", false},
    {"java ", "-cp -classpath --class-path -p --module-path --add-modules --add-opens "
              "--add-exports --add-reads --source ",
     "-jar -m --module ", "", false},
    {"ruby jruby truffleruby ", "-I -r -C -E -F -K ", "", "-e ", true},
    {"perl ", "-I ", "", "-e -E ", true},
    {"php php-cgi ", "-c -d -z -t -S ", "-f ", "-r -B -R -E ", false},
    {"sh bash dash zsh ash ksh mksh fish ", "-o +o -O +O --rcfile --init-file ", "", "-c ", true},
    {"beam.smp erl ", "-root -progname -home -boot -sname -name -pa -pz -config -args_file "
                      "-setcookie -kernel -mnesia -boot_var -start_epmd -bindir ",
     "-s -run -extra ", "-eval ", false},
    {"dotnet mono ", "--depsfile --runtimeconfig --additionalprobingpath --fx-version ", "exec ", "",
     false},
    {"lua luajit texlua ", "-l ", "", "-e ", false},
    {"tclsh wish expect ", "-encoding ", "", "-c ", false},
    {"r rscript ", "-g --gui ", "-f --file ", "-e ", false},
    {"guile ", "-L -C -l -x ", "-s ", "-c ", false},
    {"racket ", "-l -p -r ", "-t -u ", "-e ", false},
    {"sbcl ", "--core --dynamic-space-size --control-stack-size ", "--script --load ", "--eval ",
     false},
    {"julia ", "-C -J -t -p -L ", "", "-e -E ", false},
    {"swipl gforth octave-cli escript elixir ", "-g -s -t ", "", "-e ", false},
};

enum { INTERPRETERS = sizeof interpreters / sizeof *interpreters, NAME_MAX_LENGTH = 31 };

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
    const char *slash = strrchr(path, '/');
    const char *start = slash != NULL ? slash + 1 : path;
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

static const struct interpreter *interpreter_of(const char *path)
{
    char name[NAME_MAX_LENGTH + 1];
    size_t length = path == NULL ? 0 : bare_name(path, name);

    for (size_t i = 0; i < INTERPRETERS; i++)
        if (has_word(interpreters[i].names, name, length))
            return &interpreters[i];
    return NULL;
}

bool program_is_interpreter(const char *path)
{
    return interpreter_of(path) != NULL;
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
    return interpreter->clusters && argument[0] == '-' && argument[1] != '-' && length > 2 &&
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
    const struct interpreter *interpreter = interpreter_of(path);
    const char *found = interpreter == NULL ? NULL : find_program(interpreter, args, length);

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
    const struct interpreter *shell = interpreter_of("sh");
    const char *at = program_next(args, length, NULL);

    while (at != NULL && (at = program_next(args, length, at)) != NULL && *at == '-')
        if (is_option(shell, shell->code, at))
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
