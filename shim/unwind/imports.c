#define _GNU_SOURCE /* dl_iterate_phdr */
#include "unwind/imports.h"

#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "base/sys.h"
#include "unwind/dynamic.h"

static int protect_page_of(uintptr_t address, int protection, uintptr_t page_size)
{
    return (int)sys_call(SYS_mprotect, address & ~(page_size - 1), page_size, protection);
}

static int slot_write(const struct dynamic *object, uintptr_t slot, uintptr_t value)
{
    uintptr_t page_size = (uintptr_t)getauxval(AT_PAGESZ);
    bool locked = dynamic_is_locked(object, slot, page_size);
    int result = locked ? protect_page_of(slot, PROT_READ | PROT_WRITE, page_size) : 0;

    if (result < 0)
        return result;
    *(volatile uintptr_t *)slot = value;
    return locked ? protect_page_of(slot, PROT_READ, page_size) : 0;
}

/* In one object */

struct redirection {
    const void *inside;
    const struct substitute *table;
    size_t count;
    const char **stranger;
    const struct dynamic *object;
    int result;
};

/* Is NAME among NAMES, which are separated by blanks? */
static bool is_among(const char *name, const char *names)
{
    while (*names != '\0') {
        const char *rest = name;

        while (*rest != '\0' && *rest == *names)
            rest++, names++;
        if (*names == '*' || (*rest == '\0' && (*names == ' ' || *names == '\0')))
            return true;
        while (*names != '\0' && *names++ != ' ')
            ;
    }
    return false;
}

static const struct substitute *row_of(const struct redirection *wanted, const char *name)
{
    for (size_t i = 0; i < wanted->count; i++)
        if (is_among(name, wanted->table[i].names))
            return &wanted->table[i];
    return NULL;
}

static int slot_check(const struct slot *slot, void *data)
{
    const struct redirection *wanted = data;
    const struct substitute *row = slot->imported ? row_of(wanted, slot->name) : NULL;

    if (!slot->imported || (row != NULL && (row->instead == NULL || slot->plain)))
        return 0;
    *wanted->stranger = slot->name;
    return -ENOSYS;
}

static int slot_substitute(const struct slot *slot, void *data)
{
    const struct redirection *wanted = data;
    const struct substitute *row = slot->imported ? row_of(wanted, slot->name) : NULL;

    if (row == NULL || row->instead == NULL)
        return 0;
    return slot_write(wanted->object, slot->address, (uintptr_t)row->instead);
}

static int redirect_if_this(struct dl_phdr_info *info, size_t size, void *data)
{
    struct redirection *wanted = data;
    struct dynamic object;

    (void)size;
    if (!dynamic_contains(info, (uintptr_t)wanted->inside) || !dynamic_read(&object, info))
        return 0;
    wanted->object = &object;
    wanted->result = dynamic_visit(&object, slot_check, wanted);
    if (wanted->result == 0)
        wanted->result = dynamic_visit(&object, slot_substitute, wanted);
    return 1;
}

bool imports_can_redirect(void)
{
    return dynamic_knows_slots();
}

int imports_redirect(const void *inside, const struct substitute *table, size_t count,
                     const char **stranger)
{
    struct redirection wanted = {inside, table, count, stranger, NULL, -ENOENT};

    dl_iterate_phdr(redirect_if_this, &wanted);
    return wanted.result;
}

/* In all others */

struct others {
    const void *inside;
    const struct import *imports;
    size_t count;
    const struct dynamic *object;
    const struct dl_phdr_info *info; /* of the object */
};

/* A slot that is bound at the first call points into the object itself until then. */
static bool slot_is_meant(uintptr_t slot, const struct import *import,
                          const struct dl_phdr_info *info)
{
    uintptr_t now = *(const volatile uintptr_t *)slot;

    return now == import->meant || (import->unbound_too && dynamic_contains(info, now));
}

