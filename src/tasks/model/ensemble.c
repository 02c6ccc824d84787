#include "model/ensemble.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "member_"

laco_member_text laco_member_name(int64_t m, const char *layer)
{
    laco_member_text name;
    if (m == 0)
        snprintf(name.text, sizeof name.text, "%s", layer);
    else
        snprintf(name.text, sizeof name.text, PREFIX "%d.%s", (int)m, layer);
    return name;
}

int64_t laco_member_number(const char *name)
{
    const size_t length = sizeof PREFIX - 1;
    return strncmp(name, PREFIX, length) == 0 ? strtoll(name + length, NULL, 10) : 0;
}

int64_t laco_ensemble_default(size_t examples, int64_t few) { return examples > 50000 ? 1 : few; }

laco_var laco_ensemble_mean(laco_tape *tape, const laco_var *values, int64_t count)
{
    laco_var sum = values[0];
    for (int64_t m = 1; m < count; m++)
        sum = laco_add(tape, sum, values[m]);
    return count > 1 ? laco_scale(tape, sum, 1 / (double)count) : sum;
}
