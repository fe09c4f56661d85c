/* Whoever starts next removes what is too old or empty and, if there is too much, what started
 * first; never a file that a living process may write to, and no file of another name. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "binds.h"
#include "net.h"

static struct binds binds;

static void leave_bind(struct history_header *header, struct history_record *record)
{
    record->time_us = header->process.opened_us;
    record->family = FAMILY_INET;
    record->port = 80;
    record->protocol = PROTOCOL_TCP;
    record->sum = history_record_sum(record, 1);
    record->number = 1;
    header->next[0] = 1;
}

/* A file of a process that is dead already, opened at OPENED_US; it ended AGO_S before now, or was
 * killed if AGO_S is 0. */
static void leave_file(int64_t opened_us, int64_t ago_s)
{
    static _Alignas(8) unsigned char bytes[64 * 1024];
    struct history_header *header = (void *)bytes;
    const size_t ring = HISTORY_RECORDS_AT + HISTORY_ANY_PORT_MAX * sizeof(struct history_record);
    char name[HISTORY_NAME_MAX];
    pid_t pid = fork();

    CHECK(pid >= 0, "fork");
    if (pid == 0)
        _exit(0);
    waitpid(pid, NULL, 0);
    memset(bytes, 0, sizeof bytes);
    header->version = HISTORY_VERSION;
    header->size = sizeof bytes;
    header->record_count = history_record_count(sizeof bytes);
    header->process = binds_process();
    header->process.pid = pid;
    header->process.start_ticks = 1;
    header->process.opened_us = opened_us;
    header->sum = history_header_sum(header);
    header->magic = HISTORY_MAGIC;
    if (ago_s > 0)
        header->ended_us = sys_realtime_us() - ago_s * 1000000;
    leave_bind(header, (void *)(bytes + ring));
    history_name_print(&(struct history_name){pid, 1, (uint64_t)opened_us}, name);
    history_put(name, bytes, sizeof bytes);
}

static int prune(const struct history_limits *limits)
{
    int folder = history_folder_open(history_folder(0), true);
    int result;

    CHECK(folder >= 0, "the folder");
    result = history_folder_prune(folder, limits);
    close(folder);
    return result;
}

static void by_age(void)
{
    int64_t day_us = INT64_C(86400) * 1000000, now_us = sys_realtime_us();

    history_folder(1);
    leave_file(now_us - 30 * day_us, 25 * 3600);
    leave_file(now_us - 30 * day_us + 1, 23 * 3600);
    leave_file(now_us - 30 * day_us + 2, 0); /* killed: nobody knows when */
    history_put("keep-me.txt", "x", 1);
    CHECK_RESULT(prune(&binds_limits), 0, "there is room");
    CHECK_EQ(history_files(), 3, "the one that ended 25 h ago is gone");
    CHECK_RESULT(prune(&(struct history_limits){64 << 10, 64 << 20, 22 * 3600}), 0, "room");
    CHECK_EQ(history_files(), 2, "22 h: the other one too; the killed one was just found dead");
    CHECK_RESULT(prune(&binds_limits), 0, "room");
    CHECK_EQ(history_files(), 2, "its age counts from there");
}

static void by_size(void)
{
    const struct history_limits limits = {64 << 10, 1 << 20, 24 * 3600}; /* 16 files */
    int64_t now_us = sys_realtime_us();

    history_folder(1);
    for (int i = 0; i < 40; i++)
        leave_file(now_us - 1000 + i, i % 2);
    CHECK_RESULT(prune(&limits), 0, "room is made");
    CHECK_EQ(history_files(), 15, "for one more");
    binds_read(&binds);
    CHECK_EQ(binds.files, 15, "all of them good");
}

/* A file of this process, and others until the folder is full. */
static void not_of_the_living(void)
{
    const struct history_limits limits = {64 << 10, 1 << 20, 1};
    struct endpoint inet = binds_inet(80);

    history_folder(1);
    binds_open(&limits);
    binds_make(5, &inet, true, NULL, 1111);
    for (int i = 0; i < 30; i++)
        leave_file(sys_realtime_us() + 1000000, 3600);
    CHECK_RESULT(prune(&limits), 0, "room is made");
    binds_read(&binds);
    CHECK_EQ(binds.count, 1, "the living process's file is there");
    CHECK_EQ(binds.processes[0].pid, getpid(), "it is ours");
    CHECK_EQ(history_files(), 1, "the dead ones, an hour old, are gone");
    CHECK_RESULT(prune(&(struct history_limits){1 << 20, 1 << 20, 1}), -ENOSPC,
                 "a folder that only the living fill has no room");
}

