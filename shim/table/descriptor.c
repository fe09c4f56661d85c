#include "table/descriptor.h"

#include <stdatomic.h>

/* One word: six events of eight bits, the newest lowest; then phase, protocol and flags. */
enum {
    EVENT_BITS = 8,
    PHASE_AT = DESCRIPTOR_PHASE_AT,
    PROTOCOL_AT = DESCRIPTOR_PROTOCOL_AT,
    FORCED_AT = 54,
    CLEARED_AT = 55,
    MISSED_AT = 56,
};

#define EVENTS_MASK ((UINT64_C(1) << PHASE_AT) - 1)
#define FIELD(width, at) (((UINT64_C(1) << (width)) - 1) << (at))

/* An event: value, phase (2 bits: FRESH, BOUND, LISTENING from 0), failed, by_policy, kind + 1. */
enum {
    EVENT_VALUE = 1,
    EVENT_PHASE_AT = 1,
    EVENT_FAILED = 8,
    EVENT_POLICY = 16,
    EVENT_KIND_AT = 5
};

_Atomic uint64_t descriptor_words[DESCRIPTORS_MAX];
static _Atomic uint32_t binds[DESCRIPTORS_MAX];

static uint64_t load(int fd)
{
    return atomic_load_explicit(&descriptor_words[fd], memory_order_relaxed);
}

static void store(int fd, uint64_t word)
{
    atomic_store_explicit(&descriptor_words[fd], word, memory_order_relaxed);
}

static enum phase phase_of(uint64_t word)
{
    return (enum phase)(word >> PHASE_AT & 7);
}

static uint64_t with(uint64_t word, unsigned int width, unsigned int at, uint64_t value)
{
    return (word & ~FIELD(width, at)) | value << at;
}

static uint64_t encode(const struct option_event *event, enum phase phase)
{
    unsigned int stage = phase == PHASE_LISTENING ? 2 : phase == PHASE_BOUND ? 1 : 0;

    return (event->value ? EVENT_VALUE : 0u) | stage << EVENT_PHASE_AT |
           (event->failed ? EVENT_FAILED : 0u) | (event->by_policy ? EVENT_POLICY : 0u) |
           ((unsigned int)event->kind + 1) << EVENT_KIND_AT;
}

void descriptor_option(int fd, const struct option_event *event)
{
    uint64_t word, events;

    if (!descriptor_is_followed(fd))
        return;
    word = load(fd);
    events = (word << EVENT_BITS | encode(event, phase_of(word))) & EVENTS_MASK;
    if (event->kind == OPTION_WRONG_LEVEL || event->kind == OPTION_WRONG_LENGTH)
        word |= UINT64_C(1) << MISSED_AT;
    store(fd, (word & ~EVENTS_MASK) | events);
}

void descriptor_bind(int fd, bool worked)
{
    if (!descriptor_is_followed(fd))
        return;
    store(fd, with(load(fd), 3, PHASE_AT, worked ? PHASE_BOUND : PHASE_BIND_FAILED));
    if (worked)
        atomic_store_explicit(&binds[fd], descriptor_binds(fd) + 1, memory_order_relaxed);
}

uint32_t descriptor_binds(int fd)
{
    return descriptor_is_followed(fd) ? atomic_load_explicit(&binds[fd], memory_order_relaxed) : 0;
}

void descriptor_listen(int fd)
{
    if (descriptor_is_followed(fd))
        store(fd, with(load(fd), 3, PHASE_AT, PHASE_LISTENING));
}

void descriptor_keep(int fd, bool forced, bool cleared)
{
    if (descriptor_is_followed(fd))
        store(fd, with(with(load(fd), 1, FORCED_AT, forced), 1, CLEARED_AT, cleared));
}

void descriptor_forget(int fd)
{
    if (descriptor_is_followed(fd))
        store(fd, 0);
}

bool descriptor_missed(int fd)
{
    return descriptor_is_followed(fd) && load(fd) >> MISSED_AT & 1;
}

static struct option_event decode(unsigned int byte)
{
    static const enum phase stages[] = {PHASE_FRESH, PHASE_BOUND, PHASE_LISTENING, PHASE_UNKNOWN};

    return (struct option_event){
        .kind = (enum option_kind)((byte >> EVENT_KIND_AT) - 1),
        .phase = stages[byte >> EVENT_PHASE_AT & 3],
        .value = byte & EVENT_VALUE,
        .failed = byte & EVENT_FAILED,
        .by_policy = byte & EVENT_POLICY,
    };
}

uint32_t descriptor_kind(struct descriptor_word word)
{
    uint32_t protocol = word.bits >> PROTOCOL_AT & 7, values = 0;
    uint64_t events = word.bits & EVENTS_MASK;

    for (; events != 0; events = events << EVENT_BITS & EVENTS_MASK) {
        unsigned int event = (unsigned int)(events >> (PHASE_AT - EVENT_BITS));
        unsigned int bit = event >> EVENT_KIND_AT == 0 ? 0 : 1u << ((event >> EVENT_KIND_AT) - 1);

        if ((event & EVENT_FAILED) == 0)
            values = event & EVENT_VALUE ? values | bit : values & ~bit;
    }
    return values << 3 | protocol;
}

bool descriptor_failed_before(struct descriptor_word word)
{
    return phase_of(word.bits) == PHASE_BIND_FAILED && (word.bits >> MISSED_AT & 1) == 0;
}

struct descriptor descriptor_decode(struct descriptor_word word)
{
    struct descriptor past = {
        .phase = phase_of(word.bits),
        .protocol = (enum protocol)(word.bits >> PROTOCOL_AT & 7),
        .forced = word.bits >> FORCED_AT & 1,
        .cleared = word.bits >> CLEARED_AT & 1,
    };

    for (int i = DESCRIPTOR_EVENTS_MAX - 1; i >= 0; i--) {
        unsigned int byte = word.bits >> (i * EVENT_BITS) & 0xff;

        if (byte != 0)
            past.events[past.event_count++] = decode(byte);
    }
    return past;
}

struct descriptor descriptor_get(int fd)
{
    return descriptor_decode(descriptor_word(fd));
}

enum answer descriptor_option_at_bind(const struct descriptor *descriptor, enum option_kind kind)
{
    enum answer answer = ANSWER_NO; /* as socket() makes it */

    if (descriptor->phase == PHASE_UNKNOWN || kind == OPTION_V6ONLY ||
        descriptor->event_count == DESCRIPTOR_EVENTS_MAX)
        return ANSWER_UNKNOWN;
    for (size_t i = 0; i < descriptor->event_count; i++) {
        const struct option_event *event = &descriptor->events[i];

        if (event->kind == kind && event->phase == PHASE_FRESH && !event->failed)
            answer = answer_of(event->value);
    }
    return answer;
}
