/* The evidence about one failure: what was asked for and everything that holds the port. Values
 * only; facts/ fills them in, verdict reads them, report/ prints them.
 *
 * Strings belong to the part that gathered the evidence (one scratch) and live as long as it. NULL
 * means 'not known' in every field that is a pointer.
 */
#ifndef REUSESHIM_RULES_EVIDENCE_H
#define REUSESHIM_RULES_EVIDENCE_H

#include <stddef.h>
#include <stdint.h>

#include "rules/conflict.h"
#include "rules/identity.h"

enum call { CALL_SOCKET = 0, CALL_SETSOCKOPT, CALL_BIND, CALL_LISTEN, CALL_COUNT };

/* "socket", "setsockopt", "bind", "listen". */
const char *call_name(enum call call);

/* Who set SO_REUSEADDR. */
enum setter { SETTER_NOBODY = 0, SETTER_PROGRAM, SETTER_POLICY };

/* One frame of a stack, as far as it is known. */
struct place {
    uintptr_t pc;           /* return address; 0 for a frame of another process */
    const char *module;     /* path of the file */
    uint64_t offset;        /* the ELF address in the module, as addr2line takes it */
    const char *build_id;   /* hexadecimal */
    const char *symbol;
    uint64_t symbol_offset; /* bytes from symbol to pc */
};

struct stack {
    const struct place *places; /* innermost first */
    size_t count;               /* 0 = not known */
};

/* The process that makes a call. */
struct caller {
    int32_t pid;
    int32_t tid;
    const char *comm;
    const char *exe;
    int64_t uid; /* effective */
    const char *host;   /* as uname(2) has it */
    const char *boot;   /* /proc/sys/kernel/random/boot_id */
    const char *unit;   /* systemd unit that it runs in; NULL = none, or not known */
    const char *cgroup; /* path */
    const struct identity *identity; /* NULL = not looked at */
    const char *command; /* its command line as a shell takes it; NULL = not to be pasted */
    const char *folder;  /* where that command line holds; NULL = where its parent is, too */
    bool supervised;     /* no library sees it: it runs under reuseshim run --supervise */
    const char *port_in; /* the argument or NAME of the variable of its own that holds the port's
                          * number, if a relative has the port; NULL = none does */
};

/* The call that failed (or that somebody thinks of making: 'reuseshim why'). */
struct attempt {
    enum call call; /* CALL_BIND or CALL_LISTEN */
    int fd;         /* -1 for a call only thought of */
    int error;      /* errno of the call: EADDRINUSE; of bind also EADDRNOTAVAIL, EACCES */
    struct party socket;
    uint64_t cookie; /* SO_COOKIE, 0 = not known */
    int domain;     /* AF_INET...: that of the socket, not of the address */
    int type;       /* SOCK_STREAM... without flags */
    uint32_t waits_ms; /* for so long the policy tries it again; 0 = it does not */
    bool bound;     /* before the call: listen() after a bind() that worked */
    enum setter reuseaddr_by;
    int64_t time_us; /* CLOCK_REALTIME */
    struct caller caller;
    struct stack stack;
};

enum relation {
    RELATION_UNKNOWN = 0,
    RELATION_SELF,         /* this very process has a descriptor of it */
    RELATION_PARENT,
    RELATION_CHILD,
    RELATION_ANCESTOR,     /* a parent's parent, at whatever depth */
    RELATION_DESCENDANT,   /* a child's child */
    RELATION_SIBLING,      /* a child of the same parent, which is no shell and not pid 1 */
    RELATION_SAME_PROGRAM, /* another instance: the same executable file, and the same script,
                            * module or class where that is an interpreter */
    RELATION_OTHER,
    RELATION_KERNEL,       /* a socket of the kernel's own */
    RELATION_NONE,         /* no owner can exist: TIME_WAIT, orphans */
    RELATION_UNSEEN,       /* there is or may be one, out of sight */
    RELATION_COUNT
};

/* "self", "parent", ...; NULL for RELATION_UNKNOWN. */
const char *relation_name(enum relation relation);

enum { OTHERS_NAMED_MAX = 4 };

