/* A step of a layer as exported C computes it, with sizes that the compiler knows: the least time of 100 rounds, in processor
 * time.
 *
 *   cc -std=c99 -O3 -march=native -Isrc -DUNITS=64 -DCELL=RT_LSTM bench/export_step.c -o export_step && ./export_step
 */
#define _POSIX_C_SOURCE 200809L
#include "export/c/network.c"

#include <stdio.h>
#include <time.h>

#ifndef UNITS
#define UNITS 64
#endif
#ifndef CELL
#define CELL RT_LSTM
#endif
enum { GATES = CELL == RT_LSTM ? 4 : 3, STEPS = 2000 };

RT_ALIGNED static float input[GATES * UNITS * UNITS], hidden[GATES * UNITS * UNITS], bias[4 * UNITS];
static const rt_layer layers[1] = {{CELL,
                                    UNITS,
                                    4 * UNITS,
                                    CELL == RT_LSTM ? 0 : UNITS,
                                    {GATES * UNITS, UNITS, input, 0},
                                    {GATES * UNITS, UNITS, hidden, 0},
                                    bias}};
static const rt_rnn net = {1, 1, UNITS, UNITS, layers};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

int main(void)
{
    static float state[RT_STATE(1, UNITS)], row[RT_ROW(UNITS)], x[UNITS];
    double best = 1e9;
    for (int i = 0; i < GATES * UNITS * UNITS; i++) {
        input[i] = (float)(i % 13 * 7919 % 13 - 6) * 0.03f;
        hidden[i] = (float)(i % 17 * 104729 % 17 - 8) * 0.02f;
    }
    for (int j = 0; j < 4 * UNITS; j++)
        bias[j] = 0.1f;
    for (int round = 0; round < 100; round++) {
        double begin = now();
        for (int i = 0; i < STEPS; i++)
            x[i % UNITS] = rt_step(&net, x, 0, state, row)[i % UNITS];
        double took = now() - begin;
        best = took < best ? took : best;
    }
    printf("%s %d: %.3f us (%g)\n", CELL == RT_LSTM ? "LSTM" : "GRU", UNITS, best / STEPS, (double)x[0]);
    return 0;
}
