/* A set of byte strings, each kept once and known by a number. On the heap; ends the program if
 * there is no memory.
 */
#ifndef REUSESHIM_COMMAND_INTERN_H
#define REUSESHIM_COMMAND_INTERN_H

#include <stddef.h>
#include <stdint.h>

struct intern_entry {
    const char *bytes; /* aligned to 8, ended with a NUL byte */
    uint32_t length;
    uint32_t hash;
};

/* All zero is the empty set. */
struct intern {
    struct intern_entry *entries; /* number N is entries[N - 1] */
    size_t count;
    size_t room;
    uint32_t *places; /* a hash table of numbers, 0 = free */
    size_t place_count;
    char *next; /* where the next string goes */
    size_t left;
};

/* The number of LENGTH BYTES, from 1 on: numbers are given in the order of first sight. */
uint32_t intern_add(struct intern *intern, const void *bytes, size_t length);

/* The same of a string; 0 for NULL. */
uint32_t intern_string(struct intern *intern, const char *string);

/* The bytes of NUMBER; NULL for 0. They stay where they are. */
const char *intern_bytes(const struct intern *intern, uint32_t number);

/* 64 bits that tell LENGTH BYTES from others; no proof against malice. SEED is another such
 * number, or 0. */
uint64_t intern_hash(uint64_t seed, const void *bytes, size_t length);

#endif
