#include "report/demangle.h"

/* The Itanium C++ ABI (section 5.1), which older Rust follows; Rust's RFC 2603; D's ABI. Only the
 * part of the grammar that names are nested by is read. */

struct name {
    const char *at;
    struct text *text;
    size_t start;          /* byte of the text */
    const char *separator; /* "::" or "." */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void add_part(struct name *name, const char *part, size_t length)
{
    if (name->text->used > name->start)
        text_add(name->text, name->separator);
    text_shown(name->text, part, length, length);
}

/* "4node": the length of a part and the part. */
static bool read_part(struct name *name, const char **part, size_t *length)
{
    uint64_t count;
    const char *at = text_read_number(name->at, &count);

    if (at == NULL || count == 0 || strlen(at) < count)
        return false;
    *part = at;
    *length = (size_t)count;
    name->at = at + count;
    return true;
}

/* Older Rust ends each name with "17h" and a hash, which says nothing to people. */
static bool is_hash(const char *part, size_t length)
{
    if (length != 17 || part[0] != 'h')
        return false;
    for (size_t i = 1; i < length; i++)
        if (!is_digit(part[i]) && (part[i] < 'a' || part[i] > 'f'))
            return false;
    return true;
}

/* Passes over template arguments, "I...E". */
static bool skip_arguments(struct name *name)
{
    unsigned int depth = 0;
    const char *part;
    size_t length;

    do {
        char c = *name->at;

        if (c == '\0')
            return false;
        if (is_digit(c)) {
            if (!read_part(name, &part, &length))
                return false;
            continue;
        }
        if (c == 'I' || c == 'N' || c == 'X' || c == 'L' || c == 'J' || c == 'F')
            depth++;
        else if (c == 'E')
            depth--;
        name->at++;
        if (c == 'L') /* a literal: a type, then its value up to E */
            while (*name->at != 'E' && *name->at != '\0' && *name->at != '_')
                name->at++;
    } while (depth > 0);
    return true;
}

/* What stands behind "_ZN", up to its E. */
static bool read_nested(struct name *name)
{
    const char *part, *last = "";
    size_t length, last_length = 0;

    while (*name->at == 'r' || *name->at == 'V' || *name->at == 'K' || *name->at == 'R' ||
           *name->at == 'O')
        name->at++;
    while (*name->at != 'E') {
        if (is_digit(*name->at)) {
            if (!read_part(name, &part, &length))
                return false;
            if (is_hash(part, length) && *name->at == 'E')
                continue;
            add_part(name, length > 8 && memcmp(part, "_GLOBAL_", 8) == 0 ? "(anonymous)" : part,
                     length > 8 && memcmp(part, "_GLOBAL_", 8) == 0 ? 11 : length);
            last = part;
            last_length = length;
        } else if (name->at[0] == 'S' && name->at[1] == 't') {
            add_part(name, "std", 3);
            name->at += 2;
        } else if ((name->at[0] == 'C' || name->at[0] == 'D') && is_digit(name->at[1])) {
            text_join(name->text, name->separator, name->at[0] == 'D' ? "~" : "", NULL);
            text_shown(name->text, last, last_length, last_length);
            name->at += 2;
        } else if (*name->at == 'I') {
            if (!skip_arguments(name))
                return false;
        } else {
            return false; /* operators, substitutions: shown as they are */
        }
    }
    return true;
}

static bool read_cxx(struct name *name)
{
    const char *part;
    size_t length;

    if (*name->at == 'N') {
        name->at++;
        return read_nested(name);
    }
    if (*name->at == 'L')
        name->at++;
    if (name->at[0] == 'S' && name->at[1] == 't') {
        add_part(name, "std", 3);
        name->at += 2;
    }
    if (!read_part(name, &part, &length))
        return false;
    add_part(name, part, length);
    return true;
}

/* "NvNtCs1234_7mycrate6server4bind": tags, disambiguators and parts. */
static bool read_rust(struct name *name)
{
    const char *part;
    size_t length;

    while (*name->at != '\0' && *name->at != '.') {
        if (*name->at == 's') { /* a disambiguator, in base 62 up to '_' */
            const char *end = strchr(name->at, '_');

            if (end == NULL)
                return false;
            name->at = end + 1;
        } else if (is_digit(*name->at)) {
            if (!read_part(name, &part, &length))
                return false;
            if (part[0] == '_') { /* between the length and a part that begins with a digit or _ */
                part++;
                if (*name->at++ == '\0')
                    return false;
            }
            add_part(name, part, length);
        } else if (*name->at == 'N' && name->at[1] != '\0') {
            name->at += 2; /* with its namespace */
        } else if (*name->at == 'C') {
            name->at++;
        } else {
            break; /* generic arguments, the crate that instantiates it: of no interest */
        }
    }
    return name->text->used > name->start;
}

static bool read_d(struct name *name)
{
    const char *part;
    size_t length;

    while (is_digit(*name->at)) {
        if (!read_part(name, &part, &length))
            return false;
        add_part(name, part, length);
    }
    return name->text->used > name->start;
}

bool demangle(struct text *text, const char *symbol)
{
    struct name name = {.text = text, .start = text->used, .separator = "::"};
    bool cut = text->cut, read = false;

    if (text_begins_with(symbol, "_ZN") || text_begins_with(symbol, "_Z")) {
        name.at = symbol + 2;
        read = read_cxx(&name);
    } else if (text_begins_with(symbol, "_R") && symbol[2] == 'N') {
        name.at = symbol + 2;
        read = read_rust(&name);
    } else if (text_begins_with(symbol, "_D") && is_digit(symbol[2])) {
        name.at = symbol + 2;
        name.separator = ".";
        read = read_d(&name);
    }
    if (read && text->used > name.start)
        return true;
    text->used = name.start;
    text->start[name.start] = '\0';
    text->cut = cut;
    return false;
}
