/* The lines 'fix', 'or' and 'for good': what to do. The words stand before the command, and nothing
 * behind it, so that it can be pasted from its first character to the end of the line. */
#include "report/message.h"

#include <assert.h>
#include <string.h>

/* Whom it harms. */
static const char *harm_of(const struct cure *cure)
{
    static const char risks[][11] = {
        [RISK_NONE] = "",
        [RISK_SAFE] = "safe",
        [RISK_ROOT] = "needs root",
        [RISK_DISRUPTS] = "disrupts",
    };
    static_assert(sizeof risks / sizeof *risks == RISK_COUNT, "one each");

    return cure->harm != NULL ? cure->harm : risks[cure->risk];
}

static void add_cure(const struct message *message, const struct cure *cure)
{
    struct text *text = message->text;

    if (harm_of(cure)[0] != '\0')
        text_format(text, "[%s] ", harm_of(cure));
    text_shown(text, cure->text, strlen(cure->text), CURE_TEXT_MAX * 4);
    if (cure->command[0] == '\0') {
        text_char(text, '.');
        page_end(message->page);
        return;
    }
    text_char(text, ':');
    page_command(message->page, cure->command, CURE_COMMAND_MAX * 4);
}

bool line_cure(const struct message *message, const char *key, enum cure_kind kind, size_t n)
{
    for (size_t i = 0; i < message->verdict->cure_count; i++) {
        const struct cure *cure = &message->verdict->cures[i];

        if (cure->kind != kind || n-- > 0)
            continue;
        page_begin(message->page, key);
        add_cure(message, cure);
        return true;
    }
    return false;
}
