#include "report/message.h"

struct message message_of(struct page *page, const struct evidence *evidence,
                      const struct verdict *verdict, bool verbose)
{
    struct message message = {
        .page = page,
        .text = page->text,
        .evidence = evidence,
        .verdict = verdict,
        .attempt = &evidence->attempt,
        .want = &evidence->attempt.socket,
        .verbose = verbose,
    };

    if (verdict->decisive >= evidence->holder_count)
        return message;
    message.held = &evidence->holders[verdict->decisive];
    for (size_t i = 0; i < evidence->holder_count; i++) {
        const struct holder *holder = &evidence->holders[i];

        if (i == verdict->decisive || (holder->socket.state == message.held->socket.state &&
                                       holder_refuses(holder)))
            message.count += holder->count;
    }
    return message;
}

bool message_is_hypothetical(const struct message *message)
{
    return message->attempt->fd < 0;
}
