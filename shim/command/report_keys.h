/* The keys that a report reads: those of records, and those of what carries records. */
#ifndef REUSESHIM_COMMAND_REPORT_KEYS_H
#define REUSESHIM_COMMAND_REPORT_KEYS_H

enum report_key {
    KEY_NONE = 0,
    KEY_V,
    KEY_TIME,
    KEY_EVENT,
    KEY_ID,
    KEY_HOST,
    KEY_BOOT,
    KEY_VERSION,
    KEY_UNIT,
    KEY_CONTAINER,
    KEY_COMM,
    KEY_PID,
    KEY_TID,
    KEY_FD,
    KEY_PROTO,
    KEY_ADDRESS,
    KEY_PORT,
    KEY_REASON,
    KEY_REPEATS,
    KEY_WALK,
    KEY_FREES_IN_MS,
    KEY_RESULT,
    KEY_WOULD_SUCCEED,
    KEY_HOLDERS,
    KEY_CURES,
    KEY_STATE,
    KEY_STARTED,
    KEY_BOUND_AT,
    KEY_RISK,
    KEY_TEXT,
    /* Of the journal's export, and of what engines and collectors wrap a line in. */
    KEY_MESSAGE,
    KEY_JOURNAL_TIME,
    KEY_JOURNAL_HOST,
    KEY_JOURNAL_BOOT,
    KEY_JOURNAL_UNIT,
    KEY_JOURNAL_CONTAINER,
    KEY_JOURNAL_PID,
    KEY_JOURNAL_EVENT,
    KEY_JOURNAL_REASON,
    KEY_JOURNAL_PROGRAM,
    KEY_JOURNAL_PROTOCOL,
    REPORT_KEY_COUNT
};

/* The key called NAME, KEY_NONE for all others and for NULL. */
enum report_key report_key(const char *name);

#endif
