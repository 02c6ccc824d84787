/* Sine waves by LSTMCell → LSTMCell → Linear, step by step in one's own loop: trained by L-BFGS to say the next value, then fed
 * with its own output. The same as laco_train_forecast with .base = LACO_BASE_NONE, written out.
 *
 *     cc forecast.c -o forecast $(pkg-config --cflags --libs laco)
 *     ./forecast [STEPS_OF_THE_OPTIMISER]
 */
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

static bool build(laco_context *ctx, sequence *s, laco_optimiser **lbfgs)
{
    laco_cell_config first = {.cell = LACO_LSTM, .input_size = 1, .hidden_size = HIDDEN}, second = first;
    second.input_size = HIDDEN;
    return laco_module_new(ctx, 1, &s->module) == LACO_OK && laco_cell_new(s->module, "lstm1", &first, &s->lstm1) == LACO_OK &&
           laco_cell_new(s->module, "lstm2", &second, &s->lstm2) == LACO_OK &&
           laco_linear_new(s->module, "linear", HIDDEN, 1, false, &s->linear) == LACO_OK &&
           laco_tape_new(ctx, NULL, &s->tape) == LACO_OK &&
           laco_optimiser_new(s->module, &(laco_optimiser_config){.kind = LACO_LBFGS, .lr = 0.8}, lbfgs) == LACO_OK;
}

int main(int argc, char **argv)
{
    static sequence s;
    laco_context *ctx;
    laco_optimiser *lbfgs = NULL;
    if (laco_context_new(NULL, &ctx) < 0)
        return 1;
    for (int i = 0; i < WAVES * LENGTH; i++) {
        s.input[i / WAVES][i % WAVES] = (laco_real)wave(i % WAVES / (double)WAVES, i / WAVES);
        s.target[i / WAVES][i % WAVES] = (laco_real)wave(i % WAVES / (double)WAVES, i / WAVES + 1);
    }
    bool done = build(ctx, &s, &lbfgs);
    for (int i = 0; done && i < (argc > 1 ? atoi(argv[1]) : 15); i++) {
        double loss = 0;
        done = laco_optimiser_step_closure(lbfgs, closure, &s, &loss) == LACO_OK;
        printf("step %d: loss %.2e\n", i + 1, loss);
    }
    for (int i = 0; done && i < TESTS; i++)
        done = go_on(ctx, &s, (i * 11 + 0.5) / WAVES) == LACO_OK;
    if (!done)
        fprintf(stderr, "forecast: %s\n", laco_error(ctx));
    laco_optimiser_free(lbfgs);
    laco_tape_free(s.tape);
    laco_module_free(s.module);
    laco_context_free(ctx);
    return !done;
}
