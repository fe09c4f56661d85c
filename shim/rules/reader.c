#include "rules/reader.h"

#include <string.h>

/* Not ctype.h: its answers depend on the locale of the program that we are a guest in. */
bool reader_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

struct reader reader_of(const char *text, size_t length, struct reader_error *error)
{
    return (struct reader){text, length, 0, error};
}

void reader_skip_blanks(struct reader *reader)
{
    while (reader->at < reader->length && reader_is_blank(reader->text[reader->at]))
        reader->at++;
}

bool reader_at_end(const struct reader *reader)
{
    return reader->at == reader->length;
}

bool reader_next_is(const struct reader *reader, char c)
{
    return !reader_at_end(reader) && reader->text[reader->at] == c;
}

bool reader_accept(struct reader *reader, char c)
{
    reader_skip_blanks(reader);
    if (!reader_next_is(reader, c))
        return false;
    reader->at++;
    return true;
}

struct word reader_word(struct reader *reader)
{
    struct word word;

    reader_skip_blanks(reader);
    word.start = reader->text + reader->at;
    while (!reader_at_end(reader) && is_word(reader->text[reader->at]))
        reader->at++;
    word.length = (size_t)(reader->text + reader->at - word.start);
    return word;
}

bool word_is(struct word word, const char *name)
{
    return strlen(name) == word.length && memcmp(word.start, name, word.length) == 0;
}

bool reader_number(struct reader *reader, uint64_t *number)
{
    size_t start = reader->at;

    *number = 0;
    while (!reader_at_end(reader) && is_digit(reader->text[reader->at])) {
        *number = *number * 10 + (uint64_t)(reader->text[reader->at] - '0');
        if (*number > READER_NUMBER_MAX)
            *number = READER_NUMBER_MAX;
        reader->at++;
    }
    return reader->at > start;
}

bool reader_expected(struct reader *reader, size_t at, const char *format, ...)
{
    struct text text = text_in(reader->error->expected, sizeof reader->error->expected);
    va_list values;

    reader->error->column = at + 1;
    va_start(values, format);
    text_vformat(&text, format, values);
    va_end(values);
    return false;
}

static bool continues_character(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

size_t reader_window(const char *text, size_t at, size_t *start)
{
    enum { BEFORE = 48 }; /* bytes in front of the column */
    size_t length = strlen(text), end = length, step;

    *start = 0;
    if (length <= READER_WINDOW)
        return length;
    *start = at > BEFORE ? at - BEFORE : 0;
    if (*start > length - READER_WINDOW)
        *start = length - READER_WINDOW;
    end = *start + READER_WINDOW;
    for (step = 0; step < 3 && *start > 0 && continues_character(text[*start]); step++)
        (*start)++;
    for (step = 0; step < 3 && end < length && continues_character(text[end]); step++)
        end--;
    return end;
}
