/* What cannot be seen of a supervised process is said, once for a process. */
#ifndef REUSESHIM_SUPERVISE_UNSEEN_H
#define REUSESHIM_SUPERVISE_UNSEEN_H

#include "supervise/notice.h"

/* Its descriptor could not be copied, or its thread not be traced: ERROR is -errno. An error of the
 * program's own, such as a descriptor that is none, is not told. */
void unseen_tell(const struct notice *notice, int error);

/* It makes an io_uring, through which it may bind past the filter. */
void unseen_tell_uring(const struct notice *notice);

#endif
