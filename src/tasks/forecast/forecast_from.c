/* A forecaster that goes on from another one: what it keeps. */
#include "forecast/covariates.h"
#include "forecast/forecast_train.h"
#include "train/from.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const laco_forecaster *model_from(const laco_forecast_learner *l) { return (const laco_forecaster *)l->base.from; }

laco_status laco_forecast_check_from(const laco_forecast_learner *l, int *target)
{
    const laco_forecaster *from = model_from(l);
    char names[300];
    size_t used = 0;
    bool same = from->C == l->data->column_count;
    for (int c = 0; same && c < from->C; c++)
        same = strcmp(from->names[c], l->data->columns[c]) == 0;
    for (int c = 0; c < from->C && used < sizeof names; c++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", c > 0 ? "," : "", from->names[c]);
    if (!same)
        return laco_from_refuse(&l->base,
                                "was trained on other columns than the data have here: --columns %s --target %s is right", names,
                                from->names[from->target]);
    LACO_TRY(laco_covariates_check(from, l->data));
    if (!l->options->target)
        *target = from->target;
    return *target == from->target
               ? LACO_OK
               : laco_from_refuse(&l->base, "forecasts \"%s\", and not \"%s\"", from->names[from->target], l->options->target);
}

laco_status laco_forecast_keep(laco_forecast_learner *l)
{
    const laco_forecaster *from = model_from(l);
    for (int c = 0; c < from->C; c++) {
        laco_column *column = &l->model->columns[c];
        char *name = column->name;
        *column = from->columns[c];
        column->name = name;
        column->least = -INFINITY; /* until training has ended */
    }
    return laco_from_copy(&l->base, NULL, 0);
}

void laco_forecast_measure_on(laco_forecast_learner *l, int c)
{
    laco_column *column = &l->model->columns[c];
    const laco_column *kept = &model_from(l)->columns[c];
    laco_forecast_measure(l, c);
    column->step = kept->step;
    column->error = kept->error;
    column->low = fmin(column->low, kept->low);
    column->high = fmax(column->high, kept->high);
}
