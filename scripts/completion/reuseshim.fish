# fish completion for reuseshim
set -l subcommands run why wait free verify check policy list symbolize explain systemd
complete -c reuseshim -f -n "not __fish_seen_subcommand_from $subcommands" -a "$subcommands"
complete -c reuseshim -n "__fish_seen_subcommand_from run systemd" -s p -x -a "off explain log force clear share v6only unlink"
complete -c reuseshim -n "__fish_seen_subcommand_from run systemd" -s l -r -a "stderr syslog journal"
complete -c reuseshim -n "__fish_seen_subcommand_from run systemd" -s f -x -a "text json"
complete -c reuseshim -n "__fish_seen_subcommand_from run check" -a "(__fish_complete_subcommand)"
complete -c reuseshim -n "__fish_seen_subcommand_from verify" -f -a "(__fish_complete_pids)"
complete -c reuseshim -n "__fish_seen_subcommand_from explain" -f -a "(reuseshim explain 2>/dev/null | string replace -r ' .*' '')"
complete -c reuseshim -n "__fish_seen_subcommand_from why wait free verify check policy list explain" -l json
