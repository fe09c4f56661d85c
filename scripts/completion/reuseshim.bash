# bash completion for reuseshim. Options, reasons and subcommands are what its help names.
_reuseshim()
{
    local current=${COMP_WORDS[COMP_CWORD]} subcommand=${COMP_WORDS[1]-} words=

    case $COMP_CWORD:$subcommand:${COMP_WORDS[COMP_CWORD - 1]} in
    1:*) words="--help --version $(reuseshim --help 2>/dev/null | sed -nE 's/^  ([a-z]+) .*/\1/p')" ;;
    *:run:-p | *:systemd:-p) words='off explain log force clear share v6only wait: unlink' ;;
    *:run:-l | *:systemd:-l)
        mapfile -t COMPREPLY < <(compgen -f -W 'stderr syslog journal fd:' -- "$current")
        return
        ;;
    *:run:-f | *:systemd:-f) words='text json' ;;
    *)
        if [[ $current == -* ]]; then
            words=$(reuseshim "$subcommand" --help 2>/dev/null | sed -nE 's/^  .{4}(--[a-z]+).*/\1/p')
        elif [ "$subcommand" = explain ]; then
            words=$(reuseshim explain 2>/dev/null | sed -nE 's/^  ([a-z0-9-]+) .*/\1/p')
        elif [ "$subcommand" = verify ]; then
            words=$(cd /proc && printf '%s\n' [0-9]*)
        elif [ "$subcommand" = systemd ]; then
            words=$(systemctl list-unit-files --type=service --no-legend 2>/dev/null | awk '{ print $1 }')
        elif [ "$subcommand" = run ] || [ "$subcommand" = check ]; then
            mapfile -t COMPREPLY < <(compgen -c -f -- "$current")
            return
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            return
        fi
        ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _reuseshim reuseshim
