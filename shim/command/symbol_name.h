/* Names of C++, Rust and D functions as people write them, by GNU libiberty where the command was
 * built with it; else by the library's own small reader (report/demangle.h), which knows nested
 * names alone.
 */
#ifndef REUSESHIM_COMMAND_SYMBOL_NAME_H
#define REUSESHIM_COMMAND_SYMBOL_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "rules/evidence.h"

/* The name for people of the mangled SYMBOL, without the function's parameters:
 * "app::Pool<int>::bind". It lives until the end of the process. SYMBOL itself if it is not
 * mangled, or not understood. */
const char *symbol_name(const char *symbol);

/* The COUNT bytes of NAME may be a mangled name. */
bool symbol_looks_mangled(const char *name, size_t count);

/* Gives the places of STACK the names for people. The places are copied: they stay until the end of
 * the process. */
void symbol_name_stack(struct stack *stack);

#endif
