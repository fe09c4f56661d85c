#include "facts/procnet.h"

#include <fcntl.h>
#include <string.h>

#include <sys/socket.h>

#include "base/sys.h"

enum {
    PIECE_SIZE = 16 * 1024,  /* bytes read at once; a line is at most some 300 bytes */
    TIMER_TIME_WAIT = 3,     /* 'tr' of every minisocket, net/ipv4/tcp_ipv4.c */
    MS_A_TICK = 10,          /* 'tm->when' is in ticks of USER_HZ, 100 a second */
    UNIX_ACCEPTS = 0x10000,  /* __SO_ACCEPTCON in the Flags of a unix line */
    UNIX_UNCONNECTED = 1     /* SS_UNCONNECTED in its St */
};

/* A line that is being read, from left to right. */
struct cursor {
    const char *at;
    const char *end;
};

static void skip_blanks(struct cursor *cursor)
{
    while (cursor->at < cursor->end && *cursor->at == ' ')
        cursor->at++;
}

/* Reads a number in BASE; false if there is none, or one beyond 64 bits. */
static bool read_number(struct cursor *cursor, unsigned int base, uint64_t *number)
{
    const char *start = cursor->at;
    uint64_t value = 0;

    for (; cursor->at < cursor->end; cursor->at++) {
        unsigned int digit = text_digit(*cursor->at);

        if (digit >= base)
            break;
        if (value > (UINT64_MAX - digit) / base)
            return false;
        value = value * base + digit;
    }
    *number = value;
    return cursor->at > start;
}

static bool read_char(struct cursor *cursor, char wanted)
{
    if (cursor->at >= cursor->end || *cursor->at != wanted)
        return false;
    cursor->at++;
    return true;
}

/* Blanks, then a number. */
static bool read_field(struct cursor *cursor, unsigned int base, uint64_t *number)
{
    skip_blanks(cursor);
    return read_number(cursor, base, number);
}

/* "0100007F:1F90": the address as words of 32 bits, each printed as a number of this machine, so
 * that storing the numbers gives network byte order on either kind of machine. */
static bool read_endpoint(struct cursor *cursor, enum family family, struct endpoint *endpoint)
{
    size_t words = family == FAMILY_INET ? 1 : 4;
    uint64_t number;

    skip_blanks(cursor);
    for (size_t i = 0; i < words; i++) {
        struct cursor word = {cursor->at, cursor->at + 8};
        uint32_t value;

        if (cursor->end - cursor->at < 8 || !read_number(&word, 16, &number) ||
            word.at != word.end)
            return false;
        value = (uint32_t)number;
        memcpy(endpoint->address + 4 * i, &value, sizeof value);
        cursor->at += 8;
    }
    if (!read_char(cursor, ':') || !read_number(cursor, 16, &number) || number > UINT16_MAX)
        return false;
    endpoint->family = family;
    endpoint->port = (uint16_t)number;
    return true;
}

/* sl: local remote st tx:rx tr:when retransmits uid timeout inode ... */
static bool read_inet(struct cursor *cursor, enum family family, struct diag_row *row)
{
    uint64_t number, state, timer, when, uid;

    if (!read_field(cursor, 10, &number) || !read_char(cursor, ':') ||
        !read_endpoint(cursor, family, &row->socket.local) ||
        !read_endpoint(cursor, family, &row->remote) || !read_field(cursor, 16, &state) ||
        !read_field(cursor, 16, &number) || !read_char(cursor, ':') ||
        !read_number(cursor, 16, &number) || !read_field(cursor, 16, &timer) ||
        !read_char(cursor, ':') || !read_number(cursor, 16, &when) ||
        !read_field(cursor, 16, &number) || !read_field(cursor, 10, &uid) ||
        !read_field(cursor, 10, &number) || !read_field(cursor, 10, &row->inode))
        return false;
    row->socket.state = state < 32 ? sockdiag_state((unsigned int)state) : STATE_UNKNOWN;
    row->socket.connected = row->socket.state != STATE_LISTEN && row->socket.state != STATE_BOUND;
    if (!row->socket.connected)
        memset(&row->remote, 0, sizeof row->remote);
    row->socket.minisocket = row->socket.protocol == PROTOCOL_TCP && timer == TIMER_TIME_WAIT;
    if (row->socket.minisocket)
        row->timer_ms = when < INT32_MAX ? (int64_t)when * MS_A_TICK : -1;
    if (row->inode != 0 && uid <= UINT32_MAX) /* without an inode the kernel may print 0 */
        row->socket.uid = (int64_t)uid;
    return row->socket.state != STATE_UNKNOWN;
}

