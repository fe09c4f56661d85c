# The shim beside other things that take over a process: other allocators, address sanitizers of gcc
# and clang, valgrind. The program's results are the same; none of them finds a fault of ours.

setup() {
    lib=${REUSESHIM_LIB:-$BATS_TEST_DIRNAME/../../build/libreuseshim.so}
    [ -e "$lib" ] || skip "libreuseshim.so is not built"
    cd "$BATS_TEST_TMPDIR"

    cat >program.c <<'END'
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
static int refused(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    int held = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    int result;
    setsockopt(held, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(held, (struct sockaddr *)&address, length) || listen(held, 1) ||
        getsockname(held, (struct sockaddr *)&address, &length))
        return -1;
    result = bind(fd, (struct sockaddr *)&address, length) < 0 && errno == EADDRINUSE;
    close(fd);
    close(held);
    return result;
}
static void *work(void *count)
{
    for (int i = 0; i < 50; i++) {
        void *memory = malloc(100 + i);
        *(int *)count += refused();
        free(memory);
    }
    return NULL;
}
int main(void)
{
    pthread_t threads[4];
    int counts[4] = {0}, status;
    printf("%d\n", refused());
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, work, &counts[i]);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    printf("%d %d %d %d\n", counts[0], counts[1], counts[2], counts[3]);
    fflush(stdout);
    if (fork() == 0)
        _exit(refused() == 1 ? 7 : 8);
    wait(&status);
    printf("%d\n", WEXITSTATUS(status));
    return 0;
}
END
    expected=$'1\n50 50 50 50\n7'
}

build() { # COMPILER FLAGS...
    command -v "$1" >/dev/null || skip "$1 is not installed"
    "$1" -g -O1 -pthread "${@:2}" -o program program.c
}

# The program's own output is what it is without the shim, and the failure is explained.
check_run() { # COMMAND...
    "$@" >out 2>err || { echo "exit $?"; cat err; return 1; }
    [ "$(cat out)" = "$expected" ] || { cat out err; return 1; }
    grep -q 'cannot bind .*\[bound-twice\]' err || { cat err; return 1; }
}

find_library() { # NAME; the path that the loader knows
    ldconfig -p | awk -v name="$1" '$1 == name { print $NF; exit }'
}

with_allocator() { # NAME
    allocator=$(find_library "$1")
    [ -n "$allocator" ] || skip "$1 is not installed"
    build gcc
    check_run env LD_PRELOAD="$lib:$allocator" ./program
    check_run env LD_PRELOAD="$allocator:$lib" ./program
}

@test "jemalloc" {
    with_allocator libjemalloc.so.2
}

@test "tcmalloc" {
    with_allocator libtcmalloc_minimal.so.4
}

# gcc's runtime wants to be the first library of all.
@test "a program with gcc's address sanitizer" {
    build gcc -fsanitize=address,undefined
    check_run env ASAN_OPTIONS=detect_leaks=0 LD_PRELOAD="$(gcc -print-file-name=libasan.so):$lib" \
        ./program
    ! grep -E 'Sanitizer|runtime error' err
}

@test "a program with gcc's address sanitizer, which need not come first" {
    build gcc -fsanitize=address
    check_run env ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0 LD_PRELOAD="$lib" ./program
    ! grep -E 'Sanitizer|runtime error' err
}

@test "a program with clang's address sanitizer" {
    build clang -fsanitize=address,undefined
    check_run env ASAN_OPTIONS=detect_leaks=0 LD_PRELOAD="$lib" ./program
    ! grep -E 'Sanitizer|runtime error' err
}

@test "a program with gcc's thread sanitizer" {
    build gcc -fsanitize=thread
    check_run env LD_PRELOAD="$(gcc -print-file-name=libtsan.so):$lib" ./program
    ! grep -E 'Sanitizer' err
}

@test "a program with clang's thread sanitizer" {
    build clang -fsanitize=thread
    check_run env LD_PRELOAD="$lib" ./program
    ! grep -E 'Sanitizer' err
}

# valgrind knows what system calls read and write: a byte of ours that was never set, or memory that
# is not ours, would be told. It cannot read the debug information of newer compilers than itself.
@test "valgrind finds no error" {
    command -v valgrind >/dev/null || skip "valgrind is not installed"
    build gcc
    objcopy --strip-debug "$lib" bare.so
    check_run env LD_PRELOAD="$PWD/bare.so" valgrind -q --error-exitcode=99 --child-silent-after-fork=yes \
        ./program
    ! grep -E '^==[0-9]+==' err
}
