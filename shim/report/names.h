/* The C names of numbers that the socket calls take. NULL for a number without a name here. Pure.
 */
#ifndef REUSESHIM_REPORT_NAMES_H
#define REUSESHIM_REPORT_NAMES_H

#include "base/text.h"

/* Of socket(): "inet" of AF_INET; "stream" of SOCK_STREAM, whatever its flags. */
const char *domain_name(int domain);
const char *type_name(int type);

/* Of setsockopt(): "SOL_SOCKET", "IPPROTO_TCP"; "SO_REUSEADDR", "IPV6_V6ONLY". */
const char *level_name(int level);
const char *option_name(int level, int option);

/* Adds NAME, or NUMBER if it is NULL. */
void names_print(struct text *text, const char *name, int number);

#endif
