/* The one socket of a port as a holder, with the owner that is found. For the tests of
 * facts/owner*.c: include check.h first. */
#ifndef UNIT_ONE_HOLDER_H
#define UNIT_ONE_HOLDER_H

#include "facts/owner.h"
#include "rows.h"

static struct rows rows;
static struct holder holder;
static char memory[64 * 1024]; /* where its strings are */

/* Finds the holder of the port, and its owner as seen from process `viewer` (0: from nobody's).
 * Returns what limited the look. */
static inline uint32_t holder_find(enum protocol protocol, int port, int32_t viewer)
{
    struct scratch scratch = {memory, memory + sizeof memory};
    uint32_t limits = 0;

    rows_get(&rows, sockdiag_each,
             &(struct diag_query){.protocol = protocol, .port = (uint16_t)port});
    CHECK_EQ(rows.count, 1, "sockets of the port");
    rows_to_holders(&rows, &holder);
    owner_find(&holder, 1, &(struct viewer){.pid = viewer}, &scratch, &limits);
    return limits;
}

#endif
