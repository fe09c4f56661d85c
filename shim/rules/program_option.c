#include "rules/program_option.h"

#include <string.h>

#include "base/text.h"

/* Known by the start of the file's name, or of a library's in the stack, or by an argument. The
 * strings lie one behind the other: places of one size would take twice the room. A row without an
 * option has that of the next one. */
#define ROW(file, library, argument, option) file "\0" library "\0" argument "\0" option "\0"
static const char rows[] =
    ROW("git-daemon", "", "", "")
    ROW("git", "", "daemon", "git daemon --reuseaddr")
    ROW("socat", "", "", "socat: ,reuseaddr behind the address")
    ROW("", "libevent", "", "libevent: LEV_OPT_REUSEABLE")
    ROW("", "libapr-1", "", "APR: apr_socket_opt_set(s, APR_SO_REUSEADDR, 1)")
    ROW("python", "", "", "")
    ROW("pypy", "", "",
        "Python: s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1) before bind")
    ROW("perl", "", "", "Perl: ReuseAddr => 1 in IO::Socket's or HTTP::Daemon's new")
    ROW("beam.smp", "", "", "Erlang: {reuseaddr,true} among gen_tcp:listen's options")
    ROW("sbcl", "", "", "Lisp: (setf (sb-bsd-sockets:sockopt-reuse-address s) t)")
    ROW("racket", "", "", "Racket: (tcp-listen port 4 #t)")
    ROW("octave", "", "", "Octave: setsockopt(s, SOL_SOCKET, SO_REUSEADDR, 1)")
    ROW("", "libgphobos", "", "")
    ROW("", "libphobos2", "",
        "D: setOption(SocketOptionLevel.SOCKET, SocketOption.REUSEADDR, true)")
    ROW("", "libgnat-", "", "Ada: Set_Socket_Option (S, Socket_Level, (Reuse_Address, True))");

struct row {
    const char *file, *library, *argument, *option;
};

static const char *behind(const char *string)
{
    return string + strlen(string) + 1;
}

static bool has_library(const struct stack *stack, const char *library)
{
    for (size_t i = 0; i < stack->count; i++)
        if (stack->places[i].module != NULL &&
            text_begins_with(text_base_name(stack->places[i].module), library))
            return true;
    return false;
}

static bool is_it(const struct row *row, const struct attempt *attempt)
{
    const struct identity *identity = attempt->caller.identity;

    if (row->file[0] != '\0' &&
        (attempt->caller.exe == NULL ||
         !text_begins_with(text_base_name(attempt->caller.exe), row->file)))
        return false;
    if (row->library[0] != '\0' && !has_library(&attempt->stack, row->library))
        return false;
    return row->argument[0] == '\0' ||
           (identity != NULL && identity->args != NULL &&
            strstr(identity->args, row->argument) != NULL);
}

const char *program_option(const struct attempt *attempt)
{
    struct row row;
    bool found = false;

    for (const char *at = rows; at < rows + sizeof rows - 1; at = behind(row.option)) {
        row.file = at;
        row.library = behind(row.file);
        row.argument = behind(row.library);
        row.option = behind(row.argument);
        found = found || is_it(&row, attempt);
        if (found && row.option[0] != '\0')
            return row.option;
    }
    return NULL;
}
