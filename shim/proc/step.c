#include "proc/step.h"

#include "base/sys.h"
#include "base/text.h"
#include "proc/process.h"
#include "rules/program.h"

bool step_read(struct known *known, int32_t pid, struct step *step)
{
    struct text program;
    char path[64];
    long length;

    if (step->pid == pid && pid > 0)
        return true;
    step->pid = 0;
    if (pid <= 0 || known_stat(known, pid, &step->stat) != 0)
        return false;
    step->pid = pid;
    program = text_in(step->program, sizeof step->program);
    length = sys_read_file(known->proc, process_path(path, sizeof path, pid, "cmdline"),
                           step->args, sizeof step->args);
    step->args_length = length > 0 ? (size_t)length : 0;
    if (sys_read_link(known->proc, process_path(path, sizeof path, pid, "exe"), step->exe,
                      sizeof step->exe) <= 0)
        step->exe[0] = '\0';
    /* Where the file may not be seen, the name that it was called by tells. */
    if (step->args_length > 0)
        program_add(&program, step->exe[0] != '\0' ? step->exe : step->args, step->args,
                    step->args_length);
    return true;
}
