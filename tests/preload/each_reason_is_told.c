/* Each reason that Linux can be brought to is told, in the headline and in the record, and with
 * it what the situation is known to be: states, addresses, options, who lacks what, when it ends.
 * Oracle: the situation itself, and /proc. */
#include "check.h"
#include "json.h"
#include "net.h"
#include "run.h"
#include "situation.h"
#include "told.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOOKS_MAX = 10 };

/* The first process may be closed to root too, as in some containers; and where processes have
 * numbers of their own (the first namespace's is the kernel's constant), others may be unseen. */
static bool all_can_be_looked_at(void)
{
    char link[64] = "";

    return (access("/proc/1/fd/0", F_OK) == 0 || errno == ENOENT) &&
           readlink("/proc/self/ns/pid", link, sizeof link - 1) > 0 &&
           strcmp(link, "pid:[4026531836]") == 0;
}

static void check_value(const struct situation *situation, const char *record, const char *pair)
{
    const char *value = strchr(pair, '=') + 1;
    char path[64];

    snprintf(path, sizeof path, "%.*s", (int)(value - 1 - pair), pair);
    if (strcmp(path, "holders.0.others_complete") == 0 && !all_can_be_looked_at())
        value = "false";
    if (strcmp(value, "NUMBER") == 0)
        CHECK(json_number_at(record, path, -1) >= 0, "%s: %s is a number, seen %s",
              situation->name, path, json_at(record, path));
    else
        CHECK_STR(json_at(record, path), value, "%s: %s in\n%s", situation->name, path, record);
}

static void check_record(const struct situation *situation, const char *record)
{
    char pairs[512], *pair, *rest;

    CHECK(json_is_object(record), "%s: a record", situation->name);
    CHECK_STR(json_at(record, "reason"), situation->reason, "%s: the reason in\n%s",
              situation->name, record);
    CHECK_STR(json_at(record, "errno"), "EADDRINUSE", "%s: errno", situation->name);
    CHECK_STR(json_at(record, "visibility"), "full", "%s: as root, all can be seen",
              situation->name);
    snprintf(pairs, sizeof pairs, "%s", situation->expected);
    for (pair = strtok_r(pairs, " ", &rest); pair != NULL; pair = strtok_r(NULL, " ", &rest))
        check_value(situation, record, pair);
}

/* Who holds it, where that is a process. */
static void check_holder(const struct situation *situation, const char *record,
                         const struct run_child *holder)
{
    if (situation->ends || strcmp(json_at(record, "holders.0.relation"), "same-program") != 0)
        return;
    CHECK_EQ(json_number_at(record, "holders.0.pid", -1), holder->pid,
             "%s: the holder's pid in\n%s", situation->name, record);
    CHECK_STR(json_at(record, "holders.0.comm"), "each_reason_is_", "%s: its name",
              situation->name);
}

/* On a machine that has a lot to do a look may come to its time limit, and says so: then another
 * is taken. */
static const char *record_of(const struct situation *situation)
{
    struct run_result run;
    const char *record = "";
    int i;

    for (i = 0; i < LOOKS_MAX && strcmp(json_at(record, "visibility"), "full") != 0; i++) {
        run = run_shimmed(situation->attempt, "explain", told_json);
        CHECK_EQ(told_lines(run.err, ""), 1, "%s: one record in\n%s", situation->name, run.err);
        record = told_line(run.err, "", 0);
    }
    return record;
}

static void check(const struct situation *situation)
{
    struct run_child holder;
    struct run_result run;
    char headline[128];
    const char *record;

    net_own_namespace();
    holder = situation_start(situation);
    run = run_self(situation->attempt, NULL);
    CHECK_STR(run.out, "-98\n", "%s without the shim: %s", situation->name, run.err);

    run = run_shimmed(situation->attempt, "explain", NULL);
    CHECK_STR(run.out, "-98\n", "%s: what the program sees: %s", situation->name, run.err);
    snprintf(headline, sizeof headline, " [%s]", situation->reason);
    CHECK_EQ(told_lines(run.err, headline), 1, "%s: the headline in\n%s", situation->name, run.err);
    CHECK_EQ(told_lines(run.err, "reuseshim: "), 1, "%s: one headline in\n%s", situation->name,
             run.err);

    record = record_of(situation);
    check_record(situation, record);
    check_holder(situation, record, &holder);
    if (!situation->ends)
        run_stop(&holder);
}

int main(int argc, char **argv)
{
    size_t i;

    if (argc > 1)
        return situation_play(argv[1]);
    for (i = 0; i < situation_count; i++)
        check(&situations[i]);
    return 0;
}