/* One process that has a descriptor of a socket. */
struct owner {
    enum relation relation;
    int32_t pid;         /* 0 = not known */
    int32_t fd;          /* in that process; -1 = not known */
    const char *comm;
    const char *exe;     /* without " (deleted)" */
    bool exe_deleted;
    bool stopped;        /* Ctrl-Z, SIGSTOP */
    bool same_program;   /* runs the viewer's executable file, whatever the relation */
    bool by_fork;        /* a parent or child without an exec between it and the viewer */
    int64_t uid;         /* UID_UNKNOWN = not known */
    int64_t started_us;  /* CLOCK_REALTIME, 0 = not known */
    uint32_t others;     /* further processes seen with a descriptor of the same socket */
    bool others_complete; /* false: there may be more than 'others' */
    bool others_assumed;  /* not all were looked at in full: that it is complete is assumed */
    bool others_by_number; /* ... since they were asked for the owner's descriptor alone */
    int32_t other_pids[OTHERS_NAMED_MAX]; /* the first of 'others'; 0 behind them */
    int32_t breeder;     /* which of them has started the others, where these are many, or come and
                          * go; 0 = none, or not looked at */
    const struct identity *identity; /* NULL = not looked at: only of those that are printed */
};

/* What is remembered of the bind that made a holder: by this process's table, or a history. */
struct memory {
    int64_t bound_at_us; /* CLOCK_REALTIME, 0 = nothing is remembered */
    int32_t pid;         /* that bound it; 0 = it is of another pid namespace */
    bool unsure;         /* was the last seen there; an unseen process may have come since */
    bool ended;          /* that process is gone */
    bool handed_down;    /* the owner has it by descent, under the number it had there */
    int64_t ended_us;    /* ... since then, when it called exit(); 0 = not known */
    int64_t found_dead_us; /* ... and was, when somebody first looked; 0 = not known */
    const char *comm;
    const char *exe;
    struct stack stack;
};

/* A socket that has the port, or several alike. */
struct holder {
    _Alignas(16) struct party socket; /* holders lie side by side, one taken after the other */
    struct endpoint remote; /* FAMILY_NONE where not connected */
    uint32_t count;         /* sockets that this stands for, at least 1 */
    uint64_t inode;         /* of the socket, 0 = it has none */
    uint64_t cookie;        /* SO_COOKIE, 0 = not known */
    uint64_t cgroup_id;     /* 0 = not known */
    int64_t timer_ms;       /* until it ends by itself; -1 = no such timer. Of several: the last */
    enum answer outgoing;   /* did this side make the connection? */
    enum answer flags_seen; /* were its options read from the socket itself? */
    /* Options that are NO of at least one of 'count' sockets; the rest may have them. */
    struct { bool reuseaddr, reuseport, v6only; } some_lack;
    struct owner owner;
    const char *cgroup;     /* path */
    const char *unit;       /* systemd unit, from the cgroup */
    enum answer multicast;  /* UDP: is it a member of a multicast group? */
    struct memory memory;
    struct conflict conflict; /* with the attempt: verdict_deduce() fills it in */
};

/* True if HOLDER refuses the attempt, or may. */
bool holder_refuses(const struct holder *holder);

/* The options that each socket of HOLDER is known to have, or not to have. */
struct options holder_options(const struct holder *holder);

/* What limited the look. Ordered: the first that applies is told. */
enum visibility {
    VISIBILITY_FULL = 0,
    VISIBILITY_HELPER_KILLED, /* by a filter, which killed the process that looked */
    VISIBILITY_SECCOMP,
    VISIBILITY_NO_NETLINK,
    VISIBILITY_BUDGET, /* before what is barred: nobody knows whether the rest was */
    VISIBILITY_HIDEPID,
    VISIBILITY_UNPRIVILEGED,
    VISIBILITY_OTHER_PID_NAMESPACE,
    VISIBILITY_NO_PROC,                 /* /proc is not there, or cannot be read */
    VISIBILITY_OTHER_NETWORK_NAMESPACE, /* a UNIX file whose socket is of another one */
    VISIBILITY_COUNT
};

/* "full", "seccomp", "no-netlink", ... */
const char *visibility_name(enum visibility visibility);

