#include "command/holders.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "command/console.h"
#include "report/words.h"

/* The columns, from left to right. */
enum column {
    COLUMN_STATE = 0,
    COLUMN_LOCAL,
    COLUMN_REMOTE,
    COLUMN_OPTIONS,
    COLUMN_OWNER,
    COLUMN_COUNT
};

static const char *const titles[] = {
    [COLUMN_STATE] = "STATE",     [COLUMN_LOCAL] = "LOCAL",   [COLUMN_REMOTE] = "REMOTE",
    [COLUMN_OPTIONS] = "OPTIONS", [COLUMN_OWNER] = "HELD BY",
};
static_assert(sizeof titles / sizeof *titles == COLUMN_COUNT, "one title each");

enum {
    GAP = 2, /* blanks between columns */
    CELL_SIZE = ENDPOINT_TEXT_MAX + 32
};

struct row {
    char cells[COLUMN_COUNT][CELL_SIZE];
};

/* ---- The rows ---- */

static bool is_same_socket(const struct holder *a, const struct holder *b)
{
    return a->inode == b->inode && a->cookie == b->cookie && a->count == b->count &&
           a->socket.state == b->socket.state &&
           endpoint_equal(&a->socket.local, &b->socket.local) &&
           endpoint_equal(&a->remote, &b->remote);
}

void holders_add(struct holders *holders, const struct evidence *evidence)
{
    size_t known;

    for (size_t i = 0; i < evidence->holder_count; i++) {
        const struct holder *holder = &evidence->holders[i];

        for (known = 0; known < holders->count; known++)
            if (is_same_socket(holders->rows[known], holder))
                break;
        if (known < holders->count)
            continue;
        if (holders->count < HOLDERS_SHOWN_MAX)
            holders->rows[holders->count++] = holder;
        else
            holders->more += holder->count;
    }
    if (evidence->left_out > holders->more)
        holders->more = evidence->left_out;
}

/* ---- The cells ---- */

static void add_state(struct text *text, const struct holder *holder)
{
    if (holder->count > 1) {
        text_unsigned(text, holder->count);
        text_char(text, ' ');
    }
    text_add(text, socket_state_name(holder->socket.state));
}

static void add_remote(struct text *text, const struct holder *holder)
{
    if (holder->remote.family == FAMILY_UNIX)
        text_add(text, "-");
    else if (holder->remote.family != FAMILY_NONE)
        endpoint_print(text, &holder->remote);
    else
        text_add(text, holder->count > 1 ? "several" : "-");
}

static void add_option(struct text *text, enum answer option, const char *name)
{
    if (option == ANSWER_YES)
        text_join(text, text->used > 0 ? "," : "", name, NULL);
}

/* Those that are on; "?" where they could not be read. */
static void add_options(struct text *text, const struct party *party)
{
    bool unknown = party->options.reuseaddr == ANSWER_UNKNOWN;

    add_option(text, party->options.reuseaddr, "reuseaddr");
    add_option(text, party->options.reuseport, "reuseport");
    if (party->local.family == FAMILY_INET6 && endpoint_is_wildcard(&party->local))
        add_option(text, party->options.v6only, "v6only");
    if (unknown && party->protocol != PROTOCOL_UNIX)
        text_add(text, text->used > 0 ? ",?" : "?");
    else if (text->used == 0)
        text_add(text, "-");
}

static void add_timer(struct text *text, const struct holder *holder)
{
    if (holder->timer_ms < 0)
        return;
    text_add(text, holder->count > 1 ? ", at most " : ", ");
    words_duration(text, holder->timer_ms);
}

static void add_owner(struct text *text, const struct holder *holder)
{
    const struct owner *owner = &holder->owner;

    if (owner->relation == RELATION_NONE) {
        text_add(text, "nobody");
        add_timer(text, holder);
        return;
    }
    if (owner->pid <= 0 && owner->comm == NULL) {
        text_add(text, "not seen");
        if (holder->socket.uid != UID_UNKNOWN && holder->inode != 0) {
            text_add(text, ", uid ");
            text_number(text, holder->socket.uid);
        }
        return;
    }
    words_process(text, owner->comm, owner->pid, WORDS_NAME_MAX);
    if (owner->fd >= 0) {
        text_add(text, " fd ");
        text_number(text, owner->fd);
    }
    if (owner->others > 0) {
        text_add(text, " and ");
        text_unsigned(text, owner->others);
        text_add(text, " more");
    }
}

