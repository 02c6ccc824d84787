/* Sine waves by LSTMCell → LSTMCell → Linear, step by step in one's own loop: trained by L-BFGS to say the next value, then fed with
 * its own output. The same as laco_train_forecast with .base = LACO_BASE_NONE, written out.   ./forecast [STEPS_OF_THE_OPTIMISER] */
#include <laco/laco.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { WAVES = 40, TESTS = 3, LENGTH = 200, FUTURE = 200, PERIOD = 20, HIDDEN = 51 };

typedef struct sequence {
    laco_module *module;
    laco_cell *lstm1, *lstm2;
    laco_linear *linear;
    laco_tape *tape;
    laco_real input[LENGTH][WAVES], target[LENGTH][WAVES]; /* the target is the next input */
} sequence;

/* One step: the user keeps the states. */
static laco_var step(sequence *s, laco_tape *tape, laco_var x, laco_state state[2])
{
    laco_var h1 = laco_cell_step(tape, s->lstm1, x, &state[0]);
    laco_var h2 = laco_cell_step(tape, s->lstm2, h1, &state[1]);
    return laco_linear_apply(tape, s->linear, h2);
}

/* What L-BFGS asks for: the loss over all waves and all steps, and its gradient. */
static laco_status closure(void *user, double *loss)
{
    sequence *s = user;
    laco_state state[2] = {{NULL, NULL}, {NULL, NULL}};
    laco_var y[LENGTH];
    laco_module_zero_grad(s->module);
    laco_tape_reset(s->tape);
    for (int t = 0; t < LENGTH; t++)
        y[t] = step(s, s->tape, laco_input(s->tape, s->input[t], 2, (int64_t[]){WAVES, 1}), state);
    laco_var target = laco_input(s->tape, s->target[0], 3, (int64_t[]){LENGTH, WAVES, 1});
    laco_var error = laco_mse_loss(s->tape, laco_stack(s->tape, y, LENGTH), target, LACO_MEAN);
    laco_status status = laco_backward(s->tape, error);
    *loss = error ? (double)*laco_var_data(error) : 0;
    return status;
}

static double wave(double phase, int t) { return sin(6.283185307179586 * (t / (double)PERIOD + phase)); }

/* Reads a wave that training has not seen, then goes on from its own output; prints how far it strays. */
static laco_status go_on(laco_context *ctx, sequence *s, double phase)
{
    laco_real h[2][2][HIDDEN] = {{{0}}}, x = 0;
    const int64_t one[] = {1, 1}, wide[] = {1, HIDDEN};
    double test = 0, worst = 0;
    laco_tape *tape;
    laco_status status = laco_tape_new(ctx, &(laco_tape_config){.inference = true}, &tape);
    if (status < 0)
        return status;
    for (int t = 0; t < LENGTH + FUTURE && status == LACO_OK; t++) {
        x = t < LENGTH ? (laco_real)wave(phase, t) : x;
        laco_tape_reset(tape); /* memory does not grow: the states go over by hand */
        laco_state state[2] = {{laco_input(tape, h[0][0], 2, wide), laco_input(tape, h[0][1], 2, wide)},
                               {laco_input(tape, h[1][0], 2, wide), laco_input(tape, h[1][1], 2, wide)}};
        laco_var y = step(s, tape, laco_input(tape, &x, 2, one), state);
        status = laco_tape_status(tape);
        if (status < 0)
            break;
        x = *laco_var_data(y);
        for (int k = 0; k < 2 * HIDDEN; k++) {
            h[k / HIDDEN][0][k % HIDDEN] = laco_var_data(state[k / HIDDEN].h)[k % HIDDEN];
            h[k / HIDDEN][1][k % HIDDEN] = laco_var_data(state[k / HIDDEN].c)[k % HIDDEN];
        }
        double error = fabs((double)x - wave(phase, t + 1));
        test += t < LENGTH - 1 ? error * error / (LENGTH - 1) : 0;
        worst = t >= LENGTH ? fmax(worst, error) : worst;
    }
    laco_tape_free(tape);
    printf("test loss %.2e; %d steps beyond the data at most %.4f from the sine\n", test, FUTURE, worst);
    return status;
}

static laco_status run(laco_context *ctx, sequence *s, int steps)
{
    laco_lbfgs *lbfgs = NULL;
    laco_status status = laco_module_new(ctx, 1, &s->module);
    for (int w = 0; w < WAVES; w++)
        for (int t = 0; t < LENGTH; t++) {
            s->input[t][w] = (laco_real)wave(w / (double)WAVES, t);
            s->target[t][w] = (laco_real)wave(w / (double)WAVES, t + 1);
        }
    if (status < 0 || (status = laco_cell_new(s->module, "lstm1", &(laco_cell_config){LACO_LSTM, 1, HIDDEN, LACO_TANH, false}, &s->lstm1)) < 0 ||
        (status = laco_cell_new(s->module, "lstm2", &(laco_cell_config){LACO_LSTM, HIDDEN, HIDDEN, LACO_TANH, false}, &s->lstm2)) < 0 ||
        (status = laco_linear_new(s->module, "linear", HIDDEN, 1, false, &s->linear)) < 0 ||
        (status = laco_tape_new(ctx, NULL, &s->tape)) < 0 || (status = laco_lbfgs_new(s->module, &(laco_lbfgs_config){.lr = 0.8}, &lbfgs)) < 0)
        return status;
    for (int i = 0; i < steps && status == LACO_OK; i++) {
        double loss = 0;
        status = laco_lbfgs_step(lbfgs, closure, s, &loss);
        printf("step %d: loss %.2e\n", i + 1, loss);
    }
    for (int i = 0; i < TESTS && status == LACO_OK; i++)
        status = go_on(ctx, s, (i * 11 + 0.5) / WAVES);
    laco_lbfgs_free(lbfgs);
    return status;
}

int main(int argc, char **argv)
{
    laco_context *ctx;
    sequence *s = calloc(1, sizeof *s);
    int steps = argc > 1 ? atoi(argv[1]) : 15;
    if (!s || laco_context_new(NULL, &ctx) < 0)
        return 1;
    laco_status status = run(ctx, s, steps);
    if (status < 0)
        fprintf(stderr, "forecast: %s\n", laco_error(ctx));
    laco_tape_free(s->tape);
    laco_module_free(s->module);
    laco_context_free(ctx);
    free(s);
    return status < 0;
}
