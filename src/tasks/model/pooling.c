/* Many to one: what a network makes of a whole sequence. */
#include "model/network.h"

#include "tape/tape.h"

int64_t laco_network_pooled_size(const laco_network_config *config)
{
    if (config->mlp)
        return config->hidden;
    return config->directions * config->hidden * (config->pool == LACO_POOL_ALL ? 3 : 1);
}

laco_var laco_last_states(laco_tape *tape, laco_var h, int64_t layers, int directions)
{
    laco_var ends[2] = {NULL, NULL};
    for (int d = 0; d < directions; d++)
        ends[d] = laco_select(tape, h, (layers - 1) * directions + d);
    return directions == 1 ? ends[0] : laco_concat(tape, ends, 2);
}

static laco_var last(laco_tape *tape, const laco_network *network, laco_var h)
{
    return laco_last_states(tape, h, network->config.layers, network->config.directions);
}

/* x [T][B][F] with the number of each step beside it, as LACO_POSITION_SIZE more elements. */
static laco_var with_positions(laco_tape *tape, const laco_network *network, laco_var x)
{
    int64_t T = laco_var_dim(x, 0), B = laco_var_dim(x, 1);
    int32_t *steps = laco_arena_alloc(&tape->arena, (size_t)(T * B), sizeof *steps);
    if (T == 0)
        return laco_var_new(tape, 3, (int64_t[]){0, B, laco_network_step_size(&network->config)}, false);
    if (!steps)
        return laco_tape_fail(tape, LACO_NO_MEMORY);
    for (int64_t i = 0; i < T * B; i++)
        steps[i] = (int32_t)LACO_MIN(i / B, network->config.positions - 1);
    return laco_concat(tape, (laco_var[]){x, laco_embedding_apply(tape, network->position, steps, T, B)}, 2);
}

static laco_var recurrent(laco_tape *tape, const laco_network *network, laco_var x, const int32_t *lengths)
{
    laco_state state = {NULL, NULL};
    if (network->position)
        x = with_positions(tape, network, x);
    laco_var hidden = laco_rnn_apply(tape, network->rnn, x, lengths, &state);
    if (!hidden)
        return NULL;
    switch (network->config.pool) {
    case LACO_POOL_MEAN:
        return laco_pool_steps(tape, hidden, lengths, LACO_MEAN_STEPS);
    case LACO_POOL_MAX:
        return laco_pool_steps(tape, hidden, lengths, LACO_MAX_STEPS);
    case LACO_POOL_ALL:
        return laco_concat(tape,
                           (laco_var[]){last(tape, network, state.h), laco_pool_steps(tape, hidden, lengths, LACO_MEAN_STEPS),
                                        laco_pool_steps(tape, hidden, lengths, LACO_MAX_STEPS)},
                           3);
    default:
        return last(tape, network, state.h);
    }
}

static laco_var apply_mlp(laco_tape *tape, const laco_network *network, laco_var x, const int32_t *lengths, bool training)
{
    const laco_network_config *config = &network->config;
    if (config->window == 0) {
        x = laco_side_by_side(tape, x, lengths, config->longest);
        return laco_mlp_apply(tape, &network->mlp, x, training);
    }
    x = laco_mlp_apply(tape, &network->mlp, laco_window(tape, x, lengths, config->window), training);
    return laco_pool_steps(tape, x, lengths, config->pool == LACO_POOL_MAX ? LACO_MAX_STEPS : LACO_MEAN_STEPS);
}

laco_var laco_network_pooled(laco_tape *tape, const laco_network *network, laco_var x, const int32_t *lengths, bool training)
{
    if (!laco_tape_ready(tape, x))
        return NULL;
    return network->config.mlp ? apply_mlp(tape, network, x, lengths, training) : recurrent(tape, network, x, lengths);
}
