/* REUSESHIM_HISTORY: "off" or "/folder,size=64M,process=64K,age=24h". For settings.c only. */
#ifndef REUSESHIM_RULES_SETTINGS_HISTORY_H
#define REUSESHIM_RULES_SETTINGS_HISTORY_H

#include "rules/reader.h"
#include "rules/settings.h"

/* Reads the value that READER is about; an empty one is "off". False, with no history, if it
 * complains. */
bool settings_read_history(struct settings *settings, struct reader *reader);

#endif
