/* libFuzzer target: whatever bytes bind() is given as an address, reading them stays inside, what
 * is printed is bounded and has no control character in it, an IP address reads back as itself, and
 * an address that was read is written again as the same bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rules/endpoint.h"

enum { LARGEST_SCOPE = 999999999 }; /* that endpoint_parse_address reads */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
    if (!truth)
        abort();
}

static void check_printed(const struct text *text)
{
    size_t at, length;

    require(!text->cut && text->used > 0);
    for (at = 0; at < text->used; at += length) {
        unsigned char c = (unsigned char)text->start[at];

        length = text_utf8_length(text->start + at, text->used - at);
        require(length > 0 && c >= 0x20 && c != 0x7f);
        require(c != 0xc2 || (unsigned char)text->start[at + 1] >= 0xa0);
    }
}

static void check_reads_back(const struct endpoint *endpoint, const struct text *address)
{
    struct endpoint again = {.family = FAMILY_NONE};

    if (endpoint->scope > LARGEST_SCOPE)
        return; /* no interface has such an index, but a sockaddr may */
    require(endpoint_parse_address(address->start, address->used, &again));
    again.port = endpoint->port;
    require(endpoint_equal(endpoint, &again));
}

static void check_round_trip(const struct endpoint *endpoint)
{
    char bytes[ENDPOINT_SOCKADDR_MAX];
    size_t length = endpoint_to_sockaddr(endpoint, bytes);
    struct endpoint again = endpoint_from_sockaddr(bytes, length);

    require(length <= sizeof bytes && endpoint_equal(endpoint, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char buffer[ENDPOINT_TEXT_MAX + 1];
    struct text text = text_in(buffer, sizeof buffer);
    char *exact = malloc(size > 0 ? size : 1); /* the sanitizer sees a look beyond its end */
    struct endpoint endpoint;

    require(exact != NULL);
    if (size > 0)
        memcpy(exact, data, size);
    endpoint = endpoint_from_sockaddr(exact, size);
    free(exact);
    require(endpoint.family < FAMILY_COUNT && endpoint.path_length <= ENDPOINT_PATH_MAX);
    require(endpoint_equal(&endpoint, &endpoint));
    endpoint_print(&text, &endpoint);
    check_printed(&text);
    text = text_in(buffer, sizeof buffer);
    endpoint_print_address(&text, &endpoint);
    check_printed(&text);
    if (endpoint.family == FAMILY_INET || endpoint.family == FAMILY_INET6) {
        check_reads_back(&endpoint, &text);
        check_round_trip(&endpoint);
    }
    endpoint_is_wildcard(&endpoint);
    endpoint_is_mapped(&endpoint);
    endpoint_is_multicast(&endpoint);
    endpoint_is_abstract(&endpoint);
    return 0;
}
