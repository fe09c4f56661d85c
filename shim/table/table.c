/* Theory of operation
 *
 * A bind is remembered while the program waits for it, so the way in is short: the shard is found
 * by the port, its lock is taken by one compare-and-swap, the key is hashed by words, and the entry
 * is filled by stores. Whoever asks who bound a socket has time: table_find() looks at one shard,
 * and at those that have sockets of port 0.
 *
 * All memory is static and is zero pages until used: 16 shards, each with two pools of entries and
 * the room that uthash takes its buckets from. A pool that is full gives its oldest entry to the
 * new one; uthash keeps the order of insertion, so the oldest is the first of its list. An address
 * that is bound again has its entry moved to the young end.
 *
 * What may go wrong is that a writer does not come back: the thread was the one that forked, or a
 * handler jumped out of the hook. The first leaves a shard half changed in the child, which the
 * lock knows (lock_was_torn): then the shard is begun anew, since a lost entry costs a stack in an
 * explanation, and a broken list would cost the program. The second leaves the lock taken: from
 * then on that shard is skipped, and counted.
 *
 * Nothing here is believed: see table.h.
 */
#include "table/table.h"

#include <stdatomic.h>
#include <string.h>

#include "base/sys.h"
#include "table/lock.h"

/* Two hash tables a shard. uthash gets its memory from the shard it works on, which is called
 * 'shard' wherever a macro of uthash stands, and never ends the program when that is used up. */
enum { BUCKET_BYTES_MAX = 48 * 1024 };

#define HASH_NONFATAL_OOM 1
#define HASH_FUNCTION(key, length, hash) ((hash) = key_hash(key, length))
#define uthash_malloc(size) shard_take_bytes(shard, size)
#define uthash_free(memory, size) ((void)(memory), (void)(size))
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion" /* uthash's macros, not ours */
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wcast-qual"
#include <uthash.h>

#undef HASH_KEYCMP
#define HASH_KEYCMP(a, b, length) (!keys_equal(a, b, length))

/* The key is compared and hashed by words: the first KEY_WORDS_MIN, and those of the path. */
struct key {
    union {
        struct {
            uint8_t protocol;
            uint8_t family;
            uint16_t port;
            int32_t fd;
            uint32_t scope;
            uint32_t path_length;
            uint8_t address[16];
            char path[(ENDPOINT_PATH_MAX + 7) / 8 * 8];
        };
        uint64_t words[4 + (ENDPOINT_PATH_MAX + 7) / 8];
    };
};

enum { KEY_WORDS_MIN = offsetof(struct key, path) / sizeof(uint64_t) };

_Static_assert(sizeof(struct key) == sizeof(((struct key *)0)->words), "no padding");

struct entry {
    struct key key;
    uint16_t frames;
    uint32_t binds;
    int64_t time_us;
    struct descriptor_word past;
    uintptr_t pc[TRACE_FRAMES_MAX];
    UT_hash_handle hh; /* uthash keeps the order of insertion: the first is the oldest */
};

struct pool {
    struct entry *head;
    size_t used;
};

struct shard {
    struct pool fixed;
    struct pool ephemeral;
    size_t bucket_bytes;
    struct entry fixed_entries[TABLE_FIXED_MAX];
    struct entry ephemeral_entries[TABLE_EPHEMERAL_MAX];
    _Alignas(16) char buckets[BUCKET_BYTES_MAX];
};

/* Zero pages until used. Each shard is guarded by the lock of its index. */
static struct shard shards[TABLE_SHARDS];

static _Atomic uint64_t skipped;

/* Bit N: shard N has had an entry bound to port 0. A look for a port has to look at those of every
 * shard, and would touch as many pages that nobody has used. */
static _Atomic uint32_t ephemeral_begun;
_Static_assert(TABLE_SHARDS <= 32, "a bit each");

/* FNV-1a over words, then the high bits folded down, since uthash takes the low ones. */
static unsigned int key_hash(const struct key *key, size_t length)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < length / sizeof key->words[0]; i++) {
        hash = (hash ^ key->words[i]) * UINT64_C(0x100000001b3);
        hash ^= hash >> 29;
    }
    return (unsigned int)(hash ^ hash >> 32);
}

static bool keys_equal(const struct key *a, const struct key *b, size_t length)
{
    for (size_t i = 0; i < length / sizeof a->words[0]; i++)
        if (a->words[i] != b->words[i])
            return false;
    return true;
}

static void *shard_take_bytes(struct shard *shard, size_t size)
{
    size_t whole = (size + 15) & ~(size_t)15;
    void *memory = shard->buckets + shard->bucket_bytes;

    if (whole > BUCKET_BYTES_MAX - shard->bucket_bytes)
        return NULL;
    shard->bucket_bytes += whole;
    return memory;
}

