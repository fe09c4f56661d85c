#include "command/intern.h"

#include <stdlib.h>
#include <string.h>

#include "command/console.h"

enum { CHUNK_SIZE = 256 * 1024, PLACES_LEAST = 256 };

uint64_t intern_hash(uint64_t seed, const void *bytes, size_t length)
{
    const unsigned char *at = bytes;
    uint64_t hash = (seed ^ length) + UINT64_C(0x9e3779b97f4a7c15), word = 0;
    size_t i;

    for (i = 0; i + 8 <= length; i += 8) {
        memcpy(&word, at + i, 8);
        hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
    }
    word = 0;
    memcpy(&word, at + i, length - i);
    hash = (hash ^ word) * UINT64_C(0xc4ceb9fe1a85ec53);
    hash ^= hash >> 29;
    hash *= UINT64_C(0x9fb21c651e98df25);
    return hash ^ hash >> 32;
}

static char *keep(struct intern *intern, const void *bytes, size_t length)
{
    size_t size = (length + 1 + 7) & ~(size_t)7;
    char *kept;

    if (size > intern->left) {
        intern->left = size > CHUNK_SIZE ? size : CHUNK_SIZE;
        intern->next = console_memory(intern->left);
    }
    kept = intern->next;
    memcpy(kept, bytes, length);
    kept[length] = '\0';
    intern->next += size;
    intern->left -= size;
    return kept;
}

static void grow_places(struct intern *intern)
{
    size_t count = intern->place_count == 0 ? PLACES_LEAST : intern->place_count * 2;

    free(intern->places);
    intern->places = console_memory(count * sizeof *intern->places);
    intern->place_count = count;
    for (size_t i = 0; i < intern->count; i++) {
        size_t at = intern->entries[i].hash & (count - 1);

        while (intern->places[at] != 0)
            at = (at + 1) & (count - 1);
        intern->places[at] = (uint32_t)i + 1;
    }
}

uint32_t intern_add(struct intern *intern, const void *bytes, size_t length)
{
    uint32_t hash = (uint32_t)intern_hash(0, bytes, length);
    size_t at;

    if (intern->count * 2 >= intern->place_count)
        grow_places(intern);
    at = hash & (intern->place_count - 1);
    while (intern->places[at] != 0) {
        const struct intern_entry *entry = &intern->entries[intern->places[at] - 1];

        if (entry->hash == hash && entry->length == length &&
            memcmp(entry->bytes, bytes, length) == 0)
            return intern->places[at];
        at = (at + 1) & (intern->place_count - 1);
    }
    intern->entries = console_grown(intern->entries, &intern->room, intern->count,
                                    sizeof *intern->entries);
    intern->entries[intern->count++] =
        (struct intern_entry){keep(intern, bytes, length), (uint32_t)length, hash};
    return intern->places[at] = (uint32_t)intern->count;
}

uint32_t intern_string(struct intern *intern, const char *string)
{
    return string == NULL ? 0 : intern_add(intern, string, strlen(string));
}

const char *intern_bytes(const struct intern *intern, uint32_t number)
{
    return number == 0 ? NULL : intern->entries[number - 1].bytes;
}
