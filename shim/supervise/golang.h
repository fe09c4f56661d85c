/* Go's own table of functions (.gopclntab), which is in every Go program, stripped or not: where a
 * function begins, what it is called, and how large its frame is at each instruction. Go 1.16 and
 * later. Nothing in here trusts the table: every offset is checked.
 */
#ifndef REUSESHIM_SUPERVISE_GOLANG_H
#define REUSESHIM_SUPERVISE_GOLANG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct golang_table {
    const unsigned char *bytes;
    size_t size;
    uint64_t text; /* the ELF address that function offsets count from */
    size_t quantum, pointer;
    size_t function_count;
    size_t names, pctab, functions; /* offsets of the parts */
    bool narrow; /* offsets of the list of functions are 32 bits (Go 1.18) */
};

struct golang_function {
    const char *name;
    uint64_t start;      /* ELF address */
    uint64_t frame_size; /* at the instruction asked for: from the stack pointer to the return
                          * address */
    bool is_outermost;   /* nobody called it: a goroutine begins here */
};

/* Reads the head of the SIZE BYTES; TEXT is the ELF address of .text, for tables that do not tell
 * where the code begins. False if this is no table that is understood. */
bool golang_open(struct golang_table *table, const unsigned char *bytes, size_t size,
                 uint64_t text);

/* Finds the function of the ELF address PC. For a return address give the byte before. */
bool golang_find(const struct golang_table *table, uint64_t pc, struct golang_function *function);

#endif
