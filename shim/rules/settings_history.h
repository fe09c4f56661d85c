/* REUSESHIM_HISTORY: "off" or "/folder,size=64M,process=64K,age=24h". For settings.c only. */
#ifndef REUSESHIM_RULES_SETTINGS_HISTORY_H
#define REUSESHIM_RULES_SETTINGS_HISTORY_H

#include "rules/reader.h"
#include "rules/settings.h"

/* No history, and the limits that hold unless others are asked for. */
void settings_reset_history(struct settings *settings);

/* Reads the value that READER is about. False if it complains; then the caller starts anew with
 * settings_reset_history(). */
bool settings_read_history(struct settings *settings, struct reader *reader);

#endif
