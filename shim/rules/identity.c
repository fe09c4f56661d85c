#include "rules/identity.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"

static const char supervisor_names[][13] = {
    "", /* SUPERVISOR_NONE */
#define SUPERVISOR(kind, name, ...) name,
#include "rules/supervisors.def"
};

static const char engine_names[][11] = {
    [ENGINE_NONE] = "",
    [ENGINE_DOCKER] = "docker",
    [ENGINE_PODMAN] = "podman",
    [ENGINE_CONTAINERD] = "containerd",
    [ENGINE_NERDCTL] = "nerdctl",
    [ENGINE_CRIO] = "cri-o",
    [ENGINE_KUBERNETES] = "kubernetes",
    [ENGINE_LXC] = "lxc",
    [ENGINE_LXD] = "lxd",
    [ENGINE_INCUS] = "incus",
    [ENGINE_MACHINED] = "machined",
};
static_assert(sizeof engine_names / sizeof *engine_names == ENGINE_COUNT, "one name each");

const char *supervisor_kind_name(enum supervisor_kind kind)
{
    return kind == SUPERVISOR_NONE ? NULL : supervisor_names[kind];
}

const char *container_engine_name(enum container_engine engine)
{
    return engine == ENGINE_NONE ? NULL : engine_names[engine];
}

/* The end of the word of a shell at AT: quotes hold blanks together, and lines. */
static const char *end_of_word(const char *at)
{
    bool quoted = false;

    for (; *at != '\0' && (quoted || *at != ' '); at++)
        quoted ^= *at == '\'';
    return at;
}

void identity_print_args(struct text *text, const char *args, size_t limit)
{
    const char *end = end_of_word(args), *at = args;
    size_t start = text->used;

    for (const char *c = args; c + 1 < end; c++)
        if (*c == '/')
            at = c + 1;
    text_shown(text, at, (size_t)(end - at), limit);
    while (*end == ' ') {
        at = end + 1;
        end = end_of_word(at);
        if (text->used - start + 1 + (size_t)(end - at) > limit ||
            memchr(at, '\n', (size_t)(end - at)) != NULL) {
            text_add(text, " ...");
            return;
        }
        text_char(text, ' ');
        text_shown(text, at, (size_t)(end - at), limit);
    }
}