/* Fills as much of KEY as counts. Returns how much that is, in bytes. */
static size_t key_fill(struct key *key, enum protocol protocol, const struct endpoint *local,
                       int fd)
{
    size_t words = KEY_WORDS_MIN + (local->path_length + sizeof key->words[0] - 1) /
                                       sizeof key->words[0];

    key->words[words - 1] = 0; /* the end of a path */
    key->protocol = (uint8_t)protocol;
    key->family = (uint8_t)local->family;
    key->port = local->port;
    key->fd = fd;
    key->scope = local->scope;
    key->path_length = local->path_length;
    memcpy(key->address, local->address, sizeof key->address);
    if (local->path_length > 0)
        memcpy(key->path, local->path, local->path_length);
    return words * sizeof key->words[0];
}

/* By port; unix names by their bytes; port 0 by descriptor. */
static unsigned int shard_index(const struct endpoint *local, int fd)
{
    unsigned int hash = local->port != 0 ? local->port : (unsigned int)fd;
    size_t i;

    if (local->family == FAMILY_UNIX)
        for (hash = 0, i = 0; i < local->path_length; i++)
            hash = hash * 31 + (unsigned char)local->path[i];
    return (hash ^ hash >> 4 ^ hash >> 8) % TABLE_SHARDS;
}

static bool is_ephemeral(const struct endpoint *local)
{
    return local->family != FAMILY_UNIX && local->port == 0;
}

/* Locks a shard; one that a fork caught half changed starts anew. NULL if it cannot be had. */
static struct shard *shard_enter(unsigned int index)
{
    struct shard *shard = &shards[index];

    if (!lock_take(index))
        return NULL;
    if (lock_was_torn(index)) {
        shard->fixed = shard->ephemeral = (struct pool){NULL, 0};
        shard->bucket_bytes = 0;
    }
    return shard;
}

/* Memory for a new entry of POOL: a fresh one, or the oldest's. The pool is never emptied: uthash
 * would give up its buckets then, and bytes of a shard are not taken back. */
static struct entry *pool_place(struct pool *pool, struct entry *entries, size_t max)
{
    struct entry *oldest = pool->head;

    if (pool->used < max)
        return &entries[pool->used++];
    HASH_DELETE(hh, pool->head, oldest);
    return oldest;
}

static void entry_fill(struct entry *entry, int fd, const struct trace *trace)
{
    entry->time_us = sys_realtime_us();
    entry->binds = descriptor_binds(fd) + 1;
    entry->past = descriptor_word(fd);
    entry->frames = (uint16_t)trace->count;
    memcpy(entry->pc, trace->pc, sizeof entry->pc); /* a size that is known goes by words */
}

/* Moves ENTRY, which is in POOL, to the young end. uthash can do so only by a whole deletion. */
static void pool_renew(struct pool *pool, struct entry *entry)
{
    UT_hash_table *table = entry->hh.tbl;

    if (entry->hh.next == NULL)
        return;
    HH_FROM_ELMT(table, entry->hh.next)->prev = entry->hh.prev;
    if (entry->hh.prev != NULL)
        HH_FROM_ELMT(table, entry->hh.prev)->next = entry->hh.next;
    else
        pool->head = entry->hh.next;
    HASH_APPEND_LIST(hh, pool->head, entry);
}

__attribute__((noinline)) static struct entry *
shard_add_new(struct shard *shard, const struct key *key, size_t length, unsigned int hash,
              bool ephemeral)
{
    struct pool *pool = ephemeral ? &shard->ephemeral : &shard->fixed;
    struct entry *entry =
        ephemeral ? pool_place(pool, shard->ephemeral_entries, TABLE_EPHEMERAL_MAX)
                  : pool_place(pool, shard->fixed_entries, TABLE_FIXED_MAX);

    if (ephemeral)
        atomic_fetch_or_explicit(&ephemeral_begun, 1u << (shard - shards), memory_order_relaxed);
    memcpy(&entry->key, key, length);
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, pool->head, &entry->key, length, hash, entry);
    return entry;
}

/* The entry of KEY at the young end, whether it was there or not. */
static struct entry *shard_add(struct shard *shard, const struct key *key, size_t length,
                               bool ephemeral)
{
    struct pool *pool = ephemeral ? &shard->ephemeral : &shard->fixed;
    unsigned int hash = key_hash(key, length);
    struct entry *entry;

    HASH_FIND_BYHASHVALUE(hh, pool->head, key, length, hash, entry);
    if (entry == NULL)
        return shard_add_new(shard, key, length, hash, ephemeral);
    pool_renew(pool, entry);
    return entry;
}

