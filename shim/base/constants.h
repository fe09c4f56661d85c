/* Constants of the kernel that the headers of older C libraries do not have. */
#ifndef REUSESHIM_BASE_CONSTANTS_H
#define REUSESHIM_BASE_CONSTANTS_H

#include <netinet/in.h>
#include <sys/socket.h>

#ifndef SO_COOKIE
#define SO_COOKIE 57 /* asm-generic/socket.h */
#endif
#ifndef SO_BINDTOIFINDEX
#define SO_BINDTOIFINDEX 62 /* Linux 5.1 */
#endif
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

#endif
