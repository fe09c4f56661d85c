/* libFuzzer target: whatever is known of a failure, or is not, there is a verdict with its cures
 * and words. What helps now comes before what helps for good. No command ends the first process, or
 * processes whose number is not known. Each byte is one choice. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report/page.h"
#include "report/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HOLDERS = 6, PORT = 80 };

struct choices {
    const uint8_t *next, *end;
};

static unsigned int below(struct choices *from, unsigned int count)
{
    return from->next < from->end ? *from->next++ % count : 0;
}

static void require(bool truth)
{
    if (!truth)
        abort();
}

static const char *one_of(struct choices *from, const char *const strings[], unsigned int count)
{
    return strings[below(from, count)];
}

static struct endpoint an_endpoint(struct choices *from, enum protocol protocol)
{
    static const char *const addresses[] = {"0.0.0.0", "127.0.0.1", "::", "::1", "fe80::1",
                                            "::ffff:127.0.0.1", "224.0.0.1"};
    struct endpoint endpoint = {.family = FAMILY_UNIX, .path_length = 4, .path = "/run"};
    const char *address = one_of(from, addresses, 7);

    if (protocol == PROTOCOL_UNIX) {
        endpoint.path[0] = below(from, 2) == 0 ? '/' : '\0';
        return endpoint;
    }
    memset(&endpoint, 0, sizeof endpoint);
    require(endpoint_parse_address(address, strlen(address), &endpoint));
    endpoint.port = PORT;
    return endpoint;
}

static struct party a_party(struct choices *from, enum protocol protocol)
{
    struct party party = {.protocol = protocol, .local = an_endpoint(from, protocol)};

    party.options.reuseaddr = (enum answer)below(from, ANSWER_COUNT);
    party.options.reuseport = (enum answer)below(from, ANSWER_COUNT);
    party.options.v6only = (enum answer)below(from, ANSWER_COUNT);
    party.state = (enum socket_state)below(from, STATE_COUNT);
    party.uid = (int64_t)below(from, 3) - 1;
    party.connected = below(from, 2) != 0;
    party.minisocket = below(from, 2) != 0;
    return party;
}

static struct owner an_owner(struct choices *from)
{
    static const char *const programs[] = {NULL, "/usr/bin/docker-proxy", "/lib/systemd/systemd",
                                           "conmon", "kube-proxy", "\033[31m"};
    struct owner owner = {.relation = (enum relation)below(from, RELATION_COUNT)};

    owner.pid = (int32_t)below(from, 4);
    owner.fd = (int32_t)below(from, 3) - 1;
    owner.exe = one_of(from, programs, 6);
    owner.comm = owner.exe;
    owner.stopped = below(from, 2) != 0;
    owner.by_fork = below(from, 4) == 1;
    owner.uid = (int64_t)below(from, 3) - 1;
    owner.others = below(from, 7);
    owner.others_complete = below(from, 2) != 0;
    for (uint32_t i = 0; i < owner.others && i < OTHERS_NAMED_MAX; i++)
        owner.other_pids[i] = (int32_t)below(from, 9) + 1;
    return owner;
}

static struct holder a_holder(struct choices *from, enum protocol protocol)
{
    static const char *const units[] = {NULL, "a.service", "b.service", "cron.service",
                                        "session-4.scope"};
    struct holder holder = {.socket = a_party(from, protocol), .owner = an_owner(from)};

    if (below(from, 2) != 0)
        holder.remote = holder.socket.local;
    holder.count = below(from, 3) + 1;
    holder.timer_ms = (int64_t)below(from, 3) - 1;
    holder.outgoing = (enum answer)below(from, ANSWER_COUNT);
    holder.some_lack.reuseaddr = below(from, 2) != 0;
    holder.unit = one_of(from, units, 5);
    holder.memory.bound_at_us = below(from, 2);
    holder.memory.pid = (int32_t)below(from, 4);
    holder.memory.ended = below(from, 2) != 0;
    return holder;
}

static void an_attempt(struct choices *from, struct attempt *attempt)
{
    enum protocol protocol = (enum protocol)below(from, PROTOCOL_COUNT);

    attempt->call = below(from, 2) == 0 ? CALL_BIND : CALL_LISTEN;
    attempt->bound = below(from, 2) != 0;
    attempt->fd = (int)below(from, 2) - 1;
    attempt->error = below(from, 4) == 1 ? 0 : EADDRINUSE;
    attempt->caller.uid = (int64_t)below(from, 3) - 1;
    attempt->socket = a_party(from, protocol);
    attempt->domain = family_domain(attempt->socket.local.family);
    if (below(from, 4) == 1)
        attempt->socket.local.port = 0;
}

static void what_was_seen(struct choices *from, struct evidence *evidence)
{
    evidence->limits = below(from, 256) * 2;
    evidence->kernel_asked = below(from, 2) != 0;
    evidence->bound_seen = below(from, 2) != 0;
    evidence->left_out = below(from, 4) == 1;
    evidence->probe = (enum answer)below(from, ANSWER_COUNT);
    evidence->retry = (enum answer)below(from, ANSWER_COUNT);
    evidence->path = (enum path_kind)below(from, PATH_COUNT);
    evidence->folder = below(from, 2) == 0 ? NULL : "/home";
    evidence->range.first = (uint16_t)below(from, 256);
    evidence->range.last = (uint16_t)(evidence->range.first + below(from, 256));
    evidence->range.taken = below(from, 256);
    evidence->holder_count = below(from, HOLDERS + 1);
}

static void check_cures(const struct verdict *verdict)
{
    enum cure_kind before = CURE_NOW;

    for (size_t i = 0; i < verdict->cure_count; i++) {
        const struct cure *cure = &verdict->cures[i];

        require(cure->kind >= before);
        before = cure->kind;
        require(strstr(cure->command, "kill 0") == NULL);
        require(strstr(cure->command, "kill 1 ") == NULL);
        require(cure->text[0] != '\0');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char bytes[RECORD_BYTES_MAX];
    struct choices from = {data, data + size};
    struct holder holders[HOLDERS];
    struct evidence evidence = {.holders = holders};
    struct verdict verdict;
    struct record record = {.event = EVENT_BIND_FAILED, .call = CALL_BIND, .other_fd = -1,
                            .error = EADDRINUSE, .evidence = &evidence, .verdict = &verdict};
    struct text text = text_in(bytes, sizeof bytes);

    an_attempt(&from, &evidence.attempt);
    what_was_seen(&from, &evidence);
    for (size_t i = 0; i < evidence.holder_count; i++)
        holders[i] = a_holder(&from, evidence.attempt.socket.protocol);
    verdict_deduce(&evidence);
    verdict_reach(&evidence, &verdict);
    cures_find(&evidence, &verdict);
    check_cures(&verdict);
    record.address = evidence.attempt.socket.local;
    record.protocol = evidence.attempt.socket.protocol;
    human_print(&text, &record, &(const struct manner){.width = PAGE_WIDTH});
    require(evidence.attempt.fd < 0 || text_begins_with(bytes, "reuseshim: "));
    require(strstr(bytes, "(null)") == NULL);
    text = text_in(bytes, sizeof bytes);
    json_print(&text, &record);
    require(bytes[0] == '{' && strstr(bytes, "}\n") != NULL);
    return 0;
}
