/* Names of C++, Rust and D as people write them: the nested names alone, without types, arguments
 * and hashes. Pure, no heap. Not every name can be read so; the others are shown as they are. */
#ifndef REUSESHIM_REPORT_DEMANGLE_H
#define REUSESHIM_REPORT_DEMANGLE_H

#include "base/text.h"

/* Adds "node::TCPWrap::Bind" for "_ZN4node7TCPWrap4BindERKN2v8...". Returns false, and adds
 * nothing, if SYMBOL is no mangled name, or none that is understood. */
bool demangle(struct text *text, const char *symbol);

#endif
