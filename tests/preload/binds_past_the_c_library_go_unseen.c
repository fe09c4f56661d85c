/* Limits that README names: a bind that is made by syscall() or by io_uring is not seen. The socket
 * is still told as the holder when a later bind fails, as this process's own, but without its place
 * in the code. */
#include "check.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <linux/io_uring.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { OPERATION_BIND = 56, PORT = 8080 }; /* IORING_OP_BIND, since Linux 6.11 */

static int bind_by_syscall(int fd, struct sockaddr_in *address)
{
    return (int)syscall(SYS_bind, fd, address, sizeof *address);
}

/* One entry through a ring of its own. Returns its result, or -1 where there is no io_uring. */
static int bind_by_ring(int fd, struct sockaddr_in *address)
{
    struct io_uring_params params = {.flags = 0};
    int ring = (int)syscall(SYS_io_uring_setup, 1, &params);
    struct io_uring_sqe *entry;
    struct io_uring_cqe *done;
    char *rings;

    if (ring < 0 || !(params.features & IORING_FEAT_SINGLE_MMAP))
        return -1;
    rings = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
    entry = mmap(NULL, sizeof *entry, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
    CHECK(rings != MAP_FAILED && entry != MAP_FAILED, "the rings are mapped");
    memset(entry, 0, sizeof *entry);
    entry->opcode = OPERATION_BIND;
    entry->fd = fd;
    entry->addr = (uintptr_t)address;
    entry->addr2 = sizeof *address;
    ((unsigned *)(void *)(rings + params.sq_off.array))[0] = 0;
    ++*(unsigned *)(void *)(rings + params.sq_off.tail);
    if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
        return -1;
    done = (struct io_uring_cqe *)(void *)(rings + params.cq_off.cqes);
    return done->res;
}

static int play(const char *role)
{
    struct sockaddr_storage storage;
    bool by_ring = strcmp(role, "ring") == 0;
    struct sockaddr_in *address = (struct sockaddr_in *)&storage;
    int fd, result;

    net_own_namespace();
    net_address(&storage, "127.0.0.1", PORT);
    fd = net_tcp("127.0.0.1");
    result = by_ring ? bind_by_ring(fd, address) : bind_by_syscall(fd, address);
    run_say("%d", result < 0 ? 0 : net_port(fd));
    run_say("%d", net_bind(net_tcp("127.0.0.1"), "127.0.0.1", PORT));
    return CHECK_PASSED;
}

static void check(const char *role)
{
    struct run_result run = run_shimmed(role, "log", told_json);
    const char *record;

    if (run.status == CHECK_SKIPPED)
        skip("no network namespace of its own");
    CHECK_EQ(run.status, 0, "%s: %s", role, run.err);
    if (strcmp(role, "ring") == 0 && strncmp(run.out, "0\n", 2) == 0) {
        printf("no io_uring that binds here\n");
        return;
    }
    CHECK_STR(run.out, "8080\n-98\n", "%s: the kernel has bound it, and refuses the next", role);
    CHECK_EQ(told_records(run.err, "bind"), 1, "%s: the second bind alone:\n%s", role, run.err);
    record = told_record(run.err, "bind_failed", 0);
    CHECK_CONTAINS(record, "\"reason\":\"bound-twice\"", "%s: the holder is found", role);
    CHECK_CONTAINS(record, "\"bound_at\":null", "%s: when it was bound is not known", role);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return play(argv[1]);
    check("syscall");
    check("ring");
    return CHECK_PASSED;
}
