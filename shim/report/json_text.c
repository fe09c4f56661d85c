#include "report/json_text.h"

#include <string.h>

static void add_escape(struct text *text, unsigned int code)
{
    text_add(text, "\\u");
    text_hex(text, code, 4);
}

static void add_ascii(struct text *text, char c)
{
    unsigned char byte = (unsigned char)c;

    if (c == '"' || c == '\\') {
        text_char(text, '\\');
        text_char(text, c);
    } else if (c == '\n') {
        text_add(text, "\\n");
    } else if (c == '\t') {
        text_add(text, "\\t");
    } else if (byte < 0x20 || byte == 0x7f) {
        add_escape(text, byte);
    } else {
        text_char(text, c);
    }
}

/* A character of two bytes or more: as it is, but for those that terminals or line readers obey. */
static void add_wide(struct text *text, const char *bytes, size_t length)
{
    const unsigned char *b = (const unsigned char *)bytes;

    if (length == 2 && b[0] == 0xc2 && b[1] < 0xa0)
        add_escape(text, b[1]);
    else if (length == 3 && b[0] == 0xe2 && b[1] == 0x80 && (b[2] == 0xa8 || b[2] == 0xa9))
        add_escape(text, 0x2000u + (b[2] & 0x3fu));
    else
        text_bytes(text, bytes, length);
}

void json_string(struct text *text, const char *bytes, size_t count)
{
    size_t at = 0;

    text_char(text, '"');
    while (at < count) {
        size_t length = text_utf8_length(bytes + at, count - at);

        if (length == 1) {
            add_ascii(text, bytes[at]);
        } else if (length > 1) {
            add_wide(text, bytes + at, length);
        } else {
            text_add(text, "\\\\x");
            text_hex(text, (unsigned char)bytes[at], 2);
            length = 1;
        }
        at += length;
    }
    text_char(text, '"');
}

void json_key(struct text *text, const char *key)
{
    char before = text->used > 0 ? text->start[text->used - 1] : '\n';

    if (before != '{' && before != '[' && before != '\n')
        text_char(text, ',');
    if (key != NULL)
        text_join(text, "\"", key, "\":", NULL);
}

void json_open(struct text *text, const char *key, char bracket)
{
    json_key(text, key);
    text_char(text, bracket);
}

void json_close(struct text *text, char bracket)
{
    text_char(text, bracket == '{' ? '}' : ']');
}

void json_begin(struct text *text)
{
    json_open(text, NULL, '{');
    json_number(text, "v", 1);
}

void json_end(struct text *text)
{
    json_close(text, '{');
    text_char(text, '\n');
}

void json_null(struct text *text, const char *key)
{
    json_key(text, key);
    text_add(text, "null");
}

void json_number(struct text *text, const char *key, int64_t number)
{
    json_key(text, key);
    text_number(text, number);
}

void json_unsigned(struct text *text, const char *key, uint64_t number)
{
    json_key(text, key);
    text_unsigned(text, number);
}

void json_number_if(struct text *text, const char *key, bool known, int64_t number)
{
    if (known)
        json_number(text, key, number);
    else
        json_null(text, key);
}

void json_words(struct text *text, const char *key, const char *string)
{
    if (string == NULL) {
        json_null(text, key);
        return;
    }
    json_key(text, key);
    json_string(text, string, strlen(string));
}

void json_answer(struct text *text, const char *key, enum answer answer)
{
    json_key(text, key);
    if (answer == ANSWER_UNKNOWN)
        text_add(text, "null");
    else
        text_add(text, answer == ANSWER_YES ? "true" : "false");
}

void json_hex(struct text *text, const char *key, uint64_t number)
{
    json_key(text, key);
    text_add(text, "\"0x");
    text_hex(text, number, 1);
    text_char(text, '"');
}

/* The date of a day since 1970-01-01. Years begin in March here, so that the leap day is the last
 * day of one; 400 years, an era, have 146,097 days. gmtime is not async-signal-safe. */
static void add_date(struct text *text, uint64_t days)
{
    uint64_t shifted = days + 719468; /* since 0000-03-01 */
    uint64_t era = shifted / 146097;
    uint64_t day_of_era = shifted % 146097;
    uint64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint64_t month = (5 * day_of_year + 2) / 153; /* 0 = March */
    uint64_t year = era * 400 + year_of_era + (month >= 10);

    text_padded(text, year, 4);
    text_char(text, '-');
    text_padded(text, month < 10 ? month + 3 : month - 9, 2);
    text_char(text, '-');
    text_padded(text, day_of_year - (153 * month + 2) / 5 + 1, 2);
}

void json_time(struct text *text, const char *key, int64_t time_us)
{
    uint64_t us, second;

    if (time_us <= 0 || time_us > JSON_TIME_LAST_US) {
        json_null(text, key);
        return;
    }
    us = (uint64_t)time_us;
    second = us / 1000000 % 86400;
    json_key(text, key);
    text_char(text, '"');
    add_date(text, us / 1000000 / 86400);
    text_char(text, 'T');
    text_padded(text, second / 3600, 2);
    text_char(text, ':');
    text_padded(text, second / 60 % 60, 2);
    text_char(text, ':');
    text_padded(text, second % 60, 2);
    text_char(text, '.');
    text_padded(text, us % 1000000, 6);
    text_add(text, "Z\"");
}