static int slot_redirect(const struct slot *slot, void *data)
{
    const struct others *wanted = data;

    for (size_t i = 0; i < wanted->count && slot->plain; i++) {
        const struct import *import = &wanted->imports[i];

        if (strcmp(slot->name, import->name) == 0 &&
            slot_is_meant(slot->address, import, wanted->info))
            return slot_write(wanted->object, slot->address, (uintptr_t)import->replacement);
    }
    return 0;
}

static int redirect_if_other(struct dl_phdr_info *info, size_t size, void *data)
{
    struct others *wanted = data;
    struct dynamic object;

    (void)size;
    wanted->object = &object;
    wanted->info = info;
    if (!dynamic_contains(info, (uintptr_t)wanted->inside) && dynamic_read(&object, info))
        dynamic_visit(&object, slot_redirect, wanted);
    return 0;
}

void imports_redirect_others(const void *inside, const struct import *imports, size_t count)
{
    struct others wanted = {inside, imports, count, NULL, NULL};

    dl_iterate_phdr(redirect_if_other, &wanted);
}

/* Asking */

struct question {
    const char *names;
    uint64_t letters; /* a bit for each first letter of them: hardly any symbol has one */
    const void *but;
    uint32_t found;
    uint32_t object_count; /* looked at so far: the program is the first */
};

static uint64_t letter_bit(const char *name)
{
    return UINT64_C(1) << (*name & 63);
}

/* Notes NAME if it is among those asked for. */
static void note(struct question *question, const char *name)
{
    const char *names = question->names;

    if ((question->letters & letter_bit(name)) == 0)
        return;
    for (uint32_t bit = 1; *names != '\0'; names += strlen(names) + 1, bit <<= 1)
        if (strcmp(name, names) == 0)
            question->found |= bit;
}

/* A symbol table does not say how long it is. DT_HASH knows. In a DT_GNU_HASH table the symbols
 * that are not hashed come first, and undefined ones are among them, but for a few whose address
 * the program takes: for those ALL are counted, to the end of the last chain. An object that
 * exports nothing has an empty DT_GNU_HASH that names no limit: 0 is returned. */
static size_t symbol_count(const struct dynamic *object, bool all)
{
    const uint32_t *table = object->gnu_hash, *buckets, *chains;
    uint32_t last = 0;

    if (table != NULL) {
        buckets = table + 4 + table[2] * (sizeof(ElfW(Addr)) / sizeof *table);
        chains = buckets + table[0];
        for (size_t i = 0; i < table[0]; i++)
            last = buckets[i] > last ? buckets[i] : last;
        if (last != 0 && !all)
            return table[1];
        while (last != 0 && (chains[last - table[1]] & 1) == 0)
            last++;
        if (last != 0)
            return (size_t)last + 1;
    }
    return object->hash != NULL ? object->hash[1] : 0;
}

/* Without a limit the relocations tell which symbols are used. Such an object is a plain program,
 * and has few of them beside the relative ones that stand first. */
static int note_slot(const struct slot *slot, void *data)
{
    if (slot->imported)
        note(data, slot->name);
    return 0;
}

static int imports_of_one(struct dl_phdr_info *info, size_t size, void *data)
{
    struct question *question = data;
    struct dynamic object;
    size_t count;

    (void)size;
    if (dynamic_contains(info, (uintptr_t)question->but) || !dynamic_read(&object, info))
        return 0;
    count = symbol_count(&object, question->object_count++ == 0);
    if (count == 0)
        dynamic_visit(&object, note_slot, question);
    for (size_t i = 1; i < count; i++)
        if (dynamic_lacks(&object, i))
            note(question, object.strings + object.symbols[i].st_name);
    return 0;
}

uint32_t imports_loaded(const char *names, const void *but)
{
    struct question question = {.names = names, .but = but};

    for (; *names != '\0'; names += strlen(names) + 1)
        question.letters |= letter_bit(names);
    dl_iterate_phdr(imports_of_one, &question);
    return question.found;
}