static void fill_row(struct row *row, const struct holder *holder)
{
    struct text cells[COLUMN_COUNT];

    for (size_t i = 0; i < COLUMN_COUNT; i++)
        cells[i] = text_in(row->cells[i], CELL_SIZE);
    add_state(&cells[COLUMN_STATE], holder);
    endpoint_print(&cells[COLUMN_LOCAL], &holder->socket.local);
    add_remote(&cells[COLUMN_REMOTE], holder);
    add_options(&cells[COLUMN_OPTIONS], &holder->socket);
    add_owner(&cells[COLUMN_OWNER], holder);
}

/* ---- The layout ---- */

/* The widths of the columns; a column in which no row says anything is 0 and left out. Returns the
 * width of the whole. */
static size_t measure(const struct row *rows, size_t count, size_t widths[COLUMN_COUNT])
{
    size_t whole = 0;

    for (size_t column = 0; column < COLUMN_COUNT; column++) {
        bool says_something = false;

        widths[column] = strlen(titles[column]);
        for (size_t i = 0; i < count; i++) {
            size_t cell = console_columns(rows[i].cells[column]);

            says_something |= strcmp(rows[i].cells[column], "-") != 0;
            if (cell > widths[column])
                widths[column] = cell;
        }
        if (!says_something)
            widths[column] = 0;
        else
            whole += widths[column] + (whole > 0 ? GAP : 0);
    }
    return whole;
}

static void add_padding(struct text *text, size_t count)
{
    while (count-- > 0)
        text_char(text, ' ');
}

/* One line with the columns from FIRST to before LAST, at their widths. */
static void add_line(struct text *text, const char *cells[COLUMN_COUNT],
                     const size_t widths[COLUMN_COUNT], size_t first, size_t last)
{
    size_t owed = last == COLUMN_COUNT && first > 0 ? widths[COLUMN_STATE] + GAP : 0;

    for (size_t column = first; column < last; column++) {
        if (widths[column] == 0)
            continue;
        add_padding(text, owed);
        text_add(text, cells[column]);
        owed = widths[column] - console_columns(cells[column]) + GAP;
    }
    text_char(text, '\n');
}

/* A row that is too wide goes over two lines: what it is, then what it has and whose it is; on a
 * narrow terminal over more. */
static void add_row(struct text *text, const char *cells[COLUMN_COUNT],
                    const size_t widths[COLUMN_COUNT], size_t whole, size_t width)
{
    size_t split = whole > width ? COLUMN_REMOTE : COLUMN_COUNT, start = text->used;

    add_line(text, cells, widths, 0, split);
    console_fold(text, start, width);
    if (split == COLUMN_COUNT)
        return;
    start = text->used;
    add_line(text, cells, widths, split, COLUMN_COUNT);
    console_fold(text, start, width);
}

void holders_print(struct text *text, const struct holders *holders, size_t width)
{
    static struct row rows[HOLDERS_SHOWN_MAX];
    const char *cells[COLUMN_COUNT];
    size_t widths[COLUMN_COUNT];
    size_t whole;

    if (holders->count == 0)
        return;
    for (size_t i = 0; i < holders->count; i++)
        fill_row(&rows[i], holders->rows[i]);
    whole = measure(rows, holders->count, widths);
    memcpy(cells, titles, sizeof titles);
    add_row(text, cells, widths, whole, width);
    for (size_t i = 0; i < holders->count; i++) {
        for (size_t column = 0; column < COLUMN_COUNT; column++)
            cells[column] = rows[i].cells[column];
        add_row(text, cells, widths, whole, width);
    }
    if (holders->more == 0)
        return;
    text_add(text, "and ");
    words_count(text, holders->more, "more socket");
    text_char(text, '\n');
}
