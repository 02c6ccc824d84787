/* laco/nn.h - recurrent cells and layers, and what goes around them. Equations, shapes, parameter names, gate order and
 * defaults are those of torch.nn (1.13); docs/equations.md has them all in one place.
 *
 * Letters: T time, B batch, I input, H hidden, P output of a layer (H, or proj_size), L layers, D directions.
 */
#ifndef LACO_NN_H
#define LACO_NN_H

#include "laco/tape.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Recurrent layers and cells ---------------------------------------------------------------------------------- */

/* What a network of a task is made of. LACO_CELL_DEFAULT is the task's; of the layers and cells here it is LACO_RNN. */
typedef enum laco_cell_kind {
    LACO_CELL_DEFAULT,
    LACO_RNN,
    LACO_GRU,
    LACO_LSTM,
    LACO_MLP, /* layers of relu without memory: of some tasks, and of no layer or cell here */
} laco_cell_kind;

typedef enum laco_nonlinearity { LACO_NONLINEARITY_DEFAULT, LACO_TANH, LACO_RELU } laco_nonlinearity; /* the default is tanh */

/* The state of a recurrent network. h: output; c: the LSTM's cell, NULL for the others. NULL h (and c) on the way in
 * means zeros. */
typedef struct laco_state {
    laco_var h, c;
} laco_state;

/* What torch.nn.RNN, GRU and LSTM take. Zero means the default, so options that default to true are stated the other way. */
typedef struct laco_rnn_config {
    laco_cell_kind cell;
    int64_t input_size;             /* I, at least 1 */
    int64_t hidden_size;            /* H, at least 1 */
    int64_t num_layers;             /* L; 0: 1 */
    laco_nonlinearity nonlinearity; /* of LACO_RNN */
    bool no_bias;                   /* bias=False */
    bool batch_first;               /* input and output are [B][T][…], not [T][B][…] */
    bool bidirectional;             /* D = 2 */
    double dropout;                 /* on the output of each layer but the last, when training */
    int64_t proj_size;              /* LSTM: P; 0: none, P = H */
    bool variational;               /* not torch's: `dropout` drops the same elements at every step of a sequence */
    double weight_drop;      /* not torch's: share of each weight_hh that is zero for one call, when training, the rest times
                                1/(1-p). Merity, Keskar, Socher, "Regularizing and optimizing LSTM language models", 2018 */
    int64_t recompute_steps; /* not torch's: of a call that records, only the output of every step and the state before every N-th
                                are kept, and the steps between are computed again in the backward pass, N at a time: memory
                                against time. Results and, in fp32, gradients are the same to the bit. 0: everything is kept, or
                                where that would take more than 1 GiB, √T steps; below 0: everything is kept. Chen, Xu, Zhang,
                                Guestrin, "Training deep nets with sublinear memory cost", 2016 */
    int64_t reserved[4];     /* zero */
} laco_rnn_config;

typedef struct laco_rnn laco_rnn;

/* A layer `name` in `module`, with parameters NAME.weight_ih_l0 [gates·H][I], NAME.weight_hh_l0 [gates·H][P], NAME.bias_ih_l0,
 * NAME.bias_hh_l0 [gates·H], NAME.weight_hr_l0 [P][H] (proj_size), _l1 …, each again with _reverse; uniform in ±1/√H. */
LACO_API laco_status laco_rnn_new(laco_module *module, const char *name, const laco_rnn_config *config, laco_rnn **out);

/* Runs the layer over whole sequences: x [T][B][I] (batch_first: [B][T][I]) to [T][B][D·P].
 * `lengths`: [B] steps of each sequence, 0 … T in any order; NULL: all T. The result is zero past the end, and what x
 * holds there does not matter. Backwards, each sequence starts at its own end.
 * `state`: in, h [L·D][B][P] and c [L·D][B][H], NULL for zeros; out, the same after the last step of each sequence (of a
 * sequence of length 0: what came in). `state` itself may be NULL. */
