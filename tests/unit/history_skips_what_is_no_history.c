/* Files in the folder that are no histories: cut short, garbage, huge, of another version, links,
 * folders, pipes. Each is skipped and counted, and hides nothing; and whatever single byte of a
 * good file is changed, what is read is either as it was or left out. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "binds.h"

enum { SIZE = 64 * 1024 };

static struct binds binds;
static _Alignas(8) unsigned char good[SIZE], bad[SIZE];
static uint64_t next_name = 1;

static const char *name(void)
{
    static char text[64];

    snprintf(text, sizeof text, "1-%llu-1.binds", (unsigned long long)next_name++);
    return text;
}

static struct history_header *header(void)
{
    return (struct history_header *)(void *)bad;
}

static void fresh(void)
{
    memcpy(bad, good, sizeof bad);
}

static void put(size_t size)
{
    history_put(name(), bad, size);
}

/* Every one of these must be skipped. Returns how many there are. */
static unsigned put_hostile_files(void)
{
    char path[1024];
    unsigned before = (unsigned)next_name;
    int fd;

    fresh(), put(HISTORY_HEADER_SIZE - 1);
    fresh(), put(SIZE - 1);
    fresh(), put(HISTORY_HEADER_SIZE + 100);
    fresh(), put(HISTORY_HEADER_SIZE);
    fresh(), header()->version = HISTORY_VERSION + 1, put(SIZE);
    fresh(), header()->size = 0xffffffff, put(SIZE);
    fresh(), header()->record_count = 0xffffffff, put(SIZE);
    fresh(), header()->process.pid = -1, put(SIZE);
    fresh(), header()->process.comm[0] ^= 1, put(SIZE);
    memset(bad, 0xff, sizeof bad), put(SIZE);
    memset(bad, 'x', sizeof bad), put(SIZE);
    for (size_t i = 0; i < sizeof bad; i++)
        bad[i] = (unsigned char)rand();
    put(SIZE);
    snprintf(path, sizeof path, "%s/%s", history_folder(0), name());
    CHECK(symlink(history_file_path(0), path) == 0, "a link");
    snprintf(path, sizeof path, "%s/%s", history_folder(0), name());
    CHECK(mkdir(path, 0700) == 0, "a folder");
    snprintf(path, sizeof path, "%s/%s", history_folder(0), name());
    CHECK(mkfifo(path, 0600) == 0, "a pipe");
    snprintf(path, sizeof path, "%s/%s", history_folder(0), name());
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && write(fd, good, sizeof good) == sizeof good &&
              ftruncate(fd, (off_t)1 << (sizeof(off_t) > 4 ? 40 : 30)) == 0,
          "a huge file");
    close(fd);
    return (unsigned)next_name - before;
}

static void remove_all(void)
{
    char command[1200];

    snprintf(command, sizeof command, "rm -rf %s/*", history_folder(0));
    CHECK(system(command) == 0, "%s", command);
}

static bool same(const struct past_bind *bind)
{
    return bind->local.port == 8080 && bind->fd == 5 && bind->time_us == 1111 &&
           bind->local.family == FAMILY_INET && bind->local.address[0] == 127;
}

/* Changes of words that are not summed up (state, counters) may show, but do no harm. */
static void change_each_byte(void)
{
    struct past_file file;
    struct past_bind bind;
    size_t left_out = 0;

    for (size_t at = 0; at < SIZE; at++) {
        bool found = false;

        if (good[at] == 0 && at % 7 != 0)
            continue;
        fresh();
        bad[at] ^= 0x41;
        if (past_open(&file, bad, SIZE) == 0)
            for (uint32_t i = 0; i < file.record_count; i++)
                if (past_bind_at(&file, i, &bind)) {
                    CHECK(same(&bind), "byte %zu changed: another bind is read", at);
                    found = true;
                }
        left_out += !found;
    }
    CHECK(left_out > 100, "most changes of what is summed up are seen: %zu", left_out);
}

int main(void)
{
    struct endpoint inet = binds_inet(8080);
    unsigned hostile;

    history_folder(1);
    binds_open(&binds_limits);
    binds_make(5, &inet, true, NULL, 1111);
    CHECK_EQ(history_bytes(history_file_path(0), good, SIZE), SIZE, "one file of 64 KiB");
    change_each_byte();
    hostile = put_hostile_files();
    history_put("not-ours.binds", good, SIZE);
    history_put("1-2-3.bindsx", good, SIZE);
    history_put("01-2-3.binds", good, SIZE);
    memset(bad, 0, sizeof bad);
    history_put(name(), bad, 0);
    history_put(name(), bad, SIZE);
    binds_read(&binds);
    CHECK_EQ(binds.result.error, 0, "the folder is read");
    CHECK_EQ(binds.files, 1, "the good file only");
    CHECK_EQ(binds.count, 1, "its bind");
    CHECK(same(&binds.list[0]), "as it was");
    CHECK_EQ(binds.result.skipped, hostile, "each hostile file is counted; unfinished ones and "
                                            "files of other names are not");
    remove_all();
    return 0;
}
