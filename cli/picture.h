/* The picture of a forecast: history, fit, forecast and its band. */
#ifndef LACO_CLI_PICTURE_H
#define LACO_CLI_PICTURE_H

#include "cli.h"

/* Forecast rows of the target as they come. */
typedef struct picture {
    double *x, *y, *low, *high;
    size_t count, room;
    int target, quantile_count;
} picture;

/* False: no memory. */
bool picture_add(picture *p, const laco_forecast_point *point);
void picture_free(picture *p);

/* Draws the first series of `series`, what the model would have said one step ahead of it, and the rows that were added, to
 * `path` (NULL: not) and, with `show`, as text on standard error. Returns an exit status. */
int picture_draw(laco_context *ctx, laco_model *model, const laco_series *series, picture *p, const char *path, bool show);

#endif
