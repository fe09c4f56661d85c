#include "command/where.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "command/console.h"
#include "command/where_parts.h"

enum { NAME_SIZE = 128 }; /* bytes of an address or of a service's name */

/* The words in front of the first ':'. */
static const struct {
    const char *name;
    enum protocol protocol;
    enum family family; /* FAMILY_NONE = both */
} protocols[] = {
    {"tcp", PROTOCOL_TCP, FAMILY_NONE},         {"tcp4", PROTOCOL_TCP, FAMILY_INET},
    {"tcp6", PROTOCOL_TCP, FAMILY_INET6},       {"udp", PROTOCOL_UDP, FAMILY_NONE},
    {"udp4", PROTOCOL_UDP, FAMILY_INET},        {"udp6", PROTOCOL_UDP, FAMILY_INET6},
    {"udplite", PROTOCOL_UDPLITE, FAMILY_NONE}, {"unix", PROTOCOL_UNIX, FAMILY_UNIX},
};

static bool fail(char error[WHERE_ERROR_MAX], const char *what, const char *text)
{
    snprintf(error, WHERE_ERROR_MAX, "'%.100s': %s", console_shown(text), what);
    return false;
}

/* Passes over "PROTO:" at the start of *TEXT. */
static void read_protocol(const char **text, struct where *where, enum family *family)
{
    size_t length = strcspn(*text, ":");

    where->protocol = PROTOCOL_TCP;
    *family = FAMILY_NONE;
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++) {
        if ((*text)[length] != ':' || strlen(protocols[i].name) != length ||
            strncasecmp(protocols[i].name, *text, length) != 0)
            continue;
        where->protocol = protocols[i].protocol;
        *family = protocols[i].family;
        *text += length + 1;
        return;
    }
}

static bool read_unix(const char *name, struct where *where, char error[WHERE_ERROR_MAX])
{
    struct endpoint *local = &where->locals[0];
    size_t length = strlen(name);

    if (length == 0)
        return fail(error, "a path or an @name is missing", name);
    if (length > ENDPOINT_PATH_MAX - 1)
        return fail(error, "a UNIX socket's name has at most 107 bytes", name);
    where->protocol = PROTOCOL_UNIX;
    where->count = 1;
    local->family = FAMILY_UNIX;
    local->path_length = (uint8_t)length;
    memcpy(local->path, name, length);
    if (name[0] == '@')
        local->path[0] = '\0';
    return true;
}

/* The port TEXT of PROTOCOL, a number or a service's name; 0 if it is none. */
static uint16_t read_port(const char *text, enum protocol protocol)
{
    const struct servent *service;
    char *end;
    long number;

    if (text[0] >= '0' && text[0] <= '9') {
        number = strtol(text, &end, 10);
        return *end == '\0' && number > 0 && number <= UINT16_MAX ? (uint16_t)number : 0;
    }
    service = getservbyname(text, protocol == PROTOCOL_TCP ? "tcp" : "udp");
    return service != NULL ? ntohs((uint16_t)service->s_port) : 0;
}

/* An address of LENGTH bytes; a scope may be an interface's name. */
static bool read_address(const char *text, size_t length, struct endpoint *local)
{
    char bare[NAME_SIZE];
    char *percent;
    unsigned int scope;

    if (length >= sizeof bare)
        return false;
    memcpy(bare, text, length);
    bare[length] = '\0';
    if (endpoint_parse_address(bare, length, local))
        return true;
    if (bare[0] == '[' && length > 1 && bare[length - 1] == ']')
        bare[length - 1] = '\0';
    percent = strchr(bare, '%');
    if (percent == NULL)
        return false;
    scope = if_nametoindex(percent + 1);
    *percent = '\0';
    if (scope == 0 ||
        !endpoint_parse_address(bare + (bare[0] == '['), strlen(bare + (bare[0] == '[')), local))
        return false;
    local->scope = scope;
    return true;
}

/* Where the address ends and ":PORT" begins; NULL if there is no address. */
static const char *end_of_address(const char *text)
{
    if (text[0] == '[') {
        const char *bracket = strchr(text, ']');

        return bracket != NULL && bracket[1] == ':' ? bracket + 1 : NULL;
    }
    return strrchr(text, ':');
}

/* ":::80", "fe80::1%eth0:80": an IPv6 address without brackets, where that can mean one thing only:
 * with the port it would be none. */
static bool is_bare_ipv6(const char *text, size_t length)
{
    struct endpoint whole, local;

    return text[0] != '[' && memchr(text, ':', length) != NULL &&
           !read_address(text, strlen(text), &whole) && read_address(text, length, &local);
}

static bool is_localhost(const char *text, size_t length)
{
    return length == strlen("localhost") && strncasecmp(text, "localhost", length) == 0;
}

/* "sctp:80", "myhost:80": a word before the first ':' that no IPv6 address begins with. */
static bool begins_with_a_word(const char *text)
{
    static const char hex[] = "0123456789abcdefABCDEF";
    size_t length = strcspn(text, ":"), i;

    for (i = 0; i < length; i++)
        if (!isalnum((unsigned char)text[i]))
            return false;
    return text[length] == ':' && strspn(text, hex) < length;
}

static const char *why_no_address(const char *text, size_t length)
{
    if (begins_with_a_word(text))
        return "neither a protocol (tcp, tcp4, tcp6, udp, udp4, udp6, udplite, unix) nor an "
               "address stands there; an address is a number, as in 127.0.0.1:80, or localhost";
    if (text[0] != '[' && memchr(text, ':', length) != NULL)
        return "an IPv6 address needs brackets, as in [::1]:80";
    if (memchr(text, '%', length) != NULL)
        return "that is no address, or this machine has no such interface";
    return "the address must be a number, as in 127.0.0.1:80 or [::1]:80";
}

