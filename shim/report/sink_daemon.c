/* The two daemons that take records: syslog, a line a datagram, and the journal in its own protocol
 * (systemd.io/JOURNAL_NATIVE_PROTOCOL), a record a datagram with fields to search for.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "report/sink.h"
#include "report/sink_place.h"
#include "report/words.h"

#define SYSLOG_PATH "/dev/log"
#define JOURNAL_PATH "/run/systemd/journal/socket"
#define OUR_NAME "reuseshim"

enum {
    FACILITY_DAEMON = 3, /* LOG_DAEMON >> 3 */
    PRIORITY_ERROR = 3,
    PRIORITY_WARNING = 4,
    PRIORITY_INFO = 6
};

int daemon_priority(const struct record *record)
{
    switch (record->event) {
    case EVENT_BIND_FAILED:
    case EVENT_LISTEN_FAILED: return PRIORITY_ERROR;
    case EVENT_MISUSE:
    case EVENT_CONFIG_ERROR: return PRIORITY_WARNING;
    default: return PRIORITY_INFO;
    }
}

/* A socket of TYPE connected to the daemon at PATH, or -errno. */
static int connect_to(const char *path, int type)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    long fd = sys_call(SYS_socket, AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    long result;

    if (fd < 0)
        return (int)fd;
    memcpy(name.sun_path, path, strlen(path));
    result = sys_call(SYS_connect, fd, &name, sizeof name);
    if (result == 0)
        return (int)fd;
    sys_close((int)fd);
    return (int)result;
}

