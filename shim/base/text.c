#include "base/text.h"

#include <stdarg.h>
#include <string.h>

struct text text_in(char *buffer, size_t size)
{
    struct text text = {buffer, 0, size, false};

    buffer[0] = '\0';
    return text;
}

void text_bytes(struct text *text, const char *bytes, size_t count)
{
    size_t room = text->size - 1 - text->used;

    if (count > room) {
        text->cut = true;
        count = room;
    }
    memcpy(text->start + text->used, bytes, count);
    text->used += count;
    text->start[text->used] = '\0';
}

void text_char(struct text *text, char c)
{
    text_bytes(text, &c, 1);
}

void text_add(struct text *text, const char *string)
{
    text_bytes(text, string, strlen(string));
}

static void add_digits(struct text *text, uint64_t number, unsigned int base, unsigned int width)
{
    char digits[24];
    size_t at = sizeof digits;

    do {
        digits[--at] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number > 0);
    while (sizeof digits - at < width && at > 0)
        digits[--at] = '0';
    text_bytes(text, digits + at, sizeof digits - at);
}

void text_unsigned(struct text *text, uint64_t number)
{
    add_digits(text, number, 10, 1);
}

void text_number(struct text *text, int64_t number)
{
    if (number < 0)
        text_char(text, '-');
    add_digits(text, number < 0 ? 0 - (uint64_t)number : (uint64_t)number, 10, 1);
}

void text_hex(struct text *text, uint64_t number, unsigned int digits)
{
    add_digits(text, number, 16, digits);
}

void text_padded(struct text *text, uint64_t number, unsigned int width)
{
    add_digits(text, number, 10, width);
}

size_t text_utf8_length(const char *bytes, size_t count)
{
    const unsigned char *b = (const unsigned char *)bytes;
    uint32_t least, code;
    size_t length;

    if (b[0] < 0x80)
        return 1;
    if ((b[0] & 0xe0) == 0xc0)
        length = 2, least = 0x80, code = b[0] & 0x1fu;
    else if ((b[0] & 0xf0) == 0xe0)
        length = 3, least = 0x800, code = b[0] & 0x0fu;
    else if ((b[0] & 0xf8) == 0xf0)
        length = 4, least = 0x10000, code = b[0] & 0x07u;
    else
        return 0;
    if (length > count)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((b[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (b[i] & 0x3fu);
    }
    if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return 0;
    return length;
}

/* What a terminal obeys instead of showing it: ASCII's control characters, Latin-1's (C1), line
 * ends of Unicode, and what turns the direction of the text around (UAX #9). */
static bool is_control(const char *bytes, size_t length)
{
    static const char others[][4] = {
        "\xd8\x9c",     "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xa8", "\xe2\x80\xa9",
        "\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xac", "\xe2\x80\xad", "\xe2\x80\xae",
        "\xe2\x81\xa6", "\xe2\x81\xa7", "\xe2\x81\xa8", "\xe2\x81\xa9", "\xef\xbb\xbf",
    };
    unsigned char first = (unsigned char)bytes[0];

    if (length == 1)
        return first < 0x20 || first == 0x7f;
    if (length == 2 && first == 0xc2 && (unsigned char)bytes[1] < 0xa0)
        return true;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strlen(others[i]) == length && memcmp(others[i], bytes, length) == 0)
            return true;
    return false;
}

void text_shown(struct text *text, const char *bytes, size_t count, size_t limit)
{
    size_t end = text->used + limit;
    size_t at = 0;

    while (at < count) {
        size_t length = text_utf8_length(bytes + at, count - at);
        bool plain = length > 0 && !is_control(bytes + at, length);

        if (text->used + (plain ? length : 4) > end) {
            text_add(text, "...");
            return;
        }
        if (plain) {
            text_bytes(text, bytes + at, length);
        } else {
            text_add(text, "\\x");
            text_hex(text, (unsigned char)bytes[at], 2);
            length = 1;
        }
        at += length;
    }
}

void text_column(struct text *text, size_t column)
{
    size_t line = text->used;

    while (line > 0 && text->start[line - 1] != '\n')
        line--;
    while (text->used - line < column && !text->cut)
        text_char(text, ' ');
}

void text_join(struct text *text, ...)
{
    va_list parts;
    const char *part;

    va_start(parts, text);
    while ((part = va_arg(parts, const char *)) != NULL)
        text_add(text, part);
    va_end(parts);
}

bool text_begins_with(const char *string, const char *start)
{
    while (*start != '\0' && *string == *start) {
        string++;
        start++;
    }
    return *start == '\0';
}

bool text_bytes_end_with(const char *bytes, size_t count, const char *ending)
{
    size_t size = strlen(ending);

    return count >= size && memcmp(bytes + count - size, ending, size) == 0;
}

const char *text_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

const char *text_read_number(const char *at, uint64_t *number)
{
    const char *start = at;

    for (*number = 0; *at >= '0' && *at <= '9'; at++) {
        uint64_t digit = (uint64_t)(*at - '0');

        *number = *number > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *number * 10 + digit;
    }
    return at != start ? at : NULL;
}

unsigned int text_digit(char c)
{
    unsigned int letter = (unsigned int)(c | 0x20) - 'a'; /* in lower case */
    unsigned int digit = (unsigned int)c - '0';

    return digit < 10 ? digit : letter < 6 ? letter + 10 : 16;
}

static const char *skip_blanks(const char *at)
{
    while (*at == ' ' || *at == '\t')
        at++;
    return at;
}

uint64_t text_number_at(const char *at)
{
    uint64_t number;

    text_read_number(skip_blanks(at), &number);
    return number;
}

bool text_number_after(const char *text, const char *key, uint64_t *number)
{
    const char *at = strstr(text, key);

    return at != NULL && text_read_number(skip_blanks(at + strlen(key)), number) != NULL;
}
