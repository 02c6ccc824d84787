/* Everything for one instruction set. The including file has set, before:
 *   WIDTH  floats in a vector             NAME   its name, a string
 *   PANEL  columns of a packed panel      TABLE  the table to define
 *   ROWS   rows of C in registers */
#include "kernel/simd/vector.h"

#include "kernel/simd/elementwise.h"
#include "kernel/simd/gates.h"
#include "kernel/simd/gemm.h"
#include "kernel/simd/math.h"
#include "kernel/simd/pack.h"
#include "kernel/simd/reduce.h"
#include "kernel/simd/step.h"

const laco_kernels TABLE = {
    .name = NAME,
    .panel = PANEL,
    .pack = simd_pack,
    .gemm = simd_gemm,
    .gemm_again = simd_gemm_again,
    .gemm_from = simd_gemm_from,
    .gemm_unpacked = simd_gemm_unpacked,
    .gates_forward = {simd_tanh_forward, simd_relu_forward, simd_gru_forward, simd_lstm_forward},
    .gates_backward = {simd_tanh_backward_gates, simd_relu_backward_gates, simd_gru_backward, simd_lstm_backward},
    .step_lanes = WIDTH,
    .step_vectors = {STEP_RNN, STEP_RNN, STEP_GRU, STEP_LSTM},
    .step = {simd_step_tanh, simd_step_relu, simd_step_gru, simd_step_lstm},
    .tanh = simd_tanh,
    .sigmoid = simd_sigmoid,
    .relu = simd_relu,
    .exp = simd_exp,
    .tanh_backward = simd_tanh_backward,
    .sigmoid_backward = simd_sigmoid_backward,
    .relu_backward = simd_relu_backward,
    .add = simd_add,
    .axpy = simd_axpy,
    .scale = simd_scale,
    .multiply = simd_multiply,
    .squares = simd_squares,
    .squares_sum = simd_squares_sum,
    .dot = simd_dot,
    .column_sums = simd_column_sums,
    .log_softmax = simd_log_softmax,
    .log_softmax_backward = simd_log_softmax_backward,
    .adam = simd_adam,
};
