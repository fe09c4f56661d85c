# C++ programs throw and catch through the libgcc they were linked with, plain ones and where C++
# arrives only in a plugin and after the shim has opened libunwind: nothing but the shim binds to libunwind.

setup() {
    lib=${REUSESHIM_LIB:-$BATS_TEST_DIRNAME/../../build/libreuseshim.so}
    command -v g++ >/dev/null || skip "g++ is not installed"
    [ -e "$lib" ] || skip "libreuseshim.so is not built"
    cd "$BATS_TEST_TMPDIR"

    cat >plugin.cc <<'END'
#include <stdexcept>
#include <string>
static void raise_it(const std::string &what) { throw std::runtime_error(what); }
extern "C" int plugin(void)
{
    try {
        raise_it("thrown");
    } catch (const std::exception &caught) {
        return std::string(caught.what()) == "thrown" ? 0 : 1;
    }
    return 2;
}
END
    cat >program.c <<'END'
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
static int bind_one(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 1);
}
int main(void)
{
    void *library;
    int (*plugin)(void);
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[4096];
    if (bind_one() != 0)
        return 10;
    library = dlopen("./plugin.so", RTLD_NOW);
    if (library == NULL)
        return puts(dlerror()), 11;
    plugin = (int (*)(void))dlsym(library, "plugin");
    for (int i = 0; i < 3; i++)
        if (plugin() != 0 || bind_one() != 0)
            return 12;
    while (fgets(line, sizeof line, maps))
        fputs(line, stdout);
    return 0;
}
END
    cat >plain.cc <<'END'
#include <cstdio>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
/* The exception comes through the frame that has bound. */
static void refuse(int number)
{
    sockaddr_in address = {};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, reinterpret_cast<sockaddr *>(&address), sizeof address) || listen(fd, 1))
        throw 1;
    throw std::runtime_error(number % 2 ? "odd" : "even");
}
int main()
{
    char line[4096];
    int caught = 0;
    for (int i = 0; i < 6; i++)
        try {
            refuse(i);
        } catch (const std::exception &) {
            caught++;
        }
    for (FILE *maps = std::fopen("/proc/self/maps", "r"); std::fgets(line, sizeof line, maps);)
        std::fputs(line, stdout);
    return caught == 6 ? 0 : 1;
}
END
    g++ -shared -fPIC -o plugin.so plugin.cc
    g++ -o plain plain.cc
    gcc -o program program.c -ldl
}

check_bindings() { # PROGRAM
    LD_PRELOAD=$lib LD_DEBUG=bindings LD_DEBUG_OUTPUT=bindings run "$1"
    [ "$status" -eq 0 ]
    [[ "$output" == */libunwind* ]] || skip "libunwind is not installed"
    # Somebody looked up the unwinder, and found libgcc's.
    grep -q 'to [^ ]*libgcc_s[^ ]* .*_Unwind_RaiseException' bindings.*
    ! grep -E 'to [^ ]*libunwind' bindings.* | grep -v 'binding file [^ ]*libunwind'
}

@test "a plugin's exceptions are caught, and bind to libgcc" {
    check_bindings ./program
}

@test "a plain program's exceptions are caught, and bind to libgcc" {
    check_bindings ./plain
}
