#include "report/words.h"

#include <string.h>

void words_shown(struct text *text, const char *string, size_t limit)
{
    if (string != NULL)
        text_shown(text, string, strlen(string), limit);
}

/* Waiting takes no longer than is said, and nothing is older than it is. */
static void add_time(struct text *text, int64_t ms, bool rounds_up)
{
    static const struct {
        int64_t below_ms;
        int64_t unit_ms;
        char unit[5];
    } steps[] = {
        {1000, 1, " ms"},
        {120 * 1000, 1000, " s"},
        {120 * 60 * 1000, 60 * 1000, " min"},
        {48 * 3600 * 1000, 3600 * 1000, " h"},
        {INT64_MAX, (int64_t)24 * 3600 * 1000, " d"},
    };
    size_t i;

    if (ms < 0)
        ms = 0;
    for (i = 0; i + 1 < sizeof steps / sizeof *steps && ms >= steps[i].below_ms; i++)
        ;
    text_number(text, ms / steps[i].unit_ms + (rounds_up && ms % steps[i].unit_ms > 0));
    text_add(text, steps[i].unit);
}

void words_duration(struct text *text, int64_t ms)
{
    add_time(text, ms, true);
}

void words_ago(struct text *text, int64_t then_us, int64_t now_us)
{
    int64_t ms = now_us > then_us ? (now_us - then_us) / 1000 : 0;

    if (ms < 1000) {
        text_add(text, "just now");
        return;
    }
    add_time(text, ms, false);
    text_add(text, " ago");
}

void words_end(struct text *text, int64_t ended_us, int64_t found_dead_us, int64_t now_us)
{
    if (ended_us == 0 && (found_dead_us == 0 || now_us - found_dead_us < 1000000))
        return;
    text_add(text, ended_us != 0 ? " " : " at least ");
    words_ago(text, ended_us != 0 ? ended_us : found_dead_us, now_us);
}

void words_count(struct text *text, uint64_t count, const char *thing)
{
    text_unsigned(text, count);
    text_join(text, " ", thing, count == 1 ? "" : "s", NULL);
}

bool words_options(struct text *text, const struct options *options, bool asks_reuseport)
{
    bool reuseaddr = options->reuseaddr != ANSWER_UNKNOWN;
    bool reuseport = options->reuseport == ANSWER_YES ||
                     (asks_reuseport && options->reuseport == ANSWER_NO);

    if (reuseaddr)
        text_add(text, options->reuseaddr == ANSWER_YES ? "SO_REUSEADDR 1" : "SO_REUSEADDR 0");
    if (reuseport)
        text_join(text, reuseaddr ? ", " : "",
                  options->reuseport == ANSWER_YES ? "SO_REUSEPORT 1" : "SO_REUSEPORT 0", NULL);
    return reuseaddr || reuseport;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

/* A frame that starts every program or thread, and says nothing about this one. */
static bool is_start_frame(const struct place *place)
{
    static const char names[][24] = {"__libc_start_main", "__libc_start_call_main", "_start",
                                        "start_thread", "clone", "clone3", "__clone"};
    const char *module = place->module != NULL ? base_name(place->module) : "";
    size_t i;

    if (place->symbol == NULL)
        return text_begins_with(module, "libc.so") || text_begins_with(module, "libc-") ||
               text_begins_with(module, "ld-musl");
    if (text_begins_with(place->symbol, "__libc_start_main"))
        return true;
    for (i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(place->symbol, names[i]) == 0)
            return true;
    return false;
}

/* How many frames are worth showing. */
static size_t frames_worth(const struct stack *stack)
{
    size_t count = stack->count;
    size_t i;

    for (i = 0; i < stack->count; i++)
        if (stack->places[i].symbol != NULL && strcmp(stack->places[i].symbol, "main") == 0)
            return i + 1;
    while (count > 1 && is_start_frame(&stack->places[count - 1]))
        count--;
    return count;
}

static void print_frame(struct text *text, const struct place *place)
{
    const char *module = place->module != NULL ? base_name(place->module) : NULL;

    if (place->symbol != NULL) {
        words_shown(text, place->symbol, WORDS_PATH_MAX / 4);
        text_add(text, "+0x");
        text_hex(text, place->symbol_offset, 1);
        if (module != NULL)
            text_add(text, " (");
    }
    if (module != NULL) {
        words_shown(text, module, WORDS_NAME_MAX);
        text_add(text, "+0x");
        text_hex(text, place->offset, 1);
        if (place->symbol != NULL)
            text_char(text, ')');
    } else if (place->symbol == NULL && place->pc == 0) {
        text_char(text, '?');
    } else if (place->symbol == NULL) {
        text_add(text, "0x");
        text_hex(text, place->pc, 1);
    }
}

bool words_stack(struct text *text, const struct stack *stack)
{
    size_t count = frames_worth(stack);
    size_t i;

    for (i = 0; i < count && i < WORDS_FRAMES_MAX; i++) {
        if (i > 0)
            text_add(text, " < ");
        print_frame(text, &stack->places[i]);
    }
    if (count > WORDS_FRAMES_MAX)
        text_add(text, " < ...");
    return count > 0;
}
