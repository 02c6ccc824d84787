/* The runtime of an exported model: what its parts are made of. */
#ifndef RT_H
#define RT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__GNUC__) && defined(__OPTIMIZE__) && !defined(__OPTIMIZE_SIZE__)
#define RT_STEP static inline __attribute__((always_inline, unused)) /* so that a step knows its sizes */
#else
#define RT_STEP RT_FUNCTION
#endif
#if defined(__GNUC__)
#define RT_FUNCTION static __attribute__((unused))
#else
#define RT_FUNCTION static
#endif

#ifdef RT_INT8 /* whose answers are to be those of laco: sums and products are rounded one by one, as there */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__) && defined(__OPTIMIZE__)
#pragma GCC optimize("fp-contract=off")
#endif
typedef int8_t rt_weight;
#else
typedef float rt_weight;
#endif

#define RT_PANEL 16 /* rows of a matrix of floats that lie side by side */

/* A matrix of weights. Floats: panels of RT_PANEL rows, [columns][RT_PANEL] each, the last one filled up with zeros; `scale` is
 * not used. int8: [rows][columns] whole numbers, those of row r times scale[r]. */
typedef struct rt_matrix {
    int32_t rows, columns;
    const rt_weight *data;
    const float *scale;
} rt_matrix;

typedef struct rt_linear {
    rt_matrix weight;
    const float *bias; /* [rows]; 0: none */
} rt_linear;

enum { RT_TANH, RT_RELU, RT_GRU, RT_LSTM };

/* A recurrent layer in one direction. A row of gates begins as `bias`; x enters it from 0 on, h from `offset` on:
 *   RNN [a]   LSTM [i | f | g | o]   GRU [nx | r | z | nh], of which x enters the first three and h the last three */
typedef struct rt_layer {
    int32_t cell, size, width, offset; /* width: of the row of gates */
    rt_matrix input, hidden;
    const float *bias;
} rt_layer;

typedef struct rt_rnn {
    int32_t layers, directions, inputs, size;
    const rt_layer *layer; /* [layers][directions] */
} rt_rnn;

#endif
