/* Rule: a BPF program of the process's cgroup may forbid a bind, which is EPERM and never
 * EADDRINUSE, or send it to another port; whether that is free is what counts then, and
 * getsockname() shows it.
 * Source: BPF_CGROUP_RUN_PROG_INET4_BIND_LOCK in __inet_bind().
 * Relied on by: nothing; an explanation tells the address that the program named. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "folder.h"
#include "mounts.h"
#include "net.h"

static char root[128], group[160];

static void write_pid(const char *folder)
{
    char path[192];
    int fd;

    snprintf(path, sizeof path, "%s/cgroup.procs", folder);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    CHECK(fd >= 0 && write(fd, "0", 1) == 1, "go to %s: %s", folder, check_errno_name(errno));
    close(fd);
}

/* Returns a descriptor of it; this process is in it. */
static int own_cgroup(void)
{
    int fd;

    folder_file(root, sizeof root, "cgroup");
    snprintf(group, sizeof group, "%s/reuseshim-test-%d", root, getpid());
    if (!mounts_unshare())
        skip("no mount namespace of one's own: %s", check_errno_name(errno));
    CHECK(mkdir(root, 0755) == 0, "mkdir");
    if (mount("cgroup2", root, "cgroup2", 0, NULL) != 0 || mkdir(group, 0755) != 0)
        skip("no cgroup of one's own: %s", check_errno_name(errno));
    write_pid(group);
    fd = open(group, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(fd >= 0, "open %s", group);
    return fd;
}

static void leave_cgroup(void)
{
    write_pid(root);
    rmdir(group);
    umount2(root, MNT_DETACH);
}

static int load(const struct bpf_insn *instructions, uint32_t count)
{
    union bpf_attr attributes = {
        .prog_type = BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
        .expected_attach_type = BPF_CGROUP_INET4_BIND,
        .insns = (uintptr_t)instructions,
        .insn_cnt = count,
        .license = (uintptr_t)"MIT",
    };

    return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes);
}

/* A later program takes the place of an earlier one. */
static void attach(int cgroup, int program)
{
    union bpf_attr attributes = {
        .target_fd = (uint32_t)cgroup,
        .attach_bpf_fd = (uint32_t)program,
        .attach_type = BPF_CGROUP_INET4_BIND,
        .attach_flags = BPF_F_ALLOW_OVERRIDE,
    };

    CHECK(syscall(SYS_bpf, BPF_PROG_ATTACH, &attributes, sizeof attributes) == 0, "attach: %s",
          check_errno_name(errno));
}

static int bind_to(int port, int *seen)
{
    int fd = net_tcp("127.0.0.1"), result = net_bind(fd, "127.0.0.1", port);

    *seen = net_port(fd);
    close(fd);
    return result;
}

int main(void)
{
    struct bpf_insn forbid[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
        {.code = BPF_JMP | BPF_EXIT},
    };
    struct bpf_insn send_on[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2},
        {.code = BPF_STX | BPF_MEM | BPF_W, .dst_reg = BPF_REG_1, .src_reg = BPF_REG_2,
         .off = offsetof(struct bpf_sock_addr, user_port)},
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1},
        {.code = BPF_JMP | BPF_EXIT},
    };
    int cgroup, program, held, port, seen;

    net_own_namespace();
    cgroup = own_cgroup();
    held = net_listener("127.0.0.1", 0, 0, 0);
    port = net_port(held);
    program = load(forbid, 2);
    if (program < 0) {
        int error = errno;

        leave_cgroup();
        skip("no BPF program for a cgroup: %s", check_errno_name(error));
    }
    attach(cgroup, program);
    CHECK_RESULT(bind_to(port, &seen), -EPERM, "a forbidden bind to a port that is held");
    send_on[0].imm = htons((uint16_t)port);
    attach(cgroup, load(send_on, 4));
    CHECK_RESULT(bind_to(port + 1, &seen), -EADDRINUSE, "a free port, sent to one that is held");
    send_on[0].imm = htons((uint16_t)(port + 2));
    attach(cgroup, load(send_on, 4));
    CHECK_RESULT(bind_to(port, &seen), 0, "a port that is held, sent to a free one");
    CHECK_EQ(seen, port + 2, "the port that it has");
    leave_cgroup();
    return CHECK_PASSED;
}
