/* What of a series a forecaster has not seen. */
#ifndef LACO_FORECAST_FORECAST_PART_H
#define LACO_FORECAST_FORECAST_PART_H

#include "forecast/forecaster.h"

/* A part of a series that is to be scored: from its row `from` on. `joined`: with the model's history before it, where that was
 * needed; whoever asked frees it. */
typedef struct laco_part {
    laco_series *joined;
    int64_t from;
    bool unseen; /* not by validation either */
} laco_part;

/* Where a series begins with what training saw, the rows behind it: behind validation, if there are `horizon` such rows, else
 * behind the rows for training. */
laco_status laco_part_find(const laco_forecaster *model, const laco_series *series, size_t index, int64_t horizon,
                           laco_part *out);

#endif
