/* A container engine is known by what it lays over the /proc of its containers: lines of
 * /proc/self/mountinfo as they are in containers of Docker 20.10, containerd 1.6, Podman 4.3 with
 * crun, systemd-nspawn 252, LXC 5.0 and LXD 5.0. What is no container's, or has a /proc of its own on
 * top, is not taken for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/container.h"

#define ROOT "162 106 0:42 / / rw,relatime - overlay overlay " \
     "rw,lowerdir=/l,upperdir=/u,workdir=/w\n"

static const struct {
    const char *what;
    bool is_container;
    const char *mounts;
} tables[] = {
    {"docker", true,
     "171 135 0:42 /data/vfs/dir/0123 / rw,relatime master:1 - tmpfs tmpfs rw\n"
     "172 171 0:54 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw\n"
     "173 171 0:55 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755\n"
     "136 172 0:54 /bus /proc/bus ro,nosuid,nodev,noexec,relatime - proc proc rw\n"
     "139 172 0:54 /sys /proc/sys ro,nosuid,nodev,noexec,relatime - proc proc rw\n"
     "140 172 0:59 / /proc/acpi ro,relatime - tmpfs tmpfs ro\n"
     "155 172 0:55 /null /proc/keys rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755\n"
     "156 172 0:55 /null /proc/timer_list rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755\n"},
    {"containerd", true,
     ROOT "193 191 0:55 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw\n"
     "146 193 0:55 /sys /proc/sys ro,nosuid,nodev,noexec,relatime - proc proc rw\n"
     "147 193 0:61 / /proc/acpi ro,relatime - tmpfs tmpfs ro\n"
     "148 193 0:56 /null /proc/keys rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755\n"},
    {"podman", true,
     ROOT "164 162 0:53 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw\n"
     "175 164 0:57 / /proc/acpi ro,relatime - tmpfs tmpfs rw,size=0k\n"
     "177 164 0:6 /null /proc/timer_list ro,relatime - devtmpfs devtmpfs rw,mode=755\n"
     "183 164 0:53 /sys /proc/sys ro,relatime - proc proc rw\n"},
    {"systemd-nspawn", true,
     ROOT "225 212 0:57 / /proc rw,nosuid,nodev,noexec,relatime shared:10 - proc proc rw\n"
     "226 225 0:57 /sys /proc/sys ro,nosuid,nodev,noexec,relatime shared:10 - proc proc rw\n"
     "164 225 0:50 /.#proc-sys-kernel-random-boot-id9054116d0e8fc32e//deleted "
     "/proc/sys/kernel/random/boot_id rw,relatime shared:2 - tmpfs tmpfs rw\n"
     "165 225 0:50 /.#proc-kmsg3b4451433810fae5//deleted /proc/kmsg rw,relatime shared:2 - "
     "tmpfs tmpfs rw\n"},
    {"lxc: its mask lies on /proc/sys, which is a mount of its own", true,
     ROOT "137 135 0:53 / /proc rw,nosuid,nodev,noexec,relatime shared:7 - proc proc rw\n"
     "138 139 0:53 /sys/net /proc/sys/net rw,nosuid,nodev,noexec,relatime shared:9 - proc proc rw\n"
     "139 137 0:53 /sys /proc/sys ro,relatime shared:8 - proc proc rw\n"
     "144 135 254:0 /var/lib/lxcfs /var/lib/lxcfs rw,relatime shared:14 - ext4 /dev/vda "
     "rw,discard\n"
     "62 139 0:52 /.lxc-boot-id /proc/sys/kernel/random/boot_id "
     "ro,nosuid,nodev,noexec,relatime shared:2 "
     "- tmpfs none rw,size=492k,mode=755\n"},
    {"lxc with proc:rw", true,
     "92 83 0:53 / /proc rw,nosuid,nodev,noexec,relatime shared:7 - proc proc rw\n"
     "70 92 0:41 /.lxc-boot-id /proc/sys/kernel/random/boot_id ro,nosuid,nodev,noexec,relatime "
     "shared:2 "
     "- tmpfs none rw,size=492k,mode=755\n"},
    {"lxd", true,
     "167 137 0:42 /lxd/storage-pools/default/containers/web/rootfs / rw,relatime shared:2 - "
     "tmpfs tmpfs rw\n"
     "170 167 0:57 / /proc rw,nosuid,nodev,noexec,relatime shared:12 - proc proc rw\n"
     "180 170 0:57 /sys /proc/sys ro,relatime shared:13 - proc proc rw\n"
     "186 180 0:41 /sys/fs/binfmt_misc /proc/sys/fs/binfmt_misc rw,relatime shared:15 - proc "
     "proc rw\n"
     "139 180 0:56 /.lxc-boot-id /proc/sys/kernel/random/boot_id "
     "ro,nosuid,nodev,noexec,relatime shared:3 "
     "- tmpfs none rw,size=492k,mode=755\n"},
    {"bwrap", false,
     ROOT "156 154 0:51 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw\n"
     "157 156 0:51 /irq /proc/irq ro,nosuid,nodev,noexec,relatime - proc proc rw\n"
     "160 159 0:6 /null /dev/null rw,nosuid,relatime - devtmpfs devtmpfs rw,mode=755\n"},
    {"a machine", false,
     "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
     "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard\n"
     "66 42 0:13 / /sys/kernel/debug/tracing rw,relatime - tracefs tracefs rw\n"},
    {"a sandbox within a container, whose /proc lies on top of the container's", false,
     ROOT "164 162 0:53 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw\n"
     "176 164 0:6 /null /proc/keys ro,relatime - devtmpfs devtmpfs rw,mode=755\n"
     "190 164 0:70 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw\n"},
    {"masks of another /proc than that on top", false,
     "190 162 0:70 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw\n"
     "176 164 0:6 /null /proc/keys ro,relatime - devtmpfs devtmpfs rw,mode=755\n"
     "62 139 0:52 /.lxc-boot-id /proc/sys/kernel/random/boot_id ro,relatime - tmpfs none rw\n"},
    {"a file of one's own over /proc/keys", false,
     "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
     "30 22 254:0 /srv/null /proc/keys rw,relatime - ext4 /dev/vda rw\n"},
    {"lines that are none", false, "\n\n/\n22\n22 27\n22 27 /null /proc/keys \nx y z / /proc \n"},
};

static void every_table(void **state)
{
    char line[512];

    (void)state;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        struct container_mounts mounts = {.proc = 0};
        size_t length;

        for (const char *at = tables[i].mounts; *at != '\0'; at += length + 1) {
            length = strcspn(at, "\n");
            memcpy(line, at, length);
            line[length] = '\0';
            container_take_mount(&mounts, line);
        }
        if (mounts.masked != tables[i].is_container)
            fail_msg("%s", tables[i].what);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_table)};

    return cmocka_run_group_tests(tests, NULL, NULL) == 0 ? 0 : 1;
}
