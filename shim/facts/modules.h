/* Where code addresses lie: pc -> module, offset, build id, symbol. Used only when something is
 * printed. Reads /proc/self/maps and the ELF files, so it takes no lock of the loader and may be
 * used in a signal handler and in the child of fork. No heap; errno is not kept.
 */
#ifndef REUSESHIM_FACTS_MODULES_H
#define REUSESHIM_FACTS_MODULES_H

#include <stddef.h>
#include <stdint.h>

#include "base/scratch.h"
#include "rules/evidence.h"

enum { BUILD_ID_TEXT_MAX = 65 }; /* bytes: 32 bytes in hexadecimal and a NUL; usual are 20 */


/* Fills PLACES[0..COUNT) for the return addresses PC of this process. Strings live in SCRATCH.
 * What cannot be found stays NULL; that is no error. */
void modules_locate(const uintptr_t *pc, size_t count, struct place *places,
                    struct scratch *scratch);

/* Fills build_id, symbol and symbol_offset of PLACES whose module and offset are known, reading
 * each ELF file once (its .symtab, or .dynsym where there is none). A place whose build_id is
 * known already gets no symbol from a file with another one. */
void modules_name(struct place *places, size_t count, struct scratch *scratch);

#endif
