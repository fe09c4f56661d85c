/* kill -9 at random moments, 1,000 times: what is read afterwards is whole, and nothing that was
 * finished is lost. The address, the descriptor and the time of each bind are made from one
 * number; a mixture of two would show. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#include "binds.h"

enum { ROUNDS = 1000 };

static struct binds binds;

/* Everything in a bind follows from its number N. */
static void bind_number(uint64_t n)
{
    struct endpoint local = {.family = FAMILY_UNIX, .path_length = 108};
    int fd = (int)(n % 60000);

    memset(local.path, (int)(n * 7 + 1) & 0xff, sizeof local.path);
    binds_make(fd, &local, n % 2, NULL, (int64_t)n);
    if (n % 3 == 0) {
        descriptor_listen(fd);
        history_listen(fd);
    }
}

static void check_bind(const struct past_bind *bind, int round)
{
    uint64_t n = (uint64_t)bind->time_us;
    char path[ENDPOINT_PATH_MAX];

    CHECK_EQ(bind->fd, n % 60000, "round %d: the descriptor of bind %llu", round,
             (unsigned long long)n);
    memset(path, (int)(n * 7 + 1) & 0xff, sizeof path);
    CHECK(memcmp(bind->local.path, path, sizeof path) == 0, "round %d: the path", round);
    if (past_option(bind, OPTION_REUSEADDR) != ANSWER_UNKNOWN)
        CHECK_EQ(past_option(bind, OPTION_REUSEADDR), n % 2 ? ANSWER_YES : ANSWER_NO,
                 "round %d: the option", round);
}

static _Noreturn void child(volatile uint64_t *done)
{
    binds_open(&binds_limits);
    for (uint64_t n = 1;; n++) {
        bind_number(n);
        *done = n;
    }
}

static void one_round(int round, volatile uint64_t *done)
{
    struct timespec pause = {0, 1000 * (rand() % 2000)};
    uint64_t newest = 0;
    pid_t pid;

    *done = 0;
    pid = fork();
    CHECK(pid >= 0, "fork");
    if (pid == 0)
        child(done);
    nanosleep(&pause, NULL);
    kill(pid, SIGKILL);
    CHECK(waitpid(pid, NULL, 0) == pid, "the child is gone");

    binds_read(&binds);
    CHECK_EQ(binds.result.skipped, 0, "round %d: no file is half a file", round);
    CHECK(binds.files <= 1, "one process, one file");
    for (size_t i = 0; i < binds.count; i++) {
        check_bind(&binds.list[i], round);
        if ((uint64_t)binds.list[i].time_us > newest)
            newest = (uint64_t)binds.list[i].time_us;
    }
    CHECK(newest == *done || newest == *done + 1, "round %d: %llu were done, %llu are there",
          round, (unsigned long long)*done, (unsigned long long)newest);
    while (history_files() > 0)
        unlink(history_file_path(0));
}

int main(void)
{
    volatile uint64_t *done = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    size_t seen = 0;

    CHECK(done != MAP_FAILED, "shared memory");
    srand((unsigned)time(NULL));
    history_folder(1);
    for (int round = 0; round < ROUNDS; round++) {
        one_round(round, done);
        seen += binds.count;
    }
    CHECK(seen > ROUNDS, "most rounds came to bind something, seen %zu", seen);
    return 0;
}
