/* Rule: an RFCOMM channel and an L2CAP PSM of one device's address are one socket's alone, whatever
 * the options; nothing of them stays. There is Bluetooth in the first network namespace only.
 * Source: rfcomm_sock_bind(), l2cap_add_psm(), bt_sock_create().
 * Relied on by: rules/endpoint_text, which prints them; who has one cannot be asked. */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "net.h"

/* sockaddr_l2 and sockaddr_rc of bluetooth/l2cap.h and rfcomm.h: what stands behind the family. */
enum { L2CAP = 0, RFCOMM = 3, L2CAP_BYTES = 12, RFCOMM_BYTES = 8 };
static const char psm[L2CAP_BYTES] = {'\xf1', 0x10}; /* 0x10f1, one of those for programs */
static const char channel[RFCOMM_BYTES] = {[6] = 29};

static int open_bluetooth(int protocol)
{
    int type = protocol == L2CAP ? SOCK_SEQPACKET : SOCK_STREAM;
    int fd = socket(AF_BLUETOOTH, type | SOCK_CLOEXEC, protocol);

    if (fd < 0)
        skip("no Bluetooth: %s", check_errno_name(errno));
    return fd;
}

static int bind_bytes(int fd, const char *bytes, size_t length)
{
    struct sockaddr_storage storage = {.ss_family = AF_BLUETOOTH};

    memcpy((char *)&storage + sizeof(sa_family_t), bytes, length);
    return bind(fd, (const struct sockaddr *)&storage,
                (socklen_t)(sizeof(sa_family_t) + length)) == 0 ? 0 : -errno;
}

static void check(int protocol, const char *bytes, size_t length, const char *what)
{
    int first = open_bluetooth(protocol), second = open_bluetooth(protocol);
    int held = bind_bytes(first, bytes, length);

    if (held == -EADDRINUSE)
        skip("%s is in use here", what);
    CHECK_RESULT(held, 0, "%s", what);
    CHECK_RESULT(bind_bytes(second, bytes, length), -EADDRINUSE, "%s again", what);
    net_set(first, SOL_SOCKET, SO_REUSEADDR, 1);
    net_set(second, SOL_SOCKET, SO_REUSEADDR, 1);
    CHECK_RESULT(bind_bytes(second, bytes, length), -EADDRINUSE, "%s with SO_REUSEADDR", what);
    close(first);
    CHECK_RESULT(bind_bytes(second, bytes, length), 0, "%s after close", what);
    close(second);
}

int main(void)
{
    check(L2CAP, psm, sizeof psm, "an L2CAP PSM");
    check(RFCOMM, channel, sizeof channel, "an RFCOMM channel");
    CHECK(unshare(CLONE_NEWNET) == 0, "another network namespace");
    CHECK(socket(AF_BLUETOOTH, SOCK_STREAM, RFCOMM) < 0 && errno == EAFNOSUPPORT, "none there");
    return CHECK_PASSED;
}
