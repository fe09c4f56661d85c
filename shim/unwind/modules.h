/* Where code addresses lie: pc -> module, offset, build id, symbol. Takes no lock of the loader and
 * may be used in a signal handler and in the child of fork. No heap; errno is not kept.
 */
#ifndef REUSESHIM_UNWIND_MODULES_H
#define REUSESHIM_UNWIND_MODULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/scratch.h"
#include "rules/evidence.h"
#include "unwind/trace.h"

/* Fills PLACES[0..COUNT) for the return addresses PC of this process, from /proc/self/maps. Strings
 * live in SCRATCH. What cannot be found stays NULL; that is no error. */
void modules_locate(const uintptr_t *pc, size_t count, struct place *places,
                    struct scratch *scratch);

/* The same for the modules' names alone, which takes four system calls. */
void modules_list(const uintptr_t *pc, size_t count, struct place *places,
                  struct scratch *scratch);

/* The same from what the loader keeps in memory, for addresses on the stack of this thread: without
 * a system call. Modules are named as the loader opened them; the program itself is PROGRAM. Build
 * ids live in SCRATCH, names with the loader. False where the loader cannot tell; see
 * unwind/objects.h, whose objects_prepare() comes first. */
bool modules_locate_loaded(const uintptr_t *pc, size_t count, const char *program,
                           struct place *places, struct scratch *scratch);

/* Fills build_id, symbol and symbol_offset of PLACES whose module and offset are known, reading
 * each ELF file once (its .symtab, or .dynsym where there is none). A place whose build_id is
 * known already gets no symbol from a file with another one. */
void modules_name(struct place *places, size_t count, struct scratch *scratch);

/* TRACE, taken in this process, as it is told: with modules and symbols. Empty if TRACE is, or if
 * SCRATCH is used up. Some twenty system calls for each module. */
struct stack modules_stack(const struct trace *trace, struct scratch *scratch);

/* The same with the names of the modules alone: four system calls. */
struct stack modules_stack_unnamed(const struct trace *trace, struct scratch *scratch);

#endif
