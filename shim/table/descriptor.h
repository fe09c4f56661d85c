/* What this process's own calls did with each descriptor number: one word a number, no lock, no
 * system call, async-signal-safe.
 *
 * A number says nothing about what is open under it now: a close, a dup2 or an accept passes by
 * unseen. A part that concludes from a descriptor's past checks with the kernel first that the
 * socket is still what this says (its address, its state). Numbers from DESCRIPTORS_MAX on are not
 * followed.
 */
#ifndef REUSESHIM_TABLE_DESCRIPTOR_H
#define REUSESHIM_TABLE_DESCRIPTOR_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rare.h"
#include "rules/answer.h"
#include "rules/endpoint.h"

enum { DESCRIPTORS_MAX = 65536, DESCRIPTOR_EVENTS_MAX = 6 };

/* The last call of ours that this number saw. */
enum phase {
    PHASE_UNKNOWN = 0, /* no socket() seen: inherited, accepted, or something else */
    PHASE_FRESH,       /* socket() gave it */
    PHASE_BIND_FAILED,
    PHASE_BOUND,
    PHASE_LISTENING,
};

/* The last two are misses: SO_REUSEADDR asked for at the wrong level, or with the wrong length. */
enum option_kind {
    OPTION_REUSEADDR = 0,
    OPTION_REUSEPORT,
    OPTION_V6ONLY,
    OPTION_WRONG_LEVEL,
    OPTION_WRONG_LENGTH,
    OPTION_COUNT
};

/* One setsockopt of one of these options. */
struct option_event {
    enum option_kind kind;
    enum phase phase; /* when it was called; FRESH, BOUND or LISTENING */
    bool value;
    bool failed;
    bool by_policy;
};

/* A descriptor's past, decoded. */
struct descriptor {
    enum phase phase;
    enum protocol protocol; /* as socket() was asked; PROTOCOL_NONE = not known */
    bool forced;            /* the policy keeps SO_REUSEADDR 1 (forced) or 0 (cleared) on it */
    bool cleared;
    size_t event_count;     /* the newest DESCRIPTOR_EVENTS_MAX of them, oldest first */
    struct option_event events[DESCRIPTOR_EVENTS_MAX];
};

/* FD's past as it is kept, to be decoded later: the events, then phase, protocol and flags. */
struct descriptor_word {
    uint64_t bits;
};
enum { DESCRIPTOR_PHASE_AT = 48, DESCRIPTOR_PROTOCOL_AT = 51 }; /* of three bits each */

/* Written by every hook, for its own descriptor; zero pages until then. */
extern OURS _Atomic uint64_t descriptor_words[DESCRIPTORS_MAX];

HOT bool descriptor_is_followed(int fd)
{
    return (unsigned int)fd < DESCRIPTORS_MAX;
}

/* All zero for a number that is not followed. */
HOT struct descriptor_word descriptor_word(int fd)
{
    return (struct descriptor_word){
        descriptor_is_followed(fd)
            ? atomic_load_explicit(&descriptor_words[fd], memory_order_relaxed)
            : 0};
}

HOT enum phase descriptor_word_phase(struct descriptor_word word)
{
    return (enum phase)(word.bits >> DESCRIPTOR_PHASE_AT & 7);
}

/* socket() returned FD. */
HOT void descriptor_open(int fd, enum protocol protocol)
{
    if (descriptor_is_followed(fd))
        atomic_store_explicit(&descriptor_words[fd],
                              (uint64_t)PHASE_FRESH << DESCRIPTOR_PHASE_AT |
                                  (uint64_t)protocol << DESCRIPTOR_PROTOCOL_AT,
                              memory_order_relaxed);
}

/* setsockopt was called on FD, by the program or by the policy. */
void descriptor_option(int fd, const struct option_event *event);

/* bind() on FD worked or failed. */
void descriptor_bind(int fd, bool worked);

/* How many binds have worked on the number FD: tells its binds apart. 0 if it is not followed. */
uint32_t descriptor_binds(int fd);

/* listen() on FD worked. */
void descriptor_listen(int fd);

/* The policy keeps FD's SO_REUSEADDR at 1 (FORCED) or 0 (CLEARED). */
void descriptor_keep(int fd, bool forced, bool cleared);

/* Nothing is known of FD any more: it was found to be something else. */
void descriptor_forget(int fd);

struct descriptor descriptor_decode(struct descriptor_word word);

/* What tells sockets apart that are asked for the same address: the protocol, and the value that
 * each option (by the order of enum option_kind, a bit each) was set to last. */
uint32_t descriptor_kind(struct descriptor_word word);

/* A bind has failed already, and no miss is among the events: one more that fails says nothing
 * new. */
bool descriptor_failed_before(struct descriptor_word word);

/* FD's past. All zero for a number that is not followed. */
struct descriptor descriptor_get(int fd);

/* What the hot paths ask for, without decoding the rest: the phase; the protocol; whether a miss
 * (OPTION_WRONG_LEVEL, OPTION_WRONG_LENGTH) is among the events. */
HOT enum phase descriptor_phase(int fd)
{
    return descriptor_word_phase(descriptor_word(fd));
}

HOT enum protocol descriptor_protocol(int fd)
{
    return (enum protocol)(descriptor_word(fd).bits >> DESCRIPTOR_PROTOCOL_AT & 7);
}

bool descriptor_missed(int fd);

/* Whether option KIND was on when FD was bound, by the calls seen: UNKNOWN unless the socket has
 * been followed from socket() on and no event was lost. */
enum answer descriptor_option_at_bind(const struct descriptor *descriptor, enum option_kind kind);

#endif
