#include "proc/environment.h"

#include "base/sys.h"
#include "base/text.h"
#include "proc/process.h"
#include "rules/program.h"

struct environment environment_read(int proc, int32_t pid, struct scratch *scratch)
{
    struct environment environment = {scratch_borrow(scratch, ENVIRONMENT_SIZE), 0};
    char path[64];
    long length;

    if (environment.loan.memory == NULL)
        return environment;
    if (pid == 0)
        length = sys_read_file(proc, "self/environ", environment.loan.memory, ENVIRONMENT_SIZE);
    else
        length = sys_read_file(proc, process_path(path, sizeof path, pid, "environ"),
                               environment.loan.memory, ENVIRONMENT_SIZE);
    environment.length = length > 0 ? (size_t)length : 0;
    if (environment.length == ENVIRONMENT_SIZE - 1) /* the last one may be cut off */
        while (environment.length > 0 &&
               ((const char *)environment.loan.memory)[environment.length - 1] != '\0')
            environment.length--;
    return environment;
}

void environment_leave(struct environment *environment, struct scratch *scratch)
{
    scratch_repay(scratch, &environment->loan);
}

const char *environment_value(const struct environment *environment, const char *name)
{
    const char *variables = environment->loan.memory, *at = NULL;
    size_t length = strlen(name);

    if (environment->length == 0)
        return NULL;
    while ((at = program_next(variables, environment->length, at)) != NULL)
        if (text_begins_with(at, name) && at[length] == '=')
            return at + length + 1;
    return NULL;
}
