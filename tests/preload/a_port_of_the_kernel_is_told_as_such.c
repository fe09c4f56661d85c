/* A UDP port that the kernel itself has, for a vxlan device, is told as the kernel's: no process is
 * named, and nobody is advised to end one. */
#include "check.h"
#include "json.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <string.h>

static int play(void)
{
    run_say("%d", net_bind(net_udp("0.0.0.0"), "0.0.0.0", 8472));
    return 0;
}

int main(int argc, char **argv)
{
    static char sh[] = "sh", flag[] = "-ec";
    static char script[] = "PATH=$PATH:/usr/sbin:/sbin\n"
                           "ip link add tunnel type vxlan id 7 dstport 8472 dev lo\n"
                           "ip link set tunnel up";
    char *const make_tunnel[] = {sh, flag, script, NULL};
    struct run_result run;
    const char *record;

    (void)argv;
    if (argc > 1)
        return play();
    net_own_namespace();
    run = run_program(make_tunnel, NULL);
    if (run.status != 0)
        skip("no vxlan device can be made here: %s", run.err);

    run = run_self("play", NULL);
    CHECK_STR(run.out, "-98\n", "the port is taken: %s", run.err);
    run = run_shimmed("play", "explain", NULL);
    CHECK_STR(run.out, "-98\n", "the same with the shim: %s", run.err);
    CHECK_EQ(told_lines(run.err, "[datagram-held]"), 1, "the reason:\n%s", run.err);
    CHECK_CONTAINS(run.err, ": the kernel has it [", "the holder");
    run = run_shimmed("play", "explain", told_json);
    record = told_record(run.err, "bind_failed", 0);
    CHECK_STR(json_at(record, "holders.0.relation"), "kernel", "the holder: %s", record);
    CHECK_STR(json_at(record, "holders.0.pid"), "null", "it is no process: %s", record);
    CHECK_LACKS(record, "\"id\":\"stop\"", "nobody can end it");
    return 0;
}
