#include "tasks/task.h"

#include <string.h>

#define CLI_TASK(name) &cli_##name,
const cli_task *const cli_tasks[] = {CLI_TASKS(CLI_TASK) NULL};

const cli_task *find_task(const char *name)
{
    for (size_t i = 0; cli_tasks[i]; i++)
        if (strcmp(cli_tasks[i]->name, name) == 0)
            return cli_tasks[i];
    return NULL;
}
