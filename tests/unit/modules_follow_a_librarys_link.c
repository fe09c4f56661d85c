/* Claim: a place whose module is named by a link, as the loader names libraries, gets its symbol,
 * and the name of the file that the link leads to: the kernel's name of the same module
 * (/proc/self/maps). */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/scratch.h"
#include "unwind/modules.h"

__attribute__((noinline)) int a_named_function(void);

int a_named_function(void)
{
    return getpid();
}

int main(void)
{
    static char memory[1 << 18];
    char folder[] = "/tmp/linkXXXXXX", link[64], second[64], self[512] = "";
    struct scratch scratch = {memory, memory + sizeof memory};
    uintptr_t pc[2] = {(uintptr_t)a_named_function + 4, (uintptr_t)main + 4};
    struct place places[3] = {{.pc = 0}};

    CHECK(readlink("/proc/self/exe", self, sizeof self - 1) > 0, "our own file");
    CHECK(mkdtemp(folder) != NULL, "a folder");
    snprintf(link, sizeof link, "%s/one", folder);
    snprintf(second, sizeof second, "%s/two", folder);
    CHECK(symlink(self, link) == 0 && symlink("one", second) == 0, "a link to a link");
    modules_locate(pc, 2, places, &scratch);
    CHECK_STR(places[0].module, self, "by the kernel's name");
    places[2] = places[0];
    places[0].module = places[1].module = second;
    places[0].symbol = places[1].symbol = NULL;
    modules_name(places, 3, &scratch);
    CHECK_STR(places[0].symbol, "a_named_function", "named through the links");
    CHECK_STR(places[1].symbol, "main", "each place of the module");
    CHECK_STR(places[0].module, self, "one name for one file");
    CHECK_STR(places[1].module, self, "one name for one file");
    CHECK_STR(places[2].symbol, places[0].symbol, "the same frame has the same name");
    unlink(link);
    unlink(second);
    rmdir(folder);
    return 0;
}
