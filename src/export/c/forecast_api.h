
/* Where a forecast stands. */
typedef struct model_state {
    double memory[MODEL_STATE_BYTES / 8];
} model_state;

/* Behind the last row of training of series 0 … MODEL_SERIES-1 (model_series has their names). */
void model_begin(model_state *state, int32_t series);

/* Without a row, for one that begins elsewhere but is of the size of that series. `clock`: the time of its first row in steps, as
 * laco counts them from 1970 on; of use where seasons are part of the model. */
void model_reset(model_state *state, int32_t series, double clock);

/* One more row, [MODEL_COLUMNS] in the units of the data. */
void model_observe(model_state *state, const double *values);

/* What comes behind the last row, out [MODEL_HORIZON][MODEL_COLUMNS][MODEL_QUANTILES]. 0: there are fewer than MODEL_CONTEXT rows
 * yet. */
int32_t model_predict(model_state *state, double *out);

/* The next `steps` rows, out [steps][MODEL_COLUMNS], each from those before it; where the model has quantiles, along their
 * median. The state stays as it is. 0: there are fewer than MODEL_CONTEXT rows yet. */
int32_t model_forecast(const model_state *state, int32_t steps, double *out);
