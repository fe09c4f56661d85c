/* What /proc/PID/stat and status show of a process decides whether SIGTERM, SIGKILL or no signal
 * ends it: real processes in each condition, and the texts that are not easily made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc/process.h"
#include "proc/vitals.h"

enum condition { PLAIN = 0, IGNORES, HANDLES, BLOCKS, READS_SIGNALS, STOPPED, CONDITIONS };

static void on_term(int number)
{
    (void)number;
}

static void prepare(enum condition condition)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    if (condition == IGNORES)
        signal(SIGTERM, SIG_IGN);
    if (condition == HANDLES)
        signal(SIGTERM, on_term);
    if (condition == BLOCKS || condition == READS_SIGNALS)
        sigprocmask(SIG_BLOCK, &set, NULL);
    if (condition == READS_SIGNALS && signalfd(-1, &set, 0) < 0)
        _exit(1);
}

/* The vitals of a child in CONDITION. */
static struct vitals seen(enum condition condition)
{
    struct vitals vitals;
    int ready[2], hold[2], status, proc = process_folder();
    struct known known = {.proc = proc};
    char byte, room[VITALS_ROOM];
    pid_t child;

    assert_true(proc >= 0 && pipe(ready) == 0 && pipe(hold) == 0);
    child = fork();
    if (child == 0) {
        prepare(condition);
        close(hold[1]);
        if (write(ready[1], "x", 1) != 1 || read(hold[0], &byte, 1) < 0)
            _exit(1);
        _exit(0);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    if (condition == STOPPED) {
        kill(child, SIGSTOP);
        assert_int_equal(waitpid(child, &status, WUNTRACED), child);
    }
    vitals_read(&known, child, &vitals, room);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    close(proc);
    close(ready[0]);
    close(ready[1]);
    close(hold[0]);
    close(hold[1]);
    return vitals;
}

static void live_processes(void **state)
{
    (void)state;
    for (int i = 0; i < CONDITIONS; i++) {
        struct vitals vitals = seen((enum condition)i);

        assert_int_equal(vitals.ignores_term, i == IGNORES);
        assert_int_equal(vitals.handles_term, i == HANDLES);
        assert_int_equal(vitals.blocks_term, i == BLOCKS);
        assert_int_equal(vitals.stopped, i == STOPPED);
        assert_false(vitals.dying || vitals.dead_leader || vitals.first);
    }
}

static struct vitals parsed(const char *stat, const char *status)
{
    struct procstat parsed;
    struct vitals vitals;

    assert_true(procstat_parse(stat, &parsed));
    vitals_parse(&parsed, status, &vitals);
    return vitals;
}

#define STAT(state, flags, threads) \
    "7 (a ) b) " state " 1 7 7 0 -1 " flags " 0 0 0 0 0 0 0 0 20 0 " threads \
    " 0 55 0 0 0 4096 8192 12288 0"
#define STATUS "Name:\ta\nNSpid:\t7\nSigPnd:\t0000000000000000\nShdPnd:\t0000000000000000\n" \
    "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\n"

static void told_by_their_texts(void **state)
{
    (void)state;
    assert_false(parsed(STAT("S", "4194560", "1"), STATUS).dying);
    assert_true(parsed(STAT("R", "4194564", "1"), STATUS).dying);
    assert_true(parsed(STAT("D", "4194560", "1"), STATUS).in_kernel);
    /* A first thread that has ended by itself is exiting, and its process is not. */
    assert_true(parsed(STAT("Z", "4194564", "3"), STATUS).dead_leader);
    assert_false(parsed(STAT("Z", "4194564", "3"), STATUS).dying);
    assert_true(parsed(STAT("S", "0", "1"), "\nSigPnd:\t0000000000000100\n").dying);
    assert_true(parsed(STAT("S", "0", "1"), "\nShdPnd:\t0000000000000100\n").dying);
    assert_true(parsed(STAT("S", "0", "1"), "\nCoreDumping:\t1\n").dying);
    assert_true(parsed(STAT("S", "0", "1"), "\nNSpid:\t900\t1\n").first);
    assert_false(parsed(STAT("S", "0", "1"), "\nNSpid:\t900\t11\n").first);
    assert_true(parsed(STAT("S", "0", "1"), "\nNSpid:\t1\n").first_of_ours);
    assert_false(parsed(STAT("S", "0", "1"), "").first_of_ours);
}

static void what_is_no_stat(void **state)
{
    static const char *const texts[] = {"", "7", "7 (a", "7 (a)", "7 )a( S", "7 (a) S 1 2 3"};
    struct procstat stat;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_false(procstat_parse(texts[i], &stat));
    assert_true(procstat_parse(STAT("S", "0", "1"), &stat));
    assert_string_equal(stat.comm, "a ) b");
    assert_int_equal(stat.start_ticks, 55);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(live_processes), cmocka_unit_test(told_by_their_texts),
        cmocka_unit_test(what_is_no_stat),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
