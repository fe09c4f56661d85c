#include "base/text.h"

/* One directive: "%-40s", "%d", "%llu". */
struct directive {
    bool from_outside; /* '-' */
    size_t limit;      /* bytes that a text from outside may take */
    unsigned int longs;
    char kind;
};

static const char *read_directive(const char *at, struct directive *directive)
{
    *directive = (struct directive){.limit = 0};
    if (*at == '-') {
        directive->from_outside = true;
        at++;
    }
    while (*at >= '0' && *at <= '9')
        directive->limit = directive->limit * 10 + (size_t)(*at++ - '0');
    for (; *at == 'l' || *at == 'z'; at++)
        directive->longs++;
    directive->kind = *at;
    return *at != '\0' ? at + 1 : at;
}

static void add_string(struct text *text, const struct directive *directive, const char *string)
{
    if (string == NULL)
        string = "?";
    if (directive->from_outside)
        text_shown(text, string, strlen(string),
                   directive->limit > 0 ? directive->limit : text->size);
    else
        text_add(text, string);
}

static int64_t take_signed(va_list *values, unsigned int longs)
{
    return longs == 2 ? va_arg(*values, long long)
           : longs == 1 ? va_arg(*values, long) : va_arg(*values, int);
}

static uint64_t take_unsigned(va_list *values, unsigned int longs)
{
    return longs == 2 ? va_arg(*values, unsigned long long)
           : longs == 1 ? va_arg(*values, unsigned long) : va_arg(*values, unsigned int);
}

static void add_value(struct text *text, const struct directive *directive, va_list *values)
{
    switch (directive->kind) {
    case 's': add_string(text, directive, va_arg(*values, const char *)); break;
    case 'd': text_number(text, take_signed(values, directive->longs)); break;
    case 'u': text_unsigned(text, take_unsigned(values, directive->longs)); break;
    case 'x': text_hex(text, take_unsigned(values, directive->longs), 1); break;
    case 'c': text_char(text, (char)va_arg(*values, int)); break;
    default: text_char(text, directive->kind); break; /* "%%" */
    }
}

void text_vformat(struct text *text, const char *format, va_list values)
{
    struct directive directive;
    va_list rest;

    va_copy(rest, values); /* an array on some machines, whose address a parameter does not give */
    while (*format != '\0') {
        const char *end = strchr(format, '%');

        if (end == NULL) {
            text_add(text, format);
            break;
        }
        text_bytes(text, format, (size_t)(end - format));
        format = read_directive(end + 1, &directive);
        add_value(text, &directive, &rest);
    }
    va_end(rest);
}

void text_format(struct text *text, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    text_vformat(text, format, values);
    va_end(values);
}
