load command

# Each shell loads its completion as an installation has it, and is asked what it would offer.
setup()
{
    open_place
    export PATH=$place/bin:$PATH
    scripts=$BATS_TEST_DIRNAME/../../scripts/completion
    subcommands=$("$command" --help | sed -nE 's/^  ([a-z]+) .*/\1/p' | sort | xargs)
    actions='clear explain force log off share unlink v6only wait:'
}

teardown()
{
    close_place
}

# in_bash WORD...: the words that bash offers for the last one, sorted.
in_bash()
{
    bash -c '. "$1" && shift && COMP_WORDS=(reuseshim "$@") COMP_CWORD=$# &&
        _reuseshim && printf "%s\n" "${COMPREPLY[@]}"' bash "$scripts/reuseshim.bash" "$@" | sort -u | xargs
}

in_fish()
{
    XDG_CONFIG_HOME=$place XDG_DATA_HOME=$place HOME=$place fish --no-config -c \
        'source $argv[1]; complete -C "$argv[2]"' "$scripts/reuseshim.fish" "reuseshim $*" |
        cut -f1 | sort | xargs
}

# in_zsh WORD...: what its completion system has on a terminal of its own, after a tab.
in_zsh()
{
    mkdir -p "$place/zsh"
    cp "$scripts/_reuseshim" "$place/zsh/"
    HOME=$place in_pty "$@" | tr -d '\r' | sort -u | xargs
}
in_pty()
{
    python - "$place" "$*" <<'END'
import os, pty, select, sys, time

place, words = sys.argv[1:]
pid, fd = pty.fork()
if pid == 0:
    os.environ.update(TERM="dumb", ZDOTDIR=place, PROMPT="", PS1="")
    os.execvp("zsh", ["zsh", "-f", "-i"])
seen = b""


def until(mark):
    global seen
    deadline = time.time() + 60
    while mark not in seen and time.time() < deadline:
        if select.select([fd], [], [], 1)[0]:
            seen += os.read(fd, 65536)
    before, found, seen = seen.partition(mark)
    if not found:
        sys.exit("zsh does not answer: %r" % before)
    return before


# compadd is put in front of zsh's own: it writes each word that would be offered to a file. Then the
# tab says that it is done: what is typed while it is at work would make zsh give up.
os.write(fd, ("""fpath=(%s/zsh $fpath); autoload -Uz compinit; compinit -u -D
compadd() { local -a m; builtin compadd -O m "$@"; print -l -- $m >>%s/offered; builtin compadd "$@" }
complete_all() { zle complete-word; print COM""PLETE }; zle -N complete_all; bindkey '^I' complete_all
zstyle ':completion:*' verbose no; unsetopt beep; print REA""DY
""" % (place, place)).encode())
until(b"READY")
os.write(fd, ("reuseshim " + words + "\t").encode())
until(b"COMPLETE")
os.write(fd, b"\x15print DO\"\"NE\n")
until(b"DONE")
os.write(fd, b"exit\n")
try:
    while os.read(fd, 65536):
        pass
except OSError:
    pass
os.waitpid(pid, 0)
print(open(place + "/offered").read())
END
}

@test "completion: bash offers every subcommand, actions, reasons and files" {
    [ "$(in_bash '')" = "$(printf '%s\n' --help --version $subcommands | sort | xargs)" ]
    [ "$(in_bash wa)" = wait ]
    [ "$(in_bash run -p '')" = "$actions" ]
    [ "$(in_bash systemd -f j)" = json ]
    [ "$(in_bash explain time)" = time-wait ]
    [[ " $(in_bash verify $$) " == *" $$ "* ]]
    cd "$place"
    [ "$(in_bash run ./bin/reu)" = ./bin/reuseshim ]
    [[ " $(in_bash why --js) " == *' --json '* ]]
}

@test "completion: fish offers every subcommand, actions and reasons" {
    command -v fish >/dev/null || skip 'no fish'
    [ "$(in_fish '')" = "$subcommands" ]
    [ "$(in_fish wa)" = wait ]
    [ "$(in_fish run -p '')" = "$actions" ]
    [ "$(in_fish explain time)" = time-wait ]
    [ "$(in_fish why --js)" = --json ]
}

@test "completion: zsh offers every subcommand, actions and reasons" {
    command -v zsh >/dev/null || skip 'no zsh'
    [ "$(in_zsh '')" = "$subcommands" ]
    rm "$place/offered"
    [ "$(in_zsh run -p '')" = "$actions" ]
    rm "$place/offered"
    [[ " $(in_zsh explain time) " == *' time-wait '* ]]
    rm "$place/offered"
    [[ " $(in_zsh why --) " == *' --json '* ]]
}
