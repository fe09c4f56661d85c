#include "rules/program_option.h"

#include <string.h>

#include "base/text.h"

/* Known by the start of the file's name, or of a library's in the stack, or by an argument. */
static const struct {
    char file[16];
    char library[20];
    char argument[12];
    char option[96];
} rows[] = {
    {"git-daemon", "", "", "git daemon --reuseaddr"},
    {"git", "", "daemon", "git daemon --reuseaddr"},
    {"socat", "", "", "socat: ,reuseaddr behind the address"},
    {"", "libevent", "", "libevent: LEV_OPT_REUSEABLE"},
    {"", "libapr-1", "", "APR: apr_socket_opt_set(s, APR_SO_REUSEADDR, 1)"},
    {"python", "", "",
     "Python: s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1) before bind"},
    {"pypy", "", "", "Python: s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1) before bind"},
    {"perl", "", "", "Perl: ReuseAddr => 1 in IO::Socket's or HTTP::Daemon's new"},
    {"beam.smp", "", "", "Erlang: {reuseaddr,true} among gen_tcp:listen's options"},
    {"sbcl", "", "", "Lisp: (setf (sb-bsd-sockets:sockopt-reuse-address s) t)"},
    {"racket", "", "", "Racket: (tcp-listen port 4 #t)"},
    {"octave", "", "", "Octave: setsockopt(s, SOL_SOCKET, SO_REUSEADDR, 1)"},
};

enum { ROWS = sizeof rows / sizeof *rows };

static bool has_library(const struct stack *stack, const char *library)
{
    for (size_t i = 0; i < stack->count; i++)
        if (stack->places[i].module != NULL &&
            text_begins_with(text_base_name(stack->places[i].module), library))
            return true;
    return false;
}

static bool is_it(size_t i, const struct attempt *attempt)
{
    const struct identity *identity = attempt->caller.identity;

    if (rows[i].file[0] != '\0' &&
        (attempt->caller.exe == NULL ||
         !text_begins_with(text_base_name(attempt->caller.exe), rows[i].file)))
        return false;
    if (rows[i].library[0] != '\0' && !has_library(&attempt->stack, rows[i].library))
        return false;
    return rows[i].argument[0] == '\0' ||
           (identity != NULL && identity->args != NULL &&
            strstr(identity->args, rows[i].argument) != NULL);
}

const char *program_option(const struct attempt *attempt)
{
    for (size_t i = 0; i < ROWS; i++)
        if (is_it(i, attempt))
            return rows[i].option;
    return NULL;
}
