/* Sockets as the rules see them, in short. For the tests of rules/conflict, verdict and cures. */
#ifndef UNIT_PARTIES_H
#define UNIT_PARTIES_H

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "rules/verdict.h"

enum { OUR_UID = 1000, OTHER_UID = 2000, PORT = 80 };

/* A letter is yes, its capital 'not known', neither is no: a SO_REUSEADDR, p SO_REUSEPORT, v
 * IPV6_V6ONLY. And: c connected, m minisocket, o of another user, O of one not known, d bound to
 * device 1, D to device 2, u UDP. */
static inline struct party party_of(const char *address, enum socket_state state,
                                    const char *letters)
{
    struct party party = {.protocol = PROTOCOL_TCP, .state = state, .uid = OUR_UID};
    bool read = endpoint_parse_address(address, strlen(address), &party.local);

    assert(read);
    (void)read;
    party.local.port = PORT;
#define LETTER(yes, unknown)                                                                       \
    (strchr(letters, unknown) ? ANSWER_UNKNOWN : answer_of(strchr(letters, yes) != NULL))
    party.options.reuseaddr = LETTER('a', 'A');
    party.options.reuseport = LETTER('p', 'P');
    party.options.v6only = LETTER('v', 'V');
#undef LETTER
    party.connected = strchr(letters, 'c') != NULL;
    party.minisocket = strchr(letters, 'm') != NULL;
    if (strchr(letters, 'o'))
        party.uid = OTHER_UID;
    if (strchr(letters, 'O'))
        party.uid = UID_UNKNOWN;
    party.device = strchr(letters, 'd') ? 1 : strchr(letters, 'D') ? 2 : 0;
    if (strchr(letters, 'u'))
        party.protocol = PROTOCOL_UDP;
    return party;
}

enum { CASE_HOLDERS_MAX = 4 };

/* One failure with all that is known of it. */
struct sample_case {
    struct evidence evidence;
    struct holder holders[CASE_HOLDERS_MAX];
    struct verdict verdict;
};

/* A bind() that was refused; the kernel's list was read in full. */
static inline void case_begin(struct sample_case *it, const char *address, const char *letters)
{
    memset(it, 0, sizeof *it);
    it->evidence.holders = it->holders;
    it->evidence.kernel_asked = true;
    it->evidence.bound_seen = true;
    it->evidence.attempt.call = CALL_BIND;
    it->evidence.attempt.error = EADDRINUSE;
    it->evidence.attempt.fd = 5;
    it->evidence.attempt.caller.command = "./server";
    it->evidence.attempt.socket = party_of(address, STATE_BOUND, letters);
    it->evidence.attempt.domain = family_domain(it->evidence.attempt.socket.local.family);
}

/* Another process's socket, of which nothing is left out. */
static inline struct holder *case_add(struct sample_case *it, const char *address,
                                      enum socket_state state, const char *letters)
{
    struct holder *holder = &it->holders[it->evidence.holder_count++];
    bool orphan = strchr(letters, 'm') != NULL;

    holder->socket = party_of(address, state, letters);
    holder->count = 1;
    holder->timer_ms = orphan ? 30000 : -1;
    holder->owner = (struct owner){.relation = orphan ? RELATION_NONE : RELATION_OTHER,
                                   .pid = orphan ? 0 : 4711,
                                   .fd = orphan ? -1 : 3,
                                   .uid = holder->socket.uid,
                                   .others_complete = true};
    return holder;
}

static inline void case_conclude(struct sample_case *it)
{
    verdict_deduce(&it->evidence);
    verdict_reach(&it->evidence, &it->verdict);
    cures_find(&it->evidence, &it->verdict);
}

#endif
