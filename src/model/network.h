/* The network that the tasks on text share: an embedding (or one-hot), recurrent layers, a linear map. */
#ifndef LACO_MODEL_NETWORK_H
#define LACO_MODEL_NETWORK_H

#include "laco/nn.h"
#include "model/model.h"

typedef struct laco_network_config {
    laco_cell_kind cell;
    laco_nonlinearity nonlinearity;
    int64_t inputs;  /* V: ids are below it */
    int64_t embed;   /* E; 0: one-hot */
    int64_t hidden, layers;
    int directions;
    int64_t outputs; /* K */
    double dropout;
    double embed_dropout, weight_drop; /* of training alone: not in the file */
    bool variational;                  /* likewise */
    bool tied;                         /* linear.weight is embedding.weight */
} laco_network_config;

typedef struct laco_network {
    laco_network_config config;
    laco_embedding *embedding; /* NULL: one-hot */
    laco_rnn *rnn;
    laco_linear *linear;
} laco_network;

/* The user's options into a config whose inputs and outputs are set. LACO_INVALID: an option that cannot be. */
laco_status laco_network_configure(laco_context *ctx, const laco_network_options *options, laco_network_config *config);

/* Parameters embedding.weight, rnn.…, linear.weight (where it is not tied) and linear.bias in `module`, which owns the layers. */
laco_status laco_network_new(laco_module *module, const laco_network_config *config, laco_network *out);

/* Metadata "laco.network", and back with every member checked. */
json_t *laco_network_to_json(const laco_network_config *config);
laco_status laco_network_from_json(laco_context *ctx, const laco_tensor_file *file, laco_network_config *out);

/* The recurrent layers over ids [T][B]: [T][B][directions·hidden]. `lengths` and `state` as in laco_rnn_apply. Dropout on the
 * embedding where `training`. */
laco_var laco_network_hidden(laco_tape *tape, const laco_network *network, const int32_t *ids, int64_t T, int64_t B, const int32_t *lengths,
                             laco_state *state, bool training);

/* The last valid output of the top layer in each direction, side by side, from the final state: [B][directions·hidden]. */
laco_var laco_network_last(laco_tape *tape, const laco_network *network, const laco_state *state);

#endif