void table_add(enum protocol protocol, const struct endpoint *local, int fd,
               const struct trace *trace)
{
    unsigned int index = shard_index(local, fd);
    struct shard *shard = shard_enter(index);
    struct key key;
    size_t length;

    if (shard == NULL) {
        atomic_fetch_add_explicit(&skipped, 1, memory_order_relaxed);
        return;
    }
    length = key_fill(&key, protocol, local, fd);
    entry_fill(shard_add(shard, &key, length, is_ephemeral(local)), fd, trace);
    lock_release(index);
}

static void copy_out(const struct entry *entry, struct bound *bound)
{
    *bound = (struct bound){
        .protocol = (enum protocol)entry->key.protocol,
        .local = {.family = (enum family)entry->key.family,
                  .port = entry->key.port,
                  .scope = entry->key.scope,
                  .path_length = (uint8_t)entry->key.path_length},
        .fd = entry->key.fd,
        .time_us = entry->time_us,
        .binds = entry->binds,
        .past = descriptor_decode(entry->past),
        .trace.count = entry->frames,
    };
    memcpy(bound->local.address, entry->key.address, sizeof bound->local.address);
    memcpy(bound->local.path, entry->key.path, entry->key.path_length);
    memcpy(bound->trace.pc, entry->pc, entry->frames * sizeof entry->pc[0]);
}

static bool may_be_about(const struct entry *entry, enum protocol protocol,
                         const struct endpoint *local)
{
    if (entry->key.protocol != PROTOCOL_NONE && entry->key.protocol != (uint8_t)protocol)
        return false;
    if (local->family == FAMILY_UNIX)
        return entry->key.path_length == local->path_length &&
               memcmp(entry->key.path, local->path, local->path_length) == 0;
    return entry->key.family != FAMILY_UNIX &&
           (entry->key.port == local->port || entry->key.port == 0);
}

static size_t pool_find(const struct pool *pool, enum protocol protocol,
                        const struct endpoint *local, struct bound *found, size_t max)
{
    const struct entry *entry = NULL;
    size_t count = 0;

    if (pool->head != NULL)
        entry = ELMT_FROM_HH(pool->head->hh.tbl, pool->head->hh.tbl->tail);
    for (; entry != NULL && count < max; entry = entry->hh.prev)
        if (may_be_about(entry, protocol, local))
            copy_out(entry, &found[count++]);
    return count;
}

size_t table_find(enum protocol protocol, const struct endpoint *local, struct bound *found,
                  size_t max)
{
    unsigned int home = shard_index(local, 0), index;
    bool has_port = local->family != FAMILY_UNIX && local->port != 0;
    uint32_t others =
        has_port ? atomic_load_explicit(&ephemeral_begun, memory_order_relaxed) : 0;
    size_t count = 0;

    for (index = 0; index < TABLE_SHARDS; index++) {
        struct shard *shard;

        if (index != home && (others >> index & 1) == 0)
            continue;
        shard = shard_enter(index);
        if (shard == NULL)
            continue;
        if (has_port)
            count += pool_find(&shard->ephemeral, protocol, local, found + count, max - count);
        if (index == home)
            count += pool_find(&shard->fixed, protocol, local, found + count, max - count);
        lock_release(index);
    }
    return count;
}

static bool pool_last_of(const struct pool *pool, int fd, struct endpoint *local)
{
    const struct entry *entry = pool->head;
    struct bound bound;

    while (entry != NULL && (entry->key.fd != fd || entry->binds != descriptor_binds(fd)))
        entry = entry->hh.next;
    if (entry == NULL)
        return false;
    copy_out(entry, &bound);
    *local = bound.local;
    return true;
}

bool table_last_of(int fd, struct endpoint *local)
{
    unsigned int index;
    bool found = false;

    for (index = 0; index < TABLE_SHARDS && !found; index++) {
        struct shard *shard = shard_enter(index);

        if (shard == NULL)
            continue;
        found = pool_last_of(&shard->fixed, fd, local) ||
                pool_last_of(&shard->ephemeral, fd, local);
        lock_release(index);
    }
    return found;
}
#pragma GCC diagnostic pop

size_t table_count(void)
{
    size_t index, count = 0;

    for (index = 0; index < TABLE_SHARDS; index++)
        count += shards[index].fixed.used + shards[index].ephemeral.used;
    return count;
}

uint64_t table_skipped(void)
{
    return atomic_load_explicit(&skipped, memory_order_relaxed);
}
