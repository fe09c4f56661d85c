/* The parts of reading WHERE. Internal to where.c and where_message.c. */
#ifndef REUSESHIM_COMMAND_WHERE_PARTS_H
#define REUSESHIM_COMMAND_WHERE_PARTS_H

#include "command/where.h"

enum { WHERE_TEXT_MAX = 1024 }; /* bytes with the NUL */

/* Reads one address, without a scheme in front or a protocol behind it. */
bool where_read_plain(const char *text, struct where *where, char error[WHERE_ERROR_MAX]);

/* The host and port of the URL TEXT, the scheme's own port where it names none, as
 * where_read_plain() takes it. Returns false if TEXT is no URL. */
bool where_turn_url(const char *text, char turned[WHERE_TEXT_MAX]);

/* "53/udp" as "udp:53". Returns false if TEXT has no protocol behind it. */
bool where_turn_protocol(const char *text, char turned[WHERE_TEXT_MAX]);

#endif
