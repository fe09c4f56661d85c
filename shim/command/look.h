/* One look at an address: what a bind() would meet there now. The same facts, verdict and cures as
 * for a call that has failed; only that nobody has made the call yet. */
#ifndef REUSESHIM_COMMAND_LOOK_H
#define REUSESHIM_COMMAND_LOOK_H

#include "base/scratch.h"
#include "rules/verdict.h"

/* What becomes of one bind(). */
struct trial {
    enum answer works; /* as far as other sockets are concerned */
    int error;         /* errno that it would give for another reason than EADDRINUSE, else 0 */
};

struct look {
    struct evidence evidence;
    struct verdict verdict;
    struct trial without; /* SO_REUSEADDR */
    struct trial with;
    void *memory; /* of the scratch in which the evidence lives */
};

/* Looks at LOCAL of PROTOCOL. BEFORE (or NULL) is a look of a moment ago that is not closed yet: of
 * a socket that both meet the owner is looked for once. Returns false if this machine has no such
 * family. Owners are looked for, which may take a quarter of a second. look_close() gives the
 * memory back. */
bool look_at(struct look *look, enum protocol protocol, const struct endpoint *local,
             const struct look *before);
void look_close(struct look *look);

/* Only whether a bind() without SO_REUSEADDR (WITH_OPTION: with it) would work; cheap enough to be
 * asked a few times a second. */
enum answer look_quickly(enum protocol protocol, const struct endpoint *local, bool with_option);

/* The exit code that says how it stands: EXIT_FREE, EXIT_HELD, EXIT_FREES_ITSELF,
 * EXIT_CANNOT_SEE or EXIT_CANNOT_BIND. WITH_OPTION: for a program that sets SO_REUSEADDR. */
int look_exit(const struct look *look, bool with_option);

#endif