/* A process that might have bound something, and has not. */
static void not_of_those_that_bound_nothing(void)
{
    pid_t pid;

    history_folder(1);
    pid = fork();
    if (pid == 0) {
        binds_open(&binds_limits);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    CHECK_EQ(history_files(), 1, "there is a file");
    CHECK_RESULT(prune(&binds_limits), 0, "room");
    CHECK_EQ(history_files(), 0, "and it tells nothing");
}

static enum answer lives(const struct history_process *process)
{
    const struct past_file file = {.fd = -1, .process = *process};
    const struct past_bind bind = {.fd = 0};
    struct past_here here;

    past_here(&here);
    return past_binder_of(&here, &file, &bind).lives;
}

/* The number of the dead process may be another's by now. */
static void not_mistaken_for_another(void)
{
    struct history_process process = binds_process();

    CHECK_EQ(lives(&process), ANSWER_YES, "this process lives");
    process.start_ticks++;
    CHECK_EQ(lives(&process), ANSWER_NO, "its number, born at another time");
    process.start_ticks = 0;
    CHECK_EQ(lives(&process), ANSWER_UNKNOWN, "born at an unknown time");
    process = binds_process();
    process.processes++;
    CHECK_EQ(lives(&process), ANSWER_UNKNOWN, "in another pid namespace");
    process.boot[0] ^= 1;
    CHECK_EQ(lives(&process), ANSWER_NO, "before the last boot");
}

static void *wait_for_the_end(void *nothing)
{
    pause();
    return nothing;
}

static bool is_zombie(void *pid)
{
    char path[64], line[512] = "";
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/stat", *(pid_t *)pid);
    file = fopen(path, "re");
    if (file != NULL) {
        fgets(line, sizeof line, file);
        fclose(file);
    }
    return strstr(line, ") Z ") != NULL;
}

/* The first thread of a process may end before the others; a zombie has none that goes on. */
static void not_dead_while_a_thread_goes_on(void)
{
    struct history_process process = binds_process();
    struct procstat stat;
    pthread_t thread;

    process.pid = fork();
    if (process.pid == 0) {
        pthread_create(&thread, NULL, wait_for_the_end, NULL);
        pthread_exit(NULL);
    }
    CHECK(wait_until(is_zombie, &process.pid, 5000), "its first thread has ended");
    CHECK_RESULT(procstat_read(-1, process.pid, &stat), 0, "birth");
    process.start_ticks = stat.start_ticks;
    CHECK_EQ(lives(&process), ANSWER_YES, "another goes on");
    kill(process.pid, SIGKILL);
    waitid(P_PID, (id_t)process.pid, &(siginfo_t){0}, WEXITED | WNOWAIT);
    CHECK(is_zombie(&process.pid), "nobody has waited for it");
    CHECK_EQ(lives(&process), ANSWER_NO, "none goes on");
    waitpid(process.pid, NULL, 0);
}

/* Of a process that was killed nobody has noted when; the first who looks notes that it is gone. */
static void deaths_are_noted(void)
{
    int64_t before_us = sys_realtime_us(), noted_us;

    history_folder(1);
    leave_file(before_us - 1000000, 0);
    leave_file(before_us - 2000000, 3600);
    binds_read(&binds);
    CHECK_EQ(binds.files, 2, "two files");
    CHECK(binds.found_dead_us[0] == 0 && binds.found_dead_us[1] == 0, "nobody has looked");
    binds_look(&binds);
    binds_read(&binds);
    noted_us = binds.found_dead_us[0];
    CHECK(noted_us >= before_us && noted_us <= sys_realtime_us(), "it was noted when");
    CHECK_EQ(binds.found_dead_us[1], 0, "not of one that had called exit()");
    usleep(2000);
    binds_look(&binds);
    binds_read(&binds);
    CHECK_EQ(binds.found_dead_us[0], noted_us, "the first note stays");
}

int main(void)
{
    by_age();
    by_size();
    not_of_those_that_bound_nothing();
    not_of_the_living();
    not_mistaken_for_another();
    not_dead_while_a_thread_goes_on();
    deaths_are_noted();
    return 0;
}
