#include "report/story.h"

struct story story_of(struct page *page, const struct evidence *evidence,
                      const struct verdict *verdict, bool verbose)
{
    struct story story = {
        .page = page,
        .text = page->text,
        .evidence = evidence,
        .verdict = verdict,
        .attempt = &evidence->attempt,
        .want = &evidence->attempt.socket,
        .verbose = verbose,
    };
    size_t i;

    if (verdict->decisive >= evidence->holder_count)
        return story;
    story.held = &evidence->holders[verdict->decisive];
    for (i = 0; i < evidence->holder_count; i++) {
        const struct holder *holder = &evidence->holders[i];

        if (i == verdict->decisive || (holder->socket.state == story.held->socket.state &&
                                       holder_refuses(holder)))
            story.count += holder->count;
    }
    return story;
}

bool story_is_thought(const struct story *story)
{
    return story->attempt->fd < 0;
}
