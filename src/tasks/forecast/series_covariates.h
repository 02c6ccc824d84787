/* Covariates beside the columns of series: values that are known ahead, and facts that are constant within a series. */
#ifndef LACO_FORECAST_SERIES_COVARIATES_H
#define LACO_FORECAST_SERIES_COVARIATES_H

#include "forecast/series.h"

/* Names of the columns; the set has none yet. */
LACO_SHARED laco_status laco_series_name_covariates(laco_series *series, const char *const *known, int known_count,
                                                    const char *const *facts, int fact_count);
void laco_series_covariates_free(laco_context *ctx, laco_series_covariates *covariates);

/* The same columns and values of facts as another set. */
laco_status laco_series_like_covariates(const laco_series *series, laco_series *out);

/* What is known from row `from` on, put behind the rows that series `place` has; and its facts. */
laco_status laco_series_copy_covariates(const laco_one_series *one, size_t from, size_t place, laco_series *out);

/* The known columns of all rows and of those ahead, known [rows + ahead][columns], which is copied. */
laco_status laco_series_set_known(laco_series *series, size_t place, const double *known, size_t ahead);

/* The fact f of a series. *same: it had none before, or this one. */
LACO_SHARED laco_status laco_series_set_fact(laco_series *series, size_t place, int f, const char *bytes, size_t length,
                                             bool *same);
const char *laco_series_fact(const laco_series *series, size_t index, int f); /* NULL: not said */

/* The known columns of a row, which may lie ahead; NULL: nothing is known of it. */
const double *laco_series_known(const laco_series *series, size_t index, size_t row);

/* The last `count` columns become those that are known, and rows at the end of a series that have no other value are ahead. */
LACO_SHARED laco_status laco_series_split_known(laco_series *series, int count);

#endif
