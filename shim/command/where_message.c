/* What people type and paste for an address, up to a whole message: "listen EADDRINUSE: address
 * already in use :::3000", "bind() to 0.0.0.0:80 failed (98: Address already in use)", "Port 8080
 * was already in use". */
#include "command/where_parts.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "command/console.h"

enum { WORD_MAX = 128 }; /* bytes with the NUL */

/* The words of a message: the address stands in one of them, or behind the last of these. */
static const char separators[] = " \t\n\r\"'`(),;<>={}";

static bool is_before_port(const char *word)
{
    static const char *const words[] = {"port", "bind", "on", "for", "address", "listen"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(word, words[i]) == 0)
            return true;
    return false;
}

static bool is_number(const char *word)
{
    return word[0] != '\0' && word[strspn(word, "0123456789")] == '\0';
}

/* Is WORD an address with its port, as programs write it into messages? */
static bool is_address(const char *word, struct where *where)
{
    char error[WHERE_ERROR_MAX], turned[WHERE_TEXT_MAX];
    const char *colon = strrchr(word, ':');

    if (strstr(word, "://") != NULL)
        return where_turn_url(word, turned) && where_read_plain(turned, where, error);
    if (word[0] == '/' && strlen(word) > 1 && strstr(word, ".so") != NULL)
        return where_read_plain(word, where, error); /* a path of a socket, as they are called */
    return colon != NULL && is_number(colon + 1) && strchr(word, '/') == NULL &&
           where_read_plain(word, where, error);
}

/* ('127.0.0.1', 8000), as Python has it; "127.0.0.1" port 3000, as Ruby. */
static bool is_pair(const char *host, const char *port, struct where *where)
{
    char pair[WHERE_TEXT_MAX], error[WHERE_ERROR_MAX];
    struct endpoint local;

    if (!is_number(port) || (!endpoint_parse_address(host, strlen(host), &local) &&
                             strcasecmp(host, "localhost") != 0))
        return false;
    snprintf(pair, sizeof pair, strchr(host, ':') != NULL ? "[%s]:%s" : "%s:%s", host, port);
    return where_read_plain(pair, where, error);
}

/* Puts down the punctuation of a sentence. */
static void trim(char *word)
{
    size_t length = strlen(word);

    while (length > 0 && strchr(".:!?", word[length - 1]) != NULL)
        word[--length] = '\0';
}

/* Finds the address in a message of several words. */
static bool read_message(const char *text, struct where *where, char error[WHERE_ERROR_MAX])
{
    char copy[WHERE_TEXT_MAX], host[WORD_MAX] = "", last[WORD_MAX] = "", *rest, *word;
    struct where found = {.count = 0};

    snprintf(copy, sizeof copy, "%s", text);
    for (word = strtok_r(copy, separators, &rest); word != NULL;
         word = strtok_r(NULL, separators, &rest)) {
        struct where now = {.count = 0};

        trim(word);
        if (is_address(word, &now) || is_pair(host, word, &now) ||
            (is_number(word) && is_before_port(last) && where_read_plain(word, &now, error)))
            found = now; /* what is bound stands last: before it there may be a file and its line */
        snprintf(last, sizeof last, "%s", word);
        if (strcasecmp(word, "port") != 0) /* between the two */
            snprintf(host, sizeof host, "%s", word);
    }
    *where = found;
    if (found.count == 0)
        snprintf(error, WHERE_ERROR_MAX, "'%.100s': no address with a port is found in it, such as "
                 "127.0.0.1:80 or port 80", console_shown(text));
    return found.count > 0;
}

bool where_parse(const char *text, struct where *where, char error[WHERE_ERROR_MAX])
{
    char turned[WHERE_TEXT_MAX];
    bool is_path = text[0] == '/' || text[0] == '@' || text[0] == '.' ||
                   strncasecmp(text, "unix:", 5) == 0;

    memset(where, 0, sizeof *where);
    if (!is_path && strpbrk(text, " \t\n") != NULL)
        return read_message(text, where, error);
    if (!is_path && (where_turn_url(text, turned) || where_turn_protocol(text, turned)))
        return where_read_plain(turned, where, error);
    return where_read_plain(text, where, error);
}

bool where_parse_words(char *const *words, int count, struct where *where,
                       char error[WHERE_ERROR_MAX])
{
    char joined[WHERE_TEXT_MAX];
    struct text text = text_in(joined, sizeof joined);

    for (int i = 0; i < count; i++)
        text_join(&text, i > 0 ? " " : "", words[i], NULL);
    return where_parse(count == 1 ? words[0] : joined, where, error);
}
