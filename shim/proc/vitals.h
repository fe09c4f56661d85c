/* Whether a process can be ended by a signal, as /proc shows it. No heap, no lock;
 * async-signal-safe; errno is not kept. Sources: proc(5), signal(7), pid_namespaces(7).
 */
#ifndef REUSESHIM_PROC_VITALS_H
#define REUSESHIM_PROC_VITALS_H

#include "proc/known.h"
#include "rules/identity.h"

/* Fills VITALS from STAT and STATUS, the text of /proc/PID/status. What only its further threads
 * and descriptors tell is left to vitals_read(). Pure. */
void vitals_parse(const struct procstat *stat, const char *status, struct vitals *vitals);

enum { VITALS_ROOM = 4096 };

/* Fills VITALS for process PID. ROOM is VITALS_ROOM bytes for use meanwhile. */
void vitals_read(struct known *known, int32_t pid, struct vitals *vitals, char *room);

#endif
