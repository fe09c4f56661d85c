/* Claim: a lock keeps threads apart; a thread that holds it is refused at once; who waits for
 * another gives up in the end; in the child of a fork every lock is free, and says that it was
 * held. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "table/lock.h"

enum { THREADS = 8, ROUNDS = 20000 };

static long guarded;

static void refuses_its_own_thread(void **state)
{
    (void)state;
    assert_true(lock_take(0));
    assert_false(lock_take(0));
    assert_true(lock_take(1)); /* another one is another matter */
    lock_release(1);
    assert_false(lock_take(0));
    lock_release(0);
    assert_true(lock_take(0));
    lock_release(0);
}

static void *try_once(void *unused)
{
    (void)unused;
    return lock_take(2) ? (void *)1 : NULL;
}

static void gives_up_on_another(void **state)
{
    pthread_t thread;
    void *taken;

    (void)state;
    assert_true(lock_take(2));
    pthread_create(&thread, NULL, try_once, NULL);
    pthread_join(thread, &taken);
    assert_null(taken);
    lock_release(2);
}

static void *count_on(void *done)
{
    for (long i = 0; i < ROUNDS;)
        if (lock_take(3)) {
            guarded++;
            lock_release(3);
            i++;
        }
    return done;
}

static void keeps_threads_apart(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, count_on, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(guarded, (long)THREADS * ROUNDS);
}

static void is_free_in_a_child(void **state)
{
    int status;
    pid_t pid;

    (void)state;
    assert_false(lock_in_fork_child());
    assert_true(lock_take(4));
    assert_false(lock_was_torn(4));
    pid = fork();
    if (pid == 0)
        _exit(lock_in_fork_child() && lock_take(4) && lock_was_torn(4) && lock_take(5) &&
                      !lock_was_torn(5)
                  ? 0
                  : 1);
    lock_release(4);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_true(lock_take(4));
    assert_false(lock_was_torn(4));
    lock_release(4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_its_own_thread),
        cmocka_unit_test(gives_up_on_another),
        cmocka_unit_test(keeps_threads_apart),
        cmocka_unit_test(is_free_in_a_child),
    };

    if (lock_take(0)) /* without a page none can be had */
        return 1;
    lock_init(true);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
