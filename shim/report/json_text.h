/* The grammar of JSON (RFC 8259) on a bounded text. Pure; no state but the text: a comma is set
 * where the byte before is not an opening bracket.
 *
 * Every function that takes a KEY adds the member KEY; with KEY NULL it adds an element of a list.
 */
#ifndef REUSESHIM_REPORT_JSON_TEXT_H
#define REUSESHIM_REPORT_JSON_TEXT_H

#include "base/text.h"
#include "rules/answer.h"

/* Adds the comma that is needed here, and KEY with its colon; the value is the caller's. */
void json_key(struct text *text, const char *key);

/* Adds COUNT BYTES as a string with its quotes. Control characters (ASCII's, DEL, C1) and the line
 * ends U+2028 and U+2029 become \u00XX; a byte that is not part of a well-formed UTF-8 character
 * becomes the four characters \xNN, as in the text for people. */
void json_string(struct text *text, const char *bytes, size_t count);

/* Opens "{" or "["; closes with json_close. */
void json_open(struct text *text, const char *key, char bracket);
void json_close(struct text *text, char bracket);

/* A line of its own: an object that begins with the version of the format. */
void json_begin(struct text *text);
void json_end(struct text *text);

void json_null(struct text *text, const char *key);
void json_number(struct text *text, const char *key, int64_t number);
void json_unsigned(struct text *text, const char *key, uint64_t number);

/* NUMBER, or null if KNOWN is false. */
void json_number_if(struct text *text, const char *key, bool known, int64_t number);

/* A string that ends with a NUL byte, or null for NULL. */
void json_words(struct text *text, const char *key, const char *string);

/* true, false or null. */
void json_answer(struct text *text, const char *key, enum answer answer);

/* "0x1a42": a string, since a JSON number need not keep 64 bits. */
void json_hex(struct text *text, const char *key, uint64_t number);

/* 9999-12-31T23:59:59.999999Z: no record has a later time. */
#define JSON_TIME_LAST_US INT64_C(253402300799999999)

/* TIME_US of CLOCK_REALTIME as "2024-02-29T23:59:59.123456Z" (RFC 3339); null for 0. */
void json_time(struct text *text, const char *key, int64_t time_us);

#endif
