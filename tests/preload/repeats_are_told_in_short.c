/* A program that tries the same address again and again is told of in full once, then in a line
 * at the 10th, 100th and 1000th time; a reason that has changed is told in full again, and
 * counted anew. Other addresses, places in the code and options have their own count. What the
 * program sees is the same each time. */
#include "check.h"
#include "json.h"
#include "net.h"
#include "run.h"
#include "told.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PORT = 8080, TIMES = 1200, FEW = 15 };
static const char address[] = "127.0.0.1";

static int bind_there(int fd)
{
    return net_bind(fd, address, PORT);
}

static void bind_often(const char *where, int port, int times)
{
    int i;

    for (i = 0; i < times; i++) {
        int fd = net_tcp(where);

        CHECK_RESULT(net_bind(fd, where, port), -98, "time %d", i + 1);
        close(fd);
    }
}

/* As avahi does: a first bind without options says whether the port is its own alone. */
static void bind_with_options(void)
{
    int fd = net_tcp(address);

    for (int on = 0; on < 2; on++) {
        net_reuseaddr(fd, on);
        for (int i = 0; i < FEW; i++)
            CHECK_RESULT(bind_there(fd), -98, "with the option: %d", on);
    }
    close(fd);
}

/* Longer than a second, by the clock: the next look is due. */
static void let_a_second_pass(void)
{
    long start_ms = net_now_ms();

    while (net_now_ms() < start_ms + 1100)
        usleep(10 * 1000);
}

static int play(const char *role)
{
    int holder = net_listener(address, PORT, 0, 0);

    if (strcmp(role, "often") == 0) {
        bind_often(address, PORT, TIMES);
    } else if (strcmp(role, "changed") == 0) {
        bind_often(address, PORT, FEW);
        let_a_second_pass();
        bind_often(address, PORT, FEW); /* the same as before: nothing new to tell */
        close(holder);
        net_time_wait(address, PORT, 0, 0);
        let_a_second_pass();
        bind_often(address, PORT, FEW);
    } else if (strcmp(role, "twice") == 0) {
        bind_with_options();
    } else {
        bind_often(address, PORT, FEW);
        bind_often("0.0.0.0", PORT, FEW);
        CHECK_RESULT(net_bind(net_udp(address), address, PORT), 0, "UDP is free");
        bind_often(address, PORT, FEW);
    }
    run_say("done");
    return 0;
}

static struct run_result run(const char *role, char *const extra[])
{
    struct run_result result = run_shimmed(role, "explain", extra);

    CHECK_STR(result.out, "done\n", "%s: the program sees each refusal: %s", role, result.err);
    return result;
}

static void in_text(void)
{
    struct run_result often = run("often", NULL), changed, both;

    CHECK_EQ(told_lines(often.err, "[bound-twice]") - 3, 1, "in full once:\n%s", often.err);
    CHECK_EQ(told_lines(often.err, " again, "), 3, "and in short three times:\n%s", often.err);
    CHECK_EQ(told_lines(often.err, "10 times so far [bound-twice]"), 1, "the 10th:\n%s",
             often.err);
    CHECK_EQ(told_lines(often.err, "again, 100 times so far [bound-twice]"), 1, "the 100th");
    CHECK_EQ(told_lines(often.err, "1000 times so far [bound-twice]"), 1, "the 1000th");
    CHECK(strlen(often.err) < 4096, "little is written: %zu bytes", strlen(often.err));

    changed = run("changed", NULL);
    CHECK_EQ(told_lines(changed.err, "has it [bound-twice]"), 1,
             "the first reason, once:\n%s", changed.err);
    CHECK_EQ(told_lines(changed.err, " connections ["), 1,
             "the second, once:\n%s", changed.err);
    CHECK_EQ(told_lines(changed.err, "10 times so far [bound-twice]"), 1, "counted:\n%s",
             changed.err);
    CHECK_EQ(told_lines(changed.err, "10 times so far [time-wait]"), 1, "counted anew:\n%s",
             changed.err);

    net_own_namespace(); /* another, without the TIME_WAIT */
    both = run("both", NULL);
    CHECK_EQ(told_lines(both.err, "0.0.0.0 means every address"), 1, "one address:\n%s",
             both.err);
    CHECK_EQ(told_lines(both.err, "has it [bound-twice]"), 2, "and the other:\n%s", both.err);
    CHECK_EQ(told_lines(both.err, "10 times so far"), 2, "each counted for itself:\n%s", both.err);
}

static void with_other_options(void)
{
    struct run_result twice = run("twice", NULL);

    CHECK_EQ(told_lines(twice.err, "has it [bound-twice]"), 2,
             "without and with the option:\n%s", twice.err);
    CHECK_EQ(told_lines(twice.err, "10 times so far"), 2, "each counted:\n%s", twice.err);
}

static void in_json(void)
{
    struct run_result often = run("often", told_json);

    CHECK_EQ(told_records(often.err, "bind_failed"), 4, "four records:\n%s", often.err);
    CHECK_STR(json_at(told_record(often.err, "bind_failed", 0), "repeats"), "(missing)",
              "the first is no repeat");
    CHECK_EQ(json_number_at(told_record(often.err, "bind_failed", 1), "repeats", 0), 10, "10th");
    CHECK_EQ(json_number_at(told_record(often.err, "bind_failed", 2), "repeats", 0), 100, "100th");
    CHECK_EQ(json_number_at(told_record(often.err, "bind_failed", 3), "repeats", 0), 1000,
             "1000th");
    CHECK_STR(json_at(told_record(often.err, "bind_failed", 3), "reason"), "bound-twice",
              "with the reason");
    CHECK(json_is_object(told_record(often.err, "bind_failed", 3)), "valid");
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return play(argv[1]);
    net_own_namespace();
    in_text();
    net_own_namespace(); /* another, without the TIME_WAIT */
    in_json();
    with_other_options();
    return 0;
}