/* Num: RefCount Protocol Flags Type St Inode [Path] */
static bool read_unix(struct cursor *cursor, struct diag_row *row)
{
    uint64_t number, flags, type, state;
    size_t length;

    if (!read_field(cursor, 16, &number) || !read_char(cursor, ':') ||
        !read_field(cursor, 16, &number) || !read_field(cursor, 16, &number) ||
        !read_field(cursor, 16, &flags) || !read_field(cursor, 16, &type) ||
        !read_field(cursor, 16, &state) || !read_field(cursor, 10, &row->inode))
        return false;
    row->unix_type = (uint8_t)type;
    row->socket.local.family = FAMILY_UNIX;
    row->socket.state = STATE_BOUND; /* of a datagram socket also when one has connected to it */
    if (flags & UNIX_ACCEPTS)
        row->socket.state = STATE_LISTEN;
    else if (state != UNIX_UNCONNECTED && row->unix_type != SOCK_DGRAM)
        row->socket.state = STATE_ESTABLISHED;
    row->socket.connected = row->socket.state == STATE_ESTABLISHED;
    if (row->socket.connected)
        row->remote.family = FAMILY_UNIX;
    if (!read_char(cursor, ' '))
        return true;
    length = (size_t)(cursor->end - cursor->at);
    if (length > sizeof row->socket.local.path)
        length = sizeof row->socket.local.path;
    memcpy(row->socket.local.path, cursor->at, length);
    row->socket.local.path_length = (uint8_t)length;
    if (length > 0 && row->socket.local.path[0] == '@')
        row->socket.local.path[0] = '\0';
    return true;
}

bool procnet_row(const char *line, size_t length, enum protocol protocol, enum family family,
                 struct diag_row *row)
{
    struct cursor cursor = {line, line + length};

    memset(row, 0, sizeof *row);
    row->socket.protocol = protocol;
    row->socket.uid = UID_UNKNOWN;
    row->timer_ms = -1;
    if (family == FAMILY_UNIX)
        return read_unix(&cursor, row);
    if (family != FAMILY_INET && family != FAMILY_INET6)
        return false;
    return read_inet(&cursor, family, row);
}

/* One file, and how far its reading has come. */
struct listing {
    const struct diag_query *query;
    const struct diag_visitor *visitor;
    enum family family;
    char *piece;
    bool stopped;
};

static void deliver(struct listing *listing, const char *line, size_t length)
{
    struct diag_row row;

    if (procnet_row(line, length, listing->query->protocol, listing->family, &row) &&
        sockdiag_wants(listing->query, &row))
        listing->stopped = !listing->visitor->visit(listing->visitor->context, &row);
}

/* Delivers the whole lines among the first USED bytes and moves what is left to the start. Returns
 * how much that is. A line that fills the piece is none of the kernel's: it is dropped. */
static size_t deliver_lines(struct listing *listing, size_t used)
{
    char *start = listing->piece;
    char *end = start + used;
    char *newline;

    while (!listing->stopped && (newline = memchr(start, '\n', (size_t)(end - start))) != NULL) {
        deliver(listing, start, (size_t)(newline - start));
        start = newline + 1;
    }
    used = (size_t)(end - start);
    if (used == PIECE_SIZE)
        return 0;
    memmove(listing->piece, start, used);
    return used;
}

static int read_listing(struct listing *listing, const char *path)
{
    int fd = sys_open_at(AT_FDCWD, path, O_RDONLY, 0);
    size_t used = 0;
    long got;

    if (fd < 0)
        return fd;
    do {
        got = sys_read(fd, listing->piece + used, PIECE_SIZE - used);
        if (got > 0)
            used = deliver_lines(listing, used + (size_t)got);
    } while (got > 0 && !listing->stopped);
    sys_close(fd);
    return got < 0 ? (int)got : 0;
}

/* The files of each protocol. /proc/net would be the main thread's namespace. */
static const struct {
    char inet[32];
    char inet6[32];
} files[PROTOCOL_COUNT] = {
    [PROTOCOL_TCP] = {"/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6"},
    [PROTOCOL_UDP] = {"/proc/thread-self/net/udp", "/proc/thread-self/net/udp6"},
    [PROTOCOL_UDPLITE] = {"/proc/thread-self/net/udplite", "/proc/thread-self/net/udplite6"},
};

/* Where there is no IPv6 its file is missing, and nothing is missed. */
static int read_inet_listings(struct listing *listing)
{
    int error = 0;

    if (!listing->query->only_inet6) {
        listing->family = FAMILY_INET;
        error = read_listing(listing, files[listing->query->protocol].inet);
    }
    if (error < 0 || listing->stopped)
        return error;
    listing->family = FAMILY_INET6;
    error = read_listing(listing, files[listing->query->protocol].inet6);
    return error == -ENOENT && !listing->query->only_inet6 ? 0 : error;
}

struct diag_result procnet_each(const struct diag_query *query, const struct diag_visitor *visitor)
{
    struct listing listing = {.query = query, .visitor = visitor, .family = FAMILY_UNIX};
    struct diag_result result = {0, false, false};

    if (query->protocol == PROTOCOL_NONE || query->protocol > PROTOCOL_UNIX)
        return (struct diag_result){.error = -EINVAL};
    listing.piece = sys_map(PIECE_SIZE);
    if (listing.piece == NULL)
        return (struct diag_result){.error = -ENOMEM};
    result.error = query->protocol == PROTOCOL_UNIX
                       ? read_listing(&listing, "/proc/thread-self/net/unix")
                       : read_inet_listings(&listing);
    sys_unmap(listing.piece, PIECE_SIZE);
    result.complete = result.error == 0 && !listing.stopped;
    return result;
}
