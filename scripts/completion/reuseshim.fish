# fish completion for reuseshim. Options, reasons and subcommands are what its help names.
function __reuseshim_subcommands
    reuseshim --help 2>/dev/null | string replace -rf '^  ([a-z]+) +(.*)' '$1\t$2'
end
function __reuseshim_options
    set -l words (commandline -opc)
    reuseshim $words[2] --help 2>/dev/null | string replace -rf '^  .{4}(--[a-z]+)\S* +(.*)' '$1\t$2'
end
function __reuseshim_reasons
    reuseshim explain 2>/dev/null | string replace -rf '^  ([a-z0-9-]+) +(.*)' '$1\t$2'
end
set -l first "test (count (commandline -opc)) -eq 1"
complete -c reuseshim -f -n "$first" -a "(__reuseshim_subcommands)"
complete -c reuseshim -n "not $first; and string match -q -- '-*' (commandline -ct)" -a "(__reuseshim_options)"
complete -c reuseshim -n "__fish_seen_subcommand_from run systemd" -s p -x -a "off explain log force clear share v6only wait: unlink"
complete -c reuseshim -n "__fish_seen_subcommand_from run systemd" -s l -r -a "stderr syslog journal"
complete -c reuseshim -n "__fish_seen_subcommand_from run systemd" -s f -x -a "text json"
complete -c reuseshim -n "__fish_seen_subcommand_from run check" -a "(__fish_complete_subcommand)"
complete -c reuseshim -n "__fish_seen_subcommand_from verify" -f -a "(__fish_complete_pids)"
complete -c reuseshim -n "__fish_seen_subcommand_from explain" -f -a "(__reuseshim_reasons)"
