/* reuseshim check: would the shim see this program? */
#include <limits.h>
#include <stdio.h>

#include "command/command.h"
#include "command/console.h"
#include "command/library.h"
#include "command/program.h"
#include "command/word_size.h"
#include "report/json_text.h"

enum { SENTENCE_SIZE = 4 * PATH_MAX };

static void print_json(const struct program *program, const char *sentence)
{
    struct text text = console_text(2 * SENTENCE_SIZE + 8 * PATH_MAX);
    bool seen = program->obstacle == OBSTACLE_NONE;

    json_begin(&text);
    json_words(&text, "program", program->path);
    json_words(&text, "script", program->script[0] != '\0' ? program->script : NULL);
    json_answer(&text, "can_be_seen", answer_of(seen));
    json_words(&text, "obstacle", seen ? NULL : obstacle_name(program->obstacle));
    json_words(&text, "text", sentence);
    json_end(&text);
    console_print(&text);
}

/* Returns whether the shim can see the program NAME. */
static bool check(const char *name, bool json)
{
    static char path[PATH_MAX], library[PATH_MAX];
    static struct program program;
    struct kind kind;
    struct text sentence;

    library_kind(&kind);
    if (program_find(name, path))
        program_inspect(path, &kind, &program);
    else
        program_not_found(name, &program);
    program_inspect_script(&program);
    word_size_solve(&program, library);
    sentence = console_text(SENTENCE_SIZE);
    program_explain(&sentence, &program);
    if (json)
        print_json(&program, sentence.start);
    else
        printf("%s\n", sentence.start);
    return program.obstacle == OBSTACLE_NONE;
}

static int run(struct arguments *arguments)
{
    int code = EXIT_YES;

    arguments_want(arguments, 1, INT_MAX);
    for (int i = 0; i < arguments->count; i++)
        if (arguments->words[i][0] == '\0')
            arguments_wrong(arguments, "'' is no name of a program");
    for (int i = 0; i < arguments->count; i++)
        if (!check(arguments->words[i], arguments->json))
            code = EXIT_NO;
    return code;
}

const struct subcommand check_subcommand = {
    .name = "check",
    .usage = "[OPTION]... PROGRAM...",
    .summary = "Tells whether the shim can see a program",
    .details = "Looks at the file only, and starts nothing: is it static, a Go program,\n"
               "set-user-ID, with file capabilities, of another word size or C library? Of a\n"
               "script, it looks at the interpreter, and of a shell script also at programs\n"
               "that it becomes by exec.\n"
               "\n"
               "Exit code: 0 yes, 1 no for one of them (with the reason), 3 usage.\n",
    .has_json = true,
    .usage_exit = EXIT_USAGE,
    .run = run,
};