LACO_API laco_var laco_rnn_apply(laco_tape *tape, laco_rnn *rnn, laco_var x, const int32_t *lengths, laco_state *state);

/* What torch.nn.RNNCell, GRUCell and LSTMCell take. */
typedef struct laco_cell_config {
    laco_cell_kind cell;
    int64_t input_size, hidden_size;
    laco_nonlinearity nonlinearity;
    bool no_bias;
    int64_t reserved[4]; /* zero */
} laco_cell_config;

typedef struct laco_cell laco_cell;

/* A cell `name` in `module`: NAME.weight_ih, NAME.weight_hh, NAME.bias_ih, NAME.bias_hh. */
LACO_API laco_status laco_cell_new(laco_module *module, const char *name, const laco_cell_config *config, laco_cell **out);

/* One step: x [B][I] and the state h (and c) [B][H] to the next state, which is stored in *state; returns its h. */
LACO_API laco_var laco_cell_step(laco_tape *tape, laco_cell *cell, laco_var x, laco_state *state);

/* ---- Linear, embedding, dropout ---------------------------------------------------------------------------------- */

typedef struct laco_linear laco_linear;

/* y = x·Wᵀ + b: NAME.weight [out][in], NAME.bias [out], uniform in ±1/√in. */
LACO_API laco_status laco_linear_new(laco_module *module, const char *name, int64_t in, int64_t out_size, bool no_bias,
                                     laco_linear **out);

/* The same with the weight of something else (weight tying): `weight` [out][in] is used, not owned; an embedding's
 * is laco_module_find(module, "NAME.weight"). */
LACO_API laco_status laco_linear_tied(laco_module *module, const char *name, laco_param *weight, bool no_bias, laco_linear **out);

/* x […][in] to […][out]. */
LACO_API laco_var laco_linear_apply(laco_tape *tape, laco_linear *linear, laco_var x);

typedef struct laco_embedding laco_embedding;

/* NAME.weight [V][E], normal(0, 1). Row `padding` starts as zero and gets no gradient; -1: no such row. */
LACO_API laco_status laco_embedding_new(laco_module *module, const char *name, int64_t V, int64_t E, int64_t padding,
                                        laco_embedding **out);

/* Rows of the table: [rows][columns][E], or [columns][E] where rows is 0. `ids`, rows·columns (or columns) of them, is copied.
 * The rows are fetched when somebody needs them; a recurrent layer multiplies each different one once. */
LACO_API laco_var laco_embedding_apply(laco_tape *tape, laco_embedding *embedding, const int32_t *ids, int64_t rows,
                                       int64_t columns);

/* Zeroes each element with probability p and multiplies the others by 1/(1-p), when `training`; else x itself. */
LACO_API laco_var laco_dropout(laco_tape *tape, laco_var x, double p, bool training);
/* The same with one mask for every step of the first dimension: x [T][…]. Gal and Ghahramani, "A theoretically grounded
 * application of dropout in recurrent neural networks", NIPS 2016. */
LACO_API laco_var laco_variational_dropout(laco_tape *tape, laco_var x, double p, bool training);

/* ---- Element-wise, shape ------------------------------------------------------------------------------------------ */

LACO_API laco_var laco_tanh(laco_tape *tape, laco_var x);
LACO_API laco_var laco_sigmoid(laco_tape *tape, laco_var x);
LACO_API laco_var laco_relu(laco_tape *tape, laco_var x);
LACO_API laco_var laco_log_softmax(laco_tape *tape, laco_var x); /* along the last dimension */

LACO_API laco_var laco_add(laco_tape *tape, laco_var a, laco_var b);      /* same shapes */
LACO_API laco_var laco_multiply(laco_tape *tape, laco_var a, laco_var b); /* element by element */
LACO_API laco_var laco_scale(laco_tape *tape, laco_var x, double factor);
LACO_API laco_var laco_sum(laco_tape *tape, laco_var x); /* to one element */

