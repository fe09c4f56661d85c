# Among many processes: who waits for the holder's name is told so.

load command

# beside_high_holder COMMAND...: in a process namespace with a listener on 7000 that has 60 other
# descriptors before it.
beside_high_holder()
{
    cat >"$place/holder.py" <<'END'
import os, socket, subprocess, sys
for _ in range(60):
    os.open("/dev/null", os.O_RDONLY)
server = socket.create_server(("127.0.0.1", 7000))
sys.exit(subprocess.run(sys.argv[1:]).returncode)
END
    in_namespace unshare --pid --fork --kill-child --mount-proc python3 "$place/holder.py" "$@"
}

@test "crowd: a terminal is told after a second that why still looks, a file is not" {
    command -v script >/dev/null || skip 'no script(1)'
    command -v strace >/dev/null || skip 'no strace'
    # Each look at a descriptor takes 50 ms: some 60 of them more than a second.
    slow="strace -o /dev/null -e inject=readlinkat:delay_enter=50000 $command"
    run beside_high_holder script -qec "$slow why 7000" /dev/null
    exits 1
    has $'\rstill looking for who has it, for 1 s'
    has $'\r\e[K'
    has 'python3['
    run beside_high_holder sh -c "$slow why 7000"
    exits 1
    lacks 'still looking'
    run beside_high_holder script -qec "$command why 7000" /dev/null
    exits 1
    lacks 'still looking'
}
