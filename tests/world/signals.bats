#!/usr/bin/env bats
# Whether a signal would end the holder is told as it is: each with a real process in that state, and the command that
# works, or none.
load world

setup()
{
    open_place
    open_namespace
}

teardown()
{
    [ -z "${frozen-}" ] || { fsfreeze -u "$frozen" || :; kill -9 "$begun" || :; wait "$begun" || :; umount "$frozen"; }
    [ -z "${begun-}" ] || pkill -9 -P "$begun" || :
    pid=$(listener) && [ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || :
    close_place
}

# hold STATE...: the holder in the background, from when it listens.
hold()
{
    ${CC:-cc} -D_GNU_SOURCE -O1 -o "$place/holder" "$BATS_TEST_DIRNAME/programs/holder.c" -pthread
    begin "$place/holder" "$1" $port "${@:2}"
    poll 300 is_held
}

said_is() { tr -s ' \n' ' ' <"$place/said" | grep -qF "$1"; }
is_in_state() { [ "$(sed 's/.*) //; s/ .*//' "/proc/$begun/stat")" = "$1" ]; }

@test "world: a server that blocks SIGTERM is ended by SIGKILL, and the text says why" {
    server_at "$place/server" 'signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])'
    begin "$place/server"
    poll 100 is_held
    refuse
    said_is 'it blocks SIGTERM'
    [ "$(cure fix)" = "kill -9 $begun" ]
    paste "$(cure fix)"
    stays_free
}

@test "world: a server whose first thread has ended is found all the same, and ends by SIGTERM" {
    hold leader
    poll 50 is_in_state Z
    refuse
    [ "$(cure fix)" = "kill $begun" ]
    paste "$(cure fix)"
    stays_free
}

# This wait is one that a fatal signal ends, as no file of /proc tells; the next one is not.
@test "world: a server that waits in the kernel is told so, and no signal is promised to help" {
    hold vfork
    poll 50 is_in_state D
    refuse
    said_is 'waits in the kernel (state D)'
    run grep -E 'kill +[0-9]' "$place/said"
    [ "$status" -ne 0 ]
}

@test "world: a server that waits for a disk has SIGKILL on its way, and is told as ending" {
    long_only
    needs mkfs.ext4 fsfreeze losetup
    truncate -s 16M "$place/disk"
    mkfs.ext4 -q "$place/disk"
    mkdir "$place/mounted"
    mount -o loop "$place/disk" "$place/mounted" || skip 'no loop device'
    frozen=$place/mounted
    hold write "$frozen/file"
    fsfreeze -f "$frozen"
    poll 50 is_in_state D
    refuse
    said_is 'waits in the kernel (state D)'
    kill -9 "$begun"
    refuse
    run grep -E 'kill +(-9 +)?[0-9]' "$place/said"
    [ "$status" -ne 0 ]
    is_held
    fsfreeze -u "$frozen"
    poll 50 is_free
    umount "$frozen"
    frozen=
}

@test "world: a server that ends, with much memory, is told as ending, and waiting for it is the cure" {
    long_only
    [ "$(awk '/MemAvailable/ { print $2 }' /proc/meminfo)" -gt 6000000 ] || skip 'needs 6 GB of memory'
    hold large
    server_at "$place/newcomer"
    kill -9 "$begun"
    for _ in 1 2 3 4 5 6 7 8; do
        refuse || break
        ! grep -q 'ending' "$place/said" || break
    done
    said_is 'it is ending already'
    [ "$(cure fix)" = "reuseshim wait 127.0.0.1:$port && /usr/bin/python3 $place/newcomer" ]
    paste_and_go_on "$(cure fix)"
    poll 200 newcomer_listens
}
