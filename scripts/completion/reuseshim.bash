# bash completion for reuseshim
_reuseshim()
{
    local current=${COMP_WORDS[COMP_CWORD]} subcommand=${COMP_WORDS[1]-}
    local subcommands='run why wait free verify check policy list symbolize explain systemd'

    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$subcommands --help --version" -- "$current")
        return
    fi
    case $subcommand:${COMP_WORDS[COMP_CWORD - 1]} in
    run:-p | systemd:-p)
        mapfile -t COMPREPLY < <(compgen -W 'off explain log force clear share v6only wait: unlink' -- "$current")
        return
        ;;
    run:-l | systemd:-l)
        mapfile -t COMPREPLY < <(compgen -f -W 'stderr syslog journal fd:' -- "$current")
        return
        ;;
    run:-f | systemd:-f)
        mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$current")
        return
        ;;
    esac
    case $subcommand in
    run | check) mapfile -t COMPREPLY < <(compgen -c -f -- "$current") ;;
    verify) mapfile -t COMPREPLY < <(cd /proc && compgen -G "$current[0-9]*") ;;
    explain) mapfile -t COMPREPLY < <(compgen -W "$(reuseshim explain 2>/dev/null | awk '{ print $1 }')" -- "$current") ;;
    systemd) mapfile -t COMPREPLY < <(compgen -W "$(systemctl list-unit-files --type=service --no-legend 2>/dev/null |
        awk '{ print $1 }')" -- "$current") ;;
    *) mapfile -t COMPREPLY < <(compgen -f -W '--json --help' -- "$current") ;;
    esac
}
complete -F _reuseshim reuseshim
