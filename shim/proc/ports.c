#include "proc/ports.h"

#include <fcntl.h>

#include "base/sys.h"

static const char *skip_to_digit(const char *at, const char *end)
{
    while (at < end && (*at < '0' || *at > '9'))
        at++;
    return at;
}

static uint32_t read_port(const char **at, const char *end)
{
    uint32_t number = 0;

    while (*at < end && **at >= '0' && **at <= '9' && number <= UINT16_MAX)
        number = number * 10 + (uint32_t)(*(*at)++ - '0');
    return number;
}

uint32_t range_reserved(const char *list, size_t length, uint16_t first, uint16_t last)
{
    const char *end = list + length;
    uint32_t count = 0;

    for (list = skip_to_digit(list, end); list < end; list = skip_to_digit(list, end)) {
        uint32_t low = read_port(&list, end), high = low;

        if (list < end && *list == '-') {
            list++;
            high = read_port(&list, end);
        }
        low = low < first ? first : low;
        high = high > last ? last : high;
        if (low <= high)
            count += high - low + 1;
    }
    return count;
}

void range_read(struct range *range)
{
    char text[64];
    const char *at = text, *end;
    long length = sys_read_file(AT_FDCWD, "/proc/sys/net/ipv4/ip_local_port_range", text,
                                sizeof text);
    uint32_t first, last;

    if (length <= 0)
        return;
    end = text + length;
    first = read_port(&at, end);
    at = skip_to_digit(at, end);
    last = read_port(&at, end);
    if (first == 0 || first > last || last > UINT16_MAX)
        return;
    range->first = (uint16_t)first;
    range->last = (uint16_t)last;
}

bool range_may_give(uint16_t port)
{
    struct range range = {.first = 0};

    range_read(&range);
    return range.first == 0 || range_has(&range, port);
}

/* As inet_sk_get_local_port_range() has it: an end counts only if it lies inside. */
void range_narrow(struct range *range, uint32_t own)
{
    uint16_t first = (uint16_t)own, last = (uint16_t)(own >> 16);

    range->own = own != 0;
    if (range_has(range, first))
        range->first = first;
    if (range_has(range, last))
        range->last = last;
}

uint32_t range_free_from(void)
{
    enum { DEFAULT = 1024 }; /* PROT_SOCK, include/net/sock.h */
    char text[16];
    long length = sys_read_file(AT_FDCWD, "/proc/sys/net/ipv4/ip_unprivileged_port_start", text,
                                sizeof text);
    const char *at = text;

    return length > 0 ? read_port(&at, text + length) : DEFAULT;
}