static const char *why_no_port(const char *port)
{
    struct endpoint local;

    return *port == '\0' || read_address(port, strlen(port), &local)
               ? "a port is missing, as in 80 or 127.0.0.1:80"
               : "expected a port from 1 to 65535 or a service's name";
}

static void use_wildcards(struct where *where, enum family family)
{
    where->count = 0;
    if (family != FAMILY_INET6)
        where->locals[where->count++] = endpoint_wildcard(FAMILY_INET, 0);
    if (family != FAMILY_INET)
        where->locals[where->count++] = endpoint_wildcard(FAMILY_INET6, 0);
}

/* As the file of hosts has it on every system, without asking a name server. */
static void use_localhost(struct where *where, enum family family)
{
    where->count = 0;
    if (family != FAMILY_INET6)
        read_address("127.0.0.1", strlen("127.0.0.1"), &where->locals[where->count++]);
    if (family != FAMILY_INET)
        read_address("::1", strlen("::1"), &where->locals[where->count++]);
}

static bool read_inet(const char *text, const char *whole, enum family family, struct where *where,
                      char error[WHERE_ERROR_MAX])
{
    const char *colon = end_of_address(text);
    size_t length = colon != NULL ? (size_t)(colon - text) : 0;
    struct endpoint local;
    uint16_t port;

    if (text[0] == '[' && colon == NULL)
        return fail(error, "a port is missing, as in [::1]:80", whole);
    if (length == 0 || (length == 1 && text[0] == '*')) {
        use_wildcards(where, family);
    } else if (is_localhost(text, length)) {
        use_localhost(where, family);
    } else if ((text[0] != '[' && memchr(text, ':', length) != NULL &&
                !is_bare_ipv6(text, length)) ||
               !read_address(text, length, &local)) {
        return fail(error, why_no_address(text, length), whole);
    } else if (family != FAMILY_NONE && family != local.family) {
        return fail(error, "the address is of the other family", whole);
    } else {
        where->count = 1;
        where->locals[0] = local;
    }
    text = colon != NULL ? colon + 1 : text;
    port = read_port(text, where->protocol);
    if (port == 0)
        return fail(error, why_no_port(text), whole);
    for (size_t i = 0; i < where->count; i++)
        where->locals[i].port = port;
    return true;
}

bool where_read_plain(const char *text, struct where *where, char error[WHERE_ERROR_MAX])
{
    const char *whole = text;
    enum family family;

    read_protocol(&text, where, &family);
    if (where->protocol == PROTOCOL_UNIX || text[0] == '@' ||
        (strchr(text, '/') != NULL && text == whole))
        return read_unix(text, where, error);
    return read_inet(text, whole, family, where, error);
}

/* ---- "53/udp" and "http://localhost:8080/path" ---- */

bool where_turn_protocol(const char *text, char turned[WHERE_TEXT_MAX])
{
    const char *slash = strrchr(text, '/');

    if (slash == NULL || slash == text)
        return false;
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++) {
        if (protocols[i].protocol == PROTOCOL_UNIX || strcasecmp(slash + 1, protocols[i].name) != 0)
            continue;
        snprintf(turned, WHERE_TEXT_MAX, "%s:%.*s", protocols[i].name, (int)(slash - text), text);
        return true;
    }
    return false;
}

bool where_turn_url(const char *text, char turned[WHERE_TEXT_MAX])
{
    const char *host = strstr(text, "://");
    int scheme = host != NULL ? (int)(host - text) : 0, length;
    const char *user;
    bool has_port;

    if (scheme == 0 || scheme > 16)
        return false;
    host += strlen("://");
    if (strncasecmp(text, "unix", (size_t)scheme) == 0) {
        snprintf(turned, WHERE_TEXT_MAX, "unix:%s", host);
        return true;
    }
    length = (int)strcspn(host, "/?#");
    user = memchr(host, '@', (size_t)length);
    if (user != NULL) {
        length -= (int)(user + 1 - host);
        host = user + 1;
    }
    has_port = memchr(host, ':', (size_t)length) != NULL && host[length - 1] != ']';
    if (strncasecmp(text, "udp", 3) == 0 && scheme <= 4)
        snprintf(turned, WHERE_TEXT_MAX, "%.*s:%.*s", scheme, text, length, host);
    else if (has_port)
        snprintf(turned, WHERE_TEXT_MAX, "tcp:%.*s", length, host);
    else
        snprintf(turned, WHERE_TEXT_MAX, "tcp:%.*s:%.*s", length, host, scheme, text);
    return true;
}

void where_print(struct text *text, const struct where *where)
{
    const struct endpoint *local = &where->locals[0];
    bool wildcard = endpoint_is_wildcard(local) && !endpoint_is_mapped(local);

    if (local->family == FAMILY_UNIX) {
        if (!endpoint_is_abstract(local) && memchr(local->path, '/', local->path_length) == NULL)
            text_add(text, "unix:");
        endpoint_print_address(text, local);
        return;
    }
    text_add(text, protocol_name(where->protocol));
    if (wildcard && where->count == 1)
        text_char(text, local->family == FAMILY_INET ? '4' : '6');
    text_char(text, ':');
    if (wildcard)
        text_unsigned(text, local->port);
    else
        endpoint_print(text, local);
}
