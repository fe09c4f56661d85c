#include "report/words.h"

#include <string.h>

#include "report/demangle.h"

/* A frame that starts every program or thread, and says nothing about this one. */
static bool is_start_frame(const struct place *place)
{
    static const char names[][24] = {"__libc_start_main", "__libc_start_call_main", "_start",
                                        "start_thread", "clone", "clone3", "__clone"};
    const char *module = place->module != NULL ? text_base_name(place->module) : "";

    if (place->symbol == NULL)
        return text_begins_with(module, "libc.so") || text_begins_with(module, "libc-") ||
               text_begins_with(module, "ld-musl");
    if (text_begins_with(place->symbol, "__libc_start_main"))
        return true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(place->symbol, names[i]) == 0)
            return true;
    return false;
}

/* Programs and libraries that run what people write in another language: their own frames are the
 * same for every such program, and say nothing about this one. */
static bool is_runtime_frame(const struct place *place)
{
    static const char names[][13] = {
        "node",    "nodejs", "libnode.so", "python", "libpython", "_socket.",  "pypy", "libpypy",
        "libjvm.so", "libnet.so", "libnio.so", "ruby", "libruby", "socket.so", "perl", "libperl",
        "beam.smp", "php",   "deno",       "bun",
    };
    const char *module = place->module != NULL ? text_base_name(place->module) : "";

    if (place->symbol != NULL && (text_begins_with(place->symbol, "runtime.") ||
                                  text_begins_with(place->symbol, "syscall.")))
        return true; /* Go's */
    if (place->symbol != NULL && strstr(place->symbol, " node:") != NULL)
        return true; /* "JS:~listen node:net:2030:12", of perf's map */
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t length = strlen(names[i]);

        /* "python3.11", "node", "node.bin"; not "nodeapp". */
        if (text_begins_with(module, names[i]) &&
            (module[length] == '\0' || strchr(".0123456789-", module[length]) != NULL ||
             names[i][length - 1] == '.'))
            return true;
    }
    return false;
}

/* How many frames are worth showing. */
static size_t frames_worth(const struct stack *stack)
{
    size_t count = stack->count;

    for (size_t i = 0; i < stack->count; i++)
        if (stack->places[i].symbol != NULL && strcmp(stack->places[i].symbol, "main") == 0)
            return i + 1;
    while (count > 1 && is_start_frame(&stack->places[count - 1]))
        count--;
    return count;
}

static void print_frame(struct text *text, const struct place *place)
{
    const char *module = place->module != NULL ? text_base_name(place->module) : NULL;

    if (place->symbol != NULL) {
        if (!demangle(text, place->symbol))
            words_shown(text, place->symbol, WORDS_PATH_MAX / 4);
        if (module == NULL)
            return; /* code that the program has made: its name has file and line */
        text_add(text, "+0x");
        text_hex(text, place->symbol_offset, 1);
        text_add(text, " (");
    }
    if (module != NULL) {
        words_shown(text, module, WORDS_NAME_MAX);
        text_add(text, "+0x");
        text_hex(text, place->offset, 1);
        if (place->symbol != NULL)
            text_char(text, ')');
    } else if (place->pc == 0) {
        text_char(text, '?');
    } else {
        text_add(text, "0x");
        text_hex(text, place->pc, 1);
    }
}

bool words_has_stack(const struct stack *stack)
{
    size_t count = frames_worth(stack);

    for (size_t i = 0; i < count; i++)
        if (!is_runtime_frame(&stack->places[i]))
            return true;
    return false;
}

bool words_stack(struct text *text, const struct stack *stack, size_t most)
{
    size_t count = frames_worth(stack), shown = 0;

    for (size_t i = 0; i < count; i++) {
        if (is_runtime_frame(&stack->places[i]))
            continue;
        text_add(text, shown > 0 ? " < " : "");
        if (shown == most) {
            text_add(text, "...");
            break;
        }
        print_frame(text, &stack->places[i]);
        shown++;
    }
    return shown > 0;
}
