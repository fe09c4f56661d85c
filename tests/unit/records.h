/* Records to print: the failure of the contract's example, and ways to change it. For the tests of
 * report/ only. */
#ifndef UNIT_RECORDS_H
#define UNIT_RECORDS_H

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "report/page.h"
#include "report/record.h"

/* 2024-02-29T23:59:59.123456Z */
#define SAMPLE_TIME_US ((int64_t)1709251199 * 1000000 + 123456)
#define SECONDS_AGO(n) (SAMPLE_TIME_US - (int64_t)(n) * 1000000)

struct sample {
    struct record record;
    struct evidence evidence;
    struct verdict verdict;
    struct holder holders[16];
};

static inline struct endpoint sample_endpoint(const char *address, int port)
{
    struct endpoint endpoint = {.family = FAMILY_INET};

    if (address[0] == '/' || address[0] == '@') {
        endpoint.family = FAMILY_UNIX;
        endpoint.path_length = (uint8_t)strlen(address);
        memcpy(endpoint.path, address, strlen(address));
        if (address[0] == '@')
            endpoint.path[0] = '\0';
        return endpoint;
    }
    endpoint_parse_address(address, strlen(address), &endpoint);
    endpoint.port = (uint16_t)port;
    return endpoint;
}

static const struct place sample_places[] = {
    {0x401a42, "/usr/bin/server", 0x1a42, "0badcafe", "open_listener", 0x42},
    {0x401b30, "/usr/bin/server", 0x1b30, "0badcafe", "main", 0x91},
    {0x7f027000, "/lib/libc.so.6", 0x27000, NULL, "__libc_start_call_main", 0x7a},
};
static const struct stack sample_stack = {sample_places, 3};

/* A holder at this address: nobody's, no options known. */
static inline struct holder sample_holder(const char *address, int port, enum socket_state state)
{
    struct holder holder = {.count = 1, .timer_ms = -1};

    holder.socket.protocol = address[0] == '/' || address[0] == '@' ? PROTOCOL_UNIX : PROTOCOL_TCP;
    holder.socket.local = sample_endpoint(address, port);
    holder.socket.state = state;
    holder.socket.uid = UID_UNKNOWN;
    holder.owner.uid = UID_UNKNOWN;
    holder.owner.fd = -1;
    holder.owner.relation = RELATION_UNSEEN;
    return holder;
}

/* A process that has it. */
static inline void sample_owner(struct holder *holder, enum relation relation, const char *comm,
                                int pid, int fd)
{
    holder->owner.relation = relation;
    holder->owner.comm = comm;
    holder->owner.pid = pid;
    holder->owner.fd = fd;
    holder->owner.others_complete = true;
}

/* A failed bind of server[4711], fd 5, uid 1000 to this address; no holder, no verdict yet. */
static inline void sample_init(struct sample *sample, const char *address, int port)
{
    struct attempt *attempt = &sample->evidence.attempt;
    struct record *record = &sample->record;

    *sample = (struct sample){.record = {.event = EVENT_BIND_FAILED}};
    record->time_us = SAMPLE_TIME_US;
    record->caller = (struct caller){
        .pid = 4711, .tid = 4712, .comm = "server", .exe = "/usr/bin/server", .uid = 1000};
    record->call = CALL_BIND;
    record->fd = 5;
    record->result = -1;
    record->error = EADDRINUSE;
    record->address = sample_endpoint(address, port);
    record->protocol =
        record->address.family == FAMILY_UNIX ? PROTOCOL_UNIX : PROTOCOL_TCP;
    record->other_fd = -1;
    record->evidence = &sample->evidence;
    record->verdict = &sample->verdict;
    attempt->call = CALL_BIND;
    attempt->fd = 5;
    attempt->error = EADDRINUSE;
    attempt->socket.protocol = record->protocol;
    attempt->socket.local = record->address;
    attempt->socket.options = (struct options){ANSWER_NO, ANSWER_NO, ANSWER_NO};
    attempt->socket.uid = 1000;
    attempt->time_us = record->time_us;
    attempt->caller = record->caller;
    sample->evidence.holders = sample->holders;
    sample->evidence.kernel_asked = true;
    sample->evidence.bound_seen = true;
    sample->verdict.frees_in_ms = -1;
}

/* Adds a holder; the verdict is reached by verdict_deduce() and so on, as in life. */
static inline struct holder *sample_add(struct sample *sample, struct holder holder)
{
    struct holder *place = &sample->holders[sample->evidence.holder_count++];

    *place = holder;
    return place;
}

static inline void sample_judge(struct sample *sample)
{
    verdict_deduce(&sample->evidence);
    verdict_reach(&sample->evidence, &sample->verdict);
    cures_find(&sample->evidence, &sample->verdict);
}

/* The contract's example: 12 TIME_WAITs of a run that ended 7 s ago. Its cures are the contract's
 * too. */
static inline void sample_time_wait(struct sample *sample)
{
    struct holder *holder;

    sample_init(sample, "0.0.0.0", 8080);
    sample->evidence.attempt.socket.options.reuseaddr = ANSWER_YES;
    sample->evidence.attempt.reuseaddr_by = SETTER_POLICY;
    sample->evidence.attempt.stack = sample_stack;
    holder = sample_add(sample, sample_holder("127.0.0.1", 8080, STATE_TIME_WAIT));
    holder->owner.relation = RELATION_NONE;
    holder->count = 12;
    holder->socket.minisocket = true;
    holder->socket.options.reuseaddr = ANSWER_NO; /* as remembered of their listener */
    holder->socket.connected = true;
    holder->timer_ms = 52400;
    holder->memory = (struct memory){.bound_at_us = SECONDS_AGO(60), .pid = 4200, .ended = true,
                                     .ended_us = SECONDS_AGO(7), .comm = "server"};
    holder->memory.stack = sample_stack;
    sample_judge(sample);
    sample->verdict.cure_count = 3;
    sample->verdict.cures[0] =
        (struct cure){.id = "wait", .risk = RISK_SAFE, .text = "wait",
                      .command = "REUSESHIM_POLICY=force+wait:60s"};
    sample->verdict.cures[1] =
        (struct cure){.id = "free", .risk = RISK_ROOT, .text = "free it now",
                      .command = "reuseshim free tcp:8080"};
    sample->verdict.cures[2] = (struct cure){
        .id = "next-time", .risk = RISK_NONE, .kind = CURE_FOR_GOOD,
        .text = "this run has the option: once it has started, its own restarts cannot meet this"};
}

#endif
