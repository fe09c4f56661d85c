/* A command line as people may see it, and as a shell takes it. */
#include "rules/program.h"

#include <string.h>

/* Zeros at the end: so few are the last argument's, and those of empty ones behind it. */
enum { EMPTY_MAX = 4 };

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static bool is_letter(char c)
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}

/* Where WORD stands in the LENGTH bytes at TEXT, in whatever case; NULL = nowhere. */
static const char *find_word(const char *text, size_t length, const char *word)
{
    size_t size = strlen(word), i;

    for (const char *at = text; at + size <= text + length; at++) {
        for (i = 0; i < size && lower(at[i]) == word[i]; i++)
            ;
        if (i == size)
            return at;
    }
    return NULL;
}

/* The end of the first word in ARGUMENT behind which a secret stands; NULL = there is none. A key
 * is one only as a word by itself: monkey.py is none, API_KEY and apikey are. */
static const char *secret_word(const char *argument, size_t length)
{
    static const char words[][12] = {"passw", "passphrase", "token", "secret", "credential",
                                     "apikey", "authorizat", "key"};
    enum { WORDS = sizeof words / sizeof *words };

    for (size_t i = 0; i < WORDS; i++) {
        const char *at = find_word(argument, length, words[i]);
        const char *end = at == NULL ? NULL : at + strlen(words[i]);

        if (at == NULL)
            continue;
        if (i == WORDS - 1 && ((at > argument && is_letter(at[-1])) ||
                               (end < argument + length && is_letter(*end))))
            continue;
        return end;
    }
    return NULL;
}

/* "scheme://user:secret@host": the secret; its end in END. */
static const char *url_secret(const char *argument, size_t length, const char **end)
{
    const char *start = find_word(argument, length, "://"), *colon;

    if (start == NULL)
        return NULL;
    start += 3;
    for (*end = start; *end < argument + length && **end != '@' && **end != '/'; (*end)++)
        ;
    colon = memchr(start, ':', (size_t)(*end - start));
    return *end < argument + length && **end == '@' && colon != NULL ? colon + 1 : NULL;
}

/* What of ARGUMENT is to be hidden, from START to END; false = nothing. NEXT: the argument behind
 * it is. */
static bool find_secret(const char *argument, size_t length, const char **start, const char **end,
                        bool *next)
{
    const char *word = secret_word(argument, length);

    *next = false;
    *end = argument + length;
    if (word != NULL) {
        while (word < *end && *word != '=' && *word != ':')
            word++;
        *start = word < *end ? word + 1 : *end;
        *next = word == *end && *argument == '-';
        return *start < *end;
    }
    *start = url_secret(argument, length, end);
    return *start != NULL;
}

static bool needs_quotes(const char *word, size_t length)
{
    static const char plain[] = "@%+=:,./-_";

    for (size_t i = 0; i < length; i++)
        if (!is_letter(word[i]) && !(word[i] >= '0' && word[i] <= '9') &&
            (word[i] == '\0' || strchr(plain, word[i]) == NULL))
            return true;
    return length == 0 || word[0] == '='; /* zsh: =name is the path of a command */
}

void program_add_word(struct text *text, const char *word, size_t length)
{
    if (!needs_quotes(word, length)) {
        text_bytes(text, word, length);
        return;
    }
    text_char(text, '\'');
    for (size_t i = 0; i < length; i++) {
        if (word[i] == '\'')
            text_add(text, "'\\''");
        else
            text_char(text, word[i]);
    }
    text_char(text, '\'');
}

/* Bytes at the end that a program has left when it wrote a title over its arguments. */
static size_t without_tail(const char *args, size_t length)
{
    while (length > 0 && (args[length - 1] == '\0' || args[length - 1] == ' '))
        length--;
    return length;
}

bool program_add_args(struct text *text, const char *args, size_t length)
{
    bool masked = false, next = false;
    const char *at = NULL, *start, *end;

    length = without_tail(args, length);
    while ((at = program_next(args, length, at)) != NULL) {
        size_t size = text_length(at, length - (size_t)(at - args));
        bool blank = memchr(at, ' ', size) != NULL && program_next(args, length, NULL) != at;
        bool hidden = next && !text_begins_with(at, "--");

        text_add(text, at != args ? " " : "");
        text_add(text, blank ? "'" : "");
        if (hidden) {
            text_add(text, "***");
            next = false;
        } else if (find_secret(at, size, &start, &end, &next)) {
            text_bytes(text, at, (size_t)(start - at));
            text_add(text, "***");
            text_bytes(text, end, (size_t)(at + size - end));
            hidden = true;
        } else {
            text_bytes(text, at, size);
        }
        text_add(text, blank ? "'" : "");
        masked |= hidden;
    }
    return !masked;
}

static bool has_control(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length;) {
        size_t size = text_utf8_length(bytes + i, length - i);

        /* Also what is printed as more than itself: C1, and the marks that turn the direction. */
        if (size == 0 || (unsigned char)bytes[i] < 0x20 || bytes[i] == 0x7f ||
            (size == 2 && (unsigned char)bytes[i] == 0xc2 && (unsigned char)bytes[i + 1] < 0xa0) ||
            (size == 3 && (unsigned char)bytes[i] == 0xe2 && (unsigned char)bytes[i + 1] < 0x82))
            return true;
        i += size;
    }
    return false;
}

bool program_add_command(struct text *text, const char *args, size_t length)
{
    const char *at = NULL, *start, *end;
    size_t whole = without_tail(args, length);
    bool next;

    if (whole == 0 || whole == length) /* nothing, or cut off in an argument */
        return false;
    if (length - whole <= EMPTY_MAX && memchr(args + whole, ' ', length - whole) == NULL)
        whole = length;
    while ((at = program_next(args, whole, at)) != NULL) {
        size_t size = text_length(at, whole - (size_t)(at - args));

        if (has_control(at, size) || find_secret(at, size, &start, &end, &next) || next)
            return false;
        text_add(text, at != args ? " " : "");
        program_add_word(text, at, size);
    }
    return !text->cut;
}
