/* The network that the tasks share: an embedding (or one-hot, or numbers as they are), recurrent layers, a linear map. */
#ifndef LACO_MODEL_NETWORK_H
#define LACO_MODEL_NETWORK_H

#include "laco/nn.h"
#include "model/mlp.h"
#include "model/model.h"
#include "nn/rnn_state.h"

typedef struct laco_network_config {
    laco_cell_kind cell;
    laco_nonlinearity nonlinearity;
    int64_t inputs; /* V: ids are below it */
    int64_t embed;  /* E; 0: one-hot */
    int64_t hidden, layers;
    int directions;
    int64_t outputs; /* K */
    double dropout;
    double embed_dropout, weight_drop; /* of training alone: not in the file */
    bool variational;                  /* likewise */
    bool tied;                         /* linear.weight is embedding.weight */
    bool summary;                      /* many to one: the linear map is of laco_network_pooled, and mlp can be */
    bool forward;                      /* many to many, forwards: mlp can be, each step with those before it */
    laco_pooling pool;
    bool mlp;          /* a multilayer perceptron in the place of recurrent layers */
    int64_t positions; /* of a summary: steps that are also known by their number; 0: none are. Later ones count as the last */
    int64_t window, longest; /* of mlp: steps side by side; where window is 0, the steps of a whole sequence (of a summary) */
} laco_network_config;

typedef struct laco_network {
    laco_network_config config;
    laco_embedding *embedding; /* NULL: one-hot */
    laco_embedding *position;  /* NULL: steps have no number */
    laco_rnn *rnn;             /* NULL: mlp */
    laco_mlp mlp;
    laco_linear *linear;
} laco_network;

/* By laco_cell_kind, with the name of none behind them; by laco_nonlinearity. Both end with NULL. */
extern const char *const laco_nonlinearity_names[]; /* from LACO_TANH on */

/* Numbers that stand for the number of a step, beside what the step holds. */
#define LACO_POSITION_SIZE 16

/* The user's options into a config whose inputs, outputs and summary are set. LACO_INVALID: an option that cannot be. */
laco_status laco_network_configure(laco_context *ctx, const laco_network_options *options, laco_network_config *config);

/* And back: options with which laco_network_configure gives the config, as far as a file holds it. */
void laco_network_options_of(const laco_network_config *config, laco_network_options *options);

/* Makes a config that of another network, but for inputs, outputs and what is of training alone. */
void laco_network_keep(const laco_network_config *kept, laco_network_config *config);

/* What was asked for and would play no part in an mlp, before defaults are filled in. LACO_INVALID: directions, or weights
 * dropped. */
laco_status laco_network_check_mlp(laco_context *ctx, const laco_network_options *options);

/* Elements of a step that the layers read. */
LACO_SHARED int64_t laco_network_step_size(const laco_network_config *config);

/* Parameters embedding.weight, position.weight, rnn.…, linear.weight (where it is not tied) and linear.bias in `module`, which
 * owns the layers. */
laco_status laco_network_new(laco_module *module, const laco_network_config *config, laco_network *out);

/* Metadata "laco.network", of a laco_network_config; the second for networks with a summary, the third for those forwards. */
extern const laco_fields laco_network_fields, laco_network_summary_fields, laco_network_forward_fields;

/* A laco_cell_kind by name, where field->count is nothing; else that is a bool for "mlp", and there are no cells. */
extern const laco_codec laco_field_cell;

/* The embedding of ids [T][B], or one-hot: [T][B][embed or inputs]. Dropout where `training`. */
laco_var laco_network_read(laco_tape *tape, const laco_network *network, const int32_t *ids, int64_t T, int64_t B, bool training);

/* Zeros before the first step, for `rows` sequences of a network that reads forwards: h and c of recurrent layers; of an mlp the
 * steps that its window still sees, [window − 1][rows][step]. LACO_NO_MEMORY. */
laco_status laco_network_state_new(laco_context *ctx, const laco_network *network, int64_t rows, laco_rnn_state *out);

/* The layers of a network that reads forwards, over steps x [T][B][…]: [T][B][hidden]. `lengths` and `state` as in laco_rnn_apply;
 * an mlp has a state's h alone. Dropout between the layers where `training`. */
laco_var laco_network_layers(laco_tape *tape, const laco_network *network, laco_var x, const int32_t *lengths, laco_state *state,
                             bool training);

/* What they gave, with dropout where `training`, through the linear map: [T][B][outputs]. */
laco_var laco_network_outputs(laco_tape *tape, const laco_network *network, laco_var hidden, bool training);

/* laco_network_layers over ids [T][B]. Dropout on the embedding where `training`. */
laco_var laco_network_hidden(laco_tape *tape, const laco_network *network, const int32_t *ids, int64_t T, int64_t B,
                             const int32_t *lengths, laco_state *state, bool training);

/* The last valid output of the top layer in each direction, side by side, from the final state h [layers·directions][B][hidden]
 * of laco_rnn_apply: [B][directions·hidden]. */
laco_var laco_last_states(laco_tape *tape, laco_var h, int64_t layers, int directions);

/* One row for each whole sequence of x [T][B][…]: [B][laco_network_pooled_size]. `lengths` as in laco_rnn_apply. */
laco_var laco_network_pooled(laco_tape *tape, const laco_network *network, laco_var x, const int32_t *lengths, bool training);
LACO_SHARED int64_t laco_network_pooled_size(const laco_network_config *config);

#endif