/* x [N][…] at position `index` of the first dimension: […]. */
LACO_API laco_var laco_select(laco_tape *tape, laco_var x, int64_t index);
/* `count` values of one shape along a new first dimension. */
LACO_API laco_var laco_stack(laco_tape *tape, const laco_var *x, int64_t count);
/* Values alike but for the last dimension, joined along it. */
LACO_API laco_var laco_concat(laco_tape *tape, const laco_var *x, int count);
/* The same elements in another shape. */
LACO_API laco_var laco_reshape(laco_tape *tape, laco_var x, int ndim, const int64_t *shape);
/* Columns begin … end-1 of the last dimension. */
LACO_API laco_var laco_columns(laco_tape *tape, laco_var x, int64_t begin, int64_t end);
/* What one row is made of from the steps of a sequence. */
typedef enum laco_step_pool {
    LACO_LAST_STEP,  /* step lengths[b]-1 */
    LACO_MEAN_STEPS, /* the mean of all */
    LACO_MAX_STEPS,  /* the largest value of each feature, which takes the gradient; of equal ones the first */
} laco_step_pool;

/* Over the valid steps of each sequence: x [T][B][F] to [B][F]. `lengths` as in laco_rnn_apply; zeros where the length is 0. */
LACO_API laco_var laco_pool_steps(laco_tape *tape, laco_var x, const int32_t *lengths, laco_step_pool pool);
/* Rows of x [N][E] by number, each as often as it is asked for: [rows][columns][E]. `index`, rows·columns of them, is copied; a
 * negative one stands for zeros. */
LACO_API laco_var laco_gather(laco_tape *tape, laco_var x, const int32_t *index, int64_t rows, int64_t columns);

/* ---- Losses -------------------------------------------------------------------------------------------------------- */

typedef enum laco_reduction { LACO_MEAN, LACO_SUM } laco_reduction;

/* Zero means the default. */
typedef struct laco_loss_config {
    const laco_real *class_weights; /* [K]; NULL: all 1 */
    const int32_t *ignore_index;    /* targets equal to *ignore_index do not count; NULL: none is ignored */
    double label_smoothing;         /* of cross entropy, 0 … 1 */
    laco_reduction reduction;       /* LACO_MEAN divides by the sum of the targets' weights */
    int64_t reserved[4];            /* zero */
} laco_loss_config;

/* −Σ w[target]·x[target]; x […][K] log-probabilities, `targets` one for each row (copied), to one element. `config` may be NULL.
 */
LACO_API laco_var laco_nll_loss(laco_tape *tape, laco_var x, const int32_t *targets, const laco_loss_config *config);
/* The same of logits: log-softmax and loss in one. */
LACO_API laco_var laco_cross_entropy_loss(laco_tape *tape, laco_var x, const int32_t *targets, const laco_loss_config *config);
/* Mean (or sum) of (x − target)²; same shapes. */
LACO_API laco_var laco_mse_loss(laco_tape *tape, laco_var x, laco_var target, laco_reduction reduction);
/* Quantile (pinball) loss: x […][Q] predictions of the quantiles[Q], each within 0 … 1, of target […]; mean (or sum) over all
 * elements of x of max(q·(t − x), (q − 1)·(t − x)). The gradient where t = x is 0. Koenker and Bassett, "Regression quantiles",
 * 1978. */
LACO_API laco_var laco_quantile_loss(laco_tape *tape, laco_var x, laco_var target, const double *quantiles, int Q,
                                     laco_reduction reduction);

/* ---- Connectionist temporal classification -------------------------------------------------------------------------- */

/* Zero means the default: those of torch.nn.CTCLoss. */
typedef struct laco_ctc_config {
    int32_t blank;            /* the label that stands for none */
    laco_reduction reduction; /* LACO_MEAN: each loss divided by the length of its string (at least 1), then their mean */
    bool zero_infinity;       /* a string that does not fit into its steps has loss 0 instead of infinity */
    int64_t reserved[4];      /* zero */
} laco_ctc_config;

