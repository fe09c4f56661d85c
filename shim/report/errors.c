#include "report/errors.h"

#include <errno.h>
#include <stddef.h>

/* Characters in place, since each pointer would take 40 bytes more: itself and its relocation. */
static const struct {
    short error;
    char name[16];
    char sentence[42];
} errors[] = {
    {EADDRINUSE, "EADDRINUSE", "Address already in use"},
    {EACCES, "EACCES", "Permission denied"},
    {EADDRNOTAVAIL, "EADDRNOTAVAIL", "Cannot assign requested address"},
    {EAFNOSUPPORT, "EAFNOSUPPORT", "Address family not supported by protocol"},
    {EAGAIN, "EAGAIN", "Resource temporarily unavailable"},
    {EALREADY, "EALREADY", "Operation already in progress"},
    {EBADF, "EBADF", "Bad file descriptor"},
    {EBUSY, "EBUSY", "Device or resource busy"},
    {ECONNREFUSED, "ECONNREFUSED", "Connection refused"},
    {ECONNRESET, "ECONNRESET", "Connection reset by peer"},
    {EDESTADDRREQ, "EDESTADDRREQ", "Destination address required"},
    {EDOM, "EDOM", "Numerical argument out of domain"},
    {EDQUOT, "EDQUOT", "Disk quota exceeded"},
    {EEXIST, "EEXIST", "File exists"},
    {EFAULT, "EFAULT", "Bad address"},
    {EFBIG, "EFBIG", "File too large"},
    {EINPROGRESS, "EINPROGRESS", "Operation now in progress"},
    {EINTR, "EINTR", "Interrupted system call"},
    {EINVAL, "EINVAL", "Invalid argument"},
    {EIO, "EIO", "Input/output error"},
    {EISCONN, "EISCONN", "Transport endpoint is already connected"},
    {EISDIR, "EISDIR", "Is a directory"},
    {ELOOP, "ELOOP", "Too many levels of symbolic links"},
    {EMFILE, "EMFILE", "Too many open files"},
    {EMSGSIZE, "EMSGSIZE", "Message too long"},
    {ENAMETOOLONG, "ENAMETOOLONG", "File name too long"},
    {ENETDOWN, "ENETDOWN", "Network is down"},
    {ENETUNREACH, "ENETUNREACH", "Network is unreachable"},
    {ENFILE, "ENFILE", "Too many open files in system"},
    {ENOBUFS, "ENOBUFS", "No buffer space available"},
    {ENODEV, "ENODEV", "No such device"},
    {ENOENT, "ENOENT", "No such file or directory"},
    {ENOMEM, "ENOMEM", "Cannot allocate memory"},
    {ENOPROTOOPT, "ENOPROTOOPT", "Protocol not available"},
    {ENOSPC, "ENOSPC", "No space left on device"},
    {ENOSYS, "ENOSYS", "Function not implemented"},
    {ENOTCONN, "ENOTCONN", "Transport endpoint is not connected"},
    {ENOTDIR, "ENOTDIR", "Not a directory"},
    {ENOTSOCK, "ENOTSOCK", "Socket operation on non-socket"},
    {ENXIO, "ENXIO", "No such device or address"},
    {EOPNOTSUPP, "EOPNOTSUPP", "Operation not supported"},
    {EPERM, "EPERM", "Operation not permitted"},
    {EPFNOSUPPORT, "EPFNOSUPPORT", "Protocol family not supported"},
    {EPIPE, "EPIPE", "Broken pipe"},
    {EPROTONOSUPPORT, "EPROTONOSUPPORT", "Protocol not supported"},
    {EPROTOTYPE, "EPROTOTYPE", "Protocol wrong type for socket"},
    {ERANGE, "ERANGE", "Numerical result out of range"},
    {EROFS, "EROFS", "Read-only file system"},
    {ESOCKTNOSUPPORT, "ESOCKTNOSUPPORT", "Socket type not supported"},
    {ESTALE, "ESTALE", "Stale file handle"},
    {ETIMEDOUT, "ETIMEDOUT", "Connection timed out"},
    {EUSERS, "EUSERS", "Too many users"},
};

static size_t row_of(int error)
{
    size_t i;

    for (i = 0; i < sizeof errors / sizeof *errors && errors[i].error != error; i++)
        ;
    return i;
}

const char *error_name(int error)
{
    size_t row = row_of(error);

    return row < sizeof errors / sizeof *errors ? errors[row].name : NULL;
}

const char *error_sentence(int error)
{
    size_t row = row_of(error);

    return row < sizeof errors / sizeof *errors ? errors[row].sentence : NULL;
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
