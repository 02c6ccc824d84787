
void model_begin(model_state *state, int32_t series) { rt_forecast_begin(&model_net, state->memory, series); }

void model_reset(model_state *state, int32_t series, double clock)
{
    rt_forecast_reset(&model_net, state->memory, series);
    *rt_place_in(&model_net, state->memory).clock = clock;
}

void model_observe(model_state *state, const double *values) { rt_forecast_observe(&model_net, state->memory, values); }

int32_t model_predict(model_state *state, double *out) { return rt_forecast_predict(&model_net, state->memory, out); }

int32_t model_forecast(const model_state *state, int32_t steps, double *out)
{
    double ahead[MODEL_HORIZON * MODEL_COLUMNS * MODEL_QUANTILES], base[MODEL_COLUMNS];
    model_state copy = *state;
    return rt_forecast_run(&model_net, copy.memory, steps, out, ahead, base);
}

#ifdef MODEL_SELFTEST
static int model_off(double is, double should)
{
    double d = is - should;
    return !(d < MODEL_TEST_MOST && d > -MODEL_TEST_MOST);
}

/* Returns how many numbers are not what laco says: one step ahead along some rows, then ahead of the last row. */
int main(void)
{
    static model_state state;
    static double out[MODEL_HORIZON * MODEL_COLUMNS * MODEL_QUANTILES], next[(MODEL_TEST_STEPS + 1) * MODEL_COLUMNS];
    int wrong = 0, i;
    model_reset(&state, 0, model_test_clock[0]);
    for (i = 0; i < MODEL_TEST_ROWS; i++) {
        if (model_predict(&state, out))
            wrong += model_off(out[MODEL_TARGET * MODEL_QUANTILES + MODEL_MEDIAN], model_test_ahead[i]);
        model_observe(&state, model_test_rows + i * MODEL_COLUMNS);
    }
    model_begin(&state, 0);
    wrong += !model_forecast(&state, MODEL_TEST_STEPS, next);
    for (i = 0; i < MODEL_TEST_STEPS * MODEL_COLUMNS; i++)
        wrong += model_off(next[i], model_test_next[i]);
    return wrong > 100 ? 100 : wrong;
}
#endif