/* −log of the probability of strings of labels, one for each sequence, shorter than it: summed over all ways to stretch the
 * string over the steps, with labels repeated and blanks between them (Graves, Fernández, Gomez, Schmidhuber, "Connectionist
 * temporal classification", ICML 2006). x [T][B][K] log-probabilities (of laco_log_softmax); `lengths` [B] steps, NULL: all T;
 * `targets` the strings one behind the other, without blanks, of `target_lengths` [B] labels, which may be 0. All are copied.
 * `config` may be NULL. The gradient by x is the true one: −(probability of the label at the step, given the string); torch's,
 * which holds behind a log-softmax alone, has exp(x) added, and both give one gradient by the scores below. An infinite loss has
 * none. */
LACO_API laco_var laco_ctc_loss(laco_tape *tape, laco_var x, const int32_t *lengths, const int32_t *targets,
                                const int32_t *target_lengths, const laco_ctc_config *config);

/* Log-probabilities of one sequence, for decoding: step t has its K numbers at x + t·stride. So row b of [T][B][K] is x + b·K
 * with stride B·K. */
typedef struct laco_ctc_scores {
    const laco_real *x;
    int64_t steps, K, stride;
    int32_t blank;
} laco_ctc_scores;

/* The labels of the most probable label of each step: repeats count once, blanks not. Into labels (room for `steps`); returns
 * their number. *log_probability, where not NULL, is that of this one way through the steps. */
LACO_API int64_t laco_ctc_greedy(const laco_ctc_scores *scores, int32_t *labels, double *log_probability);

/* A string that a beam search found; the labels lie where the caller said. */
typedef struct laco_ctc_string {
    int32_t *labels; /* [count] */
    int64_t count;
    double log_probability; /* summed over all ways that the search followed */
} laco_ctc_string;

/* The most probable strings by prefix beam search (Graves, "Supervised sequence labelling with recurrent neural networks", 2012,
 * section 7.5): of the prefixes at each step the best `beam` are followed. The best `most` of them, best first, into
 * strings[most], their labels into labels[most · steps]; *found is how many there are, at least 1. LACO_INVALID: beam, most or a
 * size below 1; LACO_NO_MEMORY. */
LACO_API laco_status laco_ctc_beam(laco_context *ctx, const laco_ctc_scores *scores, int beam, int most, int32_t *labels,
                                   laco_ctc_string *strings, int *found);

/* ---- Conditional random field -------------------------------------------------------------------------------------- */

typedef struct laco_crf laco_crf;

/* A linear-chain CRF over K tags: NAME.start_transitions [K], NAME.end_transitions [K], NAME.transitions [K][K] from the row's
 * tag to the column's, uniform in ±0.1; names and meaning are those of the package pytorch-crf. A path y of n tags scores
 * start[y_0] + Σ_t x[t][y_t] + Σ_{t>0} transitions[y_{t-1}][y_t] + end[y_{n-1}]. */
LACO_API laco_status laco_crf_new(laco_module *module, const char *name, int64_t K, laco_crf **out);

/* −log of the probability of the right path among all: x [T][B][K] scores, `targets` [T][B] tags (copied; past the end of a
 * sequence they do not count), `lengths` as in laco_rnn_apply. To one element: the sum, or for LACO_MEAN that divided by the
 * steps. */
LACO_API laco_var laco_crf_loss(laco_tape *tape, laco_crf *crf, laco_var x, const int32_t *targets, const int32_t *lengths,
                                laco_reduction reduction);

/* The most probable path of each sequence (Viterbi) into tags [T][B]; past the end of a sequence nothing is written.
 * forbidden: [1 + K][K], row 0 the tags that cannot be first, row 1 + j those that cannot follow tag j; NULL: all may.
 * Returns the tape's status; LACO_INVALID: shapes that do not fit. */
LACO_API laco_status laco_crf_decode(laco_tape *tape, laco_crf *crf, laco_var x, const int32_t *lengths, const bool *forbidden,
                                     int32_t *tags);

#ifdef __cplusplus
}
#endif

#endif
