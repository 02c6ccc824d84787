#include "train/rows.h"

#include <string.h>

const laco_option_table *laco_task_options(const char *task)
{
    static const laco_option_table *const tables[] = {&laco_classify_table,  &laco_tag_table,     &laco_forecast_table,
                                                      &laco_generate_table,  &laco_caption_table, &laco_transduce_table,
                                                      &laco_transcribe_table};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        if (strcmp(tables[i]->task, task) == 0)
            return tables[i];
    return NULL;
}