/* What a UNIX path name is at the moment. */
enum path_kind {
    PATH_UNKNOWN = 0,
    PATH_MISSING,
    PATH_LIVE,   /* a socket file that somebody is bound to */
    PATH_STALE,  /* a socket file that nobody is bound to */
    PATH_OTHER,  /* something that is no socket, and none of these: */
    PATH_FILE,
    PATH_FOLDER,
    PATH_LINK,   /* also a dangling one */
    PATH_COUNT
};

/* The ports that the kernel gives by itself; where port 0 found none, also what fills them. */
struct range {
    uint16_t first; /* host order; 0 = not looked at */
    uint16_t last;  /* not below first */
    uint32_t reserved; /* ports of it that ip_local_reserved_ports takes out */
    uint32_t taken;    /* ports of it held by an overlapping socket, as counted in the dump */
    bool own;          /* the attempt's socket has an IP_LOCAL_PORT_RANGE of its own */
    bool autobind_reuse; /* net.ipv4.ip_autobind_reuse: port 0 of TCP may share a port */
};

/* Is PORT (host order) in RANGE, as far as that was looked at? */
bool range_has(const struct range *range, uint16_t port);

/* What only the kernel can tell, by a throwaway bind() like the attempt's. */
enum question {
    QUESTION_NONE = 0,
    QUESTION_REUSEADDR, /* would it work with SO_REUSEADDR? */
    QUESTION_REUSEPORT, /* would it work with SO_REUSEPORT? */
    QUESTION_RETRY,     /* would it work now, as it is? */
    QUESTION_COUNT
};

/* Whether stacks of this process's own calls can be walked. */
enum stacks {
    STACKS_NOT_TRIED = 0,   /* it was never safe to open libunwind; or nobody asked for stacks */
    STACKS_KNOWN,
    STACKS_NO_LIBRARY,      /* libunwind is not installed, or does not work */
    STACKS_STRANGE_LIBRARY, /* it imports what is not known to be safe in the program */
    STACKS_STRANGE_MACHINE, /* on this processor libunwind cannot be kept apart from the program */
    STACKS_COUNT
};

struct evidence {
    struct attempt attempt;
    enum stacks stacks;
    const char *stranger;   /* of STACKS_STRANGE_LIBRARY: what it imports */
    struct holder *holders; /* only those that meet the attempt: conflict.meets is not NO. Of each
                             * family in the kernel's order, which of UDP's is the newest first */
    size_t holder_count;
    uint32_t left_out;      /* sockets seen that found no place in holders */
    enum visibility visibility;
    uint32_t limits;        /* bit 1 << enum visibility: everything that limited the look */
    bool confined;          /* nothing may be asked: all is from this process's memory */
    bool kernel_asked;      /* the kernel's own list of sockets was read to its end */
    bool bound_seen;        /* ... and it shows bound-only sockets (Linux 6.8) */
    uint32_t bound_limits;  /* ... or they were looked for: what limited that, as in limits */
    bool repeatable;        /* the list can be read again as it was read, ... */
    uint64_t rows;          /* ... and this sum over its rows of the holders be compared */
    bool may_ask;           /* the kernel may be asked by throwaway sockets, where we are */
    uint32_t resets;        /* bits of the addresses in facts/probe.h that nobody has: by a bind of
                             * one of them the trace of asking about SO_REUSEPORT is removed */
    bool remembered;        /* memory and history were asked as well */
    uint32_t asked;         /* bit 1 << enum question: what the kernel was asked; its answers: */
    enum answer probe;      /* would this bind work, had the newcomer SO_REUSEADDR? */
    enum answer probe_reuseport; /* ... or SO_REUSEPORT? */
    enum answer retry;      /* would this very bind work now? */
    enum path_kind path;    /* AF_UNIX path names */
    const char *folder;     /* that a relative path name starts from; NULL for every other name */
    struct range range;
    uint32_t free_from;     /* of EACCES: the first port that takes no right; 0 = not looked at */
    uint16_t free_port;     /* another one that this user would get now; 0 = not looked for, none */
    struct memory before;   /* of this very address, in this process or a previous run of its
                             * program, where somebody else has it now */
    uint32_t past_skipped;  /* files of the history that could not be understood */
    uint64_t unrecorded;    /* binds of this process that found the table's lock taken */
};

#endif