/* One message; waits for a daemon that is behind, but not for long. */
static int send_message(int fd, const struct msghdr *message, int64_t deadline_ms)
{
    long result;

    do {
        result = descriptor_await(fd, deadline_ms);
        if (result == 0)
            result = sys_call(SYS_sendmsg, fd, message, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (result == -EINTR || (result == -EAGAIN && sys_monotonic_ms() < deadline_ms));
    return result < 0 ? (int)result : 0;
}

/* ---- syslog ---- */

/* Most daemons have a datagram socket; some a stream, where a NUL byte ends each message. */
static int syslog_connect(bool *stream)
{
    int fd = connect_to(SYSLOG_PATH, SOCK_DGRAM);

    *stream = fd == -EPROTOTYPE;
    return *stream ? connect_to(SYSLOG_PATH, SOCK_STREAM) : fd;
}

/* "<27>reuseshim[4711]: ": no time, which the daemon knows better than a process that may not call
 * localtime; all daemons take messages without one. */
static void add_syslog_head(struct text *text, const struct record *record)
{
    text_char(text, '<');
    text_number(text, FACILITY_DAEMON * 8 + daemon_priority(record));
    text_add(text, ">" OUR_NAME "[");
    text_number(text, sys_pid());
    text_add(text, "]: ");
}

static size_t line_length(const char *bytes, size_t length)
{
    const char *end = memchr(bytes, '\n', length);

    return end != NULL ? (size_t)(end - bytes) : length;
}

int syslog_send(const struct record *record, const char *bytes, size_t length, int64_t patience_ms)
{
    static const char said_by_tag[] = OUR_NAME ": ";
    int64_t deadline_ms = sys_monotonic_ms() + patience_ms;
    char buffer[64];
    char nul = '\0';
    struct text head = text_in(buffer, sizeof buffer);
    bool stream;
    int fd = syslog_connect(&stream);
    int result = 0;

    if (fd < 0)
        return fd;
    add_syslog_head(&head, record);
    if (length >= sizeof said_by_tag && memcmp(bytes, said_by_tag, sizeof said_by_tag - 1) == 0) {
        bytes += sizeof said_by_tag - 1;
        length -= sizeof said_by_tag - 1;
    }
    while (length > 0 && result == 0) {
        size_t line = line_length(bytes, length);
        struct iovec parts[3] = {{buffer, head.used}, {NULL, line}, {&nul, stream ? 1 : 0}};
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = 3};

        memcpy(&parts[1].iov_base, &bytes, sizeof bytes); /* sendmsg does not write to it */
        if (line > 0)
            result = send_message(fd, &message, deadline_ms);
        bytes += line < length ? line + 1 : line;
        length -= line < length ? line + 1 : line;
    }
    sys_close(fd);
    return result;
}

int syslog_check(void)
{
    bool stream;
    int fd = syslog_connect(&stream);

    if (fd < 0)
        return fd;
    sys_close(fd);
    return 0;
}

/* ---- The journal ---- */

/* The message ids of docs/records.md: one for each class of events, made by chance once. */
static const char *message_id(const struct record *record)
{
    switch (daemon_priority(record)) {
    case PRIORITY_ERROR: return "5f3c0d1e8a9b4c77b1f26de04a8e9c31";
    case PRIORITY_INFO: return "c2a7b6e4f0d943d8a5e17b3c9f60428d";
    default:
        return record->event == EVENT_MISUSE ? "91d84f7ab2c6450e9d33e5a1706cb8f2"
                                             : "e06b59c3d7184a2fb80a4c9f1d25e763";
    }
}

static void add_field(struct text *text, const char *name, const char *value)
{
    if (value == NULL)
        return;
    text_join(text, name, "=", NULL);
    words_shown(text, value, WORDS_NAME_MAX);
    text_char(text, '\n');
}

static void add_number_field(struct text *text, const char *name, int64_t number)
{
    text_join(text, name, "=", NULL);
    text_number(text, number);
    text_char(text, '\n');
}

/* The fields, and the head of MESSAGE in its binary form: a line end, 8 bytes of length. */
static void add_fields(struct text *text, const struct record *record, size_t message_length)
{
    add_number_field(text, "PRIORITY", daemon_priority(record));
    add_number_field(text, "SYSLOG_FACILITY", FACILITY_DAEMON);
    add_field(text, "SYSLOG_IDENTIFIER", OUR_NAME);
    add_field(text, "MESSAGE_ID", message_id(record));
    add_field(text, "REUSESHIM_EVENT", event_name(record->event));
    add_field(text, "REUSESHIM_PROGRAM", record->caller.comm);
    if (record->error != 0)
        add_number_field(text, "ERRNO", record->error);
    if (record->verdict != NULL)
        add_field(text, "REUSESHIM_REASON", reason_id(record->verdict->reason));
    if (record->event == EVENT_MISUSE)
        add_field(text, "REUSESHIM_MISUSE", misuse_id(record->misuse));
    if (record->protocol != PROTOCOL_NONE)
        add_field(text, "REUSESHIM_PROTOCOL", protocol_name(record->protocol));
    if (record->address.family != FAMILY_NONE) {
        text_add(text, "REUSESHIM_ADDRESS=");
        endpoint_print(text, &record->address);
        text_char(text, '\n');
    }
    text_add(text, "MESSAGE\n");
    for (unsigned int i = 0; i < 8; i++)
        text_char(text, (char)((uint64_t)message_length >> 8 * i & 0xff));
}

/* What is too large for a datagram goes into a sealed memfd, whose descriptor is sent. */
static int send_as_file(int fd, struct iovec *parts, int64_t deadline_ms)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {{0}};
    struct msghdr message = {.msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    size_t length = parts[0].iov_len + parts[1].iov_len + parts[2].iov_len;
    int file = (int)sys_call(SYS_memfd_create, OUR_NAME, 3 /* MFD_CLOEXEC | MFD_ALLOW_SEALING */);
    long result;

    if (file < 0)
        return file;
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof file);
    memcpy(CMSG_DATA(header), &file, sizeof file);
    result = sys_call(SYS_writev, file, parts, 3);
    if (result == (long)length)
        result = sys_call(SYS_fcntl, file, 1033 /* F_ADD_SEALS */, 0xf /* all four */);
    else if (result >= 0)
        result = -ENOSPC;
    if (result == 0)
        result = send_message(fd, &message, deadline_ms);
    sys_close(file);
    return (int)result;
}

int journal_send(const struct record *record, const char *bytes, size_t length, int64_t patience_ms)
{
    int64_t deadline_ms = sys_monotonic_ms() + patience_ms;
    size_t message_length = bytes[length - 1] == '\n' ? length - 1 : length;
    char buffer[1536];
    struct text head = text_in(buffer, sizeof buffer);
    char end = '\n';
    struct iovec parts[3] = {{buffer, 0}, {NULL, message_length}, {&end, 1}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 3};
    int fd = connect_to(JOURNAL_PATH, SOCK_DGRAM);
    int result;

    if (fd < 0)
        return fd;
    add_fields(&head, record, message_length);
    parts[0].iov_len = head.used;
    memcpy(&parts[1].iov_base, &bytes, sizeof bytes); /* sendmsg does not write to it */
    result = send_message(fd, &message, deadline_ms);
    if (result == -EMSGSIZE || result == -ENOBUFS)
        result = send_as_file(fd, parts, deadline_ms);
    sys_close(fd);
    return result;
}

int journal_check(void)
{
    int fd = connect_to(JOURNAL_PATH, SOCK_DGRAM);

    if (fd < 0)
        return fd;
    sys_close(fd);
    return 0;
}
