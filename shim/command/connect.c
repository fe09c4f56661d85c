#include "command/connect.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/sys.h"
#include "command/command.h"
#include "command/console.h"
#include "facts/range.h"
#include "facts/sockdiag.h"
#include "report/errors.h"
#include "report/json_text.h"
#include "report/page.h"
#include "report/words.h"

#ifndef TCP_FASTOPEN_NO_COOKIE
#define TCP_FASTOPEN_NO_COOKIE 34 /* linux/tcp.h, Linux 4.15 */
#endif

enum { PORTS = 65536, TEXT_SIZE = 8192, SCRATCH_SIZE = 128 << 10, WIDTH_MAX = 120 };

/* Who has one port of the range: the last of these that is true. */
enum taken { TAKEN_NOT = 0, TAKEN_TIME_WAIT, TAKEN_SAME, TAKEN_BOUND, TAKEN_COUNT };

/* One destination. */
struct outgoing {
    struct endpoint remote; /* the wildcard address is this machine */
    struct endpoint local;  /* where a connection comes from; its port is what the kernel gave */
    int error;              /* of connect(), or -EOPNOTSUPP: it may not be asked so */
    struct range range;
    uint8_t taken[PORTS];
    uint32_t counts[TAKEN_COUNT];
    int64_t soonest_ms; /* until the first TIME_WAIT on the way ends; -1 = there is none */
};

/* ---- Asking ---- */

static struct endpoint end_of(int fd, int (*name)(int, struct sockaddr *, socklen_t *))
{
    _Alignas(struct sockaddr_storage) char bytes[ENDPOINT_SOCKADDR_MAX];
    socklen_t length = sizeof bytes;

    return endpoint_from_sockaddr(bytes, name(fd, (void *)bytes, &length) < 0 ? 0 : length);
}

static int connect_to(int fd, const struct endpoint *remote)
{
    _Alignas(struct sockaddr_storage) char bytes[ENDPOINT_SOCKADDR_MAX];
    size_t length = endpoint_to_sockaddr(remote, bytes);

    return connect(fd, (const void *)bytes, (socklen_t)length) < 0 ? -errno : 0;
}

