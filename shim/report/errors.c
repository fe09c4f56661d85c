#include "report/errors.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* What there is to say of an error: ROW(number's name, sentence). */
#define ERRORS(ROW)                                                                                \
    ROW(EADDRINUSE, "Address already in use")                                                      \
    ROW(EACCES, "Permission denied")                                                               \
    ROW(EADDRNOTAVAIL, "Cannot assign requested address")                                          \
    ROW(EAFNOSUPPORT, "Address family not supported by protocol")                                  \
    ROW(EAGAIN, "Resource temporarily unavailable")                                                \
    ROW(EALREADY, "Operation already in progress")                                                 \
    ROW(EBADF, "Bad file descriptor")                                                              \
    ROW(EBUSY, "Device or resource busy")                                                          \
    ROW(ECONNREFUSED, "Connection refused")                                                        \
    ROW(ECONNRESET, "Connection reset by peer")                                                    \
    ROW(EDESTADDRREQ, "Destination address required")                                              \
    ROW(EDOM, "Numerical argument out of domain")                                                  \
    ROW(EDQUOT, "Disk quota exceeded")                                                             \
    ROW(EEXIST, "File exists")                                                                     \
    ROW(EFAULT, "Bad address")                                                                     \
    ROW(EFBIG, "File too large")                                                                   \
    ROW(EINPROGRESS, "Operation now in progress")                                                  \
    ROW(EINTR, "Interrupted system call")                                                          \
    ROW(EINVAL, "Invalid argument")                                                                \
    ROW(EIO, "Input/output error")                                                                 \
    ROW(EISCONN, "Transport endpoint is already connected")                                        \
    ROW(EISDIR, "Is a directory")                                                                  \
    ROW(ELOOP, "Too many levels of symbolic links")                                                \
    ROW(EMFILE, "Too many open files")                                                             \
    ROW(EMSGSIZE, "Message too long")                                                              \
    ROW(ENAMETOOLONG, "File name too long")                                                        \
    ROW(ENETDOWN, "Network is down")                                                               \
    ROW(ENETUNREACH, "Network is unreachable")                                                     \
    ROW(ENFILE, "Too many open files in system")                                                   \
    ROW(ENOBUFS, "No buffer space available")                                                      \
    ROW(ENODEV, "No such device")                                                                  \
    ROW(ENOENT, "No such file or directory")                                                       \
    ROW(ENOMEM, "Cannot allocate memory")                                                          \
    ROW(ENOPROTOOPT, "Protocol not available")                                                     \
    ROW(ENOSPC, "No space left on device")                                                         \
    ROW(ENOSYS, "Function not implemented")                                                        \
    ROW(ENOTCONN, "Transport endpoint is not connected")                                           \
    ROW(ENOTDIR, "Not a directory")                                                                \
    ROW(ENOTSOCK, "Socket operation on non-socket")                                                \
    ROW(ENXIO, "No such device or address")                                                        \
    ROW(EOPNOTSUPP, "Operation not supported")                                                     \
    ROW(EPERM, "Operation not permitted")                                                          \
    ROW(EPFNOSUPPORT, "Protocol family not supported")                                             \
    ROW(EPIPE, "Broken pipe")                                                                      \
    ROW(EPROTONOSUPPORT, "Protocol not supported")                                                 \
    ROW(EPROTOTYPE, "Protocol wrong type for socket")                                              \
    ROW(ERANGE, "Numerical result out of range")                                                   \
    ROW(EROFS, "Read-only file system")                                                            \
    ROW(ESOCKTNOSUPPORT, "Socket type not supported")                                              \
    ROW(ESTALE, "Stale file handle")                                                               \
    ROW(ETIMEDOUT, "Connection timed out")                                                         \
    ROW(EUSERS, "Too many users")
#define NUMBER(name, sentence) name,
#define WORDS(name, sentence) #name "\0" sentence "\0"

/* The words lie one behind the other, which takes a third less than rows of one size, and half as
 * much as pointers with their relocations. */
static const short numbers[] = {ERRORS(NUMBER)};
static const char all_words[] = ERRORS(WORDS);

enum { NAME, SENTENCE };

static const char *words_of(int error, size_t which)
{
    const char *at = all_words;
    size_t row = 0, skip;

    while (row < sizeof numbers / sizeof *numbers && numbers[row] != error)
        row++;
    if (row == sizeof numbers / sizeof *numbers)
        return NULL;
    for (skip = 2 * row + which; skip > 0; skip--)
        at += strlen(at) + 1;
    return at;
}

const char *error_name(int error)
{
    return words_of(error, NAME);
}

const char *error_sentence(int error)
{
    return words_of(error, SENTENCE);
}

static void print_or_number(struct text *text, const char *words, int error)
{
    if (words != NULL) {
        text_add(text, words);
        return;
    }
    text_add(text, "errno ");
    text_number(text, error);
}

void error_print_name(struct text *text, int error)
{
    print_or_number(text, error_name(error), error);
}

void error_print_sentence(struct text *text, int error)
{
    print_or_number(text, error_sentence(error), error);
}
