# The loader makes read-only what PT_GNU_RELRO names, in whole pages, and leaves the last one, if it is begun, to
# the program. With pages of 16 or 64 KiB that page has data of the program's; here PT_GNU_RELRO is made to
# end in the midst of such a page.

@test "a page of the program's data stays writable where an import in it is redirected" {
    [ "$(uname -m)" = x86_64 ] || skip 'the layout of x86-64'
    lib=${REUSESHIM_LIB:-$BATS_TEST_DIRNAME/../../build/libreuseshim.so}
    [ -e "$lib" ] || skip "libreuseshim.so is not built"
    cd "$BATS_TEST_TMPDIR"
    cat >program.c <<'END'
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
int count = 1; /* in the page that begins with what the loader fills in at the first call */
int main(void)
{
    count++;
    return listen(-1, 1) == 0 || prctl(PR_GET_DUMPABLE) < 0 || printf("%d\n", count) < 0;
}
END
    ${CC:-cc} -O1 -pie -fPIE -Wl,-z,relro -Wl,-z,lazy -o program program.c
    python3 - program "$(nm program | sed -n 's/ D __data_start$//p')" <<'END'
import struct, sys
path, end = sys.argv[1], int(sys.argv[2], 16)
elf = bytearray(open(path, "rb").read())
start, = struct.unpack_from("<Q", elf, 32)
size, count = struct.unpack_from("<HH", elf, 54)
for at in range(start, start + count * size, size):
    if struct.unpack_from("<I", elf, at)[0] == 0x6474e552:  # PT_GNU_RELRO
        struct.pack_into("<Q", elf, at + 40, end - struct.unpack_from("<Q", elf, at + 16)[0])
open(path, "wb").write(elf)
END
    run ./program
    [ "$output" = 2 ] || skip 'this loader wants more of a program'
    run env LD_PRELOAD="$lib" ./program
    echo "status $status: $output"
    [ "$status" -eq 0 ] && [ "$output" = 2 ]
}