/* Which address of ours a connection has: a datagram socket is told without sending anything. */
static int find_route(struct outgoing *look)
{
    int fd = socket(family_domain(look->remote.family), SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int error = fd < 0 ? -errno : connect_to(fd, &look->remote);

    if (error == 0) {
        look->remote = end_of(fd, getpeername);
        look->local = end_of(fd, getsockname);
    }
    if (fd >= 0)
        close(fd);
    return error == -EAGAIN ? 0 : error; /* no port left for UDP says nothing of TCP's */
}

/* The kernel picks the port at once, and sends its first segment with the first byte of data. A
 * TIME_WAIT that it would use again (net.ipv4.tcp_tw_reuse) is used up, as by any connect(). */
static int ask(struct outgoing *look)
{
    int fd = socket(family_domain(look->remote.family), SOCK_STREAM | SOCK_CLOEXEC, 0);
    int error = fd < 0 ? -errno : 0;

    if (error == 0 && (sys_set_option(fd, IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, 1) < 0 ||
                       sys_set_option(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1) < 0))
        error = -EOPNOTSUPP;
    if (error == 0)
        error = connect_to(fd, &look->remote);
    if (error == 0)
        look->local = end_of(fd, getsockname);
    if (fd >= 0)
        close(fd);
    return error;
}

/* ---- Counting ---- */

/* ::ffff:a.b.c.d as a.b.c.d: the kernel compares these as one. */
static struct endpoint plain(const struct endpoint *endpoint)
{
    struct endpoint ipv4 = {.family = FAMILY_INET, .port = endpoint->port};

    if (!endpoint_is_mapped(endpoint))
        return *endpoint;
    memcpy(ipv4.address, endpoint->address + 12, 4);
    return ipv4;
}

static bool is_same_connection(const struct outgoing *look, const struct diag_row *row)
{
    struct endpoint local = plain(&row->socket.local), remote = plain(&row->remote);
    struct endpoint source = plain(&look->local), peer = plain(&look->remote);

    source.port = local.port;
    return endpoint_equal(&remote, &peer) &&
           (look->local.family == FAMILY_NONE || endpoint_equal(&local, &source));
}

static bool visit(void *context, const struct diag_row *row)
{
    struct outgoing *look = context;
    uint16_t port = row->socket.local.port;
    enum socket_state state = row->socket.state;
    enum taken taken = TAKEN_NOT;

    if (state == STATE_LISTEN || state == STATE_BOUND)
        taken = TAKEN_BOUND;
    else if (is_same_connection(look, row))
        taken = state == STATE_TIME_WAIT ? TAKEN_TIME_WAIT : TAKEN_SAME;
    if (!range_has(&look->range, port) || taken == TAKEN_NOT)
        return true;
    if (taken > look->taken[port])
        look->taken[port] = (uint8_t)taken;
    if (taken == TAKEN_TIME_WAIT && (look->soonest_ms < 0 || row->timer_ms < look->soonest_ms))
        look->soonest_ms = row->timer_ms;
    return true;
}

static void count(struct outgoing *look)
{
    static char memory[SCRATCH_SIZE];
    struct scratch scratch = {memory, memory + sizeof memory};
    struct diag_query query = {.protocol = PROTOCOL_TCP};
    struct evidence any_port = {.attempt.fd = -1};

    any_port.attempt.socket.protocol = PROTOCOL_TCP;
    any_port.attempt.socket.local = endpoint_wildcard(look->remote.family, 0);
    range_look(&any_port, &scratch);
    look->range = any_port.range;
    look->soonest_ms = -1;
    sockdiag_each(&query, &(struct diag_visitor){visit, look});
    for (size_t port = look->range.first; port <= look->range.last; port++)
        look->counts[look->taken[port]]++;
}

static int exit_code(const struct outgoing *look)
{
    if (look->error == 0)
        return EXIT_FREE;
    if (look->error != -EADDRNOTAVAIL)
        return EXIT_CANNOT_SEE;
    return look->soonest_ms >= 0 ? EXIT_FREES_ITSELF : EXIT_HELD;
}

static void look_at_remote(struct outgoing *look, const struct endpoint *remote)
{
    *look = (struct outgoing){.remote = *remote, .soonest_ms = -1};
    look->error = find_route(look);
    if (look->error == 0)
        look->error = ask(look);
    count(look);
}

/* ---- Telling ---- */

static uint32_t range_size(const struct range *range)
{
    return range->first == 0 ? 0 : range->last - range->first + 1u;
}

static void add_headline(struct page *page, const struct outgoing *look)
{
    struct text *text = page->text;
    size_t start = text->used;

    page->line = start;
    page_tone(page, TONE_HEADLINE);
    text_add(text, look->error == -EADDRNOTAVAIL ? "no port is left for a connection to "
                                                 : "a connection to ");
    endpoint_print(text, &look->remote);
    page_tone(page, TONE_PLAIN);
    if (look->error == 0)
        text_format(text, " gets a port: %u would be taken now", look->local.port);
    else if (look->error == -EOPNOTSUPP)
        text_add(text, ": whether a port is left cannot be asked (net.ipv4.tcp_fastopen)");
    else if (look->error != -EADDRNOTAVAIL) {
        text_add(text, " fails: ");
        error_print_sentence(text, -look->error);
    }
    text_char(text, '\n');
}

static void add_counts(struct page *page, const struct outgoing *look)
{
    const uint32_t *counts = look->counts;
    uint32_t same = counts[TAKEN_SAME] + counts[TAKEN_TIME_WAIT];

    if (look->range.first == 0)
        return;
    page_begin(page, "ports");
    text_format(page->text, "%u, from %u to %u (net.ipv4.ip_local_port_range)",
                range_size(&look->range), look->range.first, look->range.last);
    if (look->range.reserved > 0)
        text_format(page->text, ", less %u that are reserved", look->range.reserved);
    page_end(page);
    if (same + counts[TAKEN_BOUND] == 0)
        return;
    page_begin(page, "taken");
    text_format(page->text, "%u by connections to that address", same);
    if (counts[TAKEN_TIME_WAIT] > 0)
        text_format(page->text, " (%u in TIME_WAIT)", counts[TAKEN_TIME_WAIT]);
    text_format(page->text, ", %u by sockets that are bound to a port", counts[TAKEN_BOUND]);
    page_end(page);
}

static void add_cures(struct page *page, const struct outgoing *look)
{
    if (look->soonest_ms >= 0) {
        page_begin(page, "fix");
        text_add(page->text, "[safe] wait: the first of them ends in ");
        words_duration(page->text, look->soonest_ms);
        page_end(page);
    }
    if (look->range.first > 1024) {
        page_begin(page, look->soonest_ms >= 0 ? "or" : "fix");
        text_add(page->text, "[root] widen the range of automatic ports:");
        page_command(page,
                     geteuid() == 0
                         ? "sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\""
                         : "sudo sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\"",
                     TEXT_SIZE);
    }
    page_begin(page, "for good");
    text_add(page->text, "keep connections open and use them again; who binds an address before "
                         "connect() sets IP_BIND_ADDRESS_NO_PORT.");
    page_end(page);
    page_begin(page, "rule");
    text_add(page->text, "connect() takes a port that no bind() has given to a socket, and that "
                         "has no connection to the same address and port");
    if (look->local.family != FAMILY_NONE) {
        text_add(page->text, " from ");
        endpoint_print_address(page->text, &look->local);
    }
    text_char(page->text, '.');
    page_end(page);
}

static void print_text(struct text *text, const struct outgoing *look)
{
    size_t width = console_width();
    struct page page = {.text = text,
                        .color = console_color(STDOUT_FILENO),
                        .width = width < WIDTH_MAX ? width : WIDTH_MAX};

    add_headline(&page, look);
    add_counts(&page, look);
    if (look->error == -EADDRNOTAVAIL)
        add_cures(&page, look);
}

static void print_json(struct text *text, const struct outgoing *look)
{
    char buffer[ENDPOINT_TEXT_MAX], name[16];
    struct text address = text_in(buffer, sizeof buffer), error = text_in(name, sizeof name);
    bool refused = look->error == -EADDRNOTAVAIL, known = look->error == 0 || refused;

    endpoint_print_address(&address, &look->remote);
    error_print_name(&error, -look->error);
    json_begin(text);
    json_words(text, "address", buffer);
    json_number(text, "port", look->remote.port);
    json_answer(text, "port_left", known ? answer_of(!refused) : ANSWER_UNKNOWN);
    json_words(text, "errno", look->error == 0 || look->error == -EOPNOTSUPP ? NULL : name);
    json_number_if(text, "local_port", look->error == 0, look->local.port);
    json_number_if(text, "first", look->range.first != 0, look->range.first);
    json_number_if(text, "last", look->range.first != 0, look->range.last);
    json_number(text, "reserved", look->range.reserved);
    json_number(text, "connections", look->counts[TAKEN_SAME]);
    json_number(text, "time_wait", look->counts[TAKEN_TIME_WAIT]);
    json_number(text, "bound", look->counts[TAKEN_BOUND]);
    json_number_if(text, "frees_in_ms", refused && look->soonest_ms >= 0, look->soonest_ms);
    json_number(text, "exit", exit_code(look));
    json_end(text);
}

int connect_tell(const struct where *where, bool json)
{
    static struct outgoing look;
    struct text text = console_text(TEXT_SIZE);
    int worst = EXIT_FREE;

    for (size_t i = 0; i < where->count; i++) {
        int code;

        look_at_remote(&look, &where->locals[i]);
        code = exit_code(&look);
        if (worst == EXIT_FREE || (code != EXIT_FREE && code < worst))
            worst = code;
        (json ? print_json : print_text)(&text, &look);
        console_print(&text);
    }
    return worst;
}
